import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/shared/json.ts';
import { licenseFile, type LicenseMembers } from '../../../src/simulator/license-file.ts';
import { at, askRaw, json, logIn, refusal, sessionForTest, type Ask, type Client, type Reply } from './client.ts';

const LICENSE = '/api/configuration/management/license';
const UPLOAD = '/api/upload/license';
const COMMIT = ['PUT', '/api/transaction', { json: { status: 'commit' } }] as const;
const MEMBERS: LicenseMembers = {
  customer: 'Example Ltd: North',
  limit: 250,
  limit_type: 'session',
  serial: '123-456-789',
  valid_not_after: '2031-12-31',
  valid_not_before: '2026-01-01',
};

/** Encodes a form as clients do, with a real encoder. */
async function form(parts: readonly (readonly [string, string])[]): Promise<Ask> {
  const data = new FormData();
  for (const [name, content] of parts) data.append(name, new Blob([content]), 'license.txt');
  const encoded = new Response(data);
  const headers = { 'Content-Type': encoded.headers.get('content-type') ?? '' };
  return { headers, text: Buffer.from(await encoded.arrayBuffer()) };
}

async function upload(client: Client, file: string): Promise<Reply> {
  return client.ask('POST', UPLOAD, await form([['data', file]]));
}

async function shown(client: Client): Promise<Json | undefined> {
  return at(await client.ask('GET', LICENSE), '/body');
}

describe('the license', () => {
  it('can be read, and only uploaded', async () => {
    const { client } = await sessionForTest();
    const reply = await client.ask('GET', LICENSE);
    expect(json(reply)).toMatchObject({ body: { limit: 5000 }, key: 'license', meta: { upload: UPLOAD } });
    for (const method of ['PUT', 'POST', 'DELETE']) {
      expect((await client.ask(method, LICENSE, { json: { ...MEMBERS } })).status).toBe(405);
    }
    expect((await client.ask('GET', UPLOAD)).status).toBe(405);
  });

  it.each([
    ['lines', licenseFile(MEMBERS)],
    ['lines of Windows', licenseFile(MEMBERS).replaceAll('\n', '\r\n')],
    ['JSON', JSON.stringify({ ...MEMBERS, more: 1 })],
    ['JSON with slashes in its dates', JSON.stringify({ ...MEMBERS, valid_not_after: '2031/12/31' })],
  ])('is uploaded as %s, pending for its session, there after the commit', async (_, file) => {
    const { simulator, client } = await sessionForTest();
    const other = await logIn(simulator);
    const before = await shown(client);
    expect((await upload(client, file)).status).toBe(200);
    expect(await shown(client)).toEqual(MEMBERS);
    expect(await shown(other)).toEqual(before);
    expect(at(await client.ask('GET', '/api/transaction/changes'), '/changes')).toMatchObject([
      { type: 'replace', path: LICENSE, new_value: MEMBERS },
    ]);
    await client.ask(...COMMIT);
    expect(simulator.configuration('management/license')).toEqual(MEMBERS);
  });

  it('goes with the rollback', async () => {
    const { client } = await sessionForTest();
    const before = await shown(client);
    await upload(client, licenseFile(MEMBERS));
    await client.ask('DELETE', '/api/transaction');
    expect(await shown(client)).toEqual(before);
  });

  it.each([
    ['6.0', 409],
    ['7.5', 200],
    ['8.0', 200],
  ] as const)('without a transaction on %s: %i', async (profile, status) => {
    const { simulator, client } = await sessionForTest({ profile });
    expect((await upload(client, licenseFile(MEMBERS))).status).toBe(status);
    expect(simulator.openTransactions()).toBe(status === 200 ? 1 : 0);
    await client.ask('POST', '/api/transaction');
    expect((await upload(client, licenseFile(MEMBERS))).status).toBe(200);
  });

  it.each([
    ['nothing', ''],
    ['a key without a value', 'customer'],
    ['broken JSON', '{"customer": "a"'],
    ['no object', '[]'],
    ['a member less', licenseFile(MEMBERS).replace(/^serial.*\n/m, '')],
    ['a limit that is no number', licenseFile(MEMBERS).replace('250', 'many')],
    ['an unknown kind of limit', licenseFile(MEMBERS).replace('session', 'user')],
    ['a serial of another form', licenseFile(MEMBERS).replace('123-456-789', '123456789')],
    ['a day that is none', licenseFile(MEMBERS).replace('2031-12-31', '2031-02-30')],
    ['a month that is none', licenseFile(MEMBERS).replace('2031-12-31', '2031-13-01')],
    ['a date of two forms', licenseFile(MEMBERS).replace('2031-12-31', '2031/12-31')],
    ['no customer', licenseFile({ ...MEMBERS, customer: '' })],
  ])('is not %s', async (_, file) => {
    const { simulator, client } = await sessionForTest();
    expect(refusal(await upload(client, file))).toEqual([400, 'SyntacticError']);
    expect(simulator.openTransactions()).toBe(0);
  });

  it('accepts a UUID as its serial', async () => {
    const { client } = await sessionForTest();
    const serial = 'b937d212-db7d-0f2f-4c87-295e3c57024a';
    expect((await upload(client, licenseFile({ ...MEMBERS, serial }))).status).toBe(200);
  });
});

