import { describe, expect, it } from 'vitest';
import { canonicalJson, isList, isObject, type Json } from '../../../src/shared/json.ts';
import type { Profile } from '../../../src/simulator/profiles.ts';
import { put, ROOT } from './bodies.ts';
import { at, json, logIn, refusal, sessionForTest, simulatorForTest, type Client, type Reply } from './client.ts';

function byText(left: Json, right: Json): number {
  return JSON.stringify(left) < JSON.stringify(right) ? -1 : 1;
}

async function keysOf(client: Client, path: string): Promise<readonly Json[]> {
  const items = at(await client.ask('GET', path), '/items');
  if (!isList(items ?? null)) throw new Error(`${path} is no listing`);
  return (items as readonly Json[]).map((item) => (isObject(item) ? (item['key'] ?? null) : null));
}

describe('reading', () => {
  it('gives a singleton with its walk along the siblings, as in the guide’s sample', async () => {
    const { client } = await sessionForTest({ clock: () => 0 });
    expect(json(await client.ask('GET', `${ROOT}/management/support_info`))).toEqual({
      body: { uri: null },
      key: 'support_info',
      meta: {
        first: `${ROOT}/management/certificates`,
        href: `${ROOT}/management/support_info`,
        last: `${ROOT}/management/webinterface`,
        next: `${ROOT}/management/syslog`,
        parent: `${ROOT}/management`,
        previous: `${ROOT}/management/splunk_forwarder`,
        remaining_seconds: 600,
        transaction: '/api/transaction',
      },
    });
  });

  it('ends the walk with null on both sides', async () => {
    const { client } = await sessionForTest();
    expect(at(await client.ask('GET', `${ROOT}/alerting/traffic_alerts`), '/meta/next')).toBeNull();
    expect(at(await client.ask('GET', `${ROOT}/management/certificates`), '/meta/previous')).toBeNull();
    expect(at(await client.ask('GET', ROOT), '/meta/parent')).toBeNull();
  });

  it('lists directories alphabetically with key and href only', async () => {
    const { client } = await sessionForTest();
    const items = at(await client.ask('GET', `${ROOT}/alerting`), '/items');
    expect(items).toEqual([
      { key: 'system_alerts', meta: { href: `${ROOT}/alerting/system_alerts` } },
      { key: 'traffic_alerts', meta: { href: `${ROOT}/alerting/traffic_alerts` } },
    ]);
    const children = await keysOf(client, ROOT);
    expect(canonicalJson(children)).toBe(canonicalJson(children.toSorted(byText)));
    expect([children[0], children.at(-1)]).toEqual(['aaa', 'x509']);
  });

  it('gives a scalar and a list as bodies', async () => {
    const { client } = await sessionForTest({ configuration: { 'datetime/timezone': 'Europe/Budapest' } });
    expect(at(await client.ask('GET', `${ROOT}/datetime/timezone`), '/body')).toBe('Europe/Budapest');
    expect(isList(at(await client.ask('GET', `${ROOT}/network/routing`), '/body') ?? null)).toBe(true);
  });

  it.each([
    ['6.0', true, false, false],
    ['7.5', false, true, false],
    ['8.0', false, true, true],
  ] as const)('has the resources of %s', async (profile, soap, trustStores, troubleshooting) => {
    const { client } = await sessionForTest({ profile });
    expect((await keysOf(client, `${ROOT}/management`)).includes('soap')).toBe(soap);
    const children = await keysOf(client, ROOT);
    expect(children.includes('trust_stores')).toBe(trustStores);
    expect(children.includes('troubleshooting')).toBe(troubleshooting);
    const status = (await client.ask('GET', `${ROOT}/management/soap`)).status;
    expect(status).toBe(soap ? 200 : 404);
  });

  it.each([
    ['6.0', false],
    ['7.5', true],
  ] as const)('lists a collection on %s with bodies: %s', async (profile: Profile, bodies) => {
    const { client } = await sessionForTest({ profile });
    const path = `${ROOT}/policies/time_policies`;
    const listing = await client.ask('GET', path);
    expect(at(listing, '/items/0/key')).toBe('-100');
    expect(at(listing, '/items/0/body/name')).toBe(bodies ? '7x24' : undefined);
    const member = await client.ask('GET', `${path}/-100`);
    expect(json(member)).toMatchObject({ key: '-100', body: { name: '7x24' }, meta: { parent: path } });
  });

  it('refuses to list passwords, and any query', async () => {
    const { client } = await sessionForTest();
    expect((await client.ask('GET', `${ROOT}/passwords`)).status).toBe(405);
    const queried = await client.ask('GET', `${ROOT}/management/email?fields=sender_address`);
    expect(refusal(queried)).toEqual([400, 'SyntacticError']);
  });

  it('takes new singletons from the options, and refuses places where none can be', async () => {
    const { client } = await sessionForTest({ configuration: { 'local_services/new_one': { a: 1 } } });
    expect(at(await client.ask('GET', `${ROOT}/local_services/new_one`), '/body')).toEqual({ a: 1 });
    await expect(simulatorForTest({ configuration: { management: {} } })).rejects.toThrow(RangeError);
    await expect(simulatorForTest({ configuration: { 'datetime/timezone/x': {} } })).rejects.toThrow(RangeError);
  });
});

