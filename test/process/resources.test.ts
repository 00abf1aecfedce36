import { describe, expect, test } from 'vitest';
import { licenseFile } from '../../src/simulator/license-file.ts';
import { LICENSE } from '../update.ts';
import { expectSchema, FILES, LIVE_SPLUNK, worldInside as world, type World } from './harness.ts';
import { SECRETS } from './leaks.ts';

const PROFILES = ['6.0', '7.5', '8.0'] as const;

const RESOURCES = [
  ['management/support_info', FILES.support],
  [
    'management/support_info',
    `resource: management/support_info\nbody: { uri: { selection: mailto, value: 'mailto:help@example.com' } }\n`,
  ],
  ['alerting/traffic_alerts', FILES.alerts],
  ['management/splunk_forwarder', FILES.splunk],
  ['management/splunk_forwarder', `resource: management/splunk_forwarder\nbody: { enabled: false, port: 9000 }\n`],
  ['datetime/timezone', `resource: datetime/timezone\nbody: Europe/Budapest\n`],
  ['management/webinterface', `resource: management/email\nbody: { sender_address: !file secret.txt }\n`],
] as const;

/** The other five resources of the first release, with the profiles that have them. */
const OTHERS = [
  ['management/soap', ['6.0'], `resource: management/soap\nbody: { enabled: false }\n`],
  [
    'management/license',
    PROFILES,
    `resource: management/license\nbody: { serial: 123-456-789 }\nupload: new.license\n`,
  ],
  [
    'trust_stores',
    ['7.5', '8.0'],
    `resource: trust_stores
name: Corporate
body: { revocation_check: leaf, crl_urls: ['http://crl.example.com/ca.crl'], authorities: [{ certificate: !file ca.pem }] }
`,
  ],
  ['starling', ['7.5', '8.0'], `resource: starling\nbody: { remote_access: { enabled: true } }\n`],
  ['starling/join', ['7.5', '8.0'], `resource: starling/join\nbody: { joined: false }\n`],
] as const;

function requestsSince(w: World): readonly string[] {
  return w.simulator.requests.map((request) => `${request.method} ${request.path}`);
}

describe.each(PROFILES)('profile %s', (profile) => {
  test.each(RESOURCES)('%s: differences, applied, in sync', async (_resource, text) => {
    const configuration = { 'management/splunk_forwarder': LIVE_SPLUNK };
    const w = await world({ 'a.yaml': text, 'secret.txt': `${SECRETS.file}\n` }, { profile, configuration });
    const planned = await w.run(['plan', '--json']);
    expect(planned.code).toBe(2);
    expectSchema('plan', planned.json());

    const applied = await w.run(['apply', '--json']);
    expect(applied.code, applied.stdout + applied.stderr).toBe(0);
    expectSchema('apply', applied.json());
    expect(applied.json()).toMatchObject({
      outcome: 'applied',
      transaction: 'committed',
      reason: 'Succeeded',
      staged: 1,
      committed: 1,
    });
    expect(applied.json().digest).toBe(planned.json().digest);
    expect(w.simulator.openTransactions()).toBe(0);

    const again = await w.run(['plan', '--json']);
    expect(again.code).toBe(0);
    expect(again.json()).toMatchObject({ inSync: true, operations: [] });
  });

  const here = OTHERS.filter(([, profiles]) => profiles.some((one) => one === profile));
  test.each(here)('%s: differences, applied, in sync', async (resource, _profiles, text) => {
    const w = await world({ 'a.yaml': text, 'new.license': licenseFile(LICENSE) }, { profile });
    await w.files({ 'ca.pem': w.simulator.authorities[1] ?? '' });
    await w.give('settings.yaml', 'safety: { allow: [starling/join] }\n');
    const settings = 'given/settings.yaml';
    const planned = await w.run(['plan', '--json'], { settings });
    expect(planned.code, planned.stdout).toBe(2);
    expectSchema('plan', planned.json());

    const applied = await w.run(['apply', '--json'], { settings });
    expect(applied.code, applied.stdout + applied.stderr).toBe(0);
    expectSchema('apply', applied.json());
    const transaction = resource === 'starling/join' ? 'none' : 'committed';
    expect(applied.json()).toMatchObject({ outcome: 'applied', transaction, reason: 'Succeeded' });
    expect(applied.json().digest).toBe(planned.json().digest);
    expect(w.simulator.openTransactions()).toBe(0);
    expect((await w.run(['plan', '--json'], { settings })).json()).toMatchObject({ inSync: true, operations: [] });
  });

  const absent = OTHERS.filter(([, profiles]) => !profiles.some((one) => one === profile));
  test.each(absent)(
    '%s is not in this firmware: refused, or skipped where it is optional',
    async (_resource, _p, text) => {
      const w = await world({ 'a.yaml': text, 'b.yaml': FILES.support }, { profile });
      await w.files({ 'ca.pem': w.simulator.authorities[1] ?? '' });
      const refused = await w.run(['apply', '--json']);
      expect(refused.code).toBe(3);
      expect(refused.json()).toMatchObject({ reason: 'Unsupported', error: { code: 'unsupported-by-firmware' } });
      await w.files({ 'a.yaml': `${text}optional: true\n` });
      const skipped = await w.run(['apply', '--json']);
      expect(skipped.json()).toMatchObject({ outcome: 'applied', committed: 1 });
      expect(skipped.json().warnings?.map(({ code }) => code)).toContain('unsupported-by-firmware');
    },
  );

  test('a run without differences only reads: login, info, one GET per resource', async () => {
    const configuration = { 'management/splunk_forwarder': LIVE_SPLUNK };
    const w = await world(
      { 'a.yaml': FILES.support, 'b.yaml': FILES.alerts, 'c.yaml': FILES.splunk },
      { profile, configuration },
    );
    await w.run(['apply']);
    w.simulator.clearRequests();
    const result = await w.run(['apply', '--json']);
    expect(result.json()).toMatchObject({ outcome: 'in-sync', transaction: 'none', requests: { GET: 5 } });
    expect(requestsSince(w).slice(0, 2)).toEqual(['GET /api/authentication', 'GET /api/info']);
    expect(requestsSince(w).slice(2).toSorted()).toEqual([
      'GET /api/configuration/alerting/traffic_alerts',
      'GET /api/configuration/management/splunk_forwarder',
      'GET /api/configuration/management/support_info',
    ]);
  });

  test('applying w writes takes the requests that the contract allows and not one more', async () => {
    const configuration = { 'management/splunk_forwarder': LIVE_SPLUNK };
    const w = await world(
      { 'a.yaml': FILES.support, 'b.yaml': FILES.alerts, 'c.yaml': FILES.splunk },
      { profile, configuration },
    );
    const result = await w.run(['apply', '--json']);
    const writes = 3;
    // login, info, reads, status, (open), info, re-reads, read-backs, changes, info, status, final reads
    const gets = 1 + 1 + writes + 1 + 1 + writes + writes + 1 + 1 + 1 + writes;
    expect(result.json().requests).toEqual({ GET: gets, POST: 1, PUT: writes + 1 });
    expect(w.simulator.requests).toHaveLength(gets + 1 + writes + 1);
  });

  test('unmanaged members of the object go back as they were', async () => {
    const w = await world(
      { 'c.yaml': FILES.splunk },
      { profile, configuration: { 'management/splunk_forwarder': LIVE_SPLUNK } },
    );
    await w.run(['apply']);
    expect(w.simulator.configuration('management/splunk_forwarder')).toEqual({
      ...LIVE_SPLUNK,
      port: 8089,
      token: SECRETS.token,
    });
  });
});

