import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectSchema, FILES, LIVE_SPLUNK, worldInside as world, type World } from './harness.ts';

const configuration = { 'management/splunk_forwarder': LIVE_SPLUNK };

function writes(w: World): readonly string[] {
  return w.simulator.requests
    .filter((request) => request.method !== 'GET')
    .map(({ method, path }) => `${method} ${path}`);
}

/** Resolves when the simulator is about to answer the named request; the request then waits for `release`. */
function heldRequest(w: World, method: string, path: string): { readonly reached: Promise<void>; release(): void } {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const reached = new Promise<void>((resolve) => {
    w.simulator.onRequest(async (request) => {
      if (request.method !== method || request.path !== path) return;
      resolve();
      await released;
    });
  });
  return { reached, release };
}

describe('a saved plan', () => {
  async function saved(): Promise<World> {
    const w = await world({ 'a.yaml': FILES.support, 'b.yaml': FILES.splunk }, { configuration });
    await w.commit();
    expect((await w.run(['plan', '--out', 'saved.json'])).code).toBe(2);
    w.simulator.clearRequests();
    return w;
  }

  test('is the document that plan --json prints, for its owner only', async () => {
    const w = await saved();
    const document = JSON.parse(await readFile(join(w.folder, 'saved.json'), 'utf8')) as object;
    expectSchema('plan', document);
    expect(document).toEqual((await w.run(['plan', '--json'])).json());
    expect((await stat(join(w.folder, 'saved.json'))).mode & 0o777).toBe(0o600);
  });

  test('is applied while nothing moved', async () => {
    const w = await saved();
    expect((await w.run(['apply', '--plan', 'saved.json', '--json'])).json()).toMatchObject({ outcome: 'applied' });
  });

  test.each([
    [
      'the live value moved',
      (w: World) => w.simulator.setConfiguration('management/splunk_forwarder', { ...LIVE_SPLUNK, port: 7 }),
    ],
    ['somebody applied it already', async (w: World) => void (await w.run(['apply']))],
    [
      'the files and the commit moved',
      async (w: World) => {
        await w.files({ 'c.yaml': FILES.alerts });
        await w.commit();
      },
    ],
    ['the commit alone moved', async (w: World) => void (await w.commit('empty'))],
  ])('is refused when %s', async (_name, move: (w: World) => void | Promise<void>) => {
    const w = await saved();
    await move(w);
    w.simulator.clearRequests();
    const result = await w.run(['apply', '--plan', 'saved.json', '--json']);
    expect(result.code).toBe(4);
    expect(result.json()).toMatchObject({ outcome: 'blocked', transaction: 'none', reason: 'PlanChanged' });
    expectSchema('apply', result.json());
    expect(writes(w)).toEqual([]);
  });

  test.each([
    ['missing', null],
    ['not JSON', 'resource: x'],
    ['of another version', '{"version": 2}'],
    ['without a digest', '{"version": 1, "revision": {"commit": null}}'],
  ])('that is %s is an input error', async (_name, text) => {
    const w = await world({ 'a.yaml': FILES.support });
    if (text !== null) await w.give('plan.json', text);
    const result = await w.run(['apply', '--plan', 'given/plan.json', '--json']);
    expect(result.code).toBe(3);
    expect(result.json()).toMatchObject({ reason: 'InputInvalid', error: { code: 'plan-file-invalid' } });
    expect(w.simulator.requests).toEqual([]);
  });

  test('that cannot be written is a failure with the place', async () => {
    const w = await world({ 'a.yaml': FILES.support });
    const result = await w.run(['plan', '--out', 'no/such/folder/plan.json']);
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('no/such/folder/plan.json');
  });
});

test('of two applies at once one gets OtherWriter, the other applies', async () => {
  const w = await world({ 'a.yaml': FILES.support });
  const held = heldRequest(w, 'PUT', '/api/transaction');
  const first = w.start(['apply', '--json']);
  await held.reached;
  const second = await w.run(['apply', '--json']);
  held.release();
  expect(second.code).toBe(4);
  expect(second.json()).toMatchObject({ outcome: 'blocked', transaction: 'none', reason: 'OtherWriter', requests: {} });
  expectSchema('apply', second.json());
  expect((await first).exitCode).toBe(0);
  expect(w.simulator.commits).toHaveLength(1);
});

describe('a signal', () => {
  test.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s rolls back and exits with %s', async (signal, code) => {
    const w = await world({ 'a.yaml': FILES.support });
    const held = heldRequest(w, 'PUT', '/api/configuration/management/support_info');
    const run = w.start(['apply', '--json']);
    await held.reached;
    run.kill(signal);
    // The request is given up at once; the simulator answers into the void.
    held.release();
    const result = await run;
    expect(result.exitCode).toBe(code);
    const document = JSON.parse(result.stdout) as object;
    expect(document).toMatchObject({ outcome: 'failed', transaction: 'rolled-back', reason: 'Interrupted' });
    expectSchema('apply', document);
    expect(w.simulator.openTransactions()).toBe(0);
    expect(w.simulator.configuration('management/support_info')).toEqual({ uri: null });
  });

  test('after the commit was sent the run is seen through', async () => {
    const w = await world({ 'a.yaml': FILES.support });
    const held = heldRequest(w, 'PUT', '/api/transaction');
    const run = w.start(['apply', '--json']);
    await held.reached;
    run.kill('SIGTERM');
    const closing = once(run, 'exit');
    held.release();
    await closing;
    const result = await run;
    expect(result.exitCode).toBe(143);
    expect(JSON.parse(result.stdout)).toMatchObject({ outcome: 'applied', transaction: 'committed' });
    expect(w.simulator.commits).toHaveLength(1);
  });
});

test('an open transaction of our own session is dropped first', async () => {
  const w = await world({ 'a.yaml': FILES.support });
  const status = { key: 'transaction', meta: {}, transaction: { status: 'open' } };
  w.simulator.faults.add({
    kind: 'status',
    status: 200,
    json: status,
    match: { method: 'GET', path: '/api/transaction' },
  });
  w.simulator.quirks.rollbackWhenClosed = 200;
  expect((await w.run(['apply', '--json'])).json()).toMatchObject({ outcome: 'applied' });
  expect(writes(w).slice(0, 2)).toEqual(['DELETE /api/transaction', 'POST /api/transaction']);
});
