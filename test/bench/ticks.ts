import type { TimedRequest } from './appliance-messages.ts';
import { isEnd, startDaemon, type Entry, type TimedEntry } from './daemon.ts';
import { sampleOf, type Sample } from './sample.ts';
import type { World } from './world.ts';

/** A daemon that runs at every second. */
export const EVERY_SECOND = { schedule: '* * * * * *' };

/** The clocks of two processes, and `durationMs`, which is rounded, differ by less, in ms. */
const CLOCK_SLACK_MS = 0.75;

/**
 * A daemon lives for months: what it costs is what it costs once its code has been compiled, which takes so many runs. In the
 * first forty of its life ten writes hold the lock for 5 % longer.
 */
export const WARM_UP = 120;

/** Which runs of a daemon are measured. */
export interface Ticks {
  /** What every request waits at the appliance, in ms. */
  readonly latencyMs: number;
  readonly fits: (end: Entry) => boolean;
  /** Done before each of them. */
  readonly before?: () => Promise<void>;
}

/** Runs of a daemon at its schedule, from the trigger to the end, the first ones of its life left out. */
export async function measureTicks(
  world: World,
  runs: number,
  { latencyMs, fits, before }: Ticks,
): Promise<readonly Sample[]> {
  const daemon = startDaemon(world);
  const isMeasured = (entry: Entry): boolean =>
    entry.event === 'reconcile.succeeded' && entry.trigger === 'cron' && fits(entry);
  await daemon.next(isEnd);
  await world.appliance.setLatency(0);
  for (let count = 0; count < WARM_UP; count += 1) {
    await before?.();
    const end = daemon.next(isEnd);
    await daemon.ask();
    await end;
  }
  await world.appliance.setLatency(latencyMs);
  // A run that was asked for may be waiting for another to end: behind two of the schedule there is none.
  const isTick = (entry: Entry): boolean => isEnd(entry) && entry.trigger === 'cron';
  for (let count = 0; count < 2; count += 1) await daemon.next(isTick);
  await world.appliance.requests();
  const warm = performance.timeOrigin + performance.now();
  // One that is not counted: it may have begun before.
  for (let count = 0; count <= runs; count += 1) {
    const end = daemon.next(isMeasured);
    await before?.();
    await end;
  }
  const { entries, report } = await daemon.stop();
  const requests = await world.appliance.requests();
  const ends = entries.filter((entry) => entry.at >= warm && isMeasured(entry)).slice(1, runs + 1);
  return ends.map((end) => {
    const wallMs = end.durationMs ?? 0;
    const start = end.at - wallMs - CLOCK_SLACK_MS;
    const seen = requests.filter(({ arrived, answered }) => arrived >= start && answered <= end.at + CLOCK_SLACK_MS);
    assertAllSeen(end, seen);
    const cost = { wallMs, cpuMs: cpuOf(end, entries), peakRssMiB: report.peakRssMiB, delayP99Ms: report.delayP99Ms };
    return sampleOf(seen, end.lockHeldMs === undefined ? cost : { ...cost, lockMs: end.lockHeldMs });
  });
}

/** CPU time since the run before, the time in which nothing happened included. */
function cpuOf(end: TimedEntry, entries: readonly TimedEntry[]): number {
  const before = entries.slice(0, entries.indexOf(end)).findLast(isEnd);
  return end.cpuMs - (before?.cpuMs ?? 0);
}

/** The daemon and the appliance have to agree, else the figures are of something else. */
function assertAllSeen(end: TimedEntry, seen: readonly TimedRequest[]): void {
  const said = Object.values(end.requests ?? {}).reduce((sum, count) => sum + count, 0);
  if (said !== seen.length) throw new Error(`the daemon counted ${said} requests, the appliance ${seen.length}`);
}
