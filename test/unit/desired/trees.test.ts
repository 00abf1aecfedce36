import { chmod, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commitTree } from '../../../src/desired/commit-tree.ts';
import { diskTree } from '../../../src/desired/disk-tree.ts';
import { loadDesiredState } from '../../../src/desired/load-desired-state.ts';
import { isInside, MAX_FILE_BYTES } from '../../../src/desired/source.ts';
import { listYamlFiles } from '../../../src/desired/walk-tree.ts';
import { fakeRegistry } from './fake-registry.ts';

const calm = new AbortController().signal;
let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'sps-gitops-trees-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Does something as a user who may not read everything. */
async function asNobody<T>(act: () => Promise<T>): Promise<T> {
  await chmod(folder, 0o755);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    return await act();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

function load(signal: AbortSignal = calm) {
  const options = { directory: folder, read: 'auto', fileRoots: [], strict: false, values: 'resolve' } as const;
  return loadDesiredState(options, fakeRegistry(), () => undefined, signal);
}

describe('the files of a commit', () => {
  it('are those that it lists', async () => {
    const entry = { mode: '100644', object: 'o', size: 1 };
    const blobs = { read: () => Promise.resolve(new Uint8Array([7])), close: () => Promise.resolve() };
    const tree = commitTree(new Map([['d/a', entry]]), '/config', blobs);
    expect(await tree.list('', calm)).toEqual([{ name: 'd', isFile: false }]);
    expect(await tree.list('d', calm)).toEqual([{ name: 'a', isFile: false }]);
    expect(await tree.list('no', calm)).toEqual([]);
    expect(await tree.read('d/a', calm)).toEqual({ kind: 'bytes', bytes: new Uint8Array([7]) });
    expect(await tree.read('d/no', calm)).toEqual({ kind: 'missing' });
  });
});

describe('files on disk that changed since they were found', () => {
  it('are missing, or no file any more', async () => {
    const tree = diskTree(folder, [folder]);
    expect(await tree.read(join(folder, 'no'), calm)).toEqual({ kind: 'missing' });
    expect(await tree.read(folder, calm)).toEqual({ kind: 'unreadable' });
    await expect(tree.list(join(folder, 'no'), calm)).rejects.toMatchObject({ failure: 'inputUnstable' });
  });

  it('are unstable input, not files that nobody wants', async () => {
    await writeFile(join(folder, 'a.yaml'), 'resource: a\nbody: 1\n');
    // The signal is looked at before each file is read.
    const signal = Object.assign(new AbortController().signal, { throwIfAborted: () => remove() });
    let looks = 0;
    const remove = (): void => {
      looks += 1;
      if (looks === 2) unlinkSync(join(folder, 'a.yaml'));
    };
    await expect(load(signal)).rejects.toMatchObject({
      failure: 'inputUnstable',
      message: 'a file vanished while the files were read: a.yaml',
    });
  });
});

describe('a folder on disk', () => {
  it('is listed without a look at each file', async () => {
    await mkdir(join(folder, 'sub'));
    for (const name of ['a.yaml', 'b.yaml', 'c.txt', 'sub/d.yml']) await writeFile(join(folder, name), '');
    await symlink('a.yaml', join(folder, 'link.yaml'));
    await symlink('sub', join(folder, 'other'));
    const tree = diskTree(folder, [folder]);
    const looks: string[] = [];
    const resolve: typeof tree.resolve = (path, signal) => {
      looks.push(path.slice(folder.length + 1));
      return tree.resolve(path, signal);
    };
    const { files, findings } = await listYamlFiles({ ...tree, resolve }, calm);
    expect(files.map(({ name, real }) => [name, real.slice(folder.length + 1)])).toEqual([
      ['a.yaml', 'a.yaml'],
      ['b.yaml', 'b.yaml'],
      ['sub/d.yml', 'sub/d.yml'],
    ]);
    expect(findings).toEqual([]);
    expect(looks).toEqual(['link.yaml', 'other', 'sub']);
  });

  it.each([0, 1, 5, 64 * 1024, MAX_FILE_BYTES])('gives all %i bytes of a file', async (size) => {
    const content = Buffer.alloc(size, 'abc');
    await writeFile(join(folder, 'a'), content);
    const answer = await diskTree(folder, [folder]).read(join(folder, 'a'), calm);
    expect(answer.kind === 'bytes' && content.equals(answer.bytes)).toBe(true);
    await writeFile(join(folder, 'a'), 'x', { flag: 'a' });
    const more = await diskTree(folder, [folder]).read(join(folder, 'a'), calm);
    expect(more.kind === 'bytes' ? more.bytes.length : more.kind).toBe(
      size === MAX_FILE_BYTES ? 'too-large' : size + 1,
    );
  });

  it('gives all of a file that does not tell its size', async () => {
    const answer = await diskTree('/proc', ['/proc']).read('/proc/self/environ', calm);
    const expected = await readFile('/proc/self/environ');
    expect(expected.length).toBeGreaterThan(1);
    expect(answer.kind === 'bytes' && expected.equals(answer.bytes)).toBe(true);
  });
});

describe('what the user of the program may not read', () => {
  it('is a finding at a file', async () => {
    await writeFile(join(folder, 'a.yaml'), 'resource: a\nbody: !file v\n');
    await writeFile(join(folder, 'b.yaml'), 'resource: b\nbody: 1\n', { mode: 0 });
    await writeFile(join(folder, 'v'), 'v', { mode: 0 });
    const { findings } = await asNobody(load);
    const errors = findings.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code, position }) => [code, position?.file])).toEqual([
      ['file-unreadable', 'a.yaml'],
      ['file-unreadable', 'b.yaml'],
    ]);
  });

  it('is an error at a folder, whose files nobody knows', async () => {
    await mkdir(join(folder, 'sub'), { mode: 0 });
    await expect(asNobody(load)).rejects.toMatchObject({
      failure: 'inputInvalid',
      message: `the folder cannot be read: ${join(folder, 'sub')}`,
    });
  });
});

it('everything is inside of the root', () => {
  expect(isInside('/x', '/')).toBe(true);
  expect(isInside('/xy', '/x')).toBe(false);
});
