import type { Json } from '../../src/shared/json.ts';
import { measureBare } from './bare.ts';
import { isEnd, residentMiB, startDaemon } from './daemon.ts';
import { measureProgram, runProgram } from './one-shot.ts';
import { isInstalled, peers, type Peer } from './peers.ts';
import type { Scenario } from './row.ts';
import { sampleOf, type Sample } from './sample.ts';
import { EVERY_SECOND, measureTicks } from './ticks.ts';
import { openWorld, type World } from './world.ts';

/** What an administrator changed: three of the eight resources differ. */
const DRIFT: Readonly<Record<string, Json>> = {
  'management/support_info': { uri: null },
  'management/splunk_forwarder': { enabled: false },
  starling: {
    join_info: {
      environment: 'prod',
      product_instance: 'starling-joiner-3c1f0a52-7a40-4c5e-9a0b-5d1f2e6b7c88',
      product_tims: '123-456-789',
    },
    remote_access: { enabled: false },
  },
};

const PATHS = [
  'alerting/traffic_alerts',
  'management/license',
  'management/soap',
  'management/splunk_forwarder',
  'management/support_info',
  'starling',
  'trust_stores',
];

/** What a tick asks for: who the appliance is, and the eight. */
const TICK = [
  [{ path: '/api/info' }],
  [...PATHS.map((path) => ({ path: `/api/configuration/${path}` })), { path: '/api/starling/join' }],
];

/** How long an idle daemon is let be before its memory is looked at, in ticks of a second. */
const IDLE_TICKS = 5;

/** The eight resources of the quickstart: ticks, cold starts, three writes, and the peers. */
export function eightScenarios(latencyMs: number): readonly Scenario[] {
  const scenario = (name: string, measure: (world: World, runs: number) => Promise<readonly Sample[]>): Scenario => ({
    name,
    latencyMs,
    measure: (runs) => {
      const quickTick = name.startsWith('quick');
      const source = name.endsWith('plain folder') ? 'plain' : 'git';
      return inSync(latencyMs, { quickTick, source }, (world) => measure(world, runs));
    },
  });
  const noOp = (world: World, runs: number) =>
    measureTicks(world, runs, { latencyMs, fits: ({ outcome }) => outcome === 'in-sync' });
  const drift = (world: World) => () => world.appliance.put(DRIFT);
  return [
    scenario('quick tick', (world, runs) =>
      measureTicks(world, runs, { latencyMs, fits: ({ requests }) => requests?.['GET'] === 1 }),
    ),
    scenario('no-op tick, 8', noOp),
    scenario('no-op tick, 8, plain folder', noOp),
    scenario('no-op requests, bare client', (world, runs) => measureBare(world, TICK, { latencyMs, runs })),
    scenario('3 writes, daemon', (world, runs) =>
      measureTicks(world, runs, { latencyMs, fits: ({ outcome }) => outcome === 'applied', before: drift(world) }),
    ),
    scenario('plan, 8, cold', (world, runs) => times(runs, () => measureProgram(world, ['plan']))),
    scenario('no-op apply, 8, cold', (world, runs) => times(runs, () => measureProgram(world, ['apply', '--json']))),
    scenario('3 writes, cold', (world, runs) =>
      times(runs, async () => {
        await world.appliance.put(DRIFT);
        return measureProgram(world, ['apply', '--json']);
      }),
    ),
    scenario('daemon start to plan', (world, runs) => times(runs, () => measureStart(world))),
    ...(latencyMs === 0
      ? [
          scenario('idle daemon', (world, runs) => times(runs, () => measureIdle(world, 0))),
          scenario('idle daemon, 1000 runs old', (world, runs) => times(runs, () => measureIdle(world, 1000))),
        ]
      : []),
    ...peers.flatMap((peer) => [
      peerScenario(peer, latencyMs, 'no-op', {}),
      peerScenario(peer, latencyMs, '3 writes', DRIFT),
    ]),
  ];
}

/** One after the other; the first is not counted: the system has then read the files. */
async function times(runs: number, measure: () => Promise<Sample>): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  await measure();
  while (samples.length < runs) samples.push(await measure());
  return samples;
}

/** A world whose appliance is as the files want it. */
async function inSync<T>(
  latencyMs: number,
  how: { readonly quickTick: boolean; readonly source: 'git' | 'plain' },
  work: (world: World) => Promise<T>,
): Promise<T> {
  const world = await openWorld({
    source: how.source,
    // The firmware that has seven of the eight, and the eighth as an older one has it.
    simulator: { profile: '7.5', configuration: { 'management/soap': { enabled: false } } },
    settings: { reconcile: { ...EVERY_SECOND, quickTick: how.quickTick }, safety: { maxChangeRatio: 1 } },
  });
  try {
    await runProgram(world, ['apply', '--yes']);
    await world.appliance.setLatency(latencyMs);
    return await work(world);
  } finally {
    await world.close();
  }
}

function peerScenario(peer: Peer, latencyMs: number, what: string, drift: Readonly<Record<string, Json>>): Scenario {
  return {
    name: `${what}, ${peer.name}`,
    latencyMs,
    measure: async (runs) => {
      if (!(await isInstalled(peer))) return 'missing';
      return inSync(latencyMs, { quickTick: false, source: 'git' }, async (world) => {
        const wanted = await world.appliance.show(PATHS);
        return times(runs, () => measureChecked(peer, world, drift, wanted));
      });
    },
  };
}

/** A peer counts only if it did what it is compared for. */
async function measureChecked(
  peer: Peer,
  { appliance, ...world }: World,
  drift: Readonly<Record<string, Json>>,
  wanted: readonly Json[],
): Promise<Sample> {
  await appliance.put(drift);
  const before = await appliance.state();
  const sample = await peer.measure({ appliance, ...world });
  const after = await appliance.state();
  const commits = Object.keys(drift).length === 0 ? 0 : 1;
  const isDone = JSON.stringify(await appliance.show(PATHS)) === JSON.stringify(wanted);
  if (isDone && after.commits - before.commits === commits && after.openTransactions === 0) return sample;
  throw new Error(`${peer.name} did not bring the appliance to where it should be`);
}

async function measureStart(world: World): Promise<Sample> {
  await world.appliance.requests();
  const started = performance.timeOrigin + performance.now();
  const daemon = startDaemon(world);
  await daemon.next(isEnd);
  const { entries, report } = await daemon.stop();
  const planned = entries.find(({ event }) => event === 'plan.computed');
  if (planned === undefined) throw new Error('the daemon computed no plan');
  const requests = await world.appliance.requests();
  return sampleOf(
    requests.filter(({ answered }) => answered <= planned.at),
    { wallMs: planned.at - started, cpuMs: planned.cpuMs, peakRssMiB: report.peakRssMiB, delayP99Ms: null },
  );
}

/** Memory that the idle daemon holds, not its peak, when it has answered so many triggers beside its schedule. */
async function measureIdle(world: World, asked: number): Promise<Sample> {
  const daemon = startDaemon(world, 'bare');
  await daemon.next(isEnd);
  for (let count = 0; count < asked; count += 1) {
    const end = daemon.next(isEnd);
    await daemon.ask();
    await end;
  }
  for (let tick = 0; tick < IDLE_TICKS; tick += 1) await daemon.next(isEnd);
  const peakRssMiB = await residentMiB(daemon.pid);
  await daemon.stop();
  await world.appliance.requests();
  return sampleOf([], { wallMs: 0, cpuMs: null, peakRssMiB, delayP99Ms: null });
}
