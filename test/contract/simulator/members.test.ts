import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/shared/json.ts';
import { COMMIT, created, listed, post, put, ROOT, TRANSACTION } from './bodies.ts';
import { at, json, logIn, refusal, sessionForTest, textAt } from './client.ts';

const LISTS = 'policies/userlists';

describe('a member', () => {
  it('is created under a key of the appliance, replaced and deleted', async () => {
    const { simulator, client } = await sessionForTest();
    const reply = await post(client, LISTS, { name: 'a', members: [] });
    expect(reply.status).toBe(201);
    const key = textAt(reply, '/key');
    expect(key).toMatch(/^[1-9]\d{11}[0-9a-f]{10}$/);
    const href = `${ROOT}/${LISTS}/${key}`;
    expect(at(reply, '/meta/href')).toBe(href);
    expect(json(await client.ask('GET', href))).toMatchObject({ key, body: { name: 'a', members: [] } });

    expect((await client.ask('PUT', href, { json: { name: 'b' } })).status).toBe(200);
    expect(at(await client.ask('GET', href), '/body')).toEqual({ name: 'b' });
    await client.ask('PUT', TRANSACTION, COMMIT);
    expect(simulator.members(LISTS)).toEqual([{ key, body: { name: 'b' } }]);

    const gone = await client.ask('DELETE', href);
    expect([gone.status, Object.keys(json(gone)), at(gone, '/meta/href')]).toEqual([200, ['meta'], href]);
    expect((await client.ask('GET', href)).status).toBe(404);
    await client.ask('PUT', TRANSACTION, COMMIT);
    expect(simulator.members(LISTS)).toEqual([]);
  });

  it('is pending for its own session alone, and goes with the rollback', async () => {
    const { simulator, client } = await sessionForTest();
    const other = await logIn(simulator);
    const key = await created(client, LISTS, { name: 'a' });
    expect(await listed(client, LISTS)).toMatchObject([{ key, body: { name: 'a' } }]);
    expect(await listed(other, LISTS)).toEqual([]);
    await client.ask('DELETE', TRANSACTION);
    expect(await listed(client, LISTS)).toEqual([]);
    expect(simulator.members(LISTS)).toEqual([]);
  });

  it('can be written again where reads hide what is pending', async () => {
    const { simulator, client } = await sessionForTest({
      quirks: { pendingVisible: 'nobody', writeAnswer: 'resource' },
    });
    const reply = await post(client, LISTS, { name: 'a' });
    expect(json(reply)).toMatchObject({ body: { name: 'a' } });
    const path = `${LISTS}/${textAt(reply, '/key')}`;
    expect((await client.ask('GET', `${ROOT}/${path}`)).status).toBe(404);
    expect(json(await put(client, path, { name: 'b' }))).toMatchObject({ body: { name: 'b' } });
    await client.ask('PUT', TRANSACTION, COMMIT);
    expect(simulator.configuration(path)).toEqual({ name: 'b' });
  });

  it('needs a transaction where none opens by itself', async () => {
    const { client } = await sessionForTest({ profile: '6.0' });
    const mapping = `${ROOT}/policies/usermapping_policies/11581153055704544883f77`;
    expect(refusal(await post(client, LISTS, { name: 'a' }))).toEqual([409, 'Conflict']);
    expect(refusal(await client.ask('PUT', mapping, { json: {} }))).toEqual([409, 'Conflict']);
    expect(refusal(await client.ask('DELETE', mapping))).toEqual([409, 'Conflict']);
    await client.ask('POST', TRANSACTION);
    const key = await created(client, LISTS, { name: 'a' });
    expect(await listed(client, LISTS)).toEqual([{ key, meta: { href: `${ROOT}/${LISTS}/${key}` } }]);
  });

  it('appears in the change list with its address, and moves config_hash', async () => {
    const { simulator, client } = await sessionForTest();
    const hash = async (): Promise<unknown> => at(await client.ask('GET', '/api/info'), '/body/config_hash');
    simulator.setMember(LISTS, '1a', { name: 'one' });
    simulator.setMember(LISTS, '2b', { name: 'two' });
    const before = await hash();
    const key = await created(client, LISTS, { name: 'three' });
    await put(client, `${LISTS}/1a`, { name: 'first' });
    await client.ask('DELETE', `${ROOT}/${LISTS}/2b`);
    expect(at(await client.ask('GET', `${TRANSACTION}/changes`), '/changes')).toEqual([
      {
        type: 'replace',
        path: `${ROOT}/${LISTS}/1a`,
        old_value: { name: 'one' },
        new_value: { name: 'first' },
      },
      { type: 'create', path: `${ROOT}/${LISTS}/${key}`, new_value: { name: 'three' } },
      { type: 'delete', path: `${ROOT}/${LISTS}/2b`, old_value: { name: 'two' } },
    ]);
    expect(await hash()).toBe(before);
    await client.ask('PUT', TRANSACTION, COMMIT);
    expect(await hash()).not.toBe(before);
  });

  it.each([
    ['PUT', 'policies/userlists/1a', 404],
    ['DELETE', 'policies/userlists/1a', 404],
    ['POST', 'policies/nothing', 404],
    ['PUT', 'policies/userlists/1a/2b', 404],
    ['PUT', 'policies/userlists/', 404],
    ['DELETE', 'policies/userlists', 405],
    ['PUT', 'policies/userlists', 405],
    ['POST', 'policies', 405],
    ['POST', 'policies/time_policies/-100', 405],
    ['POST', 'network/nics', 405],
    ['DELETE', 'network/nics/nic1', 405],
    ['POST', 'plugins/aa', 405],
    ['POST', 'ica/connections', 405],
    ['DELETE', 'management/email', 405],
  ] as const)('%s %s is answered %i', async (method, path, status) => {
    const { simulator, client } = await sessionForTest();
    const reply = await client.ask(method, `${ROOT}/${path}`, { json: { name: 'a' } });
    expect([reply.status, simulator.openTransactions()]).toEqual([status, 0]);
  });

  it.each(['text', 5, null, ['a']])('cannot be %j', async (body) => {
    const { client } = await sessionForTest();
    expect(refusal(await post(client, LISTS, body))).toEqual([400, 'SyntacticError']);
    expect((await client.ask('POST', `${ROOT}/${LISTS}`)).status).toBe(400);
  });

  it('that is built in stays', async () => {
    const { client } = await sessionForTest();
    const path = `${ROOT}/policies/time_policies/-100`;
    expect(refusal(await client.ask('DELETE', path))).toEqual([400, 'SyntacticError']);
    expect((await client.ask('PUT', path, { json: { name: '7x24', Mon: [] } })).status).toBe(200);
  });

  it('of plugins can be deleted, not on 6.0', async () => {
    const [old, recent] = [await sessionForTest({ profile: '6.0' }), await sessionForTest()];
    for (const { simulator } of [old, recent]) simulator.setMember('plugins/aa', 'b080', { name: 'p' });
    expect((await old.client.ask('DELETE', `${ROOT}/plugins/aa/b080`)).status).toBe(405);
    expect((await recent.client.ask('DELETE', `${ROOT}/plugins/aa/b080`)).status).toBe(200);
  });
});

