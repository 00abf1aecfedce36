import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import type { RecordedRequest } from '../../../src/simulator/requests.ts';
import type { Quirks } from '../../../src/simulator/quirks.ts';
import { startSimulator } from '../../simulated.ts';
import { COMMIT, committedState, OLD, reconcile, reset, SPLUNK, SUPPORT, TRANSACTION, untruths } from './harness.ts';

let simulator: Simulator;
let plain: Quirks;
const forget: (() => void)[] = [];

beforeAll(async () => {
  simulator = await startSimulator({ profile: '8.0', configuration: OLD });
  plain = { ...simulator.quirks };
});

beforeEach(() => {
  for (const one of forget.splice(0)) one();
  Object.assign(simulator.quirks, plain);
  reset(simulator);
});

afterAll(() => simulator.stop());

/** Acts once, when a request comes that fits. */
function once(fits: (request: RecordedRequest) => boolean, act: (request: RecordedRequest) => void): void {
  let done = false;
  forget.push(
    simulator.onRequest((request) => {
      if (done || !fits(request)) return;
      done = true;
      act(request);
    }),
  );
}

const is = (method: string, path: string) => (request: RecordedRequest) =>
  request.method === method && request.path === path;

function count(method: string, path: string): number {
  return simulator.requests.filter(is(method, path)).length;
}

test('a lost commit whose rollback fails is never taken for committed, although our own reads show it', async () => {
  simulator.faults.add({ kind: 'html', match: COMMIT });
  simulator.faults.add({ kind: 'html', match: { method: 'DELETE' }, times: 1000 });
  const ended = await reconcile(simulator, { commitTimeoutMs: 300, closeTimeoutMs: 500 });
  expect(ended.record.transaction).toBe('unknown');
  expect(committedState(simulator)).toBe('old');
});

test('a lost commit is settled with a new session once the appliance disowns the old one', async () => {
  simulator.faults.add({ kind: 'drop-before', match: COMMIT });
  once(is('PUT', TRANSACTION), () => {
    const json = { error: { type: 'Unauthenticated' } };
    simulator.faults.add({ kind: 'status', status: 401, json, match: { method: 'GET', path: TRANSACTION } });
  });
  const ended = await reconcile(simulator, { commitTimeoutMs: 300 });
  expect(ended).toMatchObject({ end: 'commitUnknown', record: { transaction: 'unknown' } });
});

test('a commit that takes longer than the limit is given the limit once more to be settled', async () => {
  simulator.faults.add({ kind: 'delay', ms: 900, match: COMMIT });
  const ended = await reconcile(simulator, { commitTimeoutMs: 600 });
  expect(untruths(ended, simulator)).toEqual([]);
  expect(ended.end).toBe('applied');
});

test.each([
  ['the open', { method: 'POST' }],
  ['a write that opens by itself', { method: 'PUT', path: SPLUNK }],
] as const)('%s that is carried out after we gave it up leaves nothing open', async (_what, match) => {
  simulator.quirks.writeMode = 'implicit';
  simulator.faults.add({ kind: 'delay', ms: 900, match });
  const ended = await reconcile(simulator, { timeoutMs: 400 });
  const carriedOut = () => simulator.requests.find((one) => one.method === match.method)?.status;
  await vi.waitFor(() => expect(carriedOut()).toBeTypeOf('number'), 5000);
  expect(ended.record.transaction).toBe('rolled-back');
  expect(simulator.openTransactions()).toBe(0);
});

test('a session that ends right before the last look at config_hash is a lost session, not a moved hash', async () => {
  let infos = 0;
  once(
    (request) => is('GET', '/api/info')(request) && ++infos === 3,
    () => simulator.expireSessions(),
  );
  const ended = await reconcile(simulator);
  expect(ended).toMatchObject({ end: 'applied', warnings: [] });
  expect(infos).toBe(3);
});

