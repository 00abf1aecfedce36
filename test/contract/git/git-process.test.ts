import { getEventListeners } from 'node:events';
import { access, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openBlobReader } from '../../../src/desired/git-blobs.ts';
import { askGit, gitIn, type Git } from '../../../src/desired/git-command.ts';
import { inSandbox, writeFiles } from './checkout.ts';

const at = inSandbox('folder');
const never = new AbortController().signal;

/** Git that is a script of these lines; `null` for none at all. */
async function gitOf(script: string | null): Promise<Git> {
  const inherited = process.env['PATH'] ?? '';
  if (script !== null) {
    await writeFiles(at.path, { 'bin/git': `#!/bin/sh\nPATH='${inherited}'\n${script}\n` });
    await chmod(join(at.path, 'bin/git'), 0o755);
  }
  return gitIn(at.path, (name) => (name === 'PATH' ? join(at.path, 'bin') : undefined));
}

describe('a git process', () => {
  it('runs in / with the environment that it was given and no other', async () => {
    const answer = await askGit(await gitOf("pwd; env | sed 's/=.*//' | sort"), ['status'], never);
    const given = ['GIT_LITERAL_PATHSPECS', 'GIT_NO_LAZY_FETCH', 'GIT_NO_REPLACE_OBJECTS', 'GIT_OPTIONAL_LOCKS'];
    const names = [...given, 'GIT_TERMINAL_PROMPT', 'LC_ALL', 'PATH', 'PWD'];
    expect(answer).toEqual({ kind: 'done', output: Buffer.from(`/\n${names.join('\n')}\n`) });
  });

  it('is absent where there is none, which a reader of objects takes for an early end', async () => {
    const git = await gitOf(null);
    expect(await askGit(git, ['status'], never)).toMatchObject({ kind: 'absent' });
    const blobs = openBlobReader(git, never);
    await expect(blobs.read('0'.repeat(40))).rejects.toMatchObject({ failure: 'inputUnstable' });
    await blobs.close();
    await blobs.close();
  });

  it('has failed when it cannot be started for another reason', async () => {
    const git = await gitOf('exit 0');
    await chmod(join(at.path, 'bin/git'), 0o644);
    const complaint = 'it cannot be started (EACCES)';
    expect(await askGit(git, ['status'], never)).toEqual({ kind: 'failed', complaint });
    await chmod(join(at.path, 'bin/git'), 0o755);
    const long: Git = { ...git, directory: 'x'.repeat(8 * 1024 * 1024) };
    expect(await askGit(long, ['status'], never)).toMatchObject({ complaint: 'it cannot be started (E2BIG)' });
    const blobs = openBlobReader(long, never);
    await expect(blobs.read('0'.repeat(40))).rejects.toMatchObject({ failure: 'inputUnstable' });
    await blobs.close();
  });

  it('may complain as much as it likes, of which the beginning counts', async () => {
    const flood =
      'i=0; while [ $i -lt 3000 ]; do echo "warning: $i and so on, one line after the other"; i=$((i+1)); done';
    const git = await gitOf(`exec 1>&2; echo "error: first"; ${flood}; printf "https://me:MARKED"; exit 1`);
    expect(await askGit(git, ['status'], never)).toEqual({ kind: 'failed', complaint: 'error: first' });
    const oneLine = await gitOf('head -c 200000 /dev/zero | tr "\\0" x >&2; exit 1');
    expect(await askGit(oneLine, ['status'], never)).toEqual({ kind: 'failed', complaint: '' });
  });

  it('is ended when it gives more than anybody asked for', async () => {
    const answer = await askGit(await gitOf('exec yes'), ['status'], never);
    expect(answer).toEqual({ kind: 'failed', complaint: '' });
  });

  it.each([
    ['that waits', ': > started; exec sleep 60'],
    ['that takes no notice', "trap '' TERM INT; : > started; while :; do :; done"],
  ])('%s ends with the signal, and leaves no listener', async (_name, script) => {
    const controller = new AbortController();
    const reason = new Error('stopped');
    const asked = askGit(await gitOf(`cd '${at.path}'; ${script}`), ['status'], controller.signal);
    const told = expect(asked).rejects.toBe(reason);
    await vi.waitFor(() => access(join(at.path, 'started')));
    controller.abort(reason);
    await told;
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    await expect(askGit(await gitOf('exit 0'), ['status'], controller.signal)).rejects.toBe(reason);
  });

  it('leaves no listener when it ends by itself', async () => {
    const { signal } = new AbortController();
    await askGit(await gitOf('exit 0'), ['status'], signal);
    const blobs = openBlobReader(await gitOf('exec cat'), signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await blobs.close();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