describe('the open questions of collections', () => {
  it.each(['key', 'href', 'location', 'location-url', 'none'] as const)(
    'Q6: a creation is answered by %s',
    async (createAnswer) => {
      const { simulator, client } = await sessionForTest({ quirks: { createAnswer } });
      const reply = await post(client, LISTS, { name: 'a' });
      await client.ask('PUT', TRANSACTION, COMMIT);
      const key = simulator.members(LISTS)?.[0]?.key ?? '';
      const href = `${ROOT}/${LISTS}/${key}`;
      expect([reply.status, key.length]).toEqual([201, 22]);
      const body = reply.text === '' ? {} : json(reply);
      expect(body['key']).toBe(createAnswer === 'key' ? key : undefined);
      expect(reply.text.includes(href)).toBe(createAnswer === 'key' || createAnswer === 'href');
      const locations: Readonly<Record<string, string>> = { location: href, 'location-url': `${simulator.url}${href}` };
      expect(reply.headers['location']).toBe(locations[createAnswer]);
    },
  );

  it('Q7: PUT may create under a key of the client', async () => {
    const { simulator, client } = await sessionForTest({ quirks: { putCreates: 'accepted' } });
    expect((await put(client, `${LISTS}/mine`, { name: 'a' })).status).toBe(201);
    expect((await put(client, `${LISTS}/mine`, { name: 'b' })).status).toBe(200);
    expect((await put(client, 'passwords/mine', { plain: 'x' })).status).toBe(405);
    expect(refusal(await put(client, 'trust_stores/-7002', {}))).toEqual([400, 'SyntacticError']);
    await client.ask('PUT', TRANSACTION, COMMIT);
    expect(simulator.members(LISTS)).toEqual([{ key: 'mine', body: { name: 'b' } }]);
  });

  it.each([
    ['list', ['b', 'a'], { '@order': ['b', 'a'] }],
    ['order-member', { '@order': ['b', 'a'] }, ['b', 'a']],
  ] as const)('Q4: an order is written as %s', async (collectionOrder, order, other) => {
    const { simulator, client } = await sessionForTest({ quirks: { collectionOrder } });
    for (const key of ['a', 'b']) simulator.setMember(LISTS, key, { name: key });
    for (const wrong of [other, ['a'], ['a', 'a'], ['a', 'b', 'c'], { '@order': ['b', 'c'] }]) {
      expect(refusal(await put(client, LISTS, wrong as Json))).toEqual([400, 'SyntacticError']);
    }
    expect((await put(client, LISTS, order as Json)).status).toBe(200);
    expect(await listed(client, LISTS)).toMatchObject([{ key: 'b' }, { key: 'a' }]);
    expect(at(await client.ask('GET', `${TRANSACTION}/changes`), '/changes')).toEqual([
      { type: 'reorder', path: `${ROOT}/${LISTS}`, new_order: ['b', 'a'], old_order: ['a', 'b'] },
    ]);
    await client.ask('PUT', TRANSACTION, COMMIT);
    expect(simulator.members(LISTS)?.map(({ key }) => key)).toEqual(['b', 'a']);
  });

  it.each(['enforced', 'free'] as const)('names of their own are %s', async (uniqueNames) => {
    const { simulator, client } = await sessionForTest({ quirks: { uniqueNames } });
    const key = await created(client, LISTS, { name: 'a' });
    const second = await post(client, LISTS, { name: 'a' });
    const third = await created(client, LISTS, { name: 'c' });
    const renamed = await put(client, `${LISTS}/${third}`, { name: 'a' });
    const expected = uniqueNames === 'free' ? [201, 200] : [400, 400];
    expect([second.status, renamed.status]).toEqual(expected);
    if (uniqueNames === 'free') return;
    expect(refusal(second)).toEqual([400, 'SemanticError']);
    expect(json(renamed)).toMatchObject({ error: { details: { errors: [expect.stringContaining(`${third}/name`)] } } });
    expect((await put(client, `${LISTS}/${key}`, { name: 'a', more: 1 })).status).toBe(200);
    await client.ask('PUT', TRANSACTION, COMMIT);
    expect(simulator.members(LISTS)).toHaveLength(2);
  });

  it('Q17: a name that is taken may be noticed by the commit', async () => {
    const { simulator, client } = await sessionForTest({ quirks: { semanticCheck: 'commit' } });
    await created(client, LISTS, { name: 'a' });
    await created(client, LISTS, { name: 'a' });
    expect(refusal(await client.ask('PUT', TRANSACTION, COMMIT))).toEqual([400, 'SemanticError']);
    expect(simulator.members(LISTS)).toEqual([]);
  });

  it('a listing may be incomplete and say so', async () => {
    const path = 'policies/usermapping_policies';
    const { simulator, client } = await sessionForTest({ quirks: { incompleteListing: 1 } });
    const listing = await client.ask('GET', `${ROOT}/${path}`);
    expect(json(listing)).toMatchObject({ items: [{}], meta: { limit: 1, match_count: 2 } });
    expect(at(listing, '/items/1')).toBeUndefined();
    simulator.quirks.listingCounts = 'limit';
    const limited = at(await client.ask('GET', `${ROOT}/${path}`), '/meta');
    expect(limited).toMatchObject({ limit: 1 });
    expect(limited).not.toHaveProperty('match_count');
    simulator.quirks.listingCounts = 'match-count';
    const counted = at(await client.ask('GET', `${ROOT}/${path}`), '/meta');
    expect(counted).toMatchObject({ match_count: 2 });
    expect(counted).not.toHaveProperty('limit');
    simulator.quirks.incompleteListing = null;
    const whole = await client.ask('GET', `${ROOT}/${path}`);
    expect([at(whole, '/items/1/body/name'), at(whole, '/meta/limit')]).toEqual(['operators', undefined]);
  });
});
