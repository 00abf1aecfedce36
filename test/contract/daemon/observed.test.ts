import { expect, test } from 'vitest';
import { Metrics } from '../../../src/daemon/metrics.ts';
import { StatusBoard } from '../../../src/daemon/status-board.ts';
import { isObject } from '../../../src/shared/json.ts';
import { samplesOf } from '../../unit/daemon/samples.ts';
import { commitAll, git } from '../git/checkout.ts';
import { textOf } from './entries.ts';
import { gate } from './gate.ts';
import { daemonWorld, support, type World, type WorldOptions } from './harness.ts';

const HOUR = 3_600_000;
const SUPPORT = 'management/support_info';

/** A world whose daemon is watched as the real one is. */
async function watchedWorld(options: WorldOptions = {}) {
  const world = await daemonWorld(options);
  const clock = () => world.timers.now();
  const board = new StatusBoard({ version: '0', now: () => new Date().toISOString(), clock, isStopping: () => false });
  const metrics = new Metrics(clock, () => ({ cpuSeconds: 0, residentBytes: 0, heapBytes: 0, startedAtSeconds: 0 }));
  world.watchers.push(board, metrics);
  await world.assemble();
  board.show(world.daemon, { url: world.simulator.url, mode: 'enforce' });
  const sample = async (name: string) => samplesOf(await metrics.text()).get(`sps_gitops_${name}`) ?? null;
  return { world, board, metrics, sample };
}

/** Sums of what the log says of its runs. */
function totals(world: World) {
  const ends = world.entries.filter(({ event }) => event === 'reconcile.succeeded' || event === 'reconcile.failed');
  const sent = world.entries.filter(({ event }) => event === 'request.sent');
  const sum = (name: string) => ends.reduce((total, end) => total + Number(end[name] ?? 0), 0);
  return { ends, sent, lockHeldMs: sum('lockHeldMs'), durationMs: sum('durationMs') };
}

test('status and metrics say what the log says, run by run', async () => {
  const { world, board, metrics } = await watchedWorld();
  await world.start();
  await world.tick();
  world.simulator.lock('alice');
  await world.files({ 'support.yaml': support('other') });
  await world.touch();
  world.simulator.lock(null);
  await world.ask();
  world.simulator.faults.add({ kind: 'status', status: 503, match: {}, times: 20 });
  await world.ask();
  world.simulator.faults.clear();
  await world.files({ 'bad.yaml': 'resource: 7\n' });
  await world.touch();

  const { ends, sent, lockHeldMs, durationMs } = totals(world);
  expect(ends.map((end) => `${textOf(end, 'outcome')} ${textOf(end, 'reason')}`)).toEqual([
    'applied Succeeded',
    'in-sync Succeeded',
    'blocked Locked',
    'applied Succeeded',
    'failed TargetUnreachable',
    'failed InputInvalid',
  ]);
  const runs = board.document()['runs'] as readonly Record<string, unknown>[];
  const names = ['runId', 'trigger', 'outcome', 'transaction', 'reason', 'durationMs', 'requests', 'commit'];
  for (const [index, end] of ends.toReversed().entries()) {
    for (const name of names) expect([name, runs[index]?.[name]]).toEqual([name, end[name]]);
    expect(runs[index]?.['planDigest']).toEqual(end['planDigest']);
  }

  const samples = samplesOf(await metrics.text());
  const counted = (prefix: string) =>
    new Map([...samples].filter(([name, value]) => name.startsWith(`sps_gitops_${prefix}{`) && value > 0));
  const tally = (prefix: string, labels: readonly string[]) =>
    new Map(labels.map((label) => [`sps_gitops_${prefix}{${label}}`, labels.filter((one) => one === label).length]));
  const outcomes = ends.map((end) => `outcome="${textOf(end, 'outcome')}",reason="${textOf(end, 'reason')}"`);
  expect(counted('reconciliations_total')).toEqual(tally('reconciliations_total', outcomes));
  const requests = sent.map((entry) => `method="${textOf(entry, 'method')}",status="${textOf(entry, 'status')}"`);
  expect(counted('appliance_requests_total')).toEqual(tally('appliance_requests_total', requests));
  const sums = [...samples].filter(([name]) => name.startsWith('sps_gitops_reconciliation_duration_seconds_sum'));
  expect(sums.reduce((total, [, value]) => total + value, 0)).toBeCloseTo(durationMs / 1000);
  expect(samples.get('sps_gitops_lock_hold_duration_seconds_sum')).toBeCloseTo(lockHeldMs / 1000);
  const holds = ends.filter((end) => Number(end['lockHeldMs'] ?? 0) > 0);
  expect(samples.get('sps_gitops_lock_hold_duration_seconds_count')).toBe(holds.length);
});

test('a quick tick is a run, and costs what it always did', async () => {
  const { world, board, sample } = await watchedWorld();
  await world.start();
  await world.tick();
  const { end, requests } = await world.tick();
  expect(end).toMatchObject({ assumed: true });
  expect(requests).toEqual(['GET /api/info']);
  expect(board.document()).toMatchObject({ ready: true, runs: [{ assumed: true, requests: { GET: 1 } }, {}, {}] });
  expect(await sample('reconciliations_total{outcome="in-sync",reason="Succeeded"}')).toBe(2);
});

