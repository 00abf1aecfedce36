import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/shared/json.ts';
import type { Appliance } from '../../../src/sps/appliance.ts';
import { calm, failure, scripted } from './harness.ts';
import { cut, hang, json, loggedIn, raw, refusal, text, type Step } from './scripted-server.ts';

const STORES = '/api/configuration/trust_stores';
const BODY = { name: 'Corporate CA' };

async function keyFrom(step: Step): Promise<string | null> {
  const { appliance } = await scripted([step]);
  return appliance.create(STORES, BODY, calm);
}

function located(location: string, body: Json | null = null): Step {
  if (body !== null) return json(body, 201, { location });
  return text('', 201, { location });
}

function hrefAnswer(href: Json): Step {
  return json({ meta: { href } }, 201);
}

describe('a member that is created', () => {
  it('is posted to the collection as JSON, with the session', async () => {
    const { server, appliance } = await scripted([loggedIn('5e55'), json({ key: '1' }, 201)]);
    await appliance.login(calm);
    await appliance.create(STORES, BODY, calm);
    expect(server.seen[1]).toMatchObject({ method: 'POST', url: STORES, body: '{"name":"Corporate CA"}' });
    expect(server.seen[1]?.headers).toMatchObject({
      cookie: 'session_id=5e55',
      'content-type': 'application/json',
      'content-length': '23',
    });
    expect(server.seen[1]?.headers).not.toHaveProperty('expect');
  });

  it.each([200, 201, 202])('has its key from an answer %i', async (status) => {
    expect(await keyFrom(json({ key: '83ac', body: BODY, meta: {} }, status))).toBe('83ac');
  });

  it.each([
    ['the key before the addresses', located(`${STORES}/c`, { key: 'a', meta: { href: `${STORES}/b` } }), 'a'],
    ['meta.href before Location', located(`${STORES}/c`, { meta: { href: `${STORES}/b` } }), 'b'],
    ['Location last', located(`${STORES}/c`, { meta: {} }), 'c'],
    ['Location beside an address elsewhere', located(`${STORES}/c`, { meta: { href: '/api/configuration/x' } }), 'c'],
    ['Location beside a key that is no text', located(`${STORES}/c`, { key: 7 }), 'c'],
    ['Location beside a list', located(`${STORES}/c`, ['a']), 'c'],
    ['meta.href beside an empty key', json({ key: '', meta: { href: `${STORES}/b` } }, 201), 'b'],
    ['an href with its host', hrefAnswer(`https://sps.example.com${STORES}/b`), 'b'],
    ['an encoded href', hrefAnswer(`${STORES}/caf%C3%A9%20%2F1`), 'café /1'],
    ['a Location with its host and no body', located(`https://10.0.0.1:8443${STORES}/-7002`), '-7002'],
    ['a Location relative to the collection', located('trust_stores/c'), 'c'],
  ] as const)('is found by %s', async (_form, step, key) => {
    expect(await keyFrom(step)).toBe(key);
  });

  it.each([
    ['nothing at all', text('', 201)],
    ['204', text('', 204)],
    ['JSON without any', json({ meta: { href: null } }, 201)],
    ['a list', json([], 201)],
    ['its collection', located(STORES, { meta: { href: STORES } })],
    ['its collection with a slash', located(`${STORES}/`)],
    ['what is further below', located(`${STORES}/a/b`, { meta: { href: `${STORES}/a/b` } })],
    ['a neighbour', located(`${STORES}2/a`, { meta: { href: '/api/configuration/passwords/a' } })],
    ['a way back up', located(`${STORES}/../passwords/a`)],
    ['an address with a query', located(`${STORES}/a?fields=1`)],
    ['a broken encoding', hrefAnswer(`${STORES}/%E0%A4%A`)],
    ['no address', located('https://[')],
  ] as const)('has no known key when the answer tells %s', async (_form, step) => {
    expect(await keyFrom(step)).toBeNull();
  });
});

describe('a member that is deleted', () => {
  it.each([
    ['meta', json({ meta: { href: `${STORES}/1` } })],
    ['nothing', text('', 204)],
  ] as const)('is gone when %s comes back', async (_form, step) => {
    const { server, appliance } = await scripted([step]);
    await appliance.delete(`${STORES}/1`, calm);
    expect(server.seen[0]).toMatchObject({ method: 'DELETE', url: `${STORES}/1`, body: '' });
    expect(server.seen[0]?.headers).not.toHaveProperty('content-type');
  });
});

const UPLOAD = { field: 'data', fileName: 'license.txt', bytes: Buffer.from('serial: 1\n') };

/** Every write that makes, removes or uploads. */
const WRITES: readonly (readonly [string, string, (appliance: Appliance, path: string) => Promise<unknown>])[] = [
  ['create', 'POST', (appliance, path) => appliance.create(path, BODY, calm)],
  ['delete', 'DELETE', (appliance, path) => appliance.delete(path, calm)],
  ['upload', 'POST', (appliance, path) => appliance.upload(path, UPLOAD, calm)],
];

