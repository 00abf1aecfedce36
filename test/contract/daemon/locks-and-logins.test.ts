import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_USERNAME } from '../../../src/simulator/simulator.ts';
import { acquireWriterLock, type WriterLock } from '../../../src/transaction/writer-lock.ts';
import { daemonWorld, support, type Step, type World } from './harness.ts';

const SECOND = 1000;
const MINUTE = 60_000;
const LOGIN = 'GET /api/authentication';

describe('a lock for three ticks', () => {
  test.each(['open', 'write'] as const)('noticed at the %s: waited for, then the change is applied', async (where) => {
    const world = await daemonWorld();
    world.simulator.quirks.lockAnswer = { ...world.simulator.quirks.lockAnswer, where };
    world.simulator.lock('alice');
    await world.start();
    for (let tick = 0; tick < 3; tick += 1) {
      const { end, entries } = await world.tick();
      expect(end).toMatchObject({ outcome: 'blocked', reason: 'Locked' });
      const told = entries.find(({ event }) => event === 'appliance.locked');
      expect(JSON.stringify(told)).toContain('locked by alice');
      expect(world.conditions()).toEqual(['Reconciling', 'Blocked']);
      expect(world.simulator.openTransactions()).toBe(0);
    }
    world.simulator.lock(null);
    expect((await world.tick()).end).toMatchObject({ outcome: 'applied' });
    expect(world.conditions()).toEqual(['Ready']);
  });
});

describe('another writer of the state directory', () => {
  const lockFolder = (world: World) => join(world.folder, '.sps-gitops');

  test('is waited for, and the lock taken when it is free', async () => {
    const world = await daemonWorld();
    const other = await acquireWriterLock(lockFolder(world));
    onTestFinished(() => other.release());
    expect((await world.start()).end).toMatchObject({ outcome: 'blocked', reason: 'OtherWriter', transaction: 'none' });
    expect((await world.tick()).requests).toEqual([]);
    expect(world.conditions()).toEqual(['Reconciling', 'Blocked']);
    await other.release();
    expect((await world.tick()).end).toMatchObject({ outcome: 'applied' });
    expect(world.conditions()).toEqual(['Ready']);
  });

  test('can follow when the daemon has ended, and not before', async () => {
    const world = await daemonWorld();
    await world.start();
    await expect(acquireWriterLock(lockFolder(world))).rejects.toMatchObject({ failure: 'otherWriter' });
    await world.end();
    const next = await acquireWriterLock(lockFolder(world));
    await next.release();
  });

  test('that took over is let be, and followed when it is gone', async () => {
    const world = await daemonWorld();
    await world.start();
    await unlink(join(lockFolder(world), 'writer.lock'));
    const other = await acquireWriterLock(lockFolder(world));
    onTestFinished(() => other.release());
    await world.files({ 'support.yaml': support('other') });
    const { end, requests } = await world.touch();
    expect(end).toMatchObject({ reason: 'OtherWriter', transaction: 'none' });
    expect(requests).toEqual([]);
    await other.release();
    expect((await world.tick()).end).toMatchObject({ outcome: 'applied' });
  });

  test('that takes over in the middle of a transaction has it rolled back', async () => {
    const world = await daemonWorld();
    let other: WriterLock | null = null;
    const forget = world.simulator.onRequest(async ({ method, path }) => {
      if (method !== 'PUT' || path === '/api/transaction') return;
      forget();
      await unlink(join(lockFolder(world), 'writer.lock'));
      other = await acquireWriterLock(lockFolder(world));
      onTestFinished(() => other?.release());
    });
    expect((await world.start()).end).toMatchObject({ reason: 'PlanChanged', transaction: 'rolled-back' });
    expect(other).not.toBeNull();
    expect(world.simulator.commits).toEqual([]);
    expect(world.simulator.openTransactions()).toBe(0);
  });
});

describe('a wrong password', () => {
  const WRONG = { appliance: { login: { username: DEFAULT_USERNAME, password: 'MARKED-wrong' } } };

  function logins(...steps: readonly Step[]): number {
    return steps.flatMap(({ requests }) => requests).filter((request) => request === LOGIN).length;
  }

  test('is tried once a minute, whatever triggers come', async () => {
    const world = await daemonWorld({ settings: { reconcile: { retry: { initial: '1s', max: '1s' } } } });
    await world.assemble(WRONG);
    const at: number[] = [];
    world.simulator.onRequest(({ path }) => {
      if (path === '/api/authentication') at.push(world.timers.now() / SECOND);
    });
    expect((await world.start()).end).toMatchObject({ reason: 'AuthFailed' });
    for (let second = 0; second < 150; second += 5) {
      await world.tick();
      await world.ask();
      await world.files({ 'support.yaml': support(`host${second}`) });
      await world.touch();
      await world.pass(4500);
    }
    expect(at).toEqual([0, 60, 120]);
    expect(world.conditions()).toEqual(['Reconciling']);
  });

  test('that the appliance accepts by then is tried a minute later', async () => {
    const world = await daemonWorld();
    world.simulator.faults.add({
      kind: 'status',
      status: 401,
      json: { error: { type: 'AuthenticationFailure' } },
      match: { path: '/api/authentication' },
    });
    expect((await world.start()).end).toMatchObject({ reason: 'AuthFailed' });
    const early = await world.pass(MINUTE - 1);
    expect(early.requests).toEqual([]);
    expect((await world.pass(1)).end).toMatchObject({ outcome: 'applied', trigger: 'retry' });
  });

  test('that the settings have corrected is tried at once', async () => {
    const world = await daemonWorld();
    await world.assemble(WRONG);
    expect((await world.start()).end).toMatchObject({ reason: 'AuthFailed' });
    const { appliance = {} } = world.original;
    expect((await world.reload({ appliance })).end).toMatchObject({ outcome: 'applied', trigger: 'signal' });
  });

  test('and a login that is forbidden are alike', async () => {
    const world = await daemonWorld();
    world.simulator.faults.add({
      kind: 'status',
      status: 403,
      json: { error: { type: 'Unauthorized' } },
      match: { path: '/api/authentication' },
      times: 1000,
    });
    const first = await world.start();
    expect(first.end).toMatchObject({ reason: 'Forbidden' });
    const rest: Step[] = [];
    for (let second = 0; second < 50; second += 10) {
      rest.push(await world.tick(), await world.ask(), await world.pass(10 * SECOND));
    }
    expect(logins(first, ...rest)).toBe(1);
  });
});
