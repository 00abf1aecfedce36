import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isEnd, startDaemon, type TimedEntry } from './daemon.ts';
import type { Scenario } from './row.ts';
import { sampleOf, type Sample } from './sample.ts';
import { openWorld, writeFiles, type World } from './world.ts';

/** Somewhere far away: only events wake this daemon. */
const NO_TICKS = { schedule: '0 0 29 2 *' };

/** Makes the desired state another one, and gives the time at which that was done, in ms since 1970. */
type Change = (world: World, step: number) => Promise<number>;

/** From a change of the files to the plan that has it; the quiet period of the settings (500 ms) is in it. */
export function eventScenarios(latencyMs: number): readonly Scenario[] {
  return [
    { name: 'file saved to plan', latencyMs, measure: (runs) => measureEvents(latencyMs, runs, saveFile) },
    { name: 'link swapped to plan', latencyMs, measure: (runs) => measureEvents(latencyMs, runs, swapLink) },
  ];
}

async function measureEvents(latencyMs: number, runs: number, change: Change): Promise<readonly Sample[]> {
  const world = await openWorld({
    simulator: { profile: '7.5' },
    files: desired(0),
    settings: { reconcile: NO_TICKS, desiredState: { read: 'worktree' } },
  });
  try {
    // As git-sync has it: the configured path is a link.
    const link = join(world.folder, 'current');
    await writeFiles(join(world.folder, 'tree-0'), desired(0));
    await symlink('tree-0', link);
    await world.appliance.setLatency(latencyMs);
    const { environment } = world;
    return await measureIn({ ...world, environment: { ...environment, SPS_DESIRED_STATE: link } }, runs, change);
  } finally {
    await world.close();
  }
}

async function measureIn(world: World, runs: number, change: Change): Promise<readonly Sample[]> {
  const daemon = startDaemon(world);
  await daemon.next(isEnd);
  const changed: number[] = [];
  for (let step = 1; step <= runs; step += 1) {
    const end = daemon.next((entry) => isEnd(entry) && entry.outcome === 'applied');
    changed.push(await change(world, step));
    await end;
  }
  const { entries, report } = await daemon.stop();
  const requests = await world.appliance.requests();
  const applied = entries.filter((entry) => isEnd(entry) && entry.outcome === 'applied').slice(-runs);
  return changed.map((at, index) => {
    const planned = plannedBefore(applied[index], entries);
    const seen = requests.filter(({ arrived, answered }) => arrived >= at && answered <= planned.at);
    const { peakRssMiB, delayP99Ms } = report;
    return sampleOf(seen, { wallMs: planned.at - at, cpuMs: null, peakRssMiB, delayP99Ms });
  });
}

function plannedBefore(end: TimedEntry | undefined, entries: readonly TimedEntry[]): TimedEntry {
  const planned = entries
    .slice(0, end === undefined ? 0 : entries.indexOf(end))
    .findLast(({ event }) => event === 'plan.computed');
  if (planned === undefined) throw new Error('the daemon computed no plan');
  return planned;
}

async function saveFile(world: World, step: number): Promise<number> {
  const [[name, text] = ['', '']] = Object.entries(desired(step));
  await writeFile(join(world.folder, 'tree-0', name), text);
  return now();
}

async function swapLink(world: World, step: number): Promise<number> {
  const tree = `tree-${step}`;
  await mkdir(join(world.folder, tree));
  await writeFiles(join(world.folder, tree), desired(step));
  const next = join(world.folder, 'next');
  await rm(next, { force: true });
  await symlink(tree, next);
  await rename(next, join(world.folder, 'current'));
  return now();
}

function desired(step: number): Readonly<Record<string, string>> {
  const value = `mailto:step${step}@example.com`;
  return {
    'support.yaml': `resource: management/support_info\nbody: { uri: { selection: mailto, value: '${value}' } }\n`,
  };
}

function now(): number {
  return performance.timeOrigin + performance.now();
}
