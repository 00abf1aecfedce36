import { appendFileSync } from 'node:fs';
import { appendFile, chmod, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { watchFiles } from '../../../src/daemon/watch-files.ts';
import { makeRepository, writeFiles } from '../git/checkout.ts';
import { sandbox, startWatching, watches } from './watching.ts';

const options = { fileRoots: [], pollMs: 5, onProblem: () => undefined };

// A handle is gone a turn of the event loop after it was closed.
async function watchesAre(count: number): Promise<void> {
  await vi.waitFor(() => expect(watches()).toBe(count), { timeout: 10_000 });
}

async function nestedTree(): Promise<string> {
  const base = await sandbox();
  const files = Array.from({ length: 60 }, (_, index) => [`r0/config/d${index % 30}/${index}.yaml`, ''] as const);
  await makeRepository(base, Object.fromEntries(files));
  await symlink('r0', join(base, 'current'));
  return join(base, 'current/config');
}

test('a watch holds handles while it is open and none after it was closed, twice', async () => {
  const directory = await nestedTree();
  const watch = await watchFiles({ ...options, directory }, () => undefined);
  expect(watches()).toBeGreaterThan(30);
  await Promise.all([watch.close(), watch.close()]);
  await watch.close();
  await watchesAre(0);
});

test('handles do not grow when what is watched is replaced again and again', async () => {
  const base = await sandbox();
  const config = join(base, 'config');
  await writeFiles(config, { 'a/a.yaml': '', 'b/b.yaml': '' });
  const watching = await startWatching(config);
  const open = watches();
  for (let round = 0; round < 50; round++) {
    await watching.notices(async () => {
      await rename(config, join(base, `old-${round}`));
      await writeFiles(config, { 'a/a.yaml': '', 'b/b.yaml': '' });
    });
  }
  await watchesAre(open);
  await watching.close();
  await watchesAre(0);
});

test('an abort while it starts closes everything, whenever it comes', async () => {
  const directory = await nestedTree();
  const aborted = new Error('no longer wanted');
  for (let turns = 0; turns < 60; turns++) {
    const controller = new AbortController();
    const started = watchFiles({ ...options, directory }, () => undefined, controller.signal);
    const outcome = started.then(
      async (watch) => watch.close(),
      (error: unknown) => error,
    );
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    controller.abort(aborted);
    expect([aborted, undefined]).toContain(await outcome);
  }
  await watchesAre(0);
});

test('a signal that is aborted already starts nothing', async () => {
  const directory = await nestedTree();
  const aborted = new Error('no longer wanted');
  await expect(watchFiles({ ...options, directory }, () => undefined, AbortSignal.abort(aborted))).rejects.toBe(
    aborted,
  );
  await watchesAre(0);
});

test('closing while it opens new watches closes these, too', async () => {
  const base = await sandbox();
  for (let turns = 0; turns < 30; turns++) {
    const config = join(base, `${turns}`);
    await mkdir(config);
    const watching = await startWatching(config);
    await watching.notices(async () => {
      for (let index = 0; index < 20; index++) await mkdir(join(config, `${index}`));
    });
    const some = turns % 10;
    while (watches() < 4 + some) await new Promise((resolve) => setImmediate(resolve));
    await watching.close();
    await watchesAre(0);
  }
});

test('no event comes after it was closed, also when it was on its way', async () => {
  const config = join(await sandbox(), 'config');
  await writeFiles(config, { 'a.yaml': '' });
  const watching = await startWatching(config);
  // From a timer on, the event loop sees to events before it gets to what was put off to its next turn.
  await new Promise((resolve) => setTimeout(resolve, 0));
  const closed = watching.close();
  appendFileSync(join(config, 'a.yaml'), 'two');
  await closed;
  expect(watching.events()).toBe(0);
});

test('a folder that may not be read is told once, the rest goes on, and it counts again as soon as it may', async () => {
  const base = await sandbox();
  const config = join(base, 'config');
  await writeFiles(config, { 'a.yaml': '', 'closed-1/b.yaml': '', 'closed-2/c.yaml': '' });
  await chmod(base, 0o755);
  await Promise.all(['closed-1', 'closed-2'].map((name) => chmod(join(config, name), 0o000)));
  const again = asSomebody();
  const watching = await startWatching(config, { pollMs: 5 });
  const told = [
    expect.stringMatching(/^cannot list the folder .*closed-\d \(EACCES: give the user of the program read access\)/),
  ];
  expect(watching.problems).toEqual(told);
  again();
  const open = watches();
  await watching.notices(() => writeFile(join(config, 'new.yaml'), ''));
  await watching.notices(() => chmod(join(config, 'closed-1'), 0o755));
  await watchesAre(open + 1);
  await watching.notices(() => appendFile(join(config, 'closed-1/b.yaml'), 'two'));
  expect(watching.problems).toEqual(told);
});

// The super-user may read everything; who runs the tests as such becomes somebody else, until the answer is called.
function asSomebody(): () => void {
  if (process.geteuid?.() !== 0) return () => undefined;
  const back = (): void => process.seteuid?.(0);
  onTestFinished(back);
  process.seteuid?.(65_534);
  return back;
}
