import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  bodiesOf,
  commitAll,
  errorsOf,
  load,
  makeRepository,
  makeSandbox,
  writeFiles,
  type Sandbox,
} from './checkout.ts';
import { fakeRegistry, fakeType } from '../../unit/desired/fake-registry.ts';

let sandbox: Sandbox;
let repository: string;
let config: string;
let secrets: string;

beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = join(sandbox.path, 'repository');
  config = join(repository, 'config');
  secrets = join(sandbox.path, 'secrets');
  await writeFiles(sandbox.path, { 'secrets/token': 'from root\n', 'elsewhere/token': 'MARKED_SECRET' });
  await makeRepository(repository, {
    'beside.txt': 'MARKED_SECRET',
    'config/ca.pem': 'inside\r\n',
    'config/sub/near.txt': 'near',
    'config/.hidden': 'hidden',
  });
});
afterEach(() => sandbox.remove());

async function loadFile(read: 'commit' | 'worktree', path: string) {
  await writeFiles(config, { 'sub/f.yaml': `resource: r\nbody: !file ${JSON.stringify(path)}\n` });
  await commitAll(repository, 'File');
  return load(config, {
    read,
    registry: fakeRegistry(fakeType('r')),
    fileRoots: [secrets, join(sandbox.path, 'no-such-root')],
  });
}

describe.each(['commit', 'worktree'] as const)('!file with %s', (read) => {
  it.each([
    ['near.txt', 'near'],
    ['../ca.pem', 'inside'],
    ['../sub/./near.txt', 'near'],
    ['../.hidden', 'hidden'],
    ['{config}/ca.pem', 'inside'],
    ['../../../secrets/token', 'from root'],
    ['{secrets}/token', 'from root'],
  ])('finds %s', async (path, value) => {
    const result = await loadFile(read, path.replace('{config}', config).replace('{secrets}', secrets));
    expect(bodiesOf(result)).toEqual({ r: value });
    expect(JSON.stringify(result)).not.toContain(value);
  });

  it.each([
    ['no.txt', 'file-missing'],
    ['near.txt/x', 'file-missing'],
    ['..', 'not-a-file'],
    ['../../beside.txt', 'file-outside-roots'],
    ['{elsewhere}/token', 'file-outside-roots'],
    ['{secrets}/no', 'file-missing'],
    ['{secrets}', 'not-a-file'],
    ['{secrets}/../elsewhere/token', 'file-outside-roots'],
  ])('refuses %s: %s', async (path, code) => {
    const full = path.replace('{elsewhere}', join(sandbox.path, 'elsewhere')).replace('{secrets}', secrets);
    const result = await loadFile(read, full);
    expect(errorsOf(result)).toEqual([`${code} sub/f.yaml`]);
    expect(result.findings[0]).toMatchObject({ pointer: '/body', position: { line: 2, column: 7 } });
    expect(JSON.stringify(result.findings)).not.toMatch(/MARKED_SECRET|elsewhere/);
  });

  it('follows links to file roots, but not beyond', async () => {
    await symlink(join(secrets, 'token'), join(config, 'sub/to-root'));
    await symlink(join(sandbox.path, 'elsewhere/token'), join(config, 'sub/to-elsewhere'));
    await symlink(join(sandbox.path, 'elsewhere/token'), join(secrets, 'to-elsewhere'));
    await symlink('.circle', join(config, 'sub/.circle'));
    expect(bodiesOf(await loadFile(read, 'to-root'))).toEqual({ r: 'from root' });
    expect(errorsOf(await loadFile(read, 'to-elsewhere'))).toEqual(['file-outside-roots sub/f.yaml']);
    expect(errorsOf(await loadFile(read, join(secrets, 'to-elsewhere')))).toEqual(['file-outside-roots sub/f.yaml']);
    expect(errorsOf(await loadFile(read, '.circle'))).toEqual(['link-loop sub/f.yaml']);
  });

  it('takes nothing that is too large or no text', async () => {
    await writeFiles(config, {
      'sub/large': new Uint8Array(5 * 1024 * 1024 + 1).fill(0x61),
      'sub/binary': new Uint8Array([0xff]),
    });
    await writeFiles(config, { 'sub/just': new Uint8Array(5 * 1024 * 1024).fill(0x61) });
    expect(errorsOf(await loadFile(read, 'large'))).toEqual(['file-too-large sub/f.yaml']);
    expect(errorsOf(await loadFile(read, 'binary'))).toEqual(['not-utf8 sub/f.yaml']);
    expect(bodiesOf(await loadFile(read, 'just'))['r']).toHaveLength(5 * 1024 * 1024);
  });
});
