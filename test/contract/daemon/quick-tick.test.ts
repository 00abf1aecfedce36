import { describe, expect, test } from 'vitest';
import { daemonWorld, SUPPORT_BODY, support, type World } from './harness.ts';

const GLANCE = ['GET /api/info'];
const FULL = ['GET /api/info', 'GET /api/configuration/management/support_info'];
const IN_SYNC = { configuration: { 'management/support_info': SUPPORT_BODY } };
const MINUTE = 60_000;

/** The requests of that many ticks. */
async function ticks(world: World, count: number): Promise<readonly (readonly string[])[]> {
  const all: (readonly string[])[] = [];
  for (let tick = 0; tick < count; tick += 1) all.push((await world.tick()).requests);
  return all;
}

describe('a tick costs one request', () => {
  test('once the hash has moved with a commit of ours; the run after the commit reads everything', async () => {
    const world = await daemonWorld();
    expect((await world.start()).end).toMatchObject({ outcome: 'applied' });
    expect(await ticks(world, 4)).toEqual([FULL, GLANCE, GLANCE, GLANCE]);
  });

  test('once the hash has stood still between two full reads, and not before', async () => {
    const world = await daemonWorld({ simulator: IN_SYNC });
    expect((await world.start()).end).toMatchObject({ outcome: 'in-sync' });
    expect(await ticks(world, 3)).toEqual([FULL, GLANCE, GLANCE]);
  });

  test('and says that it is assumed', async () => {
    const world = await daemonWorld({ simulator: IN_SYNC });
    await world.start();
    const full = await world.tick();
    expect(full.end).toMatchObject({ outcome: 'in-sync', trigger: 'cron', requests: { GET: 2 } });
    expect(full.end).not.toHaveProperty('assumed');
    const { end, events } = await world.tick();
    expect(events).toEqual(['trigger.received', 'reconcile.started', 'desired.loaded', 'reconcile.succeeded']);
    expect(end).toMatchObject({ outcome: 'in-sync', transaction: 'none', assumed: true, requests: { GET: 1 } });
  });

  test('until the full read is too long ago', async () => {
    const world = await daemonWorld({ settings: { reconcile: { fullReadInterval: '15m' } } });
    await world.start();
    const costs: number[] = [];
    for (let minute = 0; minute < 46; minute += 1) {
      costs.push((await world.tick()).requests.length);
      await world.pass(MINUTE);
    }
    const full = costs.flatMap((cost, minute) => (cost === 1 ? [] : [[minute, cost]]));
    expect(full).toEqual([
      [0, 2],
      [15, 2],
      [30, 2],
      [45, 2],
    ]);
  });

  test('unless the settings want full reads', async () => {
    const world = await daemonWorld({ settings: { reconcile: { quickTick: false } } });
    await world.start();
    expect(await ticks(world, 3)).toEqual([FULL, FULL, FULL]);
  });

  test('and others who ask get a full read', async () => {
    const world = await daemonWorld();
    await world.start();
    await ticks(world, 2);
    expect((await world.ask()).requests).toEqual(FULL);
    expect(await ticks(world, 1)).toEqual([GLANCE]);
  });
});

