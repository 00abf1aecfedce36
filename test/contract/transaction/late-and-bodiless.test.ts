import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from '../../../src/shared/json.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { startSimulator } from '../../simulated.ts';
import { COMMIT, committedState, OLD, reconcile, reset, SPLUNK, SUPPORT, TRANSACTION } from './harness.ts';

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator({ profile: '8.0', configuration: OLD });
});

beforeEach(() => reset(simulator));

afterAll(() => simulator.stop());

describe('a commit that is answered before its effect can be read', () => {
  const before: readonly (readonly [path: string, body: Json | undefined])[] = [
    [SUPPORT, OLD['management/support_info']],
    [SPLUNK, OLD['management/splunk_forwarder']],
  ];

  /** After the commit, so many GETs of those objects show what they were before it. */
  function late(objects: typeof before, times: number): void {
    const forget = simulator.onRequest(({ method, path }) => {
      if (method !== 'PUT' || path !== TRANSACTION) return;
      forget();
      for (const [href, body = null] of objects) {
        const json = { key: 'x', meta: { href }, body };
        simulator.faults.add({ kind: 'status', status: 200, json, match: { method: 'GET', path: href }, times });
      }
    });
  }

  test('is waited for, for a while', async () => {
    late(before, 5);
    const ended = await reconcile(simulator, { commitTimeoutMs: 20_000 });
    expect(ended).toMatchObject({ end: 'applied', record: { transaction: 'committed', committed: 2 } });
    expect([simulator.faults.pending, simulator.openTransactions()]).toEqual([0, 0]);
  });

  test('is not waited for where some of it reads as planned already: that is what the appliance made of it', async () => {
    late(before.slice(0, 1), 1000);
    const ended = await reconcile(simulator, { commitTimeoutMs: 20_000 });
    expect(ended).toMatchObject({ end: 'notIdempotent', record: { transaction: 'committed' } });
    const looks = simulator.requests.slice(
      simulator.requests.findIndex(({ path, method }) => method === 'PUT' && path === TRANSACTION),
    );
    expect(looks.filter(({ path }) => path === SUPPORT)).toHaveLength(2);
  });

  test('is told as a difference when it does not come', async () => {
    late(before, 1000);
    const ended = await reconcile(simulator, { commitTimeoutMs: 300 });
    expect(ended).toMatchObject({ end: 'notIdempotent', record: { transaction: 'committed' } });
  });
});

describe('an answer without a body', () => {
  test.each([
    [403, 'locked'],
    [423, 'locked'],
    [409, 'commitFailed'],
  ] as const)('of %s to the commit is believed: %s, and nothing is waited for', async (status, end) => {
    simulator.faults.add({ kind: 'status', status, match: COMMIT });
    const ended = await reconcile(simulator, { commitTimeoutMs: 60_000 });
    expect(ended).toMatchObject({ end, record: { transaction: 'rolled-back' } });
    expect([committedState(simulator), simulator.openTransactions()]).toEqual(['old', 0]);
    const sent = simulator.requests.map(({ method, path }) => `${method} ${path}`);
    expect(
      sent.slice(sent.indexOf(`PUT ${TRANSACTION}`) + 1).filter((one) => one === `GET ${TRANSACTION}`).length,
    ).toBeLessThan(3);
  });

  test.each([
    ['the open', { method: 'POST', path: TRANSACTION }],
    ['the first write', { method: 'PUT' }],
  ] as const)('of 500 to %s may be a lock', async (_place, match) => {
    simulator.faults.add({ kind: 'status', status: 500, match });
    const ended = await reconcile(simulator);
    expect(ended).toMatchObject({ end: 'locked', record: { transaction: 'rolled-back' } });
    expect([committedState(simulator), simulator.openTransactions()]).toEqual(['old', 0]);
  });
});
