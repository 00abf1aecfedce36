import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/shared/json.ts';
import { COMMIT, committedState, OLD, reconcile, SPLUNK, SUPPORT, TRANSACTION } from './harness.ts';
import { oneSimulator } from './one-simulator.ts';

const on = oneSimulator();

describe('a commit that is answered before its effect can be read', () => {
  const before: readonly (readonly [path: string, body: Json | undefined])[] = [
    [SUPPORT, OLD['management/support_info']],
    [SPLUNK, OLD['management/splunk_forwarder']],
  ];

  /** After the commit, so many GETs of those objects show what they were before it. */
  function late(objects: typeof before, times: number): void {
    on.at(COMMIT, 1, () => {
      for (const [href, body = null] of objects) {
        const json = { key: 'x', meta: { href }, body };
        on.simulator.faults.add({ kind: 'status', status: 200, json, match: { method: 'GET', path: href }, times });
      }
    });
  }

  test('is waited for, for a while', async () => {
    late(before, 5);
    const ended = await reconcile(on.simulator, { commitTimeoutMs: 20_000 });
    expect(ended).toMatchObject({ end: 'applied', record: { transaction: 'committed', committed: 2 } });
    expect([on.simulator.faults.pending, on.simulator.openTransactions()]).toEqual([0, 0]);
  });

  test('is not waited for where some of it reads as planned already: that is what the appliance made of it', async () => {
    late(before.slice(0, 1), 1000);
    const ended = await reconcile(on.simulator, { commitTimeoutMs: 20_000 });
    expect(ended).toMatchObject({ end: 'notIdempotent', record: { transaction: 'committed' } });
    const looks = on.simulator.requests.slice(
      on.simulator.requests.findIndex(({ path, method }) => method === 'PUT' && path === TRANSACTION),
    );
    expect(looks.filter(({ path }) => path === SUPPORT)).toHaveLength(2);
  });

  test('is told as a difference when it does not come', async () => {
    late(before, 1000);
    const ended = await reconcile(on.simulator, { commitTimeoutMs: 300 });
    expect(ended).toMatchObject({ end: 'notIdempotent', record: { transaction: 'committed' } });
  });
});

describe('an answer without a body', () => {
  test.each([
    [403, 'locked'],
    [423, 'locked'],
    [409, 'commitFailed'],
  ] as const)('of %s to the commit is believed: %s, and nothing is waited for', async (status, end) => {
    on.simulator.faults.add({ kind: 'status', status, match: COMMIT });
    const ended = await reconcile(on.simulator, { commitTimeoutMs: 60_000 });
    expect(ended).toMatchObject({ end, record: { transaction: 'rolled-back' } });
    expect([committedState(on.simulator), on.simulator.openTransactions()]).toEqual(['old', 0]);
    const sent = on.simulator.requests.map(({ method, path }) => `${method} ${path}`);
    expect(
      sent.slice(sent.indexOf(`PUT ${TRANSACTION}`) + 1).filter((one) => one === `GET ${TRANSACTION}`).length,
    ).toBeLessThan(3);
  });

  test.each([
    ['the open', { method: 'POST', path: TRANSACTION }],
    ['the first write', { method: 'PUT' }],
  ] as const)('of 500 to %s may be a lock', async (_place, match) => {
    on.simulator.faults.add({ kind: 'status', status: 500, match });
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'locked', record: { transaction: 'rolled-back' } });
    expect([committedState(on.simulator), on.simulator.openTransactions()]).toEqual(['old', 0]);
  });
});
