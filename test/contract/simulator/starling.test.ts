import { describe, expect, it } from 'vitest';
import { isObject, type Json, type JsonObject } from '../../../src/shared/json.ts';
import { withValueAt } from '../../../src/shared/pointer.ts';
import { at, json, logIn, refusal, sessionForTest, type Client } from './client.ts';

const STARLING = '/api/configuration/starling';
const JOIN = '/api/starling/join';
const TRANSACTION = '/api/transaction';
const COMMIT = { json: { status: 'commit' } };

async function stored(client: Client): Promise<JsonObject> {
  const body = at(await client.ask('GET', STARLING), '/body');
  if (!isObject(body)) throw new Error('no object');
  return body;
}

/** Switches remote access, with a commit. */
async function switchTo(client: Client, enabled: 'on' | 'off'): Promise<void> {
  const json = withValueAt(await stored(client), '/remote_access/enabled', enabled === 'on') ?? null;
  expect((await client.ask('PUT', STARLING, { json })).status).toBe(200);
  expect((await client.ask('PUT', TRANSACTION, COMMIT)).status).toBe(200);
}

describe('the Starling configuration', () => {
  it('takes the whole body back with remote access switched', async () => {
    const { simulator, client } = await sessionForTest();
    const body = await stored(client);
    expect(body).toEqual({
      join_info: { environment: 'prod', product_instance: expect.any(String), product_tims: '123-456-789' },
      remote_access: { enabled: false },
    });
    await switchTo(client, 'on');
    expect(simulator.configuration('starling')).toEqual({ ...body, remote_access: { enabled: true } });
  });

  it.each([
    ['/join_info', null, 403, 'StarlingJoinInfoIsReadOnlyError'],
    ['/join_info/environment', 'stage', 403, 'StarlingJoinInfoIsReadOnlyError'],
    ['/join_info', undefined, 400, 'SyntacticError'],
    ['/join_info/product_tims', undefined, 400, 'SyntacticError'],
    ['/join_info', 'prod', 400, 'SyntacticError'],
    ['/remote_access', undefined, 400, 'SyntacticError'],
    ['/remote_access/enabled', 'yes', 400, 'SyntacticError'],
  ] as readonly (readonly [string, Json | undefined, number, string])[])(
    'refuses %s = %j with %i %s',
    async (pointer, value, status, type) => {
      const { simulator, client } = await sessionForTest();
      const body = withValueAt(await stored(client), pointer, value) ?? null;
      const reply = await client.ask('PUT', STARLING, { json: body });
      expect(refusal(reply)).toEqual([status, type]);
      expect(at(reply, '/error/details/path')).toContain(STARLING + pointer.replace('/environment', ''));
      expect(simulator.openTransactions()).toBe(0);
    },
  );

  it('takes join_info back with members that nobody knows, and not changed', async () => {
    const { simulator, client } = await sessionForTest();
    const info = { environment: 'prod', product_instance: 'a', product_tims: 'b', region: 'eu' };
    const body = { join_info: info, remote_access: { enabled: false } };
    simulator.setConfiguration('starling', body);
    const on = { ...body, remote_access: { enabled: true } };
    expect((await client.ask('PUT', STARLING, { json: on })).status).toBe(200);
    expect(await stored(client)).toEqual(on);
    const moved = { ...on, join_info: { ...info, region: 'us' } };
    expect(refusal(await client.ask('PUT', STARLING, { json: moved }))).toEqual([
      403,
      'StarlingJoinInfoIsReadOnlyError',
    ]);
  });

  it('has no remote access without a join, and no join by writing', async () => {
    const { client } = await sessionForTest({ starling: 'not-joined' });
    const off = { join_info: null, remote_access: { enabled: false } };
    expect(await stored(client)).toEqual(off);
    expect((await client.ask('PUT', STARLING, { json: off })).status).toBe(200);
    const on = await client.ask('PUT', STARLING, { json: { ...off, remote_access: { enabled: true } } });
    expect(refusal(on)).toEqual([403, 'RemoteAccessDependsOnStarlingJoinError']);
    const joined = { environment: 'prod', product_instance: 'a', product_tims: 'b' };
    const wrote = await client.ask('PUT', STARLING, { json: { ...off, join_info: joined } });
    expect(refusal(wrote)).toEqual([403, 'StarlingJoinInfoIsReadOnlyError']);
  });

  it('is not on 6.0', async () => {
    const { client } = await sessionForTest({ profile: '6.0', starling: 'not-joined' });
    expect((await client.ask('GET', STARLING)).status).toBe(404);
    expect((await client.ask('GET', JOIN)).status).toBe(404);
  });
});

