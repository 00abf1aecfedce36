import { describe, expect, it } from 'vitest';
import { isObject, parseJson, type Json } from '../../../src/shared/json.ts';
import { valueAt } from '../../../src/shared/pointer.ts';
import { QUIRK_SCHEMAS } from '../../../src/simulator/quirk-schema.ts';
import { basic, sessionForTest, simulatorForTest, type Client } from './client.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';

const SUPPORT = '/api/configuration/management/support_info';

interface Controlled {
  readonly simulator: Simulator;
  readonly client: Client;
  readonly control: (method: string, path: string, body?: Json) => Promise<{ status: number; value: Json }>;
}

async function controlled(): Promise<Controlled> {
  const { simulator, client } = await sessionForTest({ controlPort: 0 });
  const control: Controlled['control'] = async (method, path, body) => {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${simulator.controlUrl}${path}`, { method, headers, ...text });
    return { status: response.status, value: parseJson(await response.text()) };
  };
  return { simulator, client, control };
}

describe('the control interface', () => {
  it('is not there unless asked for', async () => {
    expect((await simulatorForTest()).controlUrl).toBeNull();
  });

  it('adds faults and takes them away', async () => {
    const { simulator, client, control } = await controlled();
    const fault = { kind: 'status', status: 503, match: { method: 'GET', path: SUPPORT }, times: 2 };
    expect((await control('POST', '/faults', fault)).status).toBe(201);
    expect((await client.ask('GET', SUPPORT)).status).toBe(503);
    await control('DELETE', '/faults');
    expect((await client.ask('GET', SUPPORT)).status).toBe(200);
    expect((await control('POST', '/faults', { kind: 'delay', ms: 0, match: {} })).status).toBe(201);
    expect(simulator.faults.pending).toBe(1);
  });

  it('locks, and ends sessions', async () => {
    const { client, control } = await controlled();
    await control('POST', '/lock', { holder: 'operator' });
    expect((await client.ask('POST', '/api/transaction')).status).toBe(409);
    await control('POST', '/lock', { holder: null });
    expect((await client.ask('POST', '/api/transaction')).status).toBe(200);
    await control('POST', '/expire-sessions');
    expect((await client.ask('GET', '/api/transaction')).status).toBe(401);
  });

  it('reads and changes the committed configuration', async () => {
    const { simulator, control } = await controlled();
    expect((await control('PUT', '/configuration/datetime/timezone', 'Etc/UTC')).status).toBe(200);
    expect(simulator.configuration('datetime/timezone')).toBe('Etc/UTC');
    expect((await control('GET', '/configuration/datetime/timezone')).value).toBe('Etc/UTC');
    expect((await control('GET', '/configuration/datetime/nothing')).status).toBe(404);
    expect((await control('PUT', '/configuration/datetime', {})).status).toBe(400);
  });

  it('puts members into collections, orders them and takes them away', async () => {
    const { simulator, control } = await controlled();
    const path = '/configuration/policies/userlists';
    await control('PUT', `${path}/1a`, { name: 'same' });
    await control('PUT', `${path}/2b`, { name: 'same' });
    const members = [
      { key: '1a', body: { name: 'same' } },
      { key: '2b', body: { name: 'same' } },
    ];
    expect(await control('GET', path)).toEqual({ status: 200, value: members });
    expect((await control('PUT', path, ['2b', '1a'])).status).toBe(200);
    expect(simulator.members('policies/userlists')).toEqual(members.toReversed());
    expect((await control('DELETE', `${path}/2b`)).status).toBe(200);
    expect(simulator.members('policies/userlists')).toEqual(members.slice(0, 1));
    expect((await control('PUT', path, {})).status).toBe(400);
  });

  it('joins Starling and leaves it', async () => {
    const { client, control } = await controlled();
    const apart = { join_info: null, remote_access: { enabled: false } };
    expect((await control('PUT', '/configuration/starling', apart)).status).toBe(200);
    expect(valueAt(parseJson((await client.ask('GET', '/api/starling/join')).text), '/body/joined')).toBe(false);
  });

  it('sets quirks, several at once', async () => {
    const { simulator, control } = await controlled();
    expect((await control('PATCH', '/quirks', { writeMode: 'explicit', extraChanges: [{ type: 'x' }] })).status).toBe(
      200,
    );
    expect(simulator.quirks).toMatchObject({
      writeMode: 'explicit',
      extraChanges: [{ type: 'x' }],
      reopen: 'conflict',
    });
  });

  it('accepts every default value that JSON can carry', async () => {
    const { simulator, control } = await controlled();
    const defaults = Object.entries(simulator.quirks).filter(([name]) => Object.hasOwn(QUIRK_SCHEMAS, name));
    expect(defaults).toHaveLength(Object.keys(QUIRK_SCHEMAS).length);
    expect(await control('PATCH', '/quirks', Object.fromEntries(defaults))).toEqual({ status: 200, value: {} });
  });

  it('shows requests without what opens a session', async () => {
    const { simulator, client, control } = await controlled();
    await client.ask('GET', SUPPORT, { headers: basic() });
    const { value } = await control('GET', '/requests');
    const text = JSON.stringify(value);
    expect(valueAt(value, '/1/path')).toBe(SUPPORT);
    expect(text).not.toContain(client.cookie.replace('session_id=', ''));
    expect(text).not.toContain(String(basic()['Authorization']));
    await control('DELETE', '/requests');
    expect(simulator.requests).toEqual([]);
  });

  it('masks bodies that are secrets as a whole', async () => {
    const { client, control } = await controlled();
    for (const path of ['/api/configuration/passwords', '/api/configuration/private_keys', '/api/starling/join']) {
      await client.ask('POST', path, { json: { plain: 'not-a-real-secret' } });
    }
    const { value } = await control('GET', '/requests');
    expect(JSON.stringify(value)).not.toContain('not-a-real-secret');
    expect(valueAt(value, '/1/body')).toBe('(secret)');
  });

  it('deletes as a second writer', async () => {
    const { simulator, control } = await controlled();
    simulator.setMember('policies/userlists', '1a', { name: 'a' });
    expect((await control('POST', '/second-writer', { path: 'policies/userlists/1a', delete: true })).status).toBe(200);
    expect(simulator.members('policies/userlists')).toEqual([]);
  });

  it('commits as a second writer and shows the state', async () => {
    const { client, control } = await controlled();
    await client.ask('POST', '/api/transaction');
    expect((await control('POST', '/second-writer', { path: 'datetime/timezone', body: 'Etc/UTC' })).status).toBe(200);
    const { value } = await control('GET', '/state');
    expect(value).toMatchObject({
      openTransactions: 1,
      sessions: 1,
      commits: [{ user: 'second-writer', message: null }],
    });
    await control('POST', '/lock', { holder: 'operator' });
    const refused = await control('POST', '/second-writer', { path: 'datetime/timezone', body: 'Etc/GMT' });
    expect(refused).toMatchObject({ status: 409, value: { refused: { status: 409 } } });
  });

  it.each([
    ['POST', '/faults', { kind: 'nonsense', match: {} }, 'kind'],
    ['POST', '/faults', { kind: 'hang', match: {}, ms: 5 }, 'ms'],
    ['POST', '/faults', { kind: 'status', match: {} }, 'status'],
    ['POST', '/faults', { kind: 'delay', match: {} }, 'ms'],
    ['POST', '/faults', { kind: 'hang' }, 'match'],
    ['POST', '/faults', { kind: 'hang', match: { nth: 0 } }, 'nth'],
    ['POST', '/lock', {}, 'holder'],
    ['POST', '/lock', { holder: 5 }, 'holder'],
    ['PATCH', '/quirks', { writeMode: 'sometimes' }, 'writeMode'],
    ['PATCH', '/quirks', { semanticRule: 'x' }, 'semanticRule'],
    ['PATCH', '/quirks', { lockAnswer: { status: 418 } }, 'lockAnswer'],
    ['POST', '/second-writer', { path: 'a/b' }, 'body'],
    ['POST', '/second-writer', { path: 'a/b', body: 1, delete: true }, 'body'],
    ['POST', '/second-writer', { path: 'a/b', delete: false }, 'delete'],
    ['PATCH', '/quirks', { references: [{ on: 'a', pointer: 'b', to: 'c' }] }, 'pointer'],
    ['PATCH', '/quirks', { starlingInTransaction: { status: 500 } }, 'starlingInTransaction'],
  ] as [string, string, Json, string][])('refuses %s %s %j and names %s', async (method, path, body, member) => {
    const { control } = await controlled();
    const { status, value } = await control(method, path, body);
    expect(status).toBe(400);
    expect(isObject(value) ? value['error'] : undefined).toContain(member);
  });

  it('refuses other content types, broken JSON and unknown routes', async () => {
    const { simulator, control } = await controlled();
    const post = (type: string, body: string): Promise<Response> =>
      fetch(`${simulator.controlUrl}/lock`, { method: 'POST', headers: { 'Content-Type': type }, body });
    expect((await post('text/plain', '{"holder": "x"}')).status).toBe(400);
    expect((await post('application/json', '{"holder":')).status).toBe(400);
    expect((await control('GET', '/nothing')).status).toBe(404);
    expect((await control('GET', '/constructor')).status).toBe(404);
    expect((await control('POST', '/configuration/datetime/timezone', 'Etc/UTC')).status).toBe(404);
    expect((await control('DELETE', '/configuration/datetime/nothing')).status).toBe(404);
    expect((await control('DELETE', '/configuration/trust_stores')).status).toBe(404);
  });
});
