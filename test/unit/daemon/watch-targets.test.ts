import { renameSync } from 'node:fs';
import { mkdir, realpath, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findTargets, MAX_FOLDERS } from '../../../src/daemon/watch-targets.ts';
import { tracePath } from '../../../src/daemon/watch-trace.ts';
import { makeSandbox, writeFiles } from '../../contract/git/checkout.ts';

async function sandbox(): Promise<string> {
  const made = await makeSandbox();
  onTestFinished(() => made.remove());
  return made.path;
}

test('a path is followed as the kernel follows it', async () => {
  const base = await sandbox();
  await writeFiles(base, { 'store/v1/a.yaml': '', 'store/b.yaml': '' });
  await mkdir(join(base, 'links/deep'), { recursive: true });
  await symlink('../../store/./v1', join(base, 'links/deep/version'));
  await symlink(join(base, 'links/deep'), join(base, 'short'));
  for (const path of [
    'short/version',
    'short/version/a.yaml',
    'short/version/../b.yaml',
    'short/../deep/version//..',
  ]) {
    const { end } = await tracePath('/', join(base, '/') + path);
    expect(end.kind === 'missing' ? end : end.real).toBe(await realpath(join(base, '/') + path));
  }
  const { links } = await tracePath(base, 'short/version/a.yaml');
  expect(links).toEqual([
    { folder: base, name: 'short', target: join(base, 'links/deep') },
    { folder: join(base, 'links/deep'), name: 'version', target: '../../store/./v1' },
  ]);
});

test.each([
  ['nothing/further', '.', 'nothing'],
  ['folder/nothing', 'folder', 'nothing'],
  ['file/further', '.', 'file'],
  ['dangling/further', 'folder', 'gone'],
])('the path %s ends where something is missing', async (path, folder, name) => {
  const base = await sandbox();
  await mkdir(join(base, 'folder'));
  await writeFile(join(base, 'file'), '');
  await symlink('folder/gone', join(base, 'dangling'));
  expect((await tracePath(base, path)).end).toEqual({ kind: 'missing', folder: join(base, folder), name });
});

test('links in a circle end', async () => {
  const base = await sandbox();
  await symlink('b', join(base, 'a'));
  await symlink('a', join(base, 'b'));
  expect((await tracePath(base, 'a')).end.kind).toBe('missing');
});

test('there is a limit to the folders that are watched, the tree first, and it is told', async () => {
  const base = await sandbox();
  const names = Array.from({ length: MAX_FOLDERS - 1 }, (_, index) => `values/${index}`);
  await Promise.all(['config/a/b', ...names].map((name) => mkdir(join(base, name), { recursive: true })));
  const within = await findTargets({ directory: join(base, 'values'), fileRoots: [] });
  expect([within.truncated, within.targets.size]).toEqual([false, MAX_FOLDERS]);
  const beyond = await findTargets({ directory: join(base, 'config'), fileRoots: [join(base, 'values')] });
  expect([beyond.truncated, beyond.targets.size]).toEqual([true, MAX_FOLDERS]);
  expect(beyond.targets.has(join(base, 'config/a/b'))).toBe(true);
});

test('a look at files that are at rest finds the same', async () => {
  const base = await sandbox();
  await writeFiles(base, { 'a/b/c.yaml': '', 'a/d.yaml': '', 'values/token': '' });
  const paths = { directory: join(base, 'a'), fileRoots: [join(base, 'values'), join(base, 'missing')] };
  expect(await findTargets(paths)).toEqual(await findTargets(paths));
});

test.each(['directory', 'file root', 'folder behind a link'])(
  'a %s that goes during a look is waited for',
  async (what) => {
    const base = await sandbox();
    const [config, values, linked] = ['config', 'values/deep', 'config/linked'].map((name) => join(base, name));
    await writeFiles(base, { 'config/a.yaml': '', 'config/behind/folder/b.yaml': '', 'values/deep/token': '' });
    await symlink('behind/folder', linked ?? '');
    const paths = { directory: config ?? '', fileRoots: [values ?? ''] };
    const going =
      { directory: config, 'file root': values, 'folder behind a link': join(base, 'config/behind') }[what] ?? '';
    for (let turns = 0; turns < 150; turns++) {
      const looking = findTargets(paths);
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      renameSync(going, join(base, 'away'));
      const { targets } = await looking;
      // One that was seen is told from another that takes its path; one that was not shows in a folder that is there.
      const isSeen = (targets.get(going)?.identity ?? '') !== '';
      const above = [...targets].filter(([folder, { identity }]) => identity !== '' && going.startsWith(`${folder}/`));
      const isAwaited = above.some(([folder, { names, files }]) => {
        const [name = ''] = going.slice(folder.length + 1).split('/');
        return names.has(name) || files;
      });
      expect([turns, isSeen || isAwaited]).toEqual([turns, true]);
      await rename(join(base, 'away'), going);
    }
  },
);
