import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadDesiredState, type LoadResult } from '../../src/desired/load-desired-state.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { realRegistry } from '../resource-schemas.ts';

// What the fuzz tests found, one test each.

/** More than a call takes arguments. */
const VERY_MANY = 130_000;

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sps-gitops-found-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function load(text: string, unknown: 'strict' | 'lenient' = 'strict'): Promise<LoadResult> {
  await writeFile(join(folder, 'f.yaml'), text);
  const options = {
    directory: folder,
    read: 'worktree',
    fileRoots: [],
    strict: unknown === 'strict',
    values: 'resolve',
  } as const;
  return loadDesiredState(options, realRegistry(), () => undefined, new AbortController().signal);
}

describe('a file with more mistakes than a call takes arguments is refused, with the first thousand', () => {
  test.each([
    ['tags that cannot be resolved', '- !env A\n', 'env-unset'],
    ['tags that are not built', '- !ref A\n', 'not-built'],
  ])('%s', { timeout: 120_000 }, async (_name, line, code) => {
    const { state, findings } = await load(`resource: management/syslog\nbody:\n${line.repeat(VERY_MANY)}`);
    expect(state).toBeNull();
    expect(findings).toHaveLength(1001);
    expect(findings.slice(0, -1).every((finding) => finding.severity === 'error')).toBe(true);
    expect(findings.slice(1, -1).every((finding) => finding.code === code)).toBe(true);
    expect(findings.at(-1)).toMatchObject({ severity: 'error', code: 'too-many-findings' });
  });

  test('documents', async () => {
    const { state, findings } = await load('resource: management/syslog\nbody: !env A\n---\n'.repeat(1500));
    expect(state).toBeNull();
    expect(findings).toHaveLength(1001);
    expect(findings.at(-1)).toMatchObject({
      code: 'too-many-findings',
      message: expect.stringMatching(/^\d+ more findings are left out/),
    });
  });
});

test('errors stay before warnings, and warnings alone stay all', async () => {
  const warnings = Array.from({ length: 1200 }, (_, index) => `resource: some/thing${index}\nbody: {}\n---\n`).join('');
  const lenient = await load(warnings, 'lenient');
  expect(lenient.findings).toHaveLength(1200);
  expect(lenient.state).not.toBeNull();
  const { state, findings } = await load(`${warnings}resource: some/thing\nbody: !env A\n`, 'lenient');
  expect(state).toBeNull();
  expect(findings).toHaveLength(1001);
  expect(findings.filter(({ severity }) => severity === 'error').map(({ code }) => code)).toEqual([
    'env-unset',
    'too-many-findings',
  ]);
});

test('very many places that are open mute what is said about them, and no more', { timeout: 120_000 }, async () => {
  const urls = '!env A, '.repeat(8_000);
  const { findings } = await load(
    `resource: trust_stores\nname: A\nbody: { authorities: 1, revocation_check: !env A, crl_urls: [${urls}] }\n`,
  );
  expect(findings.filter(({ pointer }) => pointer === '/body/authorities')).toMatchObject([{ code: 'wrong-type' }]);
  expect(findings.filter(({ code }) => code === 'wrong-type')).toHaveLength(1);
});

describe('a path that comes from a variable or a file is not quoted', () => {
  test.each([
    ['tls', 'tls: { ca: !env TOKEN }'],
    ['tls', 'tls: { ca: !file secret.txt }'],
    ['login', 'login: { certificate: !env TOKEN, key: !env TOKEN }'],
  ])('%s: %s', async (member, line) => {
    await writeFile(join(folder, 'secret.txt'), 'MARKED-secret');
    await writeFile(join(folder, 'sps-gitops.yaml'), `appliance:\n  url: https://sps.example.com\n  ${line}\n`);
    const environment = { TOKEN: 'MARKED-token' };
    const { findings } = await loadSettings({ workingDirectory: folder, environment, flags: {}, needs: 'appliance' });
    const unreadable = findings.filter(({ code }) => code === 'file-unreadable');
    expect(unreadable[0]).toMatchObject({
      severity: 'error',
      pointer: expect.stringContaining(`/appliance/${member}`),
    });
    expect(JSON.stringify(findings)).not.toMatch(/MARKED/);
  });

  test('one that the settings file itself names is', async () => {
    await writeFile(join(folder, 'sps-gitops.yaml'), 'appliance: { tls: { ca: missing.pem } }\n');
    const { findings } = await loadSettings({
      workingDirectory: folder,
      environment: {},
      flags: {},
      needs: 'appliance',
    });
    expect(findings.find(({ code }) => code === 'file-unreadable')?.message).toContain('missing.pem');
  });
});