test('a transaction that vanishes twice is no refused login', async () => {
  const json = { error: { type: 'Conflict' } };
  simulator.faults.add({ kind: 'status', status: 409, json, match: { method: 'PUT', path: SPLUNK }, times: 2 });
  simulator.faults.add({
    kind: 'status',
    status: 200,
    json: { body: { status: 'closed' } },
    match: { method: 'GET', path: TRANSACTION, nth: 2 },
  });
  once(
    (request) => is('POST', TRANSACTION)(request) && count('POST', TRANSACTION) === 2,
    () => {
      const closed = { body: { status: 'closed' } };
      const match = { method: 'GET', path: TRANSACTION };
      simulator.faults.add({ kind: 'status', status: 200, json: closed, match });
    },
  );
  const ended = await reconcile(simulator);
  expect(count('POST', TRANSACTION)).toBe(2);
  expect(ended.record.transaction).toBe('rolled-back');
  expect(ended.end).not.toBe('authFailed');
});

test('a login that is refused after the commit is not tried again and again', async () => {
  once(is('PUT', TRANSACTION), () => {
    const json = { error: { type: 'Unauthorized' } };
    const match = { method: 'GET', path: '/api/authentication' };
    simulator.faults.add({ kind: 'expire-session', match: { method: 'GET', path: SPLUNK } });
    simulator.faults.add({ kind: 'status', status: 403, json, match, times: 1000 });
  });
  const ended = await reconcile(simulator, { commitTimeoutMs: 1500 });
  expect(ended).toMatchObject({ end: 'committedUnread', record: { transaction: 'committed' } });
  expect(count('GET', '/api/authentication')).toBe(2);
});

test.each([400, 404, 405])("a proxy's page with %i instead of an answer to a write is no refusal", async (status) => {
  simulator.faults.add({ kind: 'html', status, match: { method: 'PUT', path: SUPPORT } });
  expect(await reconcile(simulator)).toMatchObject({
    end: 'targetUnreachable',
    record: { transaction: 'rolled-back' },
  });
});

test('a page of 200 instead of an answer to a write is nonsense of the network, not a value that was not taken', async () => {
  simulator.faults.add({ kind: 'html', status: 200, match: { method: 'PUT', path: SUPPORT } });
  expect(await reconcile(simulator)).toMatchObject({
    end: 'targetUnreachable',
    record: { transaction: 'rolled-back' },
  });
});

test('a lock that is noticed at the second write is a lock', async () => {
  const json = { error: { type: 'Conflict', message: 'locked by anna' } };
  simulator.faults.add({ kind: 'status', status: 409, json, match: { method: 'PUT', path: SUPPORT } });
  expect(await reconcile(simulator)).toMatchObject({
    end: 'locked',
    record: { transaction: 'rolled-back', staged: 1 },
  });
});

test('an error type that is a secret is withheld', async () => {
  const json = { error: { type: 'MARKEDwantedToken5f1c' } };
  simulator.faults.add({ kind: 'status', status: 500, json, match: { method: 'PUT', path: SUPPORT } });
  expect(await reconcile(simulator)).toMatchObject({ end: 'targetUnreachable' });
});

test('a rollback that fails still tells how long the lock was held', async () => {
  simulator.faults.add({ kind: 'html', match: { method: 'PUT', path: SUPPORT } });
  simulator.faults.add({ kind: 'html', match: { method: 'DELETE' }, times: 1000 });
  const ended = await reconcile(simulator, { closeTimeoutMs: 400 });
  expect(ended).toMatchObject({ end: 'rollbackFailed', record: { transaction: 'unknown', staged: 1 } });
  expect(ended.record.lockHeldMs).toBeGreaterThan(0);
});

test('an unknown list that grows at every reading does not count', async () => {
  const seen: number[] = [];
  forget.push(
    simulator.onRequest((request) => {
      if (!is('GET', SPLUNK)(request)) return;
      seen.push(seen.length);
      const body = simulator.configuration('management/splunk_forwarder');
      simulator.setConfiguration('management/splunk_forwarder', { ...(body as object), x_polls: [...seen] } as never);
    }),
  );
  simulator.quirks.secondWriter = 'merge';
  simulator.quirks.configHash = 'absent';
  expect(await reconcile(simulator)).toMatchObject({ end: 'applied', warnings: ['volatile-member'] });
});

test('the check that we are the only writer cannot hold the lock for ever', async () => {
  const stop = new AbortController();
  const ended = await reconcile(simulator, {
    signal: stop.signal,
    assertSoleWriter: () => {
      stop.abort(new SpsGitopsError('interrupted', 'stopped by SIGTERM'));
      return new Promise(() => undefined);
    },
  });
  expect(ended).toMatchObject({ end: 'interrupted', record: { transaction: 'rolled-back' } });
}, 5000);
