import { access, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openBlobReader } from '../../../src/desired/git-blobs.ts';
import { gitIn } from '../../../src/desired/git-command.ts';
import { bodiesOf, inSandbox, load, makeRepository, writeFiles, yaml } from './checkout.ts';

const at = inSandbox('repository');

/** A `git` that does something else for some of its commands; gives the `PATH` that has it in front. */
async function gitThat(does: string, forCommand: string): Promise<Readonly<Record<string, string>>> {
  const PATH = process.env['PATH'] ?? '';
  const lines = ['#!/bin/sh', `PATH='${PATH}'`, `case " $* " in *" ${forCommand} "*) ${does};; esac`, 'exec git "$@"'];
  await writeFiles(at.path, { 'bin/git': `${lines.join('\n')}\n` });
  await chmod(join(at.path, 'bin/git'), 0o755);
  return { PATH: `${join(at.path, 'bin')}:${PATH}` };
}

describe('git that fails in the middle', () => {
  it.each([
    ['says nothing', 'exit 3', 'ls-tree', 'git ls-tree failed: it said nothing'],
    ['is killed', 'kill -9 $$', 'status', 'git status failed: it said nothing'],
    ['warns first', 'echo "warning: w"; echo "fatal: f"; exit 1', 'log', 'git log failed: fatal: f'],
    ['says something else', 'echo "first"; echo "second"; exit 1', 'log', 'git log failed: first'],
    [
      'shows a password',
      'echo "fatal: no https://me:MARKED_SECRET@example.com/"; exit 1',
      'log',
      'no https://example.com/',
    ],
    ['ends while it gives objects', 'exit 0', 'cat-file', 'git cat-file failed: it ended early'],
    ['gives half of an object', 'read x; echo "$x blob 99"; echo half; exit 0', 'cat-file', 'it ended early'],
  ])('is unstable input: it %s', async (_name, does, command, message) => {
    await makeRepository(at.folder, { 'a.yaml': yaml('a', 1) });
    const toStderr = command === 'cat-file' ? does : `exec 1>&2; ${does}`;
    const variables = await gitThat(toStderr, command);
    const error: unknown = await load(at.folder, { variables }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ failure: 'inputUnstable', message: expect.stringContaining(message) as string });
    expect(String(error)).not.toContain('MARKED_SECRET');
  });

  it('is unstable input: it is taken away', async () => {
    await makeRepository(at.folder, { 'a.yaml': yaml('a', 1) });
    const { PATH = '' } = await gitThat('rm "$0"', '--show-cdup');
    const variables = { PATH: PATH.split(':', 1).join('') };
    await expect(load(at.folder, { variables })).rejects.toMatchObject({
      failure: 'inputUnstable',
      // Which of those that are under way at that moment is the first to miss it differs.
      message: expect.stringMatching(/^git (rev-parse|status|ls-tree|log) failed: git is not installed$/) as string,
    });
  });

  it('is no git for a folder whose .git is beyond a mount point', async () => {
    await writeFiles(at.folder, { 'a.yaml': yaml('a', 1), '.git/HEAD': '' });
    const complaint = 'fatal: not a git repository (or any parent up to mount point /)';
    const variables = await gitThat(`echo '${complaint}' >&2; exit 128`, 'rev-parse');
    const result = await load(at.folder, { variables });
    expect(bodiesOf(result)).toEqual({ a: 1 });
    expect(result.source).toBe('worktree');
  });

  it('does not keep a reader waiting that closes while git takes no input', async () => {
    const closed = join(at.path, 'closed');
    const { PATH } = await gitThat(`exec <&-; : > '${closed}'; exec sleep 60`, 'cat-file');
    const blobs = openBlobReader(
      gitIn(at.path, (name) => (name === 'PATH' ? PATH : undefined)),
      new AbortController().signal,
    );
    await vi.waitFor(() => access(closed));
    const reading = expect(blobs.read('0'.repeat(40))).rejects.toMatchObject({ failure: 'inputUnstable' });
    await blobs.close();
    await reading;
  });
});
