import { describe, expect, it } from 'vitest';
import { ask, at, json, refusal, sessionForTest, simulatorForTest, type Client } from './client.ts';

const SUPPORT = '/api/configuration/management/support_info';
const CHANGED = { uri: { selection: 'url', value: 'https://example.com' } };

async function hashOf(client: Client): Promise<unknown> {
  return at(await client.ask('GET', '/api/info'), '/body/config_hash');
}

describe('/api/info', () => {
  it('tells the anonymous less', async () => {
    const { simulator, client } = await sessionForTest({ hostname: 'sps9', roles: ['central-management'] });
    const anonymous = at(await ask(simulator, 'GET', '/api/info'), '/body');
    const known = at(await client.ask('GET', '/api/info'), '/body');
    expect(anonymous).toMatchObject({ hostname: 'sps9' });
    for (const name of ['config_hash', 'firmware_version', 'roles', 'version']) {
      expect(anonymous).not.toHaveProperty(name);
      expect(known).toHaveProperty(name);
    }
    expect(known).toMatchObject({ roles: ['central-management'], firmware_version: expect.stringMatching(/^7\.5\./) });
  });

  it('shows the support information as a flat link', async () => {
    const { simulator, client } = await sessionForTest();
    simulator.setConfiguration('management/support_info', CHANGED);
    expect(at(await client.ask('GET', '/api/info'), '/body/support_link')).toBe('https://example.com');
  });

  it('has a hash over the committed configuration that comes back with it', async () => {
    const { simulator, client } = await sessionForTest();
    const first = await hashOf(client);
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    await client.ask('POST', '/api/transaction');
    await client.ask('PUT', SUPPORT, { json: CHANGED });
    expect(await hashOf(client)).toBe(first);
    await client.ask('PUT', '/api/transaction', { json: { status: 'commit' } });
    const second = await hashOf(client);
    expect(second).not.toBe(first);
    simulator.setConfiguration('management/support_info', { uri: null });
    expect(await hashOf(client)).toBe(first);
  });

  it.each([
    { configHash: 'with-pending', moves: ['write'] },
    { configHash: 'volatile', moves: ['nothing', 'open', 'write'] },
    { configHash: 'moves-on-open', moves: ['open'] },
    { configHash: 'committed', moves: [] },
  ] as const)('moves by quirk $configHash', async ({ configHash, moves }) => {
    const { client } = await sessionForTest({ quirks: { configHash } });
    const readings = [await hashOf(client), await hashOf(client)];
    await client.ask('POST', '/api/transaction');
    readings.push(await hashOf(client));
    await client.ask('PUT', SUPPORT, { json: CHANGED });
    readings.push(await hashOf(client));
    const moved = ['nothing', 'open', 'write'].filter((_, index) => readings[index] !== readings[index + 1]);
    expect(moved).toEqual(moves);
  });

  it('has no hash by quirk', async () => {
    const { client } = await sessionForTest({ quirks: { configHash: 'absent' } });
    expect(await hashOf(client)).toBeUndefined();
  });
});

describe('requests that do not fit', () => {
  it.each(['completed', 'uninitialized', 'booting'] as const)('set-up status %s is public', async (setupStatus) => {
    const simulator = await simulatorForTest({ quirks: { setupStatus } });
    const reply = await ask(simulator, 'GET', '/api/setup');
    expect(json(reply)).toMatchObject({ status: setupStatus, meta: { remaining_seconds: 0 } });
  });

  it('are 404 for unknown paths, and 401 without a session', async () => {
    const { simulator, client } = await sessionForTest();
    expect(refusal(await client.ask('GET', '/api/nothing'))).toEqual([404, 'NotFound']);
    expect(refusal(await ask(simulator, 'GET', '/api/nothing'))).toEqual([401, 'Unauthenticated']);
  });

  it.each([
    ['PATCH', '/api/transaction'],
    ['PATCH', SUPPORT],
    ['POST', SUPPORT],
    ['DELETE', SUPPORT],
    ['PUT', '/api/configuration/management'],
    ['PUT', '/api/info'],
    ['PUT', '/api/setup'],
    ['POST', '/api/transaction/changes'],
    ['PUT', '/api/configuration/management/license'],
  ])('are 405 for %s %s', async (method, path) => {
    const { client } = await sessionForTest();
    expect((await client.ask(method, path, { json: {} })).status).toBe(405);
  });

  it.each([
    ['full', ['details', 'message', 'type'], true],
    ['no-message', ['details', 'type'], true],
    ['no-details', ['message', 'type'], true],
    ['type-only', ['type'], false],
  ] as const)('have errors of shape %s', async (errorShape, members, meta) => {
    const { client } = await sessionForTest({ quirks: { errorShape } });
    const reply = json(await client.ask('GET', '/api/nothing'));
    expect(Object.keys(Object(reply['error'])).sort()).toEqual(members);
    expect('meta' in reply).toBe(meta);
  });
});
