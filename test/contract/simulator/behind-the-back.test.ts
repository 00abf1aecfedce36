import { describe, expect, it } from 'vitest';
import { COMMIT, listed, post, put, ROOT, TRANSACTION } from './bodies.ts';
import { refusal, sessionForTest } from './client.ts';

const LISTS = 'policies/userlists';

describe('behind the client’s back', () => {
  it('two members may have one name, and hinder nothing else', async () => {
    const { simulator, client } = await sessionForTest();
    simulator.setMember(LISTS, '1a', { name: 'same' });
    simulator.setMember(LISTS, '2b', { name: 'same' });
    expect(await listed(client, LISTS)).toMatchObject([{ body: { name: 'same' } }, { body: { name: 'same' } }]);
    expect((await post(client, LISTS, { name: 'other' })).status).toBe(201);
    expect((await post(client, LISTS, { name: 'same' })).status).toBe(400);
    expect((await client.ask('DELETE', `${ROOT}/${LISTS}/1a`)).status).toBe(200);
    expect((await client.ask('PUT', TRANSACTION, COMMIT)).status).toBe(200);
    expect(simulator.members(LISTS)?.map(({ body }) => body)).toEqual([{ name: 'same' }, { name: 'other' }]);
  });

  it('members appear, vanish and change places', async () => {
    const { simulator } = await sessionForTest();
    for (const key of ['a', 'b', 'c']) simulator.setMember(LISTS, key, { name: key });
    simulator.setConfiguration(LISTS, ['c', 'a']);
    simulator.setMember(LISTS, 'a', undefined);
    expect(simulator.members(LISTS)?.map(({ key }) => key)).toEqual(['c', 'b']);
    expect(simulator.members('policies')).toBeUndefined();
    expect(() => simulator.setMember('policies', 'a', {})).toThrow(RangeError);
    expect(() => simulator.setMember(LISTS, 'a/b', {})).toThrow(RangeError);
    expect(() => simulator.setConfiguration(LISTS, {})).toThrow(RangeError);
  });

  it('the second writer creates, deletes and orders; an order alone is a change', async () => {
    const { simulator, client } = await sessionForTest();
    for (const key of ['a', 'b']) simulator.setMember(LISTS, key, { name: key });
    await client.ask('POST', TRANSACTION);
    const { secondWriter } = simulator;
    secondWriter.open();
    expect(secondWriter.stage(LISTS, ['b', 'a'])).toBeNull();
    expect(secondWriter.commit()).toBeNull();
    expect(refusal(await client.ask('PUT', TRANSACTION, COMMIT))).toEqual([409, 'Conflict']);
    secondWriter.open();
    expect(secondWriter.stage(`${LISTS}/c`, { name: 'a' })).toMatchObject({ status: 400, type: 'SemanticError' });
    expect(secondWriter.stage(`${LISTS}/a`, undefined)).toBeNull();
    expect(secondWriter.stage(`${LISTS}/c`, { name: 'a' })).toBeNull();
    expect(secondWriter.commit()).toBeNull();
    expect(simulator.members(LISTS)?.map(({ key }) => key)).toEqual(['b', 'c']);
  });

  it('faults strike creations and deletes like everything else', async () => {
    const { simulator, client } = await sessionForTest();
    simulator.faults.add({ kind: 'drop-after', match: { method: 'POST', path: `${ROOT}/${LISTS}` } });
    await expect(post(client, LISTS, { name: 'a' })).rejects.toThrow();
    expect(await listed(client, LISTS)).toMatchObject([{ body: { name: 'a' } }]);
    simulator.quirks.uniqueNames = 'free';
    simulator.faults.add({ kind: 'duplicate', match: { method: 'POST' } });
    await post(client, LISTS, { name: 'b' });
    expect(await listed(client, LISTS)).toMatchObject([{}, { body: { name: 'b' } }, { body: { name: 'b' } }]);
    simulator.faults.add({ kind: 'status', status: 503, match: { method: 'DELETE' } });
    const mapping = 'policies/usermapping_policies/11581153055704544883f77';
    expect((await client.ask('DELETE', `${ROOT}/${mapping}`)).status).toBe(503);
    expect((await client.ask('GET', `${ROOT}/${mapping}`)).status).toBe(200);
  });
});

it('a member that comes back takes its old place, pending as committed', async () => {
  const { simulator, client } = await sessionForTest({ quirks: { putCreates: 'accepted' } });
  for (const key of ['a', 'b']) simulator.setMember(LISTS, key, { name: key });
  await client.ask('DELETE', `${ROOT}/${LISTS}/a`);
  expect((await put(client, `${LISTS}/a`, { name: 'new' })).status).toBe(201);
  const pending = await listed(client, LISTS);
  await client.ask('PUT', TRANSACTION, COMMIT);
  expect(pending).toMatchObject([{ key: 'a' }, { key: 'b' }]);
  expect(simulator.members(LISTS)?.map(({ key }) => key)).toEqual(['a', 'b']);
});

it('a thousand members fit into one transaction', async () => {
  const { simulator, client } = await sessionForTest();
  const { secondWriter } = simulator;
  secondWriter.open();
  for (let index = 0; index < 1000; index += 1) {
    expect(secondWriter.stage(`${LISTS}/k${index}`, { name: `n${index}` })).toBeNull();
  }
  expect(secondWriter.commit()).toBeNull();
  expect(await listed(client, LISTS)).toHaveLength(1000);
});
