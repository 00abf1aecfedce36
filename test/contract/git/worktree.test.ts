import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Registry } from '../../../src/resources/resource-type.ts';
import { fakeRegistry, fakeType } from '../../unit/desired/fake-registry.ts';
import {
  bodiesOf,
  commitAll,
  errorsOf,
  git,
  load,
  makeRepository,
  makeSandbox,
  writeFiles,
  yaml,
  type Sandbox,
} from './checkout.ts';

let sandbox: Sandbox;
let folder: string;

beforeEach(async () => {
  sandbox = await makeSandbox();
  folder = join(sandbox.path, 'folder');
});
afterEach(() => sandbox.remove());

/** A registry in which the validation of `a` does something to the files, once: it happens in the middle of a load. */
function meanwhile(act: () => void): Registry {
  let done = false;
  const validate = (): readonly [] => {
    if (!done) act();
    done = true;
    return [];
  };
  return fakeRegistry(fakeType('a', validate), fakeType('b'));
}

describe('a folder outside of git', () => {
  it('gives the files on disk, hidden ones left out, each with its digest as revision', async () => {
    await writeFiles(folder, {
      'a.yaml': yaml('a', 1),
      '.b.yaml': yaml('b', 1),
      '.c/c.yaml': yaml('c', 1),
      'd/d.yml': yaml('d', 1),
    });
    const result = await load(folder);
    expect(bodiesOf(result)).toEqual({ a: 1, d: 1 });
    expect(result).toMatchObject({ source: 'worktree', files: 2, documents: 2 });
    expect(result.state?.revision).toMatchObject({ commit: null, dirty: false });
  });

  it('may be laid out as Kubernetes mounts volumes', async () => {
    await writeFiles(folder, {
      '..2024_01/a.yaml': yaml('a', 1),
      '..2024_01/v': 'value\n',
      '..2024_01/f.yaml': 'resource: f\nbody: !file v\n',
    });
    await symlink('..2024_01', join(folder, '..data'));
    for (const name of ['a.yaml', 'f.yaml', 'v']) await symlink(`..data/${name}`, join(folder, name));
    const result = await load(folder);
    expect(bodiesOf(result)).toEqual({ a: 1, f: 'value' });
    expect(result.state?.resources.map(({ source }) => source.file)).toEqual(['a.yaml', 'f.yaml']);
  });

  it('may hold links to file roots, and reads no file twice', async () => {
    await writeFiles(sandbox.path, { 'roots/r.yaml': yaml('r', 1), 'folder/sub/a.yaml': yaml('a', 1) });
    await symlink('../roots', join(folder, 'linked'));
    await symlink('sub', join(folder, 'again'));
    await symlink('sub/a.yaml', join(folder, 'a.yaml'));
    const result = await load(folder, { fileRoots: [join(sandbox.path, 'roots')] });
    expect(bodiesOf(result)).toEqual({ a: 1, r: 1 });
    expect(result.state?.resources.map(({ source }) => source.file)).toEqual(['sub/a.yaml', 'linked/r.yaml']);
  });

  it('is refused when folders are linked from outside or to themselves', async () => {
    await writeFiles(sandbox.path, { 'elsewhere/r.yaml': yaml('r', 1), 'folder/sub/a.yaml': yaml('a', 1) });
    await symlink('../elsewhere', join(folder, 'linked.d'));
    await symlink('..', join(folder, 'sub', 'up'));
    expect(errorsOf(await load(folder))).toEqual(['file-outside-roots linked.d', 'link-loop sub/up']);
  });

  it('is refused with a socket in the place of a file', async () => {
    await writeFiles(folder, { 'a.yaml': yaml('a', 'x') });
    const server = createServer().listen(join(folder, 'socket.yaml'));
    await once(server, 'listening');
    try {
      expect(errorsOf(await load(folder))).toEqual(['not-a-file socket.yaml']);
    } finally {
      server.close();
    }
  });
});

