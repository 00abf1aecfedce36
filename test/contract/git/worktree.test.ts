import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Registry } from '../../../src/resources/resource-type.ts';
import { fakeRegistry, fakeType } from '../../unit/desired/fake-registry.ts';
import { bodiesOf, commitAll, errorsOf, git, inSandbox, load, makeRepository, writeFiles, yaml } from './checkout.ts';

const at = inSandbox('folder');

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
    await writeFiles(at.folder, {
      'a.yaml': yaml('a', 1),
      '.b.yaml': yaml('b', 1),
      '.c/c.yaml': yaml('c', 1),
      'd/d.yml': yaml('d', 1),
    });
    const result = await load(at.folder);
    expect(bodiesOf(result)).toEqual({ a: 1, d: 1 });
    expect(result).toMatchObject({ source: 'worktree', files: 2, documents: 2 });
    expect(result.state?.revision).toMatchObject({ commit: null, dirty: false });
  });

  it('may be laid out as Kubernetes mounts volumes', async () => {
    await writeFiles(at.folder, {
      '..2024_01/a.yaml': yaml('a', 1),
      '..2024_01/v': 'value\n',
      '..2024_01/f.yaml': 'resource: f\nbody: !file v\n',
    });
    await symlink('..2024_01', join(at.folder, '..data'));
    for (const name of ['a.yaml', 'f.yaml', 'v']) await symlink(`..data/${name}`, join(at.folder, name));
    const result = await load(at.folder);
    expect(bodiesOf(result)).toEqual({ a: 1, f: 'value' });
    expect(result.state?.resources.map(({ source }) => source.file)).toEqual(['a.yaml', 'f.yaml']);
  });

  it('may hold links to file roots, and reads no file twice', async () => {
    await writeFiles(at.path, { 'roots/r.yaml': yaml('r', 1), 'folder/sub/a.yaml': yaml('a', 1) });
    await symlink('../roots', join(at.folder, 'linked'));
    await symlink('sub', join(at.folder, 'again'));
    await symlink('sub/a.yaml', join(at.folder, 'a.yaml'));
    const result = await load(at.folder, { fileRoots: [join(at.path, 'roots')] });
    expect(bodiesOf(result)).toEqual({ a: 1, r: 1 });
    expect(result.state?.resources.map(({ source }) => source.file)).toEqual(['sub/a.yaml', 'linked/r.yaml']);
  });

  it('is refused when folders are linked from outside or to themselves', async () => {
    await writeFiles(at.path, { 'elsewhere/r.yaml': yaml('r', 1), 'folder/sub/a.yaml': yaml('a', 1) });
    await symlink('../elsewhere', join(at.folder, 'linked.d'));
    await symlink('..', join(at.folder, 'sub', 'up'));
    expect(errorsOf(await load(at.folder))).toEqual(['file-outside-roots linked.d', 'link-loop sub/up']);
  });

  it('is refused with a socket in the place of a file', async () => {
    await writeFiles(at.folder, { 'a.yaml': yaml('a', 'x') });
    const server = createServer().listen(join(at.folder, 'socket.yaml'));
    await once(server, 'listening');
    try {
      expect(errorsOf(await load(at.folder))).toEqual(['not-a-file socket.yaml']);
    } finally {
      server.close();
    }
  });
});