describe('a full read follows', () => {
  test('a hash that moved, whoever moved it', async () => {
    const world = await daemonWorld();
    await world.start();
    await ticks(world, 2);
    world.simulator.setConfiguration('management/webinterface', { timeout: 11 });
    const [first, second] = await ticks(world, 2);
    // The glance is the beginning of it.
    expect(first).toEqual(FULL);
    expect(second).toEqual(GLANCE);
  });

  test('files that changed, and they are applied', async () => {
    const world = await daemonWorld();
    await world.start();
    await ticks(world, 2);
    await world.files({ 'support.yaml': support('other') });
    const { requests, end } = await world.tick();
    expect(requests.slice(0, 2)).toEqual(FULL);
    expect(end).toMatchObject({ outcome: 'applied', trigger: 'cron' });
    expect(await ticks(world, 2)).toEqual([FULL, GLANCE]);
  });

  test('a session that died, in a new one', async () => {
    const world = await daemonWorld();
    await world.start();
    await ticks(world, 2);
    world.simulator.expireSessions();
    const { requests, end } = await world.tick();
    expect(requests.filter((request) => request.includes('authentication'))).toHaveLength(1);
    expect(requests.slice(-2)).toEqual(FULL);
    expect(end).toMatchObject({ outcome: 'in-sync' });
    expect(end).not.toHaveProperty('assumed');
    expect(await ticks(world, 1)).toEqual([GLANCE]);
  });

  test('a run that failed', async () => {
    const world = await daemonWorld();
    await world.start();
    await ticks(world, 2);
    world.simulator.faults.add({ kind: 'wrong-shape', match: { path: '/api/info' }, times: 2 });
    expect((await world.tick()).end).toMatchObject({ reason: 'TargetUnreachable' });
    // An answer that means nothing may be all that tells of a session that ended: the next run logs in.
    expect((await ticks(world, 2)).map((requests) => requests.length)).toEqual([3, 1]);
  });
});

describe('the hash never stands for a read', () => {
  test('when it stood still over a commit of ours', async () => {
    const world = await daemonWorld();
    let pinned = '';
    world.simulator.onRequest(({ path, index }) => {
      if (path !== '/api/info') return;
      world.simulator.faults.add({ kind: 'wrong-shape', json: info(pinned), match: { index } });
    });
    pinned = '0'.repeat(32);
    expect((await world.start()).end).toMatchObject({ outcome: 'applied' });
    expect(await ticks(world, 4)).toEqual([FULL, FULL, FULL, FULL]);
    expect(world.memory.trust).toBe('distrusted');
  });

  test.each([
    ['is not there', 'absent', 'unproved'],
    ['moves at every reading', 'volatile', 'distrusted'],
    ['follows what is only pending', 'with-pending', 'distrusted'],
  ] as const)('when it %s', async (_what, configHash, trust) => {
    const world = await daemonWorld({ simulator: { quirks: { configHash } } });
    expect((await world.start()).end).toMatchObject({ outcome: 'applied' });
    expect(await ticks(world, 4)).toEqual([FULL, FULL, FULL, FULL]);
    expect(world.memory.trust).toBe(trust);
  });

  test('when it moves at every reading and nothing was ever committed', async () => {
    const world = await daemonWorld({ simulator: { ...IN_SYNC, quirks: { configHash: 'volatile' } } });
    await world.start();
    expect(await ticks(world, 3)).toEqual([FULL, FULL, FULL]);
    expect(world.memory.trust).toBe('unproved');
  });
});

test('a hash that moves whenever a transaction opens is good enough between them', async () => {
  const world = await daemonWorld({ simulator: { quirks: { configHash: 'moves-on-open' } } });
  expect((await world.start()).end).toMatchObject({ outcome: 'applied' });
  expect(await ticks(world, 3)).toEqual([FULL, GLANCE, GLANCE]);
});

test('drift is found by one more request than the read', async () => {
  const world = await daemonWorld();
  await world.start();
  await ticks(world, 2);
  world.simulator.setConfiguration('management/support_info', { uri: null });
  const { events, end } = await world.tick();
  expect(events).toContain('drift.detected');
  expect(end).toMatchObject({ outcome: 'applied', trigger: 'cron' });
  expect(world.simulator.configuration('management/support_info')).toEqual(SUPPORT_BODY);
});

/** What `/api/info` says with that hash. */
function info(hash: string) {
  const body = { config_hash: hash, firmware_version: '7.5.0', hostname: 'sps1', roles: [], version: '7.5' };
  return { body, key: 'about_info', meta: { href: '/api/info', parent: '/api', remaining_seconds: 600 } };
}
