import { expect, test } from 'vitest';
import { daemonWorld, support, SUPPORT_BODY } from './harness.ts';

const MINUTE = 60_000;
const PATH = '/api/configuration/management/support_info';

test('one session serves all runs while it lives', async () => {
  const world = await daemonWorld();
  await world.start();
  for (let tick = 0; tick < 3; tick += 1) await world.tick();
  await world.files({ 'support.yaml': support('other') });
  await world.touch();
  await world.ask();
  expect(world.logins).toBe(1);
  expect(world.entries.filter(({ event }) => event === 'session.opened')).toHaveLength(1);
});

test.each([
  ['inactivity', 5 * MINUTE, 1],
  ['inactivity', 11 * MINUTE, 7],
  ['absolute', 5 * MINUTE, 4],
] as const)(
  'a session that ends after ten minutes (%s), with a tick every %i ms',
  async (sessionExpiry, every, count) => {
    let elapsed = 0;
    const world = await daemonWorld({
      simulator: { quirks: { sessionExpiry, sessionSeconds: 600 }, clock: () => 1_700_000_000_000 + elapsed },
    });
    await world.start();
    for (let tick = 0; tick < 6; tick += 1) {
      elapsed += every;
      await world.pass(every);
      expect((await world.tick()).end).toMatchObject({ outcome: 'in-sync' });
    }
    expect(world.logins).toBe(count);
  },
);

test('a session that ends in the middle of a transaction is replaced, and the change applied in one run', async () => {
  const world = await daemonWorld();
  world.simulator.faults.add({ kind: 'expire-session', match: { method: 'PUT', path: PATH } });
  const { end, events } = await world.start();
  expect(end).toMatchObject({ outcome: 'applied', transaction: 'committed', committed: 1 });
  expect(events.filter((event) => event === 'session.opened')).toHaveLength(2);
  expect(world.simulator.configuration('management/support_info')).toEqual(SUPPORT_BODY);
  expect(world.simulator.openTransactions()).toBe(0);
  expect((await world.tick()).end).toMatchObject({ outcome: 'in-sync' });
});

test('an appliance that ends every session is left alone for a minute', async () => {
  const world = await daemonWorld();
  world.simulator.faults.add({ kind: 'expire-session', match: { method: 'PUT', path: PATH }, times: 2 });
  expect((await world.start()).end).toMatchObject({ reason: 'AuthFailed', transaction: 'rolled-back' });
  expect(world.simulator.configuration('management/support_info')).toEqual({ uri: null });
  expect((await world.tick()).requests).toEqual([]);
  expect((await world.pass(MINUTE)).end).toMatchObject({ outcome: 'applied', trigger: 'retry' });
});

test('a cookie that is expired by the clock is used all the same', async () => {
  const world = await daemonWorld({ simulator: { quirks: { cookieExpiresSkewSeconds: -1_000_000 } } });
  expect((await world.start()).end).toMatchObject({ outcome: 'applied' });
  for (let tick = 0; tick < 3; tick += 1) expect((await world.tick()).end).toMatchObject({ outcome: 'in-sync' });
  expect(world.logins).toBe(1);
});