describe('input that is no desired state', () => {
  it.each([
    ['no such folder', 'directory-missing', () => Promise.resolve()],
    ['a file', 'directory-missing', () => writeFile(at.folder, yaml('a', 1))],
    ['a link to nothing', 'directory-missing', () => symlink('nothing', at.folder)],
    ['an empty folder', 'no-documents', () => mkdir(at.folder)],
    ['a folder without YAML', 'no-documents', () => writeFiles(at.folder, { 'a.json': '{}', yaml: 'a: 1' })],
    ['files without documents', 'no-documents', () => writeFiles(at.folder, { 'a.yaml': '# x\n---\n', 'b.yml': '' })],
  ])('%s: %s', async (_name, code, make) => {
    await make();
    expect(await load(at.folder)).toMatchObject({ state: null, documents: 0, findings: [{ severity: 'error', code }] });
  });

  it('files that cannot be read as text are found, beside what is wrong with the others', async () => {
    await writeFiles(at.folder, {
      'a.yaml': '\uFEFFresource: a\nbody: 1\n',
      'b.yaml': new Uint8Array([0x61, 0x3a, 0x20, 0xc3, 0x28]),
      'c.yaml': new Uint8Array(5 * 1024 * 1024 + 1).fill(0x20),
      'd/d.yaml': 'resource: [\n',
    });
    const result = await load(at.folder);
    expect(errorsOf(result)).toEqual(['not-utf8 b.yaml', 'file-too-large c.yaml', 'yaml-syntax d/d.yaml']);
    expect(result).toMatchObject({ state: null, files: 4, documents: 1 });
  });
});

describe('a checkout that is not at rest', () => {
  beforeEach(async () => {
    await makeRepository(at.folder, {
      'a.yaml': yaml('a', 1),
      'b.yaml': 'resource: b\nbody: !file v.txt\n',
      'v.txt': 'one',
    });
  });

  it('with an index.lock is unstable with "worktree", and of no concern with "commit"', async () => {
    await writeFile(join(at.folder, '.git/index.lock'), '');
    await expect(load(at.folder, { read: 'worktree' })).rejects.toMatchObject({
      failure: 'inputUnstable',
      message: expect.stringContaining('.git/index.lock') as string,
    });
    expect(bodiesOf(await load(at.folder, { read: 'commit' }))).toEqual({ a: 1, b: 'one' });
  });

  it('with an index.lock that was left behind names it, its age and what to do', async () => {
    const lock = join(at.folder, '.git/index.lock');
    await writeFile(lock, '');
    const past = new Date(Date.now() - 25 * 60_000);
    await utimes(lock, past, past);
    await expect(load(at.folder, { read: 'worktree' })).rejects.toMatchObject({
      failure: 'inputUnstable',
      message: expect.stringMatching(/25 minutes old.*index\.lock/) as string,
      hint: expect.stringContaining('remove the file') as string,
    });
  });

  it('with an index.lock of its own linked worktree is unstable', async () => {
    const worktree = join(at.path, 'worktree');
    await git(at.folder, 'worktree', 'add', '--quiet', worktree);
    const lock = join(at.folder, '.git/worktrees/worktree/index.lock');
    await writeFile(lock, '');
    await expect(load(worktree, { read: 'worktree' })).rejects.toMatchObject({ failure: 'inputUnstable' });
    await rm(lock);
    expect(bodiesOf(await load(worktree, { read: 'worktree' }))).toEqual({ a: 1, b: 'one' });
  });

  it('that is locked while it is read is unstable', async () => {
    const registry = meanwhile(() => writeFileSync(join(at.folder, '.git/index.lock'), ''));
    await expect(load(at.folder, { read: 'worktree', registry })).rejects.toMatchObject({ failure: 'inputUnstable' });
  });

  it('whose HEAD moves while it is read is unstable with "worktree", and read from one commit with "commit"', async () => {
    const first = await git(at.folder, 'rev-parse', 'HEAD');
    await writeFiles(at.folder, { 'v.txt': 'two', 'a.yaml': yaml('a', 2) });
    const second = await commitAll(at.folder, 'Second');
    const branch = join(at.folder, '.git/refs/heads/main');
    await writeFile(branch, `${first}\n`);
    const registry = (): Registry => meanwhile(() => writeFileSync(branch, `${second}\n`));
    const result = await load(at.folder, { read: 'commit', registry: registry() });
    expect(bodiesOf(result)).toEqual({ a: 1, b: 'one' });
    expect(result.state?.revision).toMatchObject({ commit: first, subject: 'First commit' });
    await writeFile(branch, `${first}\n`);
    await expect(load(at.folder, { read: 'worktree', registry: registry() })).rejects.toMatchObject({
      failure: 'inputUnstable',
      message: expect.stringContaining('HEAD moved') as string,
    });
  });
});

