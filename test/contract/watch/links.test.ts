import { appendFile, mkdir, readFile, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { existsSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeFiles } from '../git/checkout.ts';
import { sandbox, startWatching, swap, type Watching } from './watching.ts';

async function releases(base: string, ...names: readonly string[]): Promise<void> {
  for (const name of names) await writeFiles(base, { [`${name}/config/a.yaml`]: name });
}

// The link leads there, and so does what is watched: an edit in the tree is noticed.
async function follows(watching: Watching, link: string, target: string, below = 'config'): Promise<void> {
  await watching.notices(
    () => swap(link, target),
    () => readlinkSync(link) === target,
  );
  const file = join(link, below, 'edited.yaml');
  await watching.notices(
    () => writeFile(file, target),
    async () => existsSync(file) && (await readFile(file, 'utf8')) === target,
  );
}

test.each([
  ['kept', 'current'],
  ['kept', 'current/config'],
  ['removed', 'current'],
  ['removed', 'current/config'],
])('a tree that is swapped by its link, the old one %s, with %s configured', async (old, configured) => {
  const base = await sandbox();
  await releases(base, 'r0');
  await symlink('r0', join(base, 'current'));
  const watching = await startWatching(join(base, configured));
  for (let round = 1; round <= 10; round++) {
    await releases(base, `r${round}`);
    await follows(watching, join(base, 'current'), `r${round}`);
    if (old === 'removed') await rm(join(base, `r${round - 1}`), { recursive: true });
  }
});

test('links to links, relative and absolute ones, are followed step by step', async () => {
  const base = await sandbox();
  await releases(base, 'store/r0', 'store/r1', 'store/r2');
  await mkdir(join(base, 'links/deep'), { recursive: true });
  await symlink(join(base, 'links/second'), join(base, 'first'));
  await symlink('./deep/../deep/third', join(base, 'links/second'));
  await symlink('../../store/r0', join(base, 'links/deep/third'));
  const watching = await startWatching(join(base, 'first/config'));
  await follows(watching, join(base, 'links/deep/third'), '../../store/r1', '../../../first/config');
  await follows(watching, join(base, 'links/second'), '../store/r2', '../../first/config');
  await follows(watching, join(base, 'first'), join(base, 'store/r0'));
});

test('a link in the middle of a link’s target is watched', async () => {
  const base = await sandbox();
  await releases(base, 'r0', 'r1');
  await symlink('r0', join(base, 'middle'));
  await symlink('middle/config', join(base, 'config'));
  const watching = await startWatching(join(base, 'config'));
  await follows(watching, join(base, 'middle'), 'r1');
});

test('a link that leads nowhere for a time, and around in a circle', async () => {
  const base = await sandbox();
  await releases(base, 'r0');
  const link = join(base, 'current');
  await symlink('later', link);
  const watching = await startWatching(join(link, 'config'));
  await watching.notices(
    () => releases(base, 'later'),
    () => existsSync(join(link, 'config')),
  );
  await watching.notices(
    () => rename(join(base, 'later'), join(base, 'gone')),
    () => !existsSync(link),
  );
  await watching.notices(
    () => swap(link, 'current'),
    () => readlinkSync(link) === 'current',
  );
  await follows(watching, link, 'r0');
});

test('names beside the link do not count', async () => {
  const base = await sandbox();
  await releases(base, 'r0', 'r1');
  await symlink('r0', join(base, 'current'));
  const watching = await startWatching(join(base, 'current/config'));
  const event = watching.next();
  await writeFiles(base, { 'log.txt': 'one', 'r2/config/a.yaml': '', '.state/journal': 'one' });
  await appendFile(join(base, 'log.txt'), 'two');
  await appendFile(join(base, 'r0/config/a.yaml'), 'two');
  await event;
  expect(watching.events()).toBe(1);
});

// The kubelet's way: a new folder, a link to it renamed over `..data`, links of keys that are new or gone, the old folder.
async function publish(volume: string, version: string, files: Readonly<Record<string, string>>): Promise<void> {
  await writeFiles(join(volume, `..${version}`), files);
  const old = existsSync(join(volume, '..data')) ? readlinkSync(join(volume, '..data')) : undefined;
  await symlink(`..${version}`, join(volume, '..data_tmp'));
  await rename(join(volume, '..data_tmp'), join(volume, '..data'));
  for (const name of Object.keys(files)) {
    if (!existsSync(join(volume, name))) await symlink(`..data/${name}`, join(volume, name));
  }
  if (old !== undefined) await rm(join(volume, old), { recursive: true });
}

test.each(['desired state', 'values'])('a Kubernetes volume with the %s', async (use) => {
  const base = await sandbox();
  const volume = join(base, 'volume');
  await mkdir(join(base, 'plain'));
  await mkdir(volume);
  await publish(volume, 'v0', { 'a.yaml': 'v0' });
  const watching =
    use === 'values' ? await startWatching(join(base, 'plain'), { fileRoots: [volume] }) : await startWatching(volume);
  for (let round = 1; round <= 10; round++) {
    const version = `v${round}`;
    await watching.notices(
      () => publish(volume, version, { 'a.yaml': version }),
      async () => (await readFile(join(volume, 'a.yaml'), 'utf8')) === version,
    );
  }
  await watching.notices(
    () => publish(volume, 'more', { 'a.yaml': '', 'b.yaml': '' }),
    () => existsSync(join(volume, 'b.yaml')),
  );
  await watching.notices(() => unlink(join(volume, 'a.yaml')));
});

test('a Kubernetes volume without a key: `..data` alone is noticed', async () => {
  const volume = await sandbox();
  await mkdir(join(volume, '..v0'));
  await mkdir(join(volume, '..v1'));
  await symlink('..v0', join(volume, '..data'));
  const watching = await startWatching(volume);
  await watching.notices(() => swap(join(volume, '..data'), '..v1'));
});

test.each([
  ['a hidden file', '.hidden/a.yaml'],
  ['a file outside', '../outside/c.yaml'],
  ['a new file in a hidden folder', '.docs/new.yaml'],
  ['a new file in a value folder', '../values/new'],
])('what a link in the tree leads to is noticed: %s', async (_, path) => {
  const base = await sandbox();
  await writeFiles(base, { 'config/.hidden/a.yaml': '', 'config/.docs/b.yaml': '', 'outside/c.yaml': '' });
  await mkdir(join(base, 'values'));
  await symlink('.hidden/a.yaml', join(base, 'config/a.yaml'));
  await symlink('.docs', join(base, 'config/docs'));
  await symlink('../outside/c.yaml', join(base, 'config/c.yaml'));
  await symlink('../values', join(base, 'config/values'));
  const watching = await startWatching(join(base, 'config'), { fileRoots: [join(base, 'values')] });
  await watching.notices(() => appendFile(join(base, 'config', path), 'two'));
});

test('what a link leads to that leaves the tree is not watched when it is a folder', async () => {
  const base = await sandbox();
  await writeFiles(base, { 'config/a.yaml': '', 'outside/c.yaml': '' });
  await symlink('../outside', join(base, 'config/outside'));
  const watching = await startWatching(join(base, 'config'));
  const event = watching.next();
  await writeFile(join(base, 'outside/d.yaml'), '');
  await appendFile(join(base, 'config/a.yaml'), 'two');
  await event;
  expect(watching.events()).toBe(1);
});

test('a tree that contains itself is watched once', async () => {
  const base = await sandbox();
  await writeFiles(base, { 'config/sub/a.yaml': '' });
  await symlink('..', join(base, 'config/sub/loop'));
  await symlink('self', join(base, 'config/self'));
  const watching = await startWatching(join(base, 'config'));
  await watching.notices(() => writeFile(join(base, 'config/sub/b.yaml'), ''));
  expect(realpathSync(join(base, 'config/sub/loop'))).toBe(join(base, 'config'));
  expect(watching.problems).toEqual([]);
});

test.each(['kept', 'removed'])('a thousand swaps one after another, old trees %s: none is missed', async (old) => {
  const base = await sandbox();
  const link = join(base, 'current');
  await releases(base, '.trees/r0');
  await symlink('.trees/r0', link);
  const watching = await startWatching(join(link, 'config'));
  for (let round = 1; round <= 1000; round++) {
    const target = `.trees/r${round}`;
    await releases(base, target);
    await watching.notices(
      () => swap(link, target),
      () => readlinkSync(link) === target,
    );
    if (old === 'removed') await rm(join(base, `.trees/r${round - 1}`), { recursive: true });
  }
  await releases(base, '.trees/last');
  await follows(watching, link, '.trees/last');
});

test('a thousand swaps in a storm: an event comes after the last', async () => {
  const base = await sandbox();
  const link = join(base, 'current');
  await releases(base, 'r0', 'r1', 'last');
  await symlink('r0', link);
  const watching = await startWatching(join(link, 'config'));
  await watching.notices(
    async () => {
      for (let round = 1; round < 1000; round++) await swap(link, `r${round % 2}`);
      await swap(link, 'last');
    },
    () => readlinkSync(link) === 'last',
  );
  await follows(watching, link, 'r0');
});
