import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { commitAll, git, makeRepository, writeFiles } from '../git/checkout.ts';
import { sandbox, startWatching, swap } from './watching.ts';

// A file system without events: chokidar compares files itself, and not within the time of a test.
beforeEach(() => {
  vi.stubEnv('CHOKIDAR_USEPOLLING', '1');
  vi.stubEnv('CHOKIDAR_INTERVAL', '600000');
});

afterEach(() => {
  vi.unstubAllEnvs();
});

const pollMs = 20;

test('the poll finds a link that leads elsewhere, on the path and in the tree', async () => {
  const base = await sandbox();
  await writeFiles(base, { 'r0/config/a.yaml': '', 'r1/config/a.yaml': '', 'values/..v0/x': '', 'values/..v1/x': '' });
  await symlink('r0', join(base, 'current'));
  await symlink('..v0', join(base, 'values/..data'));
  await symlink('..data/x', join(base, 'values/x'));
  const watching = await startWatching(join(base, 'current/config'), { pollMs, fileRoots: [join(base, 'values')] });
  const current = join(base, 'current');
  await watching.notices(
    () => swap(current, 'r1'),
    () => readlinkSync(current) === 'r1',
  );
  const data = join(base, 'values/..data');
  await watching.notices(
    () => swap(data, '..v1'),
    () => readlinkSync(data) === '..v1',
  );
});

test('the poll finds files and folders that come and go', async () => {
  const base = await sandbox();
  const config = join(base, 'a/config');
  const watching = await startWatching(config, { pollMs });
  await watching.notices(
    () => mkdir(config, { recursive: true }),
    () => existsSync(config),
  );
  for (const path of ['a.yaml', 'sub/b.yaml', 'sub/c.yaml']) {
    await watching.notices(
      () => writeFiles(config, { [path]: '' }),
      () => existsSync(join(config, path)),
    );
  }
  await watching.notices(
    () => rm(join(config, 'sub/b.yaml')),
    () => !existsSync(join(config, 'sub/b.yaml')),
  );
  await watching.notices(
    () => rename(join(base, 'a'), join(base, 'b')),
    () => !existsSync(config),
  );
});

test('the poll finds commits, loose and packed, and a branch that is checked out', async () => {
  const repository = join(await sandbox(), 'repository');
  await makeRepository(repository, { 'config/a.yaml': 'one' });
  const watching = await startWatching(join(repository, 'config'), { pollMs });
  const look = (commit: () => string) => async () => (await git(repository, 'rev-parse', 'HEAD')) === commit();
  let commit = '';
  await watching.notices(
    async () => (commit = await commitAll(repository, 'Second')),
    look(() => commit),
  );
  await watching.notices(() => git(repository, 'pack-refs', '--all'));
  await watching.notices(
    async () => (commit = await commitAll(repository, 'Third')),
    look(() => commit),
  );
  await watching.notices(
    () => git(repository, 'checkout', '--quiet', '-b', 'other'),
    async () => (await git(repository, 'symbolic-ref', '--short', 'HEAD')) === 'other',
  );
});

test('the poll finds a folder above that is another one', async () => {
  const base = await sandbox();
  await writeFiles(base, { 'a/config/a.yaml': '', 'b/config/b.yaml': '' });
  const config = join(base, 'a/config');
  const watching = await startWatching(config, { pollMs });
  await watching.notices(
    async () => {
      await rename(join(base, 'a'), join(base, 'c'));
      await rename(join(base, 'b'), join(base, 'a'));
    },
    () => existsSync(join(config, 'b.yaml')),
  );
});

test('nothing moves, nothing is told', async () => {
  const base = await sandbox();
  await makeRepository(base, { 'config/a.yaml': '' });
  const watching = await startWatching(join(base, 'config'), { pollMs: 1 });
  // The folder beside the tree is no news; that it is polled all the while shows by the one event after it.
  await writeFile(join(base, 'beside'), '');
  for (let look = 0; look < 10; look++) await git(base, 'status');
  expect(watching.events()).toBe(0);
  await watching.notices(() => writeFile(join(base, 'config/b.yaml'), ''));
  expect(watching.events()).toBe(1);
});
