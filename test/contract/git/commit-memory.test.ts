import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CommitMemory } from '../../../src/desired/commit-memory.ts';
import { LoadMemory } from '../../../src/desired/load-memory.ts';
import { bodiesOf, commitAll, inSandbox, load, makeRepository, writeFiles, yaml } from './checkout.ts';

const at = inSandbox('repository');

/** The `PATH` of a `git` that cannot read what is in a commit. */
async function blindGit(): Promise<Readonly<Record<string, string>>> {
  const PATH = process.env['PATH'] ?? '';
  const refusal = 'case " $* " in *" ls-tree "*|*" log "*|*" cat-file "*) exit 1;; esac';
  await writeFiles(at.path, { 'bin/git': `#!/bin/sh\nPATH='${PATH}'\n${refusal}\nexec git "$@"\n` });
  await chmod(join(at.path, 'bin/git'), 0o755);
  return { PATH: `${join(at.path, 'bin')}:${PATH}` };
}

describe('of a commit that was read before', () => {
  it('nothing is read again, and whether there are edits and what values are is', async () => {
    await makeRepository(at.folder, { 'a.yaml': 'resource: a\nbody: !env VALUE\n', 'sub/b.yaml': yaml('b', 1) });
    const memory = new LoadMemory();
    const first = await load(at.folder, { memory, variables: { VALUE: 'one' } });
    expect(bodiesOf(first)).toEqual({ a: 'one', b: 1 });
    await writeFiles(at.folder, { 'sub/b.yaml': yaml('b', 2) });
    const again = await load(at.folder, { memory, variables: { ...(await blindGit()), VALUE: 'two' } });
    expect(bodiesOf(again)).toEqual({ a: 'two', b: 1 });
    expect(again.state?.revision).toEqual({ ...first.state?.revision, dirty: true });
  });

  it('another folder, and another commit, are', async () => {
    await makeRepository(at.folder, { 'a.yaml': yaml('a', 1), 'sub/b.yaml': yaml('b', 1) });
    const memory = new LoadMemory();
    await load(at.folder, { memory });
    expect(bodiesOf(await load(join(at.folder, 'sub'), { memory }))).toEqual({ b: 1 });
    await writeFiles(at.folder, { 'a.yaml': yaml('a', 2) });
    const commit = await commitAll(at.folder, 'Second');
    const result = await load(at.folder, { memory });
    expect([bodiesOf(result), result.commit, result.state?.revision.subject]).toEqual([
      { a: 2, b: 1 },
      commit,
      'Second',
    ]);
    const variables = await blindGit();
    await writeFiles(at.folder, { 'a.yaml': yaml('a', 3) });
    await commitAll(at.folder, 'Third');
    await expect(load(at.folder, { memory, variables })).rejects.toMatchObject({ failure: 'inputUnstable' });
  });
});

describe('the memory of contents', () => {
  /** A reader of contents that are so long, and how often it was opened and asked. */
  function counted(bytes: number) {
    const counts = { opened: 0, read: 0, closed: 0 };
    const open = () => {
      counts.opened += 1;
      return {
        read: () => {
          counts.read += 1;
          return Promise.resolve(new Uint8Array(bytes));
        },
        close: () => {
          counts.closed += 1;
          return Promise.resolve();
        },
      };
    };
    return { counts, open };
  }

  it('opens nothing where everything is known, and closes what it opened', async () => {
    const memory = new CommitMemory();
    const { counts, open } = counted(1);
    const first = memory.reader(open);
    await first.read('a');
    await first.read('b');
    await first.close();
    const second = memory.reader(open);
    expect(await second.read('a')).toHaveLength(1);
    await second.close();
    expect(counts).toEqual({ opened: 1, read: 2, closed: 1 });
  });

  it('is no larger than 32 MiB', async () => {
    const memory = new CommitMemory();
    const { counts, open } = counted(5 * 1024 * 1024);
    const reader = memory.reader(open);
    const names = Array.from({ length: 7 }, (_, index) => `${index}`);
    for (const name of names) await reader.read(name);
    expect(counts.read).toBe(7);
    // The seventh had no room: what was there before had to go.
    await reader.read('6');
    expect(counts.read).toBe(7);
    await reader.read('0');
    expect(counts.read).toBe(8);
  });
});
