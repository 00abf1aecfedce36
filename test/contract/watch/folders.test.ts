import { appendFile, mkdir, readFile, rename, rm, rmdir, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { writeFiles } from '../git/checkout.ts';
import { sandbox, startWatching, swap, watches } from './watching.ts';

async function tree(): Promise<string> {
  const config = join(await sandbox(), 'config');
  await writeFiles(config, { 'a.yaml': 'one', 'b.yaml': 'one', 'sub/c.yaml': 'one' });
  return config;
}

test.each<[string, (config: string) => Promise<unknown>]>([
  ['an edit', (config) => appendFile(join(config, 'a.yaml'), 'two')],
  ['an edit further down', (config) => appendFile(join(config, 'sub/c.yaml'), 'two')],
  ['an edit that empties a file', (config) => truncate(join(config, 'a.yaml'))],
  ['a new file', (config) => writeFile(join(config, 'new.yaml'), '')],
  ['a new file further down', (config) => writeFile(join(config, 'sub/new.yaml'), '')],
  ['a new folder', (config) => mkdir(join(config, 'new'))],
  ['a deleted file', (config) => unlink(join(config, 'a.yaml'))],
  ['a deleted folder', (config) => rm(join(config, 'sub'), { recursive: true })],
  ['a renamed file', (config) => rename(join(config, 'a.yaml'), join(config, 'z.yaml'))],
  ['a renamed folder', (config) => rename(join(config, 'sub'), join(config, 'other'))],
  ['a file that is hidden', (config) => rename(join(config, 'a.yaml'), join(config, '.a.yaml'))],
  ['a file that is replaced', (config) => rename(join(config, 'b.yaml'), join(config, 'a.yaml'))],
  ['a new link', (config) => symlink('a.yaml', join(config, 'link.yaml'))],
])('%s is noticed', async (_, change) => {
  const config = await tree();
  const watching = await startWatching(config);
  await watching.notices(() => change(config));
});

test('every one of several edits is noticed', async () => {
  const config = await tree();
  const watching = await startWatching(config);
  for (let round = 0; round < 20; round++) {
    const text = `round ${round}`;
    await watching.notices(
      () => writeFile(join(config, 'sub/c.yaml'), text),
      async () => (await readFile(join(config, 'sub/c.yaml'), 'utf8')) === text,
    );
  }
});

test('hidden files and folders are not noticed', async () => {
  const config = await tree();
  await writeFiles(config, { '.state/journal': 'one' });
  const watching = await startWatching(config);
  const event = watching.next();
  await writeFile(join(config, '.a.yaml.swp'), 'one');
  await appendFile(join(config, '.state/journal'), 'two');
  await mkdir(join(config, '.other'));
  await appendFile(join(config, 'a.yaml'), 'two');
  await event;
  expect(watching.events()).toBe(1);
});

test('what happens in a folder that was made after the start is noticed', async () => {
  const config = await tree();
  const watching = await startWatching(config);
  await watching.notices(() => mkdir(join(config, 'x/y/z'), { recursive: true }));
  for (const name of ['one', 'two', 'three']) {
    await watching.notices(() => writeFile(join(config, 'x/y/z', name), ''));
  }
});

test('files written together with their new folders are seen in the end', async () => {
  const config = await tree();
  const watching = await startWatching(config);
  for (let round = 0; round < 30; round++) {
    const file = join(config, `new-${round}/sub/late.yaml`);
    await watching.notices(
      () => writeFiles(config, { [`new-${round}/first.yaml`]: '', [`new-${round}/sub/late.yaml`]: 'text' }),
      () => existsSync(file),
    );
    await watching.notices(
      () => rm(file),
      () => !existsSync(file),
    );
  }
});

test('a folder that is made in one while that is being opened is found, too', async () => {
  const config = await tree();
  const watching = await startWatching(config);
  const open = watches();
  await Promise.all(
    Array.from({ length: 50 }, (_, index) => mkdir(join(config, `new-${index}/d`), { recursive: true })),
  );
  // It has seen all of these and opens them level by level: what is made in the lower one now it has not seen.
  while (watches() < open + 10) await new Promise((resolve) => setImmediate(resolve));
  mkdirSync(join(config, 'new-25/d/e'));
  await vi.waitFor(() => expect(watches()).toBe(open + 101), { timeout: 10_000 });
  await watching.notices(() => appendFile(join(config, 'new-25/d/e/a.yaml'), 'one'));
});

test('a directory that is removed and made again is followed', async () => {
  const config = await tree();
  const watching = await startWatching(config);
  for (let round = 0; round < 5; round++) {
    await watching.notices(
      () => rm(config, { recursive: true }),
      () => !existsSync(config),
    );
    await watching.notices(
      () => mkdir(config),
      () => existsSync(config),
    );
    const file = join(config, `${round}.yaml`);
    await watching.notices(
      () => writeFile(file, ''),
      () => existsSync(file),
    );
  }
});

test('a directory that is replaced at once is followed', async () => {
  const config = join(await sandbox(), 'config');
  await mkdir(config);
  const watching = await startWatching(config);
  const file = join(config, 'a.yaml');
  for (let round = 0; round < 20; round++) {
    await watching.notices(async () => {
      rmSync(config, { recursive: true });
      mkdirSync(config);
    });
    await watching.notices(
      () => writeFile(file, ''),
      () => existsSync(file),
    );
  }
});

test('a directory that is moved away is not followed, its successor is', async () => {
  const config = await tree();
  const watching = await startWatching(config);
  await watching.notices(() => rename(config, `${config}.old`));
  await watching.notices(
    () => mkdir(config),
    () => existsSync(config),
  );
  await watching.notices(
    () => writeFile(join(config, 'a.yaml'), ''),
    () => existsSync(join(config, 'a.yaml')),
  );
});

test.each(['moved away', 'removed while it is empty'])('a directory with a hidden name that is %s', async (how) => {
  const config = join(await sandbox(), '.config');
  await mkdir(config);
  const watching = await startWatching(config);
  await watching.notices(() => (how === 'moved away' ? rename(config, `${config}.old`) : rmdir(config)));
});

test('a directory that is not there at the start is waited for, folder by folder', async () => {
  const base = await sandbox();
  const watching = await startWatching(join(base, 'a/b/config'));
  for (const folder of ['a', 'a/b', 'a/b/config']) {
    await watching.notices(() => mkdir(join(base, folder)));
  }
  await watching.notices(() => writeFile(join(base, 'a/b/config/a.yaml'), ''));
});

test('a directory that is not there may come as a link, and as a file first', async () => {
  const base = await sandbox();
  await writeFiles(base, { 'real/a.yaml': '' });
  const config = join(base, 'config');
  const watching = await startWatching(config);
  await watching.notices(
    () => writeFile(config, ''),
    () => existsSync(config),
  );
  await watching.notices(
    () => rm(config),
    () => !existsSync(config),
  );
  await watching.notices(
    () => symlink('real', config),
    () => existsSync(config),
  );
  const file = join(config, 'new.yaml');
  await watching.notices(
    () => writeFile(file, ''),
    () => existsSync(file),
  );
});

test('a folder that becomes a link, and a link that becomes a folder', async () => {
  const base = await sandbox();
  await writeFiles(base, { 'config/a.yaml': '', 'other/b.yaml': '' });
  const config = join(base, 'config');
  const watching = await startWatching(config);
  await watching.notices(
    () => rename(config, join(base, 'kept')),
    () => !existsSync(config),
  );
  await watching.notices(
    () => symlink('other', config),
    () => existsSync(join(config, 'b.yaml')),
  );
  await watching.notices(
    () => swap(config, 'kept'),
    () => existsSync(join(config, 'a.yaml')),
  );
  await watching.notices(
    () => rm(config),
    () => !existsSync(config),
  );
  await watching.notices(
    () => rename(join(base, 'kept'), config),
    () => existsSync(join(config, 'a.yaml')),
  );
  await watching.notices(
    () => writeFile(join(config, 'c.yaml'), ''),
    () => existsSync(join(config, 'c.yaml')),
  );
});

test('folders of values are watched, also those that come later', async () => {
  const base = await sandbox();
  await writeFiles(base, { 'config/a.yaml': '', 'secrets/token': 'one' });
  const fileRoots = [join(base, 'secrets'), join(base, 'later')];
  const watching = await startWatching(join(base, 'config'), { fileRoots });
  await watching.notices(() => writeFile(join(base, 'secrets/token'), 'two'));
  await watching.notices(
    () => mkdir(join(base, 'later')),
    () => existsSync(join(base, 'later')),
  );
  const late = join(base, 'later/token');
  await watching.notices(
    () => writeFile(late, 'one'),
    () => existsSync(late),
  );
  await watching.notices(
    () => rm(join(base, 'secrets'), { recursive: true }),
    () => !existsSync(join(base, 'secrets')),
  );
});

test('a name that looks like an editor’s copy is a folder like any other', async () => {
  const config = join(await sandbox(), 'config~');
  await mkdir(config);
  const watching = await startWatching(config);
  await watching.notices(() => writeFile(join(config, 'a.yaml'), ''));
});
