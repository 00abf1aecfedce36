import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeRegistry, fakeUpload } from '../../unit/desired/fake-registry.ts';
import {
  commitAll,
  errorsOf,
  load,
  makeRepository,
  makeSandbox,
  writeFiles,
  type LoadChanges,
  type Sandbox,
} from './checkout.ts';

let sandbox: Sandbox;
let repository: string;
let config: string;

const BYTES = new Uint8Array([0x00, 0xff, 0x0d, 0x0a]);

beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = join(sandbox.path, 'repository');
  config = join(repository, 'config');
  await writeFiles(sandbox.path, { 'secrets/license.txt': 'from root\n', 'elsewhere/license.txt': 'MARKED_SECRET' });
  await makeRepository(repository, { 'config/beside.txt': 'beside\n' });
  await writeFiles(config, { 'sub/license.bin': BYTES });
});
afterEach(() => sandbox.remove());

async function loadUpload(path: string, changes: LoadChanges) {
  await writeFiles(config, { 'sub/f.yaml': `resource: r\nbody: {}\nupload: ${JSON.stringify(path)}\n` });
  await commitAll(repository, 'File');
  const fileRoots = [join(sandbox.path, 'secrets')];
  return load(config, { registry: fakeRegistry(fakeUpload('r')), fileRoots, ...changes });
}

describe.each(['commit', 'worktree'] as const)('upload with %s', (read) => {
  it.each([
    ['license.bin', 'license.bin', BYTES],
    ['../sub/license.bin', 'license.bin', BYTES],
    ['../beside.txt', 'beside.txt', 'beside\n'],
    ['../../../secrets/license.txt', 'license.txt', 'from root\n'],
  ])('takes the bytes of %s as they are', async (path, name, content) => {
    const { state, findings } = await loadUpload(path, { read });
    expect(findings).toEqual([]);
    const upload = state?.resources[0]?.upload;
    expect(upload?.name).toBe(name);
    expect(Buffer.from(upload?.bytes ?? [])).toEqual(Buffer.from(content));
  });

  it.each([
    ['no.txt', 'file-missing'],
    ['..', 'not-a-file'],
    ['circle', 'link-loop'],
    ['../../../elsewhere/license.txt', 'file-outside-roots'],
    ['to-elsewhere', 'file-outside-roots'],
    ['large', 'file-too-large'],
  ])('refuses %s: %s', async (path, code) => {
    await symlink('circle', join(config, 'sub/circle'));
    await symlink(join(sandbox.path, 'elsewhere/license.txt'), join(config, 'sub/to-elsewhere'));
    if (path === 'large') await writeFiles(config, { 'sub/large': new Uint8Array(5 * 1024 * 1024 + 1) });
    const result = await loadUpload(path, { read });
    expect(result.state).toBeNull();
    const [finding] = result.findings.filter(({ pointer }) => pointer === '/upload');
    expect(finding).toMatchObject({ severity: 'error', code, position: { file: 'sub/f.yaml', line: 3, column: 9 } });
    expect(JSON.stringify(result.findings)).not.toMatch(/MARKED_SECRET|elsewhere/);
  });

  it('reads nothing without values', async () => {
    const { state, findings } = await loadUpload('folder/no.txt', { read, values: 'without' });
    expect(findings).toEqual([]);
    expect(state?.resources[0]?.upload).toEqual({ name: 'no.txt', bytes: new Uint8Array() });
  });
});

it('an upload with read: commit is what was committed', async () => {
  await loadUpload('license.bin', { read: 'commit' });
  await writeFiles(config, { 'sub/license.bin': 'edited' });
  const result = await load(config, { read: 'commit', registry: fakeRegistry(fakeUpload('r')) });
  expect(errorsOf(result)).toEqual([]);
  expect(Buffer.from(result.state?.resources[0]?.upload?.bytes ?? [])).toEqual(Buffer.from(BYTES));
});
