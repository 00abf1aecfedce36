import { pbkdf2 } from 'node:crypto';
import { chmod, lstat, mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { FolderWatches } from '../../../src/daemon/watch-folders.ts';
import type { Target } from '../../../src/daemon/watch-plan.ts';
import { makeSandbox } from '../../contract/git/checkout.ts';

async function sandbox(): Promise<string> {
  const made = await makeSandbox();
  onTestFinished(() => made.remove());
  return made.path;
}

function opened(onNews: () => void = () => undefined): FolderWatches {
  const folders = new FolderWatches(onNews, () => undefined);
  onTestFinished(() => folders.close());
  return folders;
}

function target(changes: Partial<Target>): Target {
  return { identity: 'one', names: new Set(), files: false, ...changes };
}

test('it tells when it notices more than before, and only then', async () => {
  const path = await sandbox();
  const folders = opened();
  const apply = (changes: Partial<Target>) => folders.apply(new Map([[path, target(changes)]]));
  expect(await apply({ names: new Set(['a']) })).toBe(true);
  expect(await apply({ names: new Set(['a']) })).toBe(false);
  expect(await apply({ names: new Set(['a', 'b']) })).toBe(true);
  expect(await apply({ names: new Set(['b']) })).toBe(false);
  expect(await apply({ names: new Set(['b']), files: true })).toBe(true);
  expect(await apply({ names: new Set(['b']), identity: 'another' })).toBe(true);
  expect(await folders.apply(new Map())).toBe(false);
  expect(await apply({ identity: 'another' })).toBe(true);
});

test('a folder that was removed is opened anew, even if nothing tells its successor from it', async () => {
  const path = join(await sandbox(), 'folder');
  await mkdir(path);
  let hear = (): void => undefined;
  const heard = new Promise<void>((resolve) => (hear = resolve));
  const folders = opened(() => hear());
  const targets = new Map([[path, target({ files: true })]]);
  await folders.apply(targets);
  await rmdir(path);
  await mkdir(path);
  await heard;
  expect(await folders.apply(targets)).toBe(true);
  const again = new Promise<void>((resolve) => (hear = resolve));
  await writeFile(join(path, 'a.yaml'), '');
  await again;
});

test('a folder that is not there is not opened', async () => {
  const path = join(await sandbox(), 'missing');
  expect(await opened().apply(new Map([[path, target({ identity: '' })]]))).toBe(false);
});

test('what fails after it was closed disturbs nobody', async () => {
  const base = await sandbox();
  await mkdir(join(base, 'closed/inside'), { recursive: true });
  await chmod(join(base, 'closed'), 0o000);
  asSomebody();
  const folders = opened();
  // What looks at files waits behind these, so that the failure comes after the end.
  const busy = Promise.all(Array.from({ length: 8 }, () => promisify(pbkdf2)('', '', 50_000, 32, 'sha256')));
  const applied = folders.apply(new Map([[join(base, 'closed/inside'), target({})]]));
  await nextTurn();
  await nextTurn();
  await folders.close();
  await busy;
  await Promise.all(Array.from({ length: 8 }, () => lstat('/')));
  expect(await applied).toBe(false);
});

// The super-user may read everything; who runs the tests as such becomes somebody else.
function asSomebody(): void {
  if (process.geteuid?.() !== 0) return;
  onTestFinished(() => process.seteuid?.(0));
  process.seteuid?.(65_534);
}
