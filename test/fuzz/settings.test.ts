import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findingsText } from '../../src/report/findings-text.ts';
import { PLAIN } from '../../src/report/paint.ts';
import { loadSettings, type LoadedSettings } from '../../src/settings/load-settings.ts';
import { ROOT } from '../resource-schemas.ts';
import { FUZZ_TIMEOUT_MS, fuzz } from './fuzzing.ts';
import { yamlBytes } from './yaml-inputs.ts';

/** Of a variable or a file that a tag may name; no finding may hold one. */
const SECRETS = { TOKEN: 'MARKED-token-5f1c', a: 'MARKED-other-77aa' };

const MORE = [
  'appliance:\n  url: !env TOKEN\n  tls: { ca: !env TOKEN, verify: !env:bool a }\n  login: { username: !env a, password: !env TOKEN }\n',
  'appliance:\n  login:\n    certificate: !env TOKEN\n    key: !env a\n    method: !file secret.txt\n  requests: { concurrency: !env:int a }\n',
  'appliance:\n  login: { certificate: !file secret.txt, key: secret.txt }\nreconcile: { schedule: !env TOKEN, timezone: !env a }\n',
  'log: { level: !env a, format: !env TOKEN }\nsafety: { protect: [!env a], maxDeletes: !env TOKEN }\ncommit: { message: !file secret.txt }\n',
];

const VARIABLES = [
  ...['SPS_URL', 'SPS_USERNAME', 'SPS_PASSWORD', 'SPS_PASSWORD_FILE', 'SPS_CA', 'SPS_DESIRED_STATE', 'SPS_STATE'],
  ...['SPS_GITOPS_SETTINGS'],
];

/** What people put into variables; as a path, a name may be shown. */
const text = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '/',
    '.',
    'settings.yaml',
    'secret.txt',
    'missing/\u0000',
    'https://sps.example.com',
    'https://a@b',
    'http://x',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

const originals: string[] = [...MORE];
let folder = '';

beforeAll(async () => {
  for (const name of ['complete', 'minimal']) {
    originals.push(await readFile(new URL(`config-examples/settings/${name}.yaml`, ROOT), 'utf8'));
  }
  folder = await mkdtemp(join(tmpdir(), 'sps-gitops-fuzz-'));
  await writeFile(join(folder, 'secret.txt'), `${SECRETS.TOKEN}\n`);
});
afterAll(() => rm(folder, { recursive: true }));

function check({ settings, findings }: LoadedSettings): void {
  const hasError = findings.some(({ severity }) => severity === 'error');
  expect(settings === null).toBe(hasError);
  const printed = findingsText(findings, PLAIN);
  expect(JSON.stringify(findings) + printed).not.toMatch(/MARKED/);
  expect(printed).not.toMatch(/[^\P{Cc}\n]/u);
  for (const { code } of findings) expect(code).toMatch(/^[a-z][a-z0-9-]+$/);
  expect(Object.isFrozen(settings?.safety.protect ?? Object.freeze([]))).toBe(true);
  expect(JSON.stringify(settings?.appliance?.login) ?? '').not.toMatch(/password":"MARKED|key":"MARKED/);
}

test(
  'whatever the settings hold, they are loaded or refused with findings that show no secret',
  async () => {
    await fuzz({
      name: 'settings',
      inputs: fc.record({
        bytes: yamlBytes(originals),
        needs: fc.constantFrom('appliance', 'files'),
        variables: fc.dictionary(fc.constantFrom(...VARIABLES), text, { maxKeys: 3, noNullPrototype: true }),
        flags: fc.record({ settings: text, desiredState: text }, { requiredKeys: [], noNullPrototype: true }),
      }),
      check: async ({ bytes, needs, variables, flags }) => {
        await writeFile(join(folder, 'settings.yaml'), bytes);
        await writeFile(join(folder, 'sps-gitops.yaml'), bytes);
        const environment = { ...SECRETS, ...variables };
        check(await loadSettings({ workingDirectory: folder, environment, flags: { ...flags }, needs }));
        const alone = await loadSettings({ workingDirectory: folder, environment: SECRETS, flags: {}, needs });
        check(alone);
        return alone.settings === null ? 'refused' : 'loaded';
      },
    });
  },
  FUZZ_TIMEOUT_MS,
);
