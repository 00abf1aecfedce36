import { describe, expect, test } from 'vitest';
import type { RecordedRequest } from '../../../src/simulator/requests.ts';
import { gate } from './gate.ts';
import { daemonWorld, support, SUPPORT_BODY, type World } from './harness.ts';

const TRANSACTION = '/api/transaction';
const SUPPORT_PATH = '/api/configuration/management/support_info';
const OLD = { uri: null };
const DRAIN = 30_000;

/**
 * Stops the daemon when such a request arrives, and holds the request before it takes effect; gives the end of the
 * stopping.
 */
function stopAt(world: World, method: string, path: string, hold: () => Promise<void> = async () => {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const forget = world.simulator.onRequest(async (request: RecordedRequest) => {
      if (request.method !== method || request.path !== path) return;
      forget();
      world.stop().then(resolve, reject);
      await hold();
    });
  });
}

/** Never lets go. */
const forever = (): Promise<void> => new Promise(() => undefined);

describe('stopping', () => {
  test('before a run ends nothing but the waiting', async () => {
    const world = await daemonWorld();
    await world.start();
    await world.stop();
    expect(world.daemon.lastEnd).toEqual({ outcome: 'applied', transaction: 'committed', reason: 'Succeeded' });
    const before = world.simulator.requests.length;
    for (const step of [() => world.tick(), () => world.touch(), () => world.ask()]) {
      expect(await step()).toMatchObject({ entries: [], requests: [] });
    }
    await world.pass(600_000);
    expect(world.simulator.requests).toHaveLength(before);
  });

  test('while a retry waits forgets it', async () => {
    const world = await daemonWorld();
    world.simulator.lock('alice');
    expect((await world.start()).events).toContain('retry.scheduled');
    await world.stop();
    expect(world.timers.armed).toBe(0);
    expect(world.daemon.lastEnd).toEqual({ outcome: 'blocked', transaction: 'none', reason: 'Locked' });
  });

  test('while file events settle forgets them', async () => {
    const world = await daemonWorld();
    await world.start();
    world.daemon.request('file');
    await world.stop();
    expect(world.timers.armed).toBe(0);
  });

  test('during the reading ends the run at once; nothing was opened', async () => {
    const world = await daemonWorld();
    const stopped = stopAt(world, 'GET', SUPPORT_PATH, forever);
    const { end, events } = await world.start();
    await stopped;
    expect(end).toMatchObject({ outcome: 'failed', transaction: 'none', reason: 'Interrupted' });
    expect(events).not.toContain('retry.scheduled');
    expect(world.daemon.lastEnd).toEqual({ outcome: 'failed', transaction: 'none', reason: 'Interrupted' });
    expect(world.simulator.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  test('during a quick tick ends it at once', async () => {
    const world = await daemonWorld();
    await world.start();
    await world.tick();
    const stopped = stopAt(world, 'GET', '/api/info', forever);
    expect((await world.tick()).end).toMatchObject({ reason: 'Interrupted', transaction: 'none' });
    await stopped;
  });

  test.each([
    ['POST', TRANSACTION],
    ['PUT', SUPPORT_PATH],
    ['GET', `${TRANSACTION}/changes`],
  ])('at %s %s rolls back; nothing stays open', async (method, path) => {
    const world = await daemonWorld();
    const stopped = stopAt(world, method, path);
    const { end } = await world.start();
    await stopped;
    expect(end).toMatchObject({ outcome: 'failed', transaction: 'rolled-back', reason: 'Interrupted' });
    expect(world.daemon.lastEnd).toMatchObject({ transaction: 'rolled-back', reason: 'Interrupted' });
    expect(world.simulator.openTransactions()).toBe(0);
    expect(world.simulator.configuration('management/support_info')).toEqual(OLD);
    expect(world.simulator.commits).toEqual([]);
  });

  test('during the commit waits for it, also beyond the drain, and sees it through', async () => {
    const world = await daemonWorld();
    const [held, stopping] = [gate(), gate()];
    const stopped = stopAt(world, 'PUT', TRANSACTION, () => {
      stopping.open();
      return held.opened;
    });
    const started = world.start();
    await stopping.opened;
    expect(world.timers.armed).toBe(1);
    await world.timers.advance(10 * DRAIN);
    expect(world.simulator.commits).toEqual([]);
    held.open();
    const { end } = await started;
    await stopped;
    expect(end).toMatchObject({ outcome: 'applied', transaction: 'committed', committed: 1 });
    expect(world.daemon.lastEnd).toEqual({ outcome: 'applied', transaction: 'committed', reason: 'Succeeded' });
    expect(world.simulator.configuration('management/support_info')).toEqual(SUPPORT_BODY);
    const requests = world.simulator.requests.map(({ method, path }) => `${method} ${path}`);
    expect(requests.slice(requests.lastIndexOf(`PUT ${TRANSACTION}`))).toContain(`GET ${SUPPORT_PATH}`);
  });

  test('twice is stopping once', async () => {
    const world = await daemonWorld();
    const stopped = stopAt(world, 'PUT', SUPPORT_PATH);
    const started = world.start();
    await stopped;
    await Promise.all([world.stop(), world.stop()]);
    expect((await started).end).toMatchObject({ reason: 'Interrupted' });
    await world.end();
    await world.end();
  });

  test('cuts an appliance that does not answer, once the drain is over', async () => {
    // The run before sent a commit, which is no reason to wait for this one.
    const world = await daemonWorld({
      settings: { appliance: { requests: { timeout: '60s', commitTimeout: '60s' } } },
    });
    expect((await world.start()).end).toMatchObject({ outcome: 'applied' });
    await world.files({ 'support.yaml': support('other') });
    world.simulator.faults.add({ kind: 'hang', match: { method: 'DELETE', path: TRANSACTION } });
    const hanging = new Promise<void>((resolve) => {
      world.simulator.onRequest(({ method }) => {
        if (method === 'DELETE') resolve();
      });
    });
    const stopped = stopAt(world, 'PUT', SUPPORT_PATH);
    const run = world.touch();
    await hanging;
    let isOver = false;
    void stopped.then(() => (isOver = true));
    await world.timers.advance(DRAIN - 1);
    expect(isOver).toBe(false);
    await world.timers.advance(1);
    await stopped;
    // Nobody can say any more what became of it.
    expect((await run).end).toMatchObject({ transaction: 'unknown', reason: 'RollbackFailed' });
    expect(world.daemon.lastEnd).toEqual({ outcome: 'failed', transaction: 'unknown', reason: 'RollbackFailed' });
    expect(world.simulator.commits).toHaveLength(1);
    expect((await run).events).not.toContain('retry.scheduled');
  });
});

describe('a start', () => {
  test('after a stop does not happen', async () => {
    const world = await daemonWorld();
    await world.assemble();
    await world.stop();
    await expect(world.daemon.start('start')).rejects.toMatchObject({ failure: 'interrupted' });
    expect(world.simulator.requests).toEqual([]);
    expect(world.daemon.lastEnd).toBeNull();
  });

  test('that is stopped half way ends what it had begun', async () => {
    const world = await daemonWorld();
    await world.assemble();
    world.watching = (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    const started = world.daemon.start('start');
    await Promise.all([world.stop(), expect(started).rejects.toMatchObject({ failure: 'interrupted' })]);
    expect(await world.tick()).toMatchObject({ entries: [], requests: [] });
    expect(world.daemon.lastEnd).toBeNull();
  });

  test('whose files are watched too late ends that, too', async () => {
    const world = await daemonWorld();
    await world.assemble();
    const slow = gate();
    world.watching = () => slow.opened;
    const started = world.daemon.start('start');
    await world.stop();
    expect(world.watched).toBe(0);
    slow.open();
    await expect(started).rejects.toMatchObject({ failure: 'interrupted' });
    expect(world.watched).toBe(0);
  });

  test('that cannot watch fails, and nothing goes on', async () => {
    const world = await daemonWorld();
    await world.assemble();
    world.watching = () => Promise.reject(new Error('no more watches'));
    await expect(world.daemon.start('start')).rejects.toThrow('no more watches');
    expect(await world.tick()).toMatchObject({ entries: [], requests: [] });
  });
});