describe('input that is no desired state', () => {
  it.each([
    ['no such folder', 'directory-missing', () => Promise.resolve()],
    ['a file', 'directory-missing', () => writeFile(folder, yaml('a', 1))],
    ['a link to nothing', 'directory-missing', () => symlink('nothing', folder)],
    ['an empty folder', 'no-documents', () => mkdir(folder)],
    ['a folder without YAML', 'no-documents', () => writeFiles(folder, { 'a.json': '{}', yaml: 'a: 1' })],
    ['files without documents', 'no-documents', () => writeFiles(folder, { 'a.yaml': '# x\n---\n', 'b.yml': '' })],
  ])('%s: %s', async (_name, code, make) => {
    await make();
    expect(await load(folder)).toMatchObject({ state: null, documents: 0, findings: [{ severity: 'error', code }] });
  });

  it('files that cannot be read as text are found, beside what is wrong with the others', async () => {
    await writeFiles(folder, {
      'a.yaml': '\uFEFFresource: a\nbody: 1\n',
      'b.yaml': new Uint8Array([0x61, 0x3a, 0x20, 0xc3, 0x28]),
      'c.yaml': new Uint8Array(5 * 1024 * 1024 + 1).fill(0x20),
      'd/d.yaml': 'resource: [\n',
    });
    const result = await load(folder);
    expect(errorsOf(result)).toEqual(['not-utf8 b.yaml', 'file-too-large c.yaml', 'yaml-syntax d/d.yaml']);
    expect(result).toMatchObject({ state: null, files: 4, documents: 1 });
  });
});

describe('a checkout that is not at rest', () => {
  beforeEach(async () => {
    await makeRepository(folder, {
      'a.yaml': yaml('a', 1),
      'b.yaml': 'resource: b\nbody: !file v.txt\n',
      'v.txt': 'one',
    });
  });

  it('with an index.lock is unstable with "worktree", and of no concern with "commit"', async () => {
    await writeFile(join(folder, '.git/index.lock'), '');
    await expect(load(folder, { read: 'worktree' })).rejects.toMatchObject({
      failure: 'inputUnstable',
      message: expect.stringContaining('.git/index.lock') as string,
    });
    expect(bodiesOf(await load(folder, { read: 'commit' }))).toEqual({ a: 1, b: 'one' });
  });

  it('with an index.lock that was left behind names it, its age and what to do', async () => {
    const lock = join(folder, '.git/index.lock');
    await writeFile(lock, '');
    const past = new Date(Date.now() - 25 * 60_000);
    await utimes(lock, past, past);
    await expect(load(folder, { read: 'worktree' })).rejects.toMatchObject({
      failure: 'inputUnstable',
      message: expect.stringMatching(/25 minutes old.*index\.lock/) as string,
      hint: expect.stringContaining('remove the file') as string,
    });
  });

  it('with an index.lock of its own linked worktree is unstable', async () => {
    const worktree = join(sandbox.path, 'worktree');
    await git(folder, 'worktree', 'add', '--quiet', worktree);
    const lock = join(folder, '.git/worktrees/worktree/index.lock');
    await writeFile(lock, '');
    await expect(load(worktree, { read: 'worktree' })).rejects.toMatchObject({ failure: 'inputUnstable' });
    await rm(lock);
    expect(bodiesOf(await load(worktree, { read: 'worktree' }))).toEqual({ a: 1, b: 'one' });
  });

  it('that is locked while it is read is unstable', async () => {
    const registry = meanwhile(() => writeFileSync(join(folder, '.git/index.lock'), ''));
    await expect(load(folder, { read: 'worktree', registry })).rejects.toMatchObject({ failure: 'inputUnstable' });
  });

  it('whose HEAD moves while it is read is unstable with "worktree", and read from one commit with "commit"', async () => {
    const first = await git(folder, 'rev-parse', 'HEAD');
    await writeFiles(folder, { 'v.txt': 'two', 'a.yaml': yaml('a', 2) });
    const second = await commitAll(folder, 'Second');
    const branch = join(folder, '.git/refs/heads/main');
    await writeFile(branch, `${first}\n`);
    const registry = (): Registry => meanwhile(() => writeFileSync(branch, `${second}\n`));
    const result = await load(folder, { read: 'commit', registry: registry() });
    expect(bodiesOf(result)).toEqual({ a: 1, b: 'one' });
    expect(result.state?.revision).toMatchObject({ commit: first, subject: 'First commit' });
    await writeFile(branch, `${first}\n`);
    await expect(load(folder, { read: 'worktree', registry: registry() })).rejects.toMatchObject({
      failure: 'inputUnstable',
      message: expect.stringContaining('HEAD moved') as string,
    });
  });
});

