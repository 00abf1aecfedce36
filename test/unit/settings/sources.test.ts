import { mkdir, readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/shared/secret.ts';
import type { SettingsInput } from '../../../src/settings/load-settings.ts';
import { makeAuthority, type Issued } from '../../contract/sps/certificates.ts';
import { at, codes, eachInItsFolder, ENOUGH, load, password, PLANTED, write } from './harness.ts';

eachInItsFolder();

let authority: Issued;
beforeAll(async () => {
  authority = await makeAuthority('settings test authority');
});

// The contract, section 3, with "none" for what is an example there.
const DEFAULTS = {
  requests: { concurrency: 4, timeoutMs: 30_000, commitTimeoutMs: 180_000 },
  tls: { ca: undefined, verify: true },
  desiredState: { directory: 'config', read: 'auto', fileRoots: [], strict: false },
  reconcile: {
    mode: 'enforce',
    schedule: '*/5 * * * *',
    timezone: 'Etc/UTC',
    quietPeriodMs: 500,
    pollMs: 2_000,
    quickTick: true,
    fullReadIntervalMs: 900_000,
    retry: { initialMs: 5_000, maxMs: 300_000 },
  },
  safety: { maxDeletes: 5, maxChangeRatio: 0.3, protect: [], allow: [] },
  http: { listen: '127.0.0.1:9470', token: null },
  shutdown: { drainTimeoutMs: 30_000 },
  commit: { message: 'sps-gitops {shortSha} {plan12} {run8} {author}: {subject}' },
  state: { directory: '.sps-gitops' },
  log: { level: null, format: 'auto' },
};

describe('without a file', () => {
  it('the environment is enough, and the rest are the defaults of the contract', async () => {
    const { settings, findings, file } = await load({ environment: ENOUGH });
    expect(findings).toEqual([]);
    expect(file).toBeNull();
    const { directory, ...desiredState } = DEFAULTS.desiredState;
    expect(settings).toEqual({
      appliance: {
        url: 'https://sps.example.com',
        expectHostname: null,
        tls: DEFAULTS.tls,
        login: {
          kind: 'password',
          username: 'gitops',
          password: expect.any(Secret) as Secret<string>,
          method: undefined,
        },
        requests: DEFAULTS.requests,
      },
      desiredState: { directory: at(directory), ...desiredState },
      reconcile: DEFAULTS.reconcile,
      safety: DEFAULTS.safety,
      commit: DEFAULTS.commit,
      http: DEFAULTS.http,
      shutdown: DEFAULTS.shutdown,
      state: { directory: at(DEFAULTS.state.directory) },
      log: DEFAULTS.log,
    });
    expect(password(settings)).toBe(PLANTED);
    expect(inspect(settings, { depth: 9, showHidden: true }) + JSON.stringify(settings)).not.toContain(PLANTED);
  });

  it('every missing member of the appliance is named, with the variable that would do', async () => {
    const { settings, findings } = await load({});
    expect(settings).toBeNull();
    expect(findings.map(({ code, pointer }) => [code, pointer])).toEqual([
      ['missing-member', '/appliance/url'],
      ['missing-member', '/appliance/login/username'],
      ['missing-member', '/appliance/login/password'],
    ]);
    expect(findings.map(({ hint }) => hint).join(' ')).toMatch(/SPS_URL.*SPS_USERNAME.*SPS_PASSWORD/);
  });

  it('an appliance is not needed for files', async () => {
    const { settings, findings } = await load({ needs: 'files' });
    expect(findings).toEqual([]);
    expect(settings?.appliance).toBeNull();
  });

  it('are frozen', async () => {
    const { settings } = await load({ environment: ENOUGH });
    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.isFrozen(settings?.appliance?.requests)).toBe(true);
    expect(Object.isFrozen(settings?.safety.protect)).toBe(true);
    expect(Object.isFrozen(settings?.reconcile.retry)).toBe(true);
    expect(Object.isFrozen(settings?.shutdown)).toBe(true);
  });
});

it('the schema announces the same defaults', async () => {
  const text = await readFile(new URL('../../../schemas/settings.schema.json', import.meta.url), 'utf8');
  const announced = new Map<string, unknown>();
  collectDefaults(JSON.parse(text) as SchemaPart, '', announced);
  expect(Object.fromEntries(announced)).toEqual({
    '/appliance/tls/verify': true,
    '/appliance/requests/concurrency': 4,
    '/appliance/requests/timeout': '30s',
    '/appliance/requests/commitTimeout': '3m',
    '/desiredState/directory': 'config',
    '/desiredState/read': 'auto',
    '/desiredState/fileRoots': [],
    '/desiredState/strict': false,
    '/reconcile/mode': 'enforce',
    '/reconcile/schedule': '*/5 * * * *',
    '/reconcile/timezone': 'Etc/UTC',
    '/reconcile/quietPeriod': '500ms',
    '/reconcile/poll': '2s',
    '/reconcile/quickTick': true,
    '/reconcile/fullReadInterval': '15m',
    '/reconcile/retry/initial': '5s',
    '/reconcile/retry/max': '5m',
    '/safety/maxDeletes': 5,
    '/safety/maxChangeRatio': 0.3,
    '/safety/protect': [],
    '/safety/allow': [],
    '/commit/message': DEFAULTS.commit.message,
    '/http/listen': DEFAULTS.http.listen,
    '/shutdown/drainTimeout': '30s',
    '/state/directory': '.sps-gitops',
    '/log/format': 'auto',
  });
});