describe('a written body', () => {
  it('replaces the whole object', async () => {
    const { simulator, client } = await sessionForTest();
    await put(client, 'management/disk_fillup_prevention', { enabled: false });
    expect(at(await client.ask('GET', `${ROOT}/management/disk_fillup_prevention`), '/body')).toEqual({
      enabled: false,
    });
    expect(simulator.configuration('management/disk_fillup_prevention')).toHaveProperty('archiving_enabled');
  });

  it('must be JSON in UTF-8 with the right content type', async () => {
    const { client } = await sessionForTest();
    const path = `${ROOT}/management/support_info`;
    const type = { 'Content-Type': 'application/json' };
    const bad = [
      { headers: type, text: '{"uri": null' },
      { headers: type, text: Buffer.from([0x22, 0xff, 0x22]) },
      { headers: type },
      { headers: { 'Content-Type': 'text/plain' }, text: '{"uri": null}' },
      { text: '{"uri": null}' },
    ];
    for (const ask of bad) expect(refusal(await client.ask('PUT', path, ask))).toEqual([400, 'InvalidRequestBody']);
    const utf8 = { headers: { 'Content-Type': 'application/json; charset=utf-8' }, text: '{"uri": null}' };
    expect((await client.ask('PUT', path, utf8)).status).toBe(200);
  });

  it('must not hold references as objects', async () => {
    const { client } = await sessionForTest();
    const read = at(await client.ask('GET', `${ROOT}/management/certificates`), '/body');
    const reply = await put(client, 'management/certificates', read ?? null);
    expect(refusal(reply)).toEqual([400, 'SyntacticError']);
    expect(at(reply, '/error/details/path')).toContain('management/certificates/ca/x509_identity');
  });

  it('shows keys as references again', async () => {
    const members = { 'x509/aaa': {}, 'x509/bbb': {}, 'x509/ccc': {} };
    const nic2 = { interfaces: { b: { addresses: { 2: '192.0.2.20/24' } } } };
    const { client } = await sessionForTest({ configuration: { ...members, 'network/nics/nic2': nic2 } });
    const certificates = { ca: { selection: 'identity', x509_identity: 'aaa' }, server: 'bbb', tsa: 'ccc' };
    expect((await put(client, 'management/certificates', certificates)).status).toBe(200);
    expect(at(await client.ask('GET', `${ROOT}/management/certificates`), '/body')).toEqual({
      ca: { selection: 'identity', x509_identity: { key: 'aaa', meta: { href: `${ROOT}/x509/aaa` } } },
      server: { key: 'bbb', meta: { href: `${ROOT}/x509/bbb` } },
      tsa: { key: 'ccc', meta: { href: `${ROOT}/x509/ccc` } },
    });
    const first = 'nic1.interfaces.ff7574025754b3df1647001.addresses.1';
    const listen = [{ address: first }, { address: 'nic2.interfaces.b.addresses.2' }];
    await put(client, 'local_services/user_web', { access_restriction: { enabled: false }, listen });
    const shown = await client.ask('GET', `${ROOT}/local_services/user_web`);
    expect(at(shown, '/body/listen/1/address')).toEqual({
      key: 'nic2.interfaces.b.addresses.2',
      meta: { href: `${ROOT}/network/nics/nic2#interfaces/b/addresses/2` },
    });
  });

  it('keeps its kind where nothing else is known', async () => {
    const { client } = await sessionForTest();
    expect(refusal(await put(client, 'datetime/timezone', { body: 'Etc/UTC' }))).toEqual([400, 'SyntacticError']);
    expect((await put(client, 'datetime/timezone', 'Etc/UTC')).status).toBe(200);
  });

  it('is answered in the form of the quirks', async () => {
    const { simulator, client } = await sessionForTest({ quirks: { writeStatus: 201 } });
    const meta = await put(client, 'management/support_info', { uri: null });
    expect(meta.status).toBe(201);
    expect(Object.keys(json(meta))).toEqual(['meta']);
    simulator.quirks.writeAnswer = 'resource';
    expect(json(await put(client, 'management/support_info', { uri: null }))).toMatchObject({ body: { uri: null } });
    simulator.quirks.writeAnswer = 'empty';
    expect((await put(client, 'management/support_info', { uri: null })).text).toBe('');
  });
});

describe('normalisation', () => {
  it('changes a body when it is written, or only when it is committed', async () => {
    const { simulator, client } = await sessionForTest();
    const path = 'management/webinterface';
    simulator.quirks.normalise = (_, body) => (isObject(body) ? { ...body, seen: true } : body);
    simulator.quirks.normaliseAtCommit = (_, body) => (isObject(body) ? { ...body, timeout: 99 } : body);
    await put(client, path, { timeout: 5 });
    expect(at(await client.ask('GET', `${ROOT}/${path}`), '/body')).toEqual({ timeout: 5, seen: true });
    await client.ask('PUT', '/api/transaction', { json: { status: 'commit' } });
    expect(simulator.configuration(path)).toEqual({ timeout: 99, seen: true });
  });

  it('has side effects on other resources as data', async () => {
    const effect = { on: 'management/webinterface', path: 'management/email', pointer: '/sender_address' };
    const { simulator, client } = await sessionForTest({
      quirks: {
        sideEffects: [
          { ...effect, at: 'write', value: 'w@example.com' },
          { ...effect, at: 'commit', value: 'c@example.com' },
        ],
      },
    });
    await put(client, 'management/support_info', { uri: null });
    const email = (): Promise<Reply> => client.ask('GET', `${ROOT}/management/email`);
    expect(at(await email(), '/body/sender_address')).toBeNull();
    await put(client, 'management/webinterface', { timeout: 5 });
    expect(at(await email(), '/body/sender_address')).toBe('w@example.com');
    await client.ask('PUT', '/api/transaction', { json: { status: 'commit' } });
    expect(at(await (await logIn(simulator)).ask('GET', `${ROOT}/management/email`), '/body/sender_address')).toBe(
      'c@example.com',
    );
  });
});