describe('/api/starling/join', () => {
  it.each(['body', 'bare'] as const)('shows the join, %s', async (starlingJoinShape) => {
    const { client } = await sessionForTest({ quirks: { starlingJoinShape } });
    const reply = json(await client.ask('GET', JOIN));
    const members = { joined: true, product_name: 'Safeguard', product_tims: '123-456-789' };
    expect(reply).toMatchObject(starlingJoinShape === 'body' ? { body: members } : members);
    expect(reply['meta']).toMatchObject({ href: JOIN });
    expect(Object.hasOwn(reply, 'body')).toBe(starlingJoinShape === 'body');
  });

  it('shows a page to a browser, and the license number that was asked with', async () => {
    const { client } = await sessionForTest({ starling: 'not-joined' });
    const page = await client.ask('GET', JOIN, { headers: { Accept: 'text/html' } });
    expect([page.headers['content-type'], page.text]).toEqual([
      expect.stringContaining('text/html'),
      expect.stringContaining('not joined'),
    ]);
    const asked = await client.ask('GET', `${JOIN}?product_tims=222-333-444`);
    expect(at(asked, '/body')).toMatchObject({ joined: false, product_tims: '222-333-444' });
  });

  it.each([
    ['members', { joined: false, product_name: 'Safeguard' }],
    ['nulls', { joined: false, product_instance: null, product_name: null, product_tims: null }],
    ['nothing', { joined: false }],
  ] as const)('shows %s where nothing is joined', async (starlingNotJoined, members) => {
    const { simulator, client } = await sessionForTest({ quirks: { starlingNotJoined }, starling: 'not-joined' });
    const body = at(await client.ask('GET', JOIN), '/body');
    if (starlingNotJoined === 'members') expect(body).toMatchObject(members);
    else expect(body).toEqual(members);
    const joined = await sessionForTest({ quirks: { starlingNotJoined } });
    expect(at(await joined.client.ask('GET', JOIN), '/body/product_tims')).toBe('123-456-789');
    expect(simulator.openTransactions()).toBe(0);
  });

  it.each(['7.5', '8.0'] as const)('can be left on %s once remote access is off', async (profile) => {
    const { simulator, client } = await sessionForTest({ profile });
    await switchTo(client, 'on');
    expect((await client.ask('DELETE', JOIN)).status).toBe(403);
    await switchTo(client, 'off');
    expect((await client.ask('DELETE', JOIN)).status).toBe(200);
    expect(at(await client.ask('GET', JOIN), '/body/joined')).toBe(false);
    expect(simulator.configuration('starling')).toEqual({ join_info: null, remote_access: { enabled: false } });
  });

  it.each([
    [{ kind: 'status', status: 500, json: { error: { type: 'StarlingError' } } }, 500, true],
    [{ kind: 'status', status: 200, json: { meta: {} } }, 200, true],
    [{ kind: 'html' }, 502, true],
    [{ kind: 'drop-before' }, null, true],
    [{ kind: 'drop-after' }, null, false],
    [{ kind: 'status', status: 504, effect: 'applied' }, 504, false],
  ] as const)('a fault can strike the leaving: %j', async (fault, status, joined) => {
    const { simulator, client } = await sessionForTest();
    simulator.faults.add({ ...fault, match: { method: 'DELETE', path: JOIN } });
    expect(at(await client.ask('GET', JOIN), '/body/joined')).toBe(true);
    const reply = await client.ask('DELETE', JOIN).catch(() => null);
    expect([reply?.status ?? null, simulator.faults.pending]).toEqual([status, 0]);
    expect(at(await client.ask('GET', JOIN), '/body/joined')).toBe(joined);
    expect((await client.ask('DELETE', JOIN)).status).toBe(joined ? 200 : 400);
  });

  it('ends the join at once: join_info is gone and config_hash moves', async () => {
    const { simulator, client } = await sessionForTest();
    const hash = async (): Promise<unknown> => at(await client.ask('GET', '/api/info'), '/body/config_hash');
    const before = await hash();
    expect((await client.ask('DELETE', JOIN)).status).toBe(200);
    expect(simulator.configuration('starling')).toEqual({ join_info: null, remote_access: { enabled: false } });
    expect(await hash()).not.toBe(before);
    expect(simulator.openTransactions()).toBe(0);
    expect(refusal(await client.ask('DELETE', JOIN))).toEqual([400, 'SyntacticError']);
  });

  it.each(['RemoteAccessDependsOnStarlingJoinError', 'Unauthorized'])(
    'is not left while remote access is on: 403 %s',
    async (unjoinErrorType) => {
      const { simulator, client } = await sessionForTest({ quirks: { unjoinErrorType } });
      await switchTo(client, 'on');
      expect(refusal(await client.ask('DELETE', JOIN))).toEqual([403, unjoinErrorType]);
      expect(simulator.configuration('starling')).toHaveProperty('join_info.environment');
    },
  );

  it.each([
    { status: 400, type: 'SemanticError', scope: 'session' },
    { status: 403, type: 'Unauthorized', scope: 'any' },
    { status: 409, type: 'Conflict', scope: 'any' },
  ] as const)('is refused with $status while a transaction is open ($scope)', async (starlingInTransaction) => {
    const { simulator, client } = await sessionForTest({ quirks: { starlingInTransaction } });
    const { status, type, scope } = starlingInTransaction;
    const other = await logIn(simulator);
    await other.ask('POST', TRANSACTION);
    const body = { json: { credential_string: 'c', product_instance: 'i' } };
    for (const method of ['POST', 'DELETE']) {
      expect(refusal(await other.ask(method, JOIN, body))).toEqual([status, type]);
      if (scope === 'any') expect(refusal(await client.ask(method, JOIN, body))).toEqual([status, type]);
    }
    expect(simulator.configuration('starling')).toHaveProperty('join_info.environment');
    if (scope === 'any') await other.ask('DELETE', TRANSACTION);
    expect((await client.ask('DELETE', JOIN)).status).toBe(200);
  });

  it('is made with a credential and an instance', async () => {
    const { simulator, client } = await sessionForTest({ starling: 'not-joined' });
    const body = { credential_string: 'not-a-real-one', product_instance: 'instance-1', product_tims: '1-2-3' };
    for (const missing of ['credential_string', 'product_instance']) {
      const reply = await client.ask('POST', JOIN, { json: withValueAt(body, `/${missing}`, undefined) ?? null });
      expect(refusal(reply)).toEqual([400, 'SyntacticError']);
      expect(at(reply, '/error/details/path')).toBe(`${JOIN}/${missing}`);
    }
    expect((await client.ask('POST', JOIN, { json: body })).status).toBe(200);
    expect(simulator.configuration('starling')).toMatchObject({
      join_info: { environment: 'prod', product_instance: 'instance-1', product_tims: '1-2-3' },
    });
    expect(JSON.stringify(simulator.configuration('starling'))).not.toContain('not-a-real-one');
    expect((await client.ask('POST', JOIN, { json: body })).status).toBe(403);
    expect((await client.ask('PUT', JOIN, { json: body })).status).toBe(405);
  });

  it('collides with a transaction that was opened before', async () => {
    const { simulator, client } = await sessionForTest();
    const other = await logIn(simulator);
    await other.ask('PUT', '/api/configuration/management/support_info', { json: { uri: null } });
    expect((await client.ask('DELETE', JOIN)).status).toBe(200);
    expect(refusal(await other.ask('PUT', TRANSACTION, COMMIT))).toEqual([409, 'Conflict']);
  });
});