describe.each(WRITES)('%s', (_name, method, write) => {
  // The script holds one step: a second request would be a complaint.
  it.each([
    ['503', text('busy', 503, { 'retry-after': '0' }), { kind: 'status', status: 503, answered: false }],
    ['500 in JSON', refusal(500, 'Busy'), { kind: 'status', status: 500, type: 'Busy', answered: false }],
    ['429', refusal(429, 'TooMany'), { kind: 'status', status: 429, answered: true }],
    ['a cut connection', cut, { kind: 'network', status: null, answered: false }],
    [
      'half an answer',
      raw('HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{', 'close'),
      { kind: 'network', status: 201 },
    ],
  ] as const)('is never sent twice: %s', async (_what, step, expected) => {
    const { appliance } = await scripted([step]);
    expect(await failure(write(appliance, `${STORES}/1`))).toMatchObject(expected);
    expect(appliance.requests).toEqual({ [method]: 1 });
  });

  it('gives up at its deadline, without a second try', async () => {
    const { appliance } = await scripted([hang], { timeoutMs: 500 });
    expect(await failure(write(appliance, `${STORES}/1`))).toMatchObject({ kind: 'timeout' });
    expect(appliance.requests).toEqual({ [method]: 1 });
  });

  it.each([
    [400, 'SemanticError', 'targetUnreachable'],
    [403, 'Unauthorized', 'forbidden'],
    [404, 'NotFound', 'unsupported'],
    [409, 'Conflict', 'targetUnreachable'],
  ] as const)('says so when the appliance says no: %i %s', async (status, type, row) => {
    const details = { errors: ['/name: is taken'] };
    const { appliance } = await scripted([refusal(status, type, { details })]);
    const error = await failure(write(appliance, `${STORES}/1`));
    expect(error).toMatchObject({ kind: 'status', status, type, failure: row, answered: true, guideShaped: true });
    expect(error.applianceDetails).toEqual(details);
    expect(error.request).toEqual({ method, path: `${STORES}/1` });
  });

  it('does not send its reader after rights when Starling is the reason', async () => {
    const types = ['RemoteAccessDependsOnStarlingJoinError', 'StarlingJoinInfoIsReadOnlyError', 'Unauthorized'];
    const { appliance } = await scripted(types.map((type) => refusal(403, type)));
    const hints: (string | undefined)[] = [];
    for (const _type of types) hints.push((await failure(write(appliance, `${STORES}/1`))).hint);
    expect(hints).toEqual([undefined, undefined, expect.stringContaining('rights')]);
  });

  it('is not believed when a page comes back', async () => {
    const { appliance } = await scripted([text('<html>', 200, { 'content-type': 'text/html' })]);
    const error = await failure(write(appliance, `${STORES}/1`));
    expect(error).toMatchObject({ kind: 'shape', status: 200, answered: false });
  });

  it.each([`${STORES}?a=1`, `${STORES}/../x`, '/elsewhere'])('refuses the path %s', async (path) => {
    const { appliance } = await scripted([]);
    await expect(write(appliance, path)).rejects.toBeInstanceOf(RangeError);
    expect(appliance.requests).toEqual({});
  });
});

describe('a status resource', () => {
  const JOIN = '/api/starling/join';
  const read = async (answer: Json): Promise<Json> => {
    const { appliance } = await scripted([json(answer)]);
    return appliance.readStatus(JOIN, calm);
  };

  it.each([
    ['under body', { body: { joined: true }, key: 'join', meta: {}, other: 1 }, { joined: true }],
    ['bare', { joined: false, key: 'join', meta: { href: JOIN } }, { joined: false }],
    ['null', { body: null, key: 'license', meta: {} }, null],
    ['not there', { key: 'license', meta: {} }, {}],
    ['bare with items that are no list', { items: 3 }, { items: 3 }],
  ] as const)('has its members %s', async (_form, answer, members) => {
    expect(await read(answer)).toEqual(members);
  });

  it.each([
    ['a listing', { items: [], meta: {} }],
    ['a listing with a body', { items: [], body: {} }],
    ['a list', [{ joined: true }]],
    ['text', 'joined'],
    ['null', null],
  ] as const)('is not %s', async (_form, answer) => {
    const { appliance } = await scripted([json(answer)]);
    expect(await failure(appliance.readStatus(JOIN, calm))).toMatchObject({ kind: 'shape', status: 200 });
  });

  it('is read again after a passing failure', async () => {
    const { appliance } = await scripted([cut, text('', 503), json({ joined: true })]);
    expect(await appliance.readStatus(JOIN, calm)).toEqual({ joined: true });
  });

  it.each([text('', 200), text('<html>', 200, { 'content-type': 'text/html' })])('must be JSON', async (step) => {
    const { appliance } = await scripted([step]);
    expect(await failure(appliance.readStatus(JOIN, calm))).toMatchObject({ kind: 'shape' });
  });

  it('has a path without a query', async () => {
    const { appliance } = await scripted([]);
    await expect(appliance.readStatus(`${JOIN}?product_tims=1`, calm)).rejects.toBeInstanceOf(RangeError);
  });
});