describe('a checkout to another branch and back while files are read', () => {
  it('is noticed, although HEAD is where it was and no lock is left', async () => {
    await makeRepository(folder, { 'a.yaml': yaml('a', 1), 'b.yaml': yaml('b', 1) });
    await git(folder, 'checkout', '--quiet', '-b', 'side');
    await writeFiles(folder, { 'a.yaml': yaml('a', 2), 'b.yaml': yaml('b', 2) });
    await commitAll(folder, 'Second commit');
    const registry = meanwhile(() => {
      for (const branch of ['main', 'side']) execFileSync('git', ['-C', folder, 'checkout', '--quiet', branch]);
    });
    await expect(load(folder, { read: 'worktree', registry })).rejects.toMatchObject({
      failure: 'inputUnstable',
      message: expect.stringContaining('moved the files') as string,
    });
    expect(bodiesOf(await load(folder, { read: 'worktree' }))).toEqual({ a: 2, b: 2 });
  });
});

describe('links that are swapped while files are read', () => {
  function swap(link: string, target: string): void {
    symlinkSync(target, `${link}.new`);
    renameSync(`${link}.new`, link);
  }

  it('make the directory itself unstable', async () => {
    await writeFiles(sandbox.path, { 'one/a.yaml': yaml('a', 1), 'two/a.yaml': yaml('a', 2) });
    await symlink('one', folder);
    await expect(load(folder, { registry: meanwhile(() => swap(folder, 'two')) })).rejects.toMatchObject({
      failure: 'inputUnstable',
    });
    expect(bodiesOf(await load(folder))).toEqual({ a: 2 });
  });

  it('make a mounted volume unstable', async () => {
    await writeFiles(folder, { '..one/a.yaml': yaml('a', 1), '..two/a.yaml': yaml('a', 2) });
    await symlink('..one', join(folder, '..data'));
    await symlink('..data/a.yaml', join(folder, 'a.yaml'));
    const registry = meanwhile(() => swap(join(folder, '..data'), '..two'));
    await expect(load(folder, { registry })).rejects.toMatchObject({
      failure: 'inputUnstable',
      message: expect.stringContaining('a.yaml') as string,
    });
  });

  it('make a file root of values unstable, also beside a commit', async () => {
    await writeFiles(sandbox.path, { 'roots/..one/v': '1', 'roots/..two/v': '2' });
    const root = join(sandbox.path, 'roots');
    await symlink('..one', join(root, '..data'));
    await symlink('..data/v', join(root, 'v'));
    await makeRepository(folder, { 'a.yaml': `resource: a\nbody: !file ${root}/v\n` });
    const registry = meanwhile(() => swap(join(root, '..data'), '..two'));
    await expect(load(folder, { registry, fileRoots: [root] })).rejects.toMatchObject({ failure: 'inputUnstable' });
    expect(bodiesOf(await load(folder, { fileRoots: [root] }))).toEqual({ a: '2' });
  });

  it('make a vanished file unstable, not missing', async () => {
    await writeFiles(folder, { 'a.yaml': yaml('a', 1), 'z.yaml': yaml('b', 1) });
    await symlink('a.yaml', join(folder, 'link.yml'));
    const registry = meanwhile(() => unlinkSync(join(folder, 'a.yaml')));
    await expect(load(folder, { registry })).rejects.toMatchObject({ failure: 'inputUnstable' });
  });
});

describe('an aborted load', () => {
  it.each(['auto', 'worktree'] as const)('throws the reason of the signal (%s)', async (read) => {
    await makeRepository(folder, { 'a.yaml': yaml('a', 1), 'b.yaml': yaml('b', 1) });
    const reason = new Error('stopped');
    await expect(load(folder, { read, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const registry = meanwhile(() => controller.abort(reason));
    await expect(load(folder, { read, registry, signal: controller.signal })).rejects.toBe(reason);
  });
});
