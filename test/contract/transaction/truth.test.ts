import { expect, test, vi } from 'vitest';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { COMMIT, committedState, OPEN, reconcile, SPLUNK, STATUS, SUPPORT, untruths } from './harness.ts';
import { oneSimulator } from './one-simulator.ts';

const on = oneSimulator();
const { at, atEach, count, answer } = on;

const INFO = { method: 'GET', path: '/api/info' } as const;
const LOGIN = { method: 'GET', path: '/api/authentication' } as const;

test('a lost commit whose rollback fails is never taken for committed, although our own reads show it', async () => {
  on.simulator.faults.add({ kind: 'html', match: COMMIT });
  on.simulator.faults.add({ kind: 'html', match: { method: 'DELETE' }, times: 1000 });
  const ended = await reconcile(on.simulator, { commitTimeoutMs: 300, closeTimeoutMs: 500 });
  expect(ended.record.transaction).toBe('unknown');
  expect(committedState(on.simulator)).toBe('old');
});

test('a lost commit is settled with a new session once the appliance disowns the old one', async () => {
  on.simulator.faults.add({ kind: 'drop-before', match: COMMIT });
  at(COMMIT, 1, () => {
    answer(STATUS, 401, { error: { type: 'Unauthenticated' } });
  });
  const ended = await reconcile(on.simulator, { commitTimeoutMs: 300 });
  expect(ended).toMatchObject({ end: 'commitUnknown', record: { transaction: 'unknown' } });
});

test('a commit that takes longer than the limit is given the limit once more to be settled', async () => {
  on.simulator.faults.add({ kind: 'delay', ms: 900, match: COMMIT });
  const ended = await reconcile(on.simulator, { commitTimeoutMs: 600 });
  expect(untruths(ended, on.simulator)).toEqual([]);
  expect(ended.end).toBe('applied');
});

test.each([
  ['the open', { method: 'POST' }],
  ['a write that opens by itself', { method: 'PUT', path: SPLUNK }],
] as const)('%s that is carried out after we gave it up leaves nothing open', async (_what, match) => {
  on.simulator.quirks.writeMode = 'implicit';
  on.simulator.faults.add({ kind: 'delay', ms: 900, match });
  const ended = await reconcile(on.simulator, { timeoutMs: 400 });
  const carriedOut = () => on.simulator.requests.find((one) => one.method === match.method)?.status;
  await vi.waitFor(() => expect(carriedOut()).toBeTypeOf('number'), 5000);
  expect(ended.record.transaction).toBe('rolled-back');
  expect(on.simulator.openTransactions()).toBe(0);
});

test('a session that ends right before the last look at config_hash is a lost session, not a moved hash', async () => {
  at(INFO, 3, () => on.simulator.expireSessions());
  const ended = await reconcile(on.simulator);
  expect(ended).toMatchObject({ end: 'applied', warnings: [] });
  // Three of each attempt.
  expect(count(INFO)).toBe(6);
});

test('a transaction that vanishes twice is no refused login', async () => {
  answer({ method: 'PUT', path: SPLUNK }, 409, { error: { type: 'Conflict' } }, 2);
  answer({ ...STATUS, nth: 2 }, 200, { body: { status: 'closed' } });
  at(OPEN, 2, () => answer(STATUS, 200, { body: { status: 'closed' } }));
  const ended = await reconcile(on.simulator);
  expect(count(OPEN)).toBe(2);
  expect(ended.record.transaction).toBe('rolled-back');
  expect(ended.end).not.toBe('authFailed');
});

test('a login that is refused after the commit is not tried again and again', async () => {
  at(COMMIT, 1, () => {
    on.simulator.faults.add({ kind: 'expire-session', match: { method: 'GET', path: SPLUNK } });
    answer(LOGIN, 403, { error: { type: 'Unauthorized' } }, 1000);
  });
  const ended = await reconcile(on.simulator, { commitTimeoutMs: 1500 });
  expect(ended).toMatchObject({ end: 'committedUnread', record: { transaction: 'committed' } });
  expect(count(LOGIN)).toBe(2);
});

test.each([400, 404, 405])("a proxy's page with %i instead of an answer to a write is no refusal", async (status) => {
  on.simulator.faults.add({ kind: 'html', status, match: { method: 'PUT', path: SUPPORT } });
  expect(await reconcile(on.simulator)).toMatchObject({
    end: 'targetUnreachable',
    record: { transaction: 'rolled-back' },
  });
});

test('a page of 200 instead of an answer to a write is nonsense of the network, not a value that was not taken', async () => {
  on.simulator.faults.add({ kind: 'html', status: 200, match: { method: 'PUT', path: SUPPORT } });
  expect(await reconcile(on.simulator)).toMatchObject({
    end: 'targetUnreachable',
    record: { transaction: 'rolled-back' },
  });
});

test('a lock that is noticed at the second write is a lock', async () => {
  answer({ method: 'PUT', path: SUPPORT }, 409, { error: { type: 'Conflict', message: 'locked by anna' } });
  expect(await reconcile(on.simulator)).toMatchObject({
    end: 'locked',
    record: { transaction: 'rolled-back', staged: 1 },
  });
});

test('an error type that is a secret is withheld', async () => {
  answer({ method: 'PUT', path: SUPPORT }, 500, { error: { type: 'MARKEDwantedToken5f1c' } });
  expect(await reconcile(on.simulator)).toMatchObject({ end: 'targetUnreachable' });
});

test('a rollback that fails still tells how long the lock was held', async () => {
  on.simulator.faults.add({ kind: 'html', match: { method: 'PUT', path: SUPPORT } });
  on.simulator.faults.add({ kind: 'html', match: { method: 'DELETE' }, times: 1000 });
  const ended = await reconcile(on.simulator, { closeTimeoutMs: 400 });
  expect(ended).toMatchObject({ end: 'rollbackFailed', record: { transaction: 'unknown', staged: 1 } });
  expect(ended.record.lockHeldMs).toBeGreaterThan(0);
});

test('an unknown list that grows at every reading does not count', async () => {
  const seen: number[] = [];
  atEach({ method: 'GET', path: SPLUNK }, () => {
    seen.push(seen.length);
    const body = on.simulator.configuration('management/splunk_forwarder') as JsonObject;
    on.simulator.setConfiguration('management/splunk_forwarder', { ...body, x_polls: [...seen] });
  });
  on.simulator.quirks.secondWriter = 'merge';
  on.simulator.quirks.configHash = 'absent';
  expect(await reconcile(on.simulator)).toMatchObject({ end: 'applied', warnings: ['volatile-member'] });
});

test('the check that we are the only writer cannot hold the lock for ever', async () => {
  const stop = new AbortController();
  const ended = await reconcile(on.simulator, {
    signal: stop.signal,
    assertSoleWriter: () => {
      stop.abort(new SpsGitopsError('interrupted', 'stopped by SIGTERM'));
      return new Promise(() => undefined);
    },
  });
  expect(ended).toMatchObject({ end: 'interrupted', record: { transaction: 'rolled-back' } });
}, 5000);