describe('a checkout to another branch and back while files are read', () => {
  it('is noticed, although HEAD is where it was and no lock is left', async () => {
    await makeRepository(at.folder, { 'a.yaml': yaml('a', 1), 'b.yaml': yaml('b', 1) });
    await git(at.folder, 'checkout', '--quiet', '-b', 'side');
    await writeFiles(at.folder, { 'a.yaml': yaml('a', 2), 'b.yaml': yaml('b', 2) });
    await commitAll(at.folder, 'Second commit');
    const registry = meanwhile(() => {
      for (const branch of ['main', 'side']) execFileSync('git', ['-C', at.folder, 'checkout', '--quiet', branch]);
    });
    await expect(load(at.folder, { read: 'worktree', registry })).rejects.toMatchObject({
      failure: 'inputUnstable',
      message: expect.stringContaining('moved the files') as string,
    });
    expect(bodiesOf(await load(at.folder, { read: 'worktree' }))).toEqual({ a: 2, b: 2 });
  });
});

describe('links that are swapped while files are read', () => {
  function swap(link: string, target: string): void {
    symlinkSync(target, `${link}.new`);
    renameSync(`${link}.new`, link);
  }

  it('make the directory itself unstable', async () => {
    await writeFiles(at.path, { 'one/a.yaml': yaml('a', 1), 'two/a.yaml': yaml('a', 2) });
    await symlink('one', at.folder);
    await expect(load(at.folder, { registry: meanwhile(() => swap(at.folder, 'two')) })).rejects.toMatchObject({
      failure: 'inputUnstable',
    });
    expect(bodiesOf(await load(at.folder))).toEqual({ a: 2 });
  });

  it('make a mounted volume unstable', async () => {
    await writeFiles(at.folder, { '..one/a.yaml': yaml('a', 1), '..two/a.yaml': yaml('a', 2) });
    await symlink('..one', join(at.folder, '..data'));
    await symlink('..data/a.yaml', join(at.folder, 'a.yaml'));
    const registry = meanwhile(() => swap(join(at.folder, '..data'), '..two'));
    await expect(load(at.folder, { registry })).rejects.toMatchObject({
      failure: 'inputUnstable',
      message: expect.stringContaining('a.yaml') as string,
    });
  });

  it('make a file root of values unstable, also beside a commit', async () => {
    await writeFiles(at.path, { 'roots/..one/v': '1', 'roots/..two/v': '2' });
    const root = join(at.path, 'roots');
    await symlink('..one', join(root, '..data'));
    await symlink('..data/v', join(root, 'v'));
    await makeRepository(at.folder, { 'a.yaml': `resource: a\nbody: !file ${root}/v\n` });
    const registry = meanwhile(() => swap(join(root, '..data'), '..two'));
    await expect(load(at.folder, { registry, fileRoots: [root] })).rejects.toMatchObject({ failure: 'inputUnstable' });
    expect(bodiesOf(await load(at.folder, { fileRoots: [root] }))).toEqual({ a: '2' });
  });

  it('make a vanished file unstable, not missing', async () => {
    await writeFiles(at.folder, { 'a.yaml': yaml('a', 1), 'z.yaml': yaml('b', 1) });
    await symlink('a.yaml', join(at.folder, 'link.yml'));
    const registry = meanwhile(() => unlinkSync(join(at.folder, 'a.yaml')));
    await expect(load(at.folder, { registry })).rejects.toMatchObject({ failure: 'inputUnstable' });
  });
});

describe('an aborted load', () => {
  it.each(['auto', 'worktree'] as const)('throws the reason of the signal (%s)', async (read) => {
    await makeRepository(at.folder, { 'a.yaml': yaml('a', 1), 'b.yaml': yaml('b', 1) });
    const reason = new Error('stopped');
    await expect(load(at.folder, { read, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const registry = meanwhile(() => controller.abort(reason));
    await expect(load(at.folder, { read, registry, signal: controller.signal })).rejects.toBe(reason);
  });
});
