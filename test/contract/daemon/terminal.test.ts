import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { daemonWorld, SUPPORT, support, type Step, type World, type WorldOptions } from './harness.ts';

const PATH = '/api/configuration/management/support_info';
const MINUTE = 60_000;

/** Refuses what the files want, whatever that is. */
function refuse({ simulator }: World): void {
  const json = { error: { type: 'SyntacticError', message: 'no', details: {} } };
  simulator.faults.add({ kind: 'status', status: 400, json, match: { method: 'PUT', path: PATH }, times: 1000 });
}

interface Case extends WorldOptions {
  readonly reason: string;
  readonly prepare?: (world: World) => void;
}

const CASES: readonly Case[] = [
  { reason: 'StageRejected', prepare: refuse },
  { reason: 'VerifyFailed', simulator: { quirks: { normalise: () => ({ uri: null }) } } },
  {
    // Not what was there before either, which would be waited for.
    reason: 'NotIdempotent',
    simulator: {
      quirks: { normaliseAtCommit: () => ({ uri: { selection: 'mailto', value: 'mailto:a@example.com' } }) },
    },
  },
  { reason: 'PlanUnsafe', settings: { safety: { protect: ['management/**'] } } },
  {
    reason: 'Unsupported',
    files: { 'support.yaml': SUPPORT, 'soap.yaml': 'resource: management/soap\nbody: { enabled: false }\n' },
  },
  {
    // Only the appliance shows it: remote access without a join.
    reason: 'InputInvalid',
    files: {
      'support.yaml': SUPPORT,
      'starling.yaml': 'resource: starling\nbody: { remote_access: { enabled: true } }\n',
    },
    simulator: { starling: 'not-joined' },
  },
];

function isRun({ events }: Step): boolean {
  return events.includes('reconcile.started');
}

/** What has moved since a failure, so that it is worth another try. */
const MOVES: readonly (readonly [string, (world: World) => Promise<Step>])[] = [
  [
    'the files',
    async (world) => {
      await world.files({ 'support.yaml': support('other') });
      return world.touch();
    },
  ],
  [
    'the live configuration',
    async (world) => {
      world.simulator.setConfiguration('management/webinterface', { timeout: 42 });
      return world.tick();
    },
  ],
  [
    'the live configuration, while the session had ended',
    async (world) => {
      world.simulator.setConfiguration('management/webinterface', { timeout: 43 });
      world.simulator.expireSessions();
      return world.tick();
    },
  ],
];

describe.each(CASES)('$reason', ({ reason, prepare, ...options }) => {
  async function failed(): Promise<World> {
    const world = await daemonWorld(options);
    prepare?.(world);
    expect((await world.start()).end).toMatchObject({ reason });
    return world;
  }

  test('is not tried again while nothing moves', async () => {
    const world = await failed();
    const before = world.daemon.conditions;
    for (let minutes = 0; minutes < 60; minutes += 5) {
      await world.pass(5 * MINUTE);
      const step = await world.tick();
      expect(step).toMatchObject({ events: [], requests: ['GET /api/info'] });
    }
    expect(await world.touch()).toMatchObject({ events: [], requests: [] });
    expect(world.daemon.conditions).toEqual(before);
  });

  test.each(MOVES)('is tried once when %s moved', async (_what, move) => {
    const world = await failed();
    await world.tick();
    const step = await move(world);
    expect(step.end).toMatchObject({ reason });
    expect((await world.tick()).requests).toEqual(['GET /api/info']);
  });

  test('is tried when somebody asks', async () => {
    const world = await failed();
    expect((await world.ask()).end).toMatchObject({ reason, trigger: 'http' });
    expect((await world.step(() => world.daemon.request('signal'))).end).toMatchObject({ reason, trigger: 'signal' });
    expect(isRun(await world.tick())).toBe(false);
  });

  test('is tried with other settings, and the same end changes no condition', async () => {
    const world = await failed();
    const { end, events } = await world.reload({ reconcile: { poll: '3s' } });
    expect(end).toMatchObject({ reason, trigger: 'signal' });
    expect(events).not.toContain('condition.changed');
    expect((await world.tick()).requests).toEqual(['GET /api/info']);
  });
});

