import { expect, test } from 'vitest';
import { daemonWorld, support, type World } from './harness.ts';

const SECOND = 1000;
const LOGIN = '/api/authentication';
const SUPPORT_PATH = '/api/configuration/management/support_info';
const ALWAYS = { times: 10_000 } as const;
const FORBIDDEN = { error: { type: 'Unauthorized' } };

/** From the next login on, the appliance is well. */
function mendsAtLogin({ simulator }: World): void {
  const forget = simulator.onRequest(({ path }) => {
    if (path !== LOGIN) return;
    forget();
    simulator.faults.clear();
  });
}

test.each(['GET', 'PUT'])(
  'rights that are granted (%s) count from the next login on, which comes with the next run',
  async (method) => {
    const world = await daemonWorld();
    const match = { method, path: SUPPORT_PATH };
    world.simulator.faults.add({ kind: 'status', status: 403, json: FORBIDDEN, match, ...ALWAYS });
    expect((await world.start()).end).toMatchObject({ reason: 'Forbidden' });
    expect((await world.tick()).end).toBeUndefined();
    mendsAtLogin(world);
    // Who grants a right changes the configuration.
    world.simulator.setConfiguration('management/email', { admin_address: 'new@example.com' });
    expect((await world.tick()).end).toMatchObject({ outcome: 'applied' });
    expect(world.logins).toBe(2);
  },
);

test.each([
  ['a login page', { kind: 'html', status: 200 }],
  ['a way to the login page', { kind: 'redirect' }],
] as const)('where an ended session is told by %s, the next run begins another', async (_how, fault) => {
  const world = await daemonWorld({ settings: { reconcile: { quickTick: false } } });
  await world.start();
  world.simulator.faults.add({ ...fault, match: { path: /^\/api\/(?!authentication)/ }, ...ALWAYS });
  mendsAtLogin(world);
  expect((await world.tick()).end).toMatchObject({ reason: 'TargetUnreachable' });
  expect((await world.tick()).end).toMatchObject({ outcome: 'in-sync' });
  expect(world.logins).toBe(2);
});

test('an appliance that asks to be left alone is, but not longer than for a full read', async () => {
  const world = await daemonWorld({ settings: { reconcile: { fullReadInterval: '10m' } } });
  const fault = {
    kind: 'status',
    status: 503,
    json: { error: { type: 'Busy' } },
    match: { path: '/api/info' },
  } as const;
  world.simulator.faults.add({ ...fault, headers: { 'Retry-After': '300' } });
  const first = await world.start();
  expect(first.end).toMatchObject({ reason: 'TargetUnreachable', details: { retryAfterMs: 300 * SECOND } });
  expect(first.entries.find(({ event }) => event === 'retry.scheduled')).toMatchObject({ delayMs: 300 * SECOND });
  world.simulator.faults.add({ ...fault, headers: { 'Retry-After': '86400' } });
  await world.files({ 'support.yaml': support('other') });
  for (const step of [await world.tick(), await world.touch(), await world.pass(299 * SECOND - 500)]) {
    expect(step.requests).toEqual([]);
  }
  expect((await world.pass(SECOND)).end).toMatchObject({ reason: 'TargetUnreachable', trigger: 'retry' });
  expect((await world.pass(599 * SECOND)).requests).toEqual([]);
  expect((await world.pass(SECOND)).end).toMatchObject({ outcome: 'applied' });
});

test('somebody who asks for a run does not wait for the appliance', async () => {
  const world = await daemonWorld();
  const headers = { 'Retry-After': '300' };
  world.simulator.faults.add({ kind: 'status', status: 503, headers, match: { path: '/api/info' } });
  await world.start();
  expect((await world.ask()).end).toMatchObject({ outcome: 'applied', trigger: 'http' });
});

test.each([429, 404, 200])(
  'a login that is answered with %s and gives no session is tried once a minute',
  async (status) => {
    const world = await daemonWorld({ settings: { reconcile: { retry: { initial: '1s', max: '1s' } } } });
    world.simulator.faults.add({ kind: 'status', status, json: {}, match: { path: LOGIN }, ...ALWAYS });
    await world.start();
    for (let second = 0; second < 118; second += 2) {
      await world.tick();
      await world.pass(2 * SECOND);
    }
    expect(world.logins).toBe(2);
  },
);

test('an appliance that starts up is asked to log in as often as retries come', async () => {
  const world = await daemonWorld({ settings: { reconcile: { retry: { initial: '1s', max: '1s' } } } });
  world.simulator.faults.add({ kind: 'status', status: 500, match: { path: LOGIN }, times: 12 });
  await world.start();
  for (let second = 0; second < 10; second += 1) await world.pass(SECOND);
  expect(world.condition('Ready')).toBe('True Succeeded');
});