describe('a file', () => {
  const FULL = `
appliance:
  url: https://sps.example.com:8443/
  expectHostname: sps1
  tls: { ca: ca.pem, verify: true }
  login: { username: gitops, password: !file secret.txt, method: local }
  requests: { concurrency: 2, timeout: 500ms, commitTimeout: 1h }
desiredState: { directory: ../desired, read: commit, fileRoots: [secrets, /run/secrets], strict: true }
reconcile:
  mode: observe
  schedule: "30 */5 8-18 * * mon-fri"
  timezone: Europe/Berlin
  quietPeriod: 1s
  poll: 10s
  quickTick: false
  fullReadInterval: 1h
  retry: { initial: 1m, max: 1m }
safety: { maxDeletes: 0, maxChangeRatio: 1, protect: ["network/**"], allow: [x] }
http: { listen: "[::1]:80", token: !file secret.txt }
shutdown: { drainTimeout: 2m }
commit: { message: "{subject}" }
state: { directory: state }
log: { level: debug, format: json }
`;

  it('says everything, with paths relative to itself', async () => {
    await write('etc/settings.yaml', FULL);
    await write('etc/ca.pem', authority.certificate);
    await write('etc/secret.txt', `${PLANTED}\n`);
    const { settings, findings, file } = await load({ flags: { settings: 'etc/settings.yaml' } });
    expect(findings).toEqual([]);
    expect(file).toBe(at('etc/settings.yaml'));
    expect(settings).toMatchObject({
      appliance: {
        url: 'https://sps.example.com:8443',
        expectHostname: 'sps1',
        tls: { ca: authority.certificate, verify: true },
        login: { kind: 'password', username: 'gitops', method: 'local' },
        requests: { concurrency: 2, timeoutMs: 500, commitTimeoutMs: 3_600_000 },
      },
      desiredState: {
        directory: at('desired'),
        read: 'commit',
        fileRoots: [at('etc/secrets'), '/run/secrets'],
        strict: true,
      },
      reconcile: {
        mode: 'observe',
        schedule: '30 */5 8-18 * * mon-fri',
        timezone: 'Europe/Berlin',
        quietPeriodMs: 1_000,
        pollMs: 10_000,
        quickTick: false,
        fullReadIntervalMs: 3_600_000,
        retry: { initialMs: 60_000, maxMs: 60_000 },
      },
      safety: { maxDeletes: 0, maxChangeRatio: 1, protect: ['network/**'], allow: ['x'] },
      http: { listen: '[::1]:80', token: null },
      shutdown: { drainTimeoutMs: 120_000 },
      commit: { message: '{subject}' },
      state: { directory: at('etc/state') },
      log: { level: 'debug', format: 'json' },
    });
    expect(password(settings)).toBe(PLANTED);
  });

  it('is the one of --settings, else of SPS_GITOPS_SETTINGS, else of the current folder', async () => {
    await write('sps-gitops.yaml', 'safety: { maxDeletes: 1 }');
    await write('two.yaml', 'safety: { maxDeletes: 2 }');
    await write('three.yaml', 'safety: { maxDeletes: 3 }');
    const environment = { SPS_GITOPS_SETTINGS: 'two.yaml' };
    const loaded = [
      await load({ needs: 'files' }),
      await load({ needs: 'files', environment }),
      await load({ needs: 'files', environment, flags: { settings: at('three.yaml') } }),
    ];
    expect(loaded.map(({ settings }) => settings?.safety.maxDeletes)).toEqual([1, 2, 3]);
  });

  it.each<[string, Partial<SettingsInput>]>([
    ['--settings', { flags: { settings: 'missing.yaml' } }],
    ['SPS_GITOPS_SETTINGS', { environment: { SPS_GITOPS_SETTINGS: 'missing.yaml' } }],
  ])('that %s asks for must be there', async (source, input) => {
    const { settings, findings } = await load(input);
    expect(settings).toBeNull();
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ severity: 'error', code: 'settings-unreadable' });
    expect(findings[0]?.message).toBe(`${source}: the settings file ${at('missing.yaml')} does not exist`);
  });

  it('that is a folder is no settings file', async () => {
    await mkdir(at('sps-gitops.yaml'));
    expect(codes(await load({ environment: ENOUGH }))).toEqual(['settings-unreadable']);
  });

  it('that is empty says nothing', async () => {
    await write('sps-gitops.yaml', '# nothing yet\n');
    expect((await load({ environment: ENOUGH })).settings?.safety.maxDeletes).toBe(5);
  });

  it('comes before the defaults, the environment before the file, flags before both', async () => {
    await write('conf/s.yaml', FULL.replace('!file secret.txt', '!file missing.txt').replace('ca.pem', 'missing.pem'));
    await write('env-ca.pem', authority.certificate);
    const environment = {
      ...ENOUGH,
      SPS_URL: 'https://other.example.com',
      SPS_USERNAME: 'other',
      SPS_CA: 'env-ca.pem',
      SPS_DESIRED_STATE: 'from-env',
      SPS_STATE: 'env-state',
    };
    const { settings, findings } = await load({ environment, flags: { settings: 'conf/s.yaml' } });
    expect(findings).toEqual([]);
    expect(settings).toMatchObject({
      appliance: {
        url: 'https://other.example.com',
        tls: { ca: authority.certificate },
        login: { username: 'other', method: 'local' },
      },
      desiredState: { directory: at('from-env') },
      state: { directory: at('env-state') },
    });
    const flagged = await load({ environment, flags: { settings: 'conf/s.yaml', desiredState: 'from-flag' } });
    expect(flagged.settings?.desiredState.directory).toBe(at('from-flag'));
  });
});

interface SchemaPart {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaPart>>;
}

function collectDefaults(schema: SchemaPart, pointer: string, into: Map<string, unknown>): void {
  if (schema.default !== undefined) into.set(pointer, schema.default);
  for (const [name, part] of Object.entries(schema.properties ?? {})) collectDefaults(part, `${pointer}/${name}`, into);
}