describe('a failure that is final', () => {
  test('is over when its cause is', async () => {
    const world = await daemonWorld();
    refuse(world);
    await world.start();
    world.simulator.faults.clear();
    expect(isRun(await world.tick())).toBe(false);
    expect((await world.ask()).end).toMatchObject({ outcome: 'applied' });
    expect(world.conditions()).toEqual(['Ready']);
    expect((await world.tick()).end).toMatchObject({ outcome: 'in-sync' });
  });

  test.each([
    ['absent', 'StageRejected'],
    ['volatile', 'StageRejected'],
    ['volatile', 'PlanUnsafe'],
  ] as const)('is tried once in a while where the hash is %s (%s)', async (configHash, reason) => {
    const protect = reason === 'PlanUnsafe' ? ['management/**'] : [];
    const world = await daemonWorld({ simulator: { quirks: { configHash } }, settings: { safety: { protect } } });
    refuse(world);
    expect((await world.start()).end).toMatchObject({ reason });
    const tried: number[] = [];
    for (let minute = 1; minute <= 32; minute += 1) {
      await world.pass(MINUTE);
      const step = await world.tick();
      if (isRun(step)) tried.push(minute);
      else expect(step.requests).toEqual([]);
    }
    expect(tried).toEqual([15, 30]);
  });

  test('logs in again once to look, and not when that is refused', async () => {
    const world = await daemonWorld();
    refuse(world);
    await world.start();
    world.simulator.expireSessions();
    world.simulator.faults.add({
      kind: 'status',
      status: 401,
      json: { error: { type: 'AuthenticationFailure' } },
      match: { path: '/api/authentication' },
      times: 1000,
    });
    const logins: number[] = [];
    world.simulator.onRequest(({ path }) => {
      if (path === '/api/authentication') logins.push(world.timers.now() / 1000);
    });
    for (let second = 0; second < 180; second += 10) {
      expect((await world.tick()).events).toEqual([]);
      await world.pass(10_000);
    }
    expect(logins).toEqual([0, 60, 120, 180]);
  });
});

test('a state directory that cannot be used is tried again at every tick, as nothing of the files or the appliance tells', async () => {
  const world = await daemonWorld({ files: { 'support.yaml': SUPPORT } });
  await writeFile(join(world.folder, '.sps-gitops'), '');
  const first = await world.start();
  expect(first.end).toMatchObject({ reason: 'InputInvalid', code: 'state-directory', transaction: 'none' });
  expect((await world.tick()).end).toMatchObject({ code: 'state-directory' });
  await rm(join(world.folder, '.sps-gitops'));
  expect((await world.tick()).end).toMatchObject({ outcome: 'applied' });
});

describe('files that are not valid', () => {
  const BAD = 'resource: management/support_info\nbody: { url: x }\n';

  test('are told once, and again when the findings differ', async () => {
    const world = await daemonWorld({ files: { 'support.yaml': BAD } });
    expect((await world.start()).events).toContain('desired.invalid');
    expect(await world.tick()).toMatchObject({ events: [], requests: [] });
    expect(await world.touch()).toMatchObject({ events: [], requests: [] });
    await world.files({ 'support.yaml': `\n${BAD}` });
    expect((await world.touch()).events).toContain('desired.invalid');
    expect(await world.tick()).toMatchObject({ events: [], requests: [] });
    expect((await world.ask()).end).toMatchObject({ reason: 'InputInvalid', transaction: 'none' });
    expect(world.simulator.requests).toEqual([]);
  });

  test('that get well are applied', async () => {
    const world = await daemonWorld({ files: { 'support.yaml': BAD } });
    await world.start();
    expect(world.conditions()).toEqual(['Stalled']);
    await world.files({ 'support.yaml': SUPPORT });
    expect((await world.touch()).end).toMatchObject({ outcome: 'applied', trigger: 'file' });
    expect(world.conditions()).toEqual(['Ready']);
  });

  test('that become again what they were are looked at again', async () => {
    const world = await daemonWorld();
    await world.start();
    await world.tick();
    await world.files({ 'support.yaml': BAD });
    expect((await world.touch()).end).toMatchObject({ reason: 'InputInvalid' });
    await world.files({ 'support.yaml': SUPPORT });
    expect((await world.touch()).end).toMatchObject({ outcome: 'in-sync', trigger: 'file' });
    expect(world.conditions()).toEqual(['Ready']);
  });

  test('that become again what was refused are refused by their own name', async () => {
    const world = await daemonWorld();
    refuse(world);
    await world.start();
    await world.files({ 'support.yaml': BAD });
    await world.touch();
    await world.files({ 'support.yaml': SUPPORT });
    expect((await world.touch()).end).toMatchObject({ reason: 'StageRejected' });
    expect(world.condition('Stalled')).toBe('True StageRejected');
  });
});
