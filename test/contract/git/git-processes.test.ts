import { chmod, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { LoadMemory } from '../../../src/desired/load-memory.ts';
import type { LoadResult } from '../../../src/desired/load-desired-state.ts';
import { bodiesOf, commitAll, errorsOf, git, inSandbox, load, makeRepository, writeFiles, yaml } from './checkout.ts';

const at = inSandbox('repository');
let memory = new LoadMemory();

/** A `git` in front of the real one that notes the command of each of its calls. */
beforeEach(async () => {
  memory = new LoadMemory();
  const command = 'for word; do case "$word" in status|rev-parse|ls-tree|log|cat-file|symbolic-ref) break;; esac; done';
  const note = `${command}; echo "$word" >> '${join(at.path, 'notes')}'`;
  await writeFiles(at.path, { 'bin/git': `#!/bin/sh\nPATH='${process.env['PATH'] ?? ''}'\n${note}\nexec git "$@"\n` });
  await chmod(join(at.path, 'bin/git'), 0o755);
});

interface Watched {
  readonly result: LoadResult;
  readonly commands: readonly string[];
}

/** Loads with the memory of this test, and tells which commands of git that took. */
async function watched(folder = at.folder, read: 'auto' | 'worktree' = 'auto'): Promise<Watched> {
  await writeFile(join(at.path, 'notes'), '');
  const PATH = `${join(at.path, 'bin')}:${process.env['PATH'] ?? ''}`;
  const result = await load(folder, { memory, read, variables: { PATH } });
  const notes = await readFile(join(at.path, 'notes'), 'utf8');
  return { result, commands: notes.split('\n').slice(0, -1).toSorted() };
}

const FIRST = ['cat-file', 'log', 'ls-tree', 'rev-parse', 'status'];

describe('the processes of git that a load takes', () => {
  it('are five for a checkout that was not seen before, and one while nothing changes but files', async () => {
    const commit = await makeRepository(at.folder, { 'a.yaml': yaml('a', 1) });
    expect((await watched()).commands).toEqual(FIRST);
    expect((await watched()).commands).toEqual(['status']);
    await writeFiles(at.folder, { 'a.yaml': yaml('a', 2) });
    const { result, commands } = await watched();
    expect(commands).toEqual(['status']);
    expect(bodiesOf(result)).toEqual({ a: 1 });
    expect(result.state?.revision).toMatchObject({ commit, dirty: true });
  });

  it('are one also below the top, from the third load on', async () => {
    await makeRepository(at.folder, { 'x/y/a.yaml': yaml('a', 1) });
    const folder = join(at.folder, 'x/y');
    expect((await watched(folder)).commands).toEqual(FIRST);
    // The first did not know yet where to look.
    expect((await watched(folder)).commands).toEqual(['rev-parse', 'status']);
    const { result, commands } = await watched(folder);
    expect(commands).toEqual(['status']);
    expect(bodiesOf(result)).toEqual({ a: 1 });
  });

  it('are five for another commit', async () => {
    await makeRepository(at.folder, { 'a.yaml': yaml('a', 1), 'b.yaml': yaml('b', 1) });
    await watched();
    await writeFiles(at.folder, { 'a.yaml': yaml('a', 2) });
    const commit = await commitAll(at.folder, 'Second');
    const { result, commands } = await watched();
    // A command that takes a lock changes the folder in which the lock is.
    expect(commands).toEqual(FIRST);
    expect([result.commit, bodiesOf(result)]).toEqual([commit, { a: 2, b: 1 }]);
    expect((await watched()).commands).toEqual(['status']);
  });

  it('are two where the files on disk count, as HEAD is compared in the end', async () => {
    const commit = await makeRepository(at.folder, { 'a.yaml': yaml('a', 1) });
    expect((await watched(at.folder, 'worktree')).commands).toEqual([
      'log',
      'ls-tree',
      'rev-parse',
      'rev-parse',
      'status',
    ]);
    await writeFiles(at.folder, { 'a.yaml': yaml('a', 2) });
    const { result, commands } = await watched(at.folder, 'worktree');
    expect(commands).toEqual(['rev-parse', 'status']);
    expect(bodiesOf(result)).toEqual({ a: 2 });
    expect(result.state?.revision).toMatchObject({ commit, subject: 'First commit', dirty: true });
  });

  it('are none for a folder without a repository', async () => {
    await writeFiles(at.folder, { 'a.yaml': yaml('a', 1) });
    expect((await watched()).commands).toEqual([]);
  });
});

describe('a place that is remembered is asked for anew', () => {
  const files = { 'a.yaml': yaml('a', 1), 'x/a.yaml': yaml('a', 'below') };

  /** Loads until the place is known. */
  async function settled(folder = at.folder): Promise<void> {
    while ((await watched(folder)).commands.length > 1);
  }

  it('when a repository appears inside of it', async () => {
    await makeRepository(at.folder, files);
    const folder = join(at.folder, 'x');
    await settled(folder);
    await git(folder, 'init', '--quiet');
    expect((await watched(folder)).result).toMatchObject({ source: 'worktree', commit: null });
    const commit = await commitAll(folder, 'Inside');
    await settled(folder);
    expect((await watched(folder)).result).toMatchObject({ source: 'commit', commit });
    await rm(join(folder, '.git'), { recursive: true });
    expect((await watched(folder)).result.commit).toBe(await git(at.folder, 'rev-parse', 'HEAD'));
  });

  it('when the repository is taken away, and when it is said to be bare or to have its files elsewhere', async () => {
    const commit = await makeRepository(at.folder, files);
    await settled(join(at.folder, 'x'));
    await settled();
    const config = join(at.folder, '.git/config');
    const before = await readFile(config, 'utf8');
    // As an editor does it that writes a file in place: the folder is not touched.
    await writeFile(config, `${before}[core]\nbare = true\n`);
    expect(errorsOf((await watched()).result)).toEqual(['bare-repository']);
    await writeFile(config, before);
    await settled();
    await writeFile(config, `${before}[core]\nworktree = ${join(at.folder, 'x')}\n`);
    expect((await watched()).result).toMatchObject({ source: 'worktree', commit: null });
    await writeFile(config, before);
    expect((await watched()).result).toMatchObject({ source: 'commit', commit });
    await settled();
    await rename(join(at.folder, '.git'), join(at.path, 'away'));
    expect(await watched()).toMatchObject({ commands: [], result: { source: 'worktree', commit: null } });
  });

  it('when the files of a linked worktree are said to be elsewhere', async () => {
    const commit = await makeRepository(at.folder, files);
    const folder = join(at.path, 'linked');
    await git(at.folder, 'worktree', 'add', '--quiet', folder);
    await settled(folder);
    await git(at.folder, 'config', 'extensions.worktreeConfig', 'true');
    await settled(folder);
    for (const config of ['worktrees/linked/config.worktree', 'config'].map((name) => join(at.folder, '.git', name))) {
      await writeFile(config, '', { flag: 'a' });
      await settled(folder);
      const before = await readFile(config, 'utf8');
      await writeFile(config, `${before}[core]\nworktree = ${at.path}\n`);
      // Seen from there this is a folder of which the commit knows nothing.
      expect((await watched(folder)).result).toMatchObject({ source: 'worktree', commit: null });
      await writeFile(config, before);
    }
    expect((await watched(folder)).result).toMatchObject({ source: 'commit', commit });
  });

  it('when a link to it, its .git or the link that this is leads to another one', async () => {
    const one = await makeRepository(at.folder, files);
    const two = await makeRepository(join(at.path, 'two'), { 'a.yaml': yaml('a', 2) });
    const link = join(at.path, 'link');
    await symlink('repository', link);
    await settled(link);
    await symlink('two', `${link}.new`);
    await rename(`${link}.new`, link);
    expect((await watched(link)).result.commit).toBe(two);

    const worktree = join(at.path, 'worktree');
    await writeFiles(worktree, { '.git': `gitdir: ${at.folder}/.git\n` });
    await settled(worktree);
    expect((await watched(worktree)).result.commit).toBe(one);
    await writeFiles(worktree, { '.git': `gitdir: ${at.path}/two/.git\n` });
    const result = await watched(worktree);
    expect([result.result.commit, bodiesOf(result.result)]).toEqual([two, { a: 2 }]);

    await rm(join(worktree, '.git'));
    await symlink(join(at.folder, '.git'), join(worktree, '.git'));
    await settled(worktree);
    expect((await watched(worktree)).result.commit).toBe(one);
    await symlink(join(at.path, 'two/.git'), join(worktree, '.new'));
    await rename(join(worktree, '.new'), join(worktree, '.git'));
    expect((await watched(worktree)).result.commit).toBe(two);
  });
});

describe('what status says of HEAD', () => {
  it('counts as the commit that it leads to, and what leads to none is damaged', async () => {
    const commit = await makeRepository(at.folder, { 'a.yaml': yaml('a', 1) });
    await git(at.folder, 'tag', '--annotate', '--message=A tag', 'v1');
    await writeFile(join(at.folder, '.git/HEAD'), `${await git(at.folder, 'rev-parse', 'v1')}\n`);
    for (const _ of [1, 2, 3]) {
      const { result } = await watched();
      expect([result.commit, bodiesOf(result)]).toEqual([commit, { a: 1 }]);
    }
    await writeFile(join(at.folder, '.git/HEAD'), `${await git(at.folder, 'rev-parse', `${commit}^{tree}`)}\n`);
    await expect(watched()).rejects.toMatchObject({ failure: 'inputUnstable' });
    await expect(watched()).rejects.toMatchObject({ failure: 'inputUnstable' });
  });

  it('is not taken for an edit, nor is what else stands in front of them', async () => {
    await makeRepository(at.folder, { 'a.yaml': yaml('a', 1), '# a': '' });
    await writeFiles(at.folder, { 'a.yaml': yaml('a', 2) });
    await git(at.folder, 'stash', '--quiet');
    await git(at.folder, 'config', 'status.showStash', 'true');
    expect((await watched()).result.state?.revision.dirty).toBe(false);
    await git(at.folder, 'mv', '# a', '# b');
    expect((await watched()).result.state?.revision.dirty).toBe(true);
    await git(at.folder, 'mv', '# b', '# a');
    await writeFiles(at.folder, { '# c': '' });
    expect((await watched()).result.state?.revision.dirty).toBe(true);
  });

  it('is told apart from a branch without commits at every load', async () => {
    await makeRepository(at.folder, { 'a.yaml': yaml('a', 1) });
    await watched();
    await git(at.folder, 'checkout', '--quiet', '--orphan', 'empty');
    expect((await watched()).result).toMatchObject({ source: 'worktree', commit: null });
    await writeFile(join(at.folder, '.git/refs/heads/empty'), 'damaged\n');
    await expect(watched()).rejects.toMatchObject({ failure: 'inputUnstable' });
  });
});
