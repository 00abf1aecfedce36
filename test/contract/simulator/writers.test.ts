import { describe, expect, it } from 'vitest';
import type { LockAnswer } from '../../../src/simulator/quirks.ts';
import { at, logIn, refusal, sessionForTest } from './client.ts';

const TRANSACTION = '/api/transaction';
const SUPPORT = '/api/configuration/management/support_info';
const CHANGED = { uri: { selection: 'url', value: 'https://example.com' } };
const COMMIT = { json: { status: 'commit' } };

describe('the lock of the web UI', () => {
  const answers: readonly LockAnswer[] = [
    { status: 403, type: 'Unauthorized', message: 'locked', where: 'open' },
    { status: 409, type: 'Conflict', message: 'held by {holder}', where: 'open' },
    { status: 423, type: 'Locked', message: 'locked', where: 'write' },
    { status: 503, type: 'Busy', message: 'locked', where: 'commit' },
  ];

  it.each(answers)('is noticed at the $where with $status', async (lockAnswer) => {
    const { simulator, client } = await sessionForTest({ quirks: { lockAnswer } });
    simulator.lock('operator');
    const steps = [
      { where: 'open', reply: await client.ask('POST', TRANSACTION) },
      ...(lockAnswer.where === 'open'
        ? []
        : [{ where: 'write', reply: await client.ask('PUT', SUPPORT, { json: CHANGED }) }]),
      ...(lockAnswer.where === 'commit'
        ? [{ where: 'commit', reply: await client.ask('PUT', TRANSACTION, COMMIT) }]
        : []),
    ];
    for (const { where, reply } of steps.slice(0, -1)) expect([where, reply.status]).toEqual([where, 200]);
    const last = steps.at(-1);
    if (last === undefined) throw new Error('no step was taken');
    expect(last.where).toBe(lockAnswer.where);
    expect(refusal(last.reply)).toEqual([lockAnswer.status, lockAnswer.type]);
    expect(at(last.reply, '/error/message')).toBe(lockAnswer.message.replace('{holder}', 'operator'));
    simulator.lock(null);
    await client.ask('DELETE', TRANSACTION);
    expect((await client.ask('POST', TRANSACTION)).status).toBe(200);
  });

  it('keeps a write from opening a transaction by itself, and does not hinder reading', async () => {
    const { simulator, client } = await sessionForTest();
    simulator.lock('operator');
    expect((await client.ask('PUT', SUPPORT, { json: CHANGED })).status).toBe(409);
    expect((await client.ask('GET', SUPPORT)).status).toBe(200);
    expect(simulator.openTransactions()).toBe(0);
  });
});

describe('two REST transactions', () => {
  it.each([
    ['6.0', 409],
    ['7.5', 200],
    ['8.0', 200],
  ] as const)('on %s: the second open is answered %i', async (profile, status) => {
    const { simulator, client } = await sessionForTest({ profile });
    const other = await logIn(simulator);
    expect((await client.ask('POST', TRANSACTION)).status).toBe(200);
    expect((await other.ask('POST', TRANSACTION)).status).toBe(status);
    await client.ask('DELETE', TRANSACTION);
    if (status === 409) expect((await other.ask('POST', TRANSACTION)).status).toBe(200);
  });

  it.each([
    { secondWriter: 'reject', status: 409, timezone: 'Etc/UTC', support: { uri: null } },
    { secondWriter: 'merge', status: 200, timezone: 'Etc/UTC', support: CHANGED },
    { secondWriter: 'overwrite', status: 200, timezone: 'America/New_York', support: CHANGED },
  ] as const)('commit one after the other: $secondWriter', async ({ secondWriter, status, timezone, support }) => {
    const { simulator, client } = await sessionForTest({ quirks: { secondWriter } });
    await client.ask('POST', TRANSACTION);
    await client.ask('PUT', SUPPORT, { json: CHANGED });
    expect(simulator.secondWriter.open()).toBeNull();
    expect(simulator.openTransactions()).toBe(2);
    expect(simulator.secondWriter.stage('datetime/timezone', 'Etc/UTC')).toBeNull();
    expect(simulator.secondWriter.commit('second')).toBeNull();
    expect((await client.ask('PUT', TRANSACTION, COMMIT)).status).toBe(status);
    expect(simulator.configuration('datetime/timezone')).toBe(timezone);
    expect(simulator.configuration('management/support_info')).toEqual(support);
  });

  it('let the second writer be the one that loses', async () => {
    const { simulator, client } = await sessionForTest();
    simulator.secondWriter.open();
    simulator.secondWriter.stage('datetime/timezone', 'Etc/UTC');
    await client.ask('PUT', SUPPORT, { json: CHANGED });
    expect((await client.ask('PUT', TRANSACTION, COMMIT)).status).toBe(200);
    expect(simulator.secondWriter.commit()).toMatchObject({ status: 409, type: 'Conflict' });
    simulator.secondWriter.rollback();
    expect(simulator.openTransactions()).toBe(0);
  });

  it('of which the first changed nothing do not collide', async () => {
    const { simulator, client } = await sessionForTest();
    await client.ask('PUT', SUPPORT, { json: CHANGED });
    simulator.secondWriter.open();
    simulator.secondWriter.commit();
    expect((await client.ask('PUT', TRANSACTION, COMMIT)).status).toBe(200);
  });
});