test('a value that no schema describes is written, and shown only when asked for', async () => {
  const body = { admin_address: SECRETS.unknown };
  const w = await world({ 'a.yaml': `resource: management/email\nbody: ${JSON.stringify(body)}\n` });
  const hidden = await w.run(['plan', '--json']);
  expect(hidden.json().operations?.[0]?.patch).toMatchObject([
    { op: 'replace', path: '/admin_address', value: '(not shown: no schema)' },
  ]);
  expect(hidden.json().warnings?.map((warning) => warning.code)).toContain('unknown-resource');
  expect((await w.run(['apply'])).code).toBe(0);
  expect(w.simulator.configuration('management/email')).toMatchObject(body);
});

test('--show-unknown shows a value that no schema describes', async () => {
  const w = await world({ 'a.yaml': `resource: datetime/timezone\nbody: Europe/Budapest\n` });
  const shown = await w.run(['plan', '--json', '--show-unknown']);
  expect(shown.json().operations?.[0]?.patch).toEqual([
    { op: 'replace', path: '', value: 'Europe/Budapest', was: 'America/New_York' },
  ]);
});

test('where PUT is answered 405 the forwarder is written with POST', async () => {
  const w = await world(
    { 'c.yaml': FILES.splunk },
    { quirks: { splunkMethod: 'POST' }, configuration: { 'management/splunk_forwarder': LIVE_SPLUNK } },
  );
  expect((await w.run(['apply', '--json'])).json()).toMatchObject({ outcome: 'applied', staged: 1 });
  expect(requestsSince(w)).toContain('POST /api/configuration/management/splunk_forwarder');
});

test.each(['bare', 'keeps-settings'] as const)(
  'a forwarder that is switched off stays in sync (%s)',
  async (splunkDisabled) => {
    const off = `resource: management/splunk_forwarder\nbody: { enabled: false, port: 1 }\n`;
    const w = await world(
      { 'c.yaml': off },
      { quirks: { splunkDisabled }, configuration: { 'management/splunk_forwarder': LIVE_SPLUNK } },
    );
    const planned = await w.run(['plan', '--json']);
    const removed = planned.json().operations?.[0]?.patch.filter((entry) => entry['op'] === 'remove');
    expect(removed?.map((entry) => entry['path'])).toContain('/token');
    expect((await w.run(['apply'])).code).toBe(0);
    expect((await w.run(['plan'])).code).toBe(0);
  },
);

test('login with a client certificate', async () => {
  const w = await world({ 'a.yaml': FILES.support });
  const { certificate, key } = w.simulator.clientCertificate;
  await w.give('client.pem', certificate);
  await w.give('client.key', key);
  await w.give('settings.yaml', `appliance: { login: { certificate: client.pem, key: !file client.key } }\n`);
  const env = { SPS_USERNAME: undefined, SPS_PASSWORD: undefined };
  const result = await w.run(['apply', '--json'], { env, settings: 'given/settings.yaml' });
  expect(result.json(), result.stdout).toMatchObject({ outcome: 'applied' });
  expect(w.simulator.requests[0]).toMatchObject({
    path: '/api/authentication',
    query: expect.stringContaining('type=x509') as string,
  });
});