describe('the upload', () => {
  it('takes a form with exactly one part, named data', async () => {
    const { client } = await sessionForTest();
    const file = licenseFile(MEMBERS);
    const good = await form([['data', file]]);
    const text = good.text?.toString() ?? '';
    const boundary = /boundary=(\S+)/.exec(good.headers?.['Content-Type'] ?? '')?.[1] ?? '';
    const bad: readonly Ask[] = [
      await form([['license', file]]),
      await form([
        ['data', file],
        ['data', file],
      ]),
      await form([]),
      { headers: { 'Content-Type': 'application/json' }, text: JSON.stringify(MEMBERS) },
      { headers: { 'Content-Type': 'multipart/form-data' }, text },
      { headers: { 'Content-Type': 'multipart/form-data; boundary=other' }, text },
      { ...good, text: text.replace(/--\r\n$/, '') },
      { ...good, text: text.replace('\r\n\r\n', '\r\n') },
      { ...good, text: text.replace(boundary, `${boundary}x`) },
      { headers: good.headers ?? {} },
    ];
    for (const ask of bad) expect(refusal(await client.ask('POST', UPLOAD, ask))).toEqual([400, 'SyntacticError']);
    const quoted = { 'Content-Type': `multipart/form-data; charset=utf-8; boundary="${boundary}"` };
    expect((await client.ask('POST', UPLOAD, { ...good, headers: quoted })).status).toBe(200);
  });

  it('needs its length, and no Expect', async () => {
    const { simulator, client } = await sessionForTest();
    const head = `POST ${UPLOAD} HTTP/1.1\r\nHost: localhost\r\nCookie: ${client.cookie}\r\n`;
    const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`;
    expect(await askRaw(simulator, chunked)).toBe('HTTP/1.1 411 Length Required');
    const expecting = `${head}Expect: 100-continue\r\nContent-Length: 10\r\n\r\n`;
    expect(await askRaw(simulator, expecting)).toBe('HTTP/1.1 417 Expectation Failed');
  });
});

describe('the open questions of the license', () => {
  it.each(['-', '/'] as const)('dates are written with %s', async (licenseDates) => {
    const { client } = await sessionForTest({ quirks: { licenseDates } });
    expect(await shown(client)).toMatchObject({ valid_not_after: ['2030', '12', '31'].join(licenseDates) });
    await upload(client, licenseFile(MEMBERS));
    expect(await shown(client)).toEqual({
      ...MEMBERS,
      valid_not_after: MEMBERS.valid_not_after.replaceAll('-', licenseDates),
      valid_not_before: MEMBERS.valid_not_before.replaceAll('-', licenseDates),
    });
  });

  it.each([
    ['null', true],
    ['absent', false],
  ] as const)('in demo mode the body is %s', async (licenseWhenNone, present) => {
    const { client } = await sessionForTest({
      quirks: { licenseWhenNone },
      configuration: { 'management/license': null },
    });
    const reply = json(await client.ask('GET', LICENSE));
    expect([Object.hasOwn(reply, 'body'), reply['body'] ?? null]).toEqual([present, null]);
    await upload(client, licenseFile(MEMBERS));
    expect(await shown(client)).toEqual(MEMBERS);
  });

  it('may be hidden until the commit where other pending values show', async () => {
    const { simulator, client } = await sessionForTest({ quirks: { licensePending: 'hidden' } });
    const uri = { selection: 'url', value: 'https://example.com' };
    await client.ask('PUT', '/api/configuration/management/support_info', { json: { uri } });
    expect((await upload(client, licenseFile(MEMBERS))).status).toBe(200);
    expect(await shown(client)).toMatchObject({ limit: 5000 });
    expect(at(await client.ask('GET', '/api/configuration/management/support_info'), '/body')).toEqual({ uri });
    expect(at(await client.ask('GET', '/api/transaction/changes'), '/changes')).toHaveLength(2);
    await client.ask(...COMMIT);
    expect(await shown(client)).toEqual(MEMBERS);
    expect(simulator.configuration('management/support_info')).toEqual({ uri });
  });

  it('the change list may leave it out, and reads may hide it until the commit', async () => {
    const { client } = await sessionForTest({
      quirks: { hiddenChanges: ['management/license'], pendingVisible: 'nobody' },
    });
    await upload(client, licenseFile(MEMBERS));
    expect(at(await client.ask('GET', '/api/transaction/changes'), '/changes')).toEqual([]);
    expect(await shown(client)).toMatchObject({ limit: 5000 });
    await client.ask(...COMMIT);
    expect(await shown(client)).toEqual(MEMBERS);
  });
});