test('drift that is left is counted; drift that was put right is none', async () => {
  const { world, sample } = await watchedWorld();
  await world.start();
  world.simulator.setConfiguration(SUPPORT, { uri: null });
  world.simulator.lock('alice');
  await world.tick();
  expect(await sample('drifted_resources')).toBe(1);
  world.simulator.lock(null);
  await world.ask();
  expect(await sample('drifted_resources')).toBe(0);
});

test('the commit that was attempted, and the one that is applied', async () => {
  const { world, board, sample } = await watchedWorld();
  const folder = `${world.folder}/config`;
  await git(folder, 'init', '--quiet');
  const first = await commitAll(folder, 'First commit');
  await world.start();
  await world.files({ 'support.yaml': support('other') });
  const second = await commitAll(folder, 'Second commit');
  world.simulator.lock('alice');
  await world.touch();
  const { revision, runs } = board.document();
  expect(revision).toMatchObject({
    attempted: { commit: second },
    applied: { commit: first, subject: 'First commit' },
  });
  expect(runs).toMatchObject([{ commit: second }, { commit: first }]);
  const applied = isObject(revision) && isObject(revision['applied']) ? revision['applied'] : {};
  const labels = ['commit', 'digest'].map((name) => `${name}=${JSON.stringify(applied[name])}`);
  expect(await sample(`last_applied_commit_info{${labels.join(',')}}`)).toBe(1);
});

test('a subject that holds a secret is withheld from the status', async () => {
  const { world, board } = await watchedWorld({
    files: {
      'a.yaml': 'resource: management/splunk_forwarder\nbody: { token: !file token.txt }\n',
      'token.txt': 'MARKED-token-in-a-file',
    },
  });
  const folder = `${world.folder}/config`;
  await git(folder, 'init', '--quiet');
  await commitAll(folder, 'Set MARKED-token-in-a-file');
  await world.start();
  const text = JSON.stringify(board.document());
  expect(text).not.toContain('MARKED');
  expect(board.document()['revision']).toMatchObject({
    attempted: { subject: expect.stringContaining('withheld') as string },
  });
});

test('what is asked for begins now, follows the run under way, or joins what waits: never more than one more', async () => {
  const { world, board } = await watchedWorld();
  const [reached, open] = [gate(), gate()];
  const forget = world.simulator.onRequest(async () => {
    forget();
    reached.open();
    await open.opened;
  });
  await world.daemon.start('start');
  await reached.opened;
  expect(board.document()).toMatchObject({ running: { trigger: 'start' }, pending: null });
  expect([board.ask(), board.ask(), board.ask()]).toEqual(['next', 'joined', 'joined']);
  expect(board.document()).toMatchObject({ pending: 'http' });
  open.open();
  await world.daemon.idle();
  const triggers = () =>
    world.entries.flatMap(({ event, trigger }) => (event === 'reconcile.started' ? [trigger] : []));
  expect(triggers()).toEqual(['start', 'http']);
  expect(board.ask()).toBe('now');
  await world.daemon.idle();
  expect(triggers()).toEqual(['start', 'http', 'http']);
  expect(board.document()).toMatchObject({ running: null, pending: null });
  await world.stop();
  expect(world.daemon.ask()).toBe('too-late');
});

test('a tick at which nothing runs, as nothing moved since a brake, is no missed one; the brake counts for 15 minutes', async () => {
  const { world, board } = await watchedWorld({ settings: { safety: { protect: ['management/**'] } } });
  await world.start();
  for (let tick = 0; tick < 4; tick += 1) expect((await world.tick()).end).toBeUndefined();
  expect(board.readiness).toMatchObject({ ready: true, code: 'blocked-for-now' });
  await world.pass(HOUR / 4);
  expect(board.readiness).toMatchObject({ ready: false, code: 'blocked' });
});

test('ticks during a run that hangs, and ticks that were slept through, are missed', async () => {
  const { world, board } = await watchedWorld();
  await world.start();
  const [reached, open] = [gate(), gate()];
  const forget = world.simulator.onRequest(async () => {
    forget();
    reached.open();
    await open.opened;
  });
  // What comes of them is one run for all, and not a step each.
  const tick = () => world.tick().catch(() => undefined);
  const ticking = tick();
  await reached.opened;
  void tick();
  expect(board.readiness.ready).toBe(true);
  void tick();
  expect(board.readiness).toMatchObject({ ready: false, code: 'ticks-missed' });
  open.open();
  await ticking;
  await world.daemon.idle();
  expect(board.readiness.ready).toBe(true);
  world.sleepThrough(3);
  expect(board.readiness.code).toBe('ticks-missed');
  await world.tick();
  expect(board.readiness.ready).toBe(true);
});

test('when it is tried again is told until it is, and so is when it ticks', async () => {
  const { world, board } = await watchedWorld();
  world.simulator.faults.add({ kind: 'status', status: 503, match: {}, times: 20 });
  const before = Date.now();
  const { entries } = await world.start();
  const delay = Number(entries.find(({ event }) => event === 'retry.scheduled')?.['delayMs']);
  const { nextRetry } = board.document();
  const at = typeof nextRetry === 'string' ? Date.parse(nextRetry) : Number.NaN;
  expect(at).toBeGreaterThanOrEqual(before + delay);
  expect(at).toBeLessThanOrEqual(Date.now() + delay);
  world.simulator.faults.clear();
  expect((await world.pass(delay)).end).toMatchObject({ trigger: 'retry', outcome: 'applied' });
  expect(board.document()).toMatchObject({ nextRetry: null, nextTick: null, ready: true });
});
