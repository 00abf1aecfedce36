import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { untruthsOf } from './entries.ts';
import { daemonWorld, type World } from './harness.ts';

/** A whole one takes minutes on a small machine; the ordinary run proves the same on a shorter way. */
const TICKS = Number(process.env['SPS_GITOPS_TICKS'] ?? 1000);
const WINDOW = 100;
const EVERY_MS = 5000;
const FULL_READ_EVERY = 180;
const MIB = 2 ** 20;

interface Usage {
  readonly rss: number;
  readonly heap: number;
  /** How many handles and requests keep the process busy. */
  readonly resources: number;
}

// The flag counts for contexts that are made after it.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function usage(): Usage {
  collectGarbage();
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heap: heapUsed, resources: process.getActiveResourcesInfo().length };
}

/** That many ticks, and how many requests each cost; what was recorded of them is checked and thrown away. */
async function ticks(world: World, count: number): Promise<readonly number[]> {
  const costs: number[] = [];
  for (let tick = 0; tick < count; tick += 1) {
    await world.timers.advance(EVERY_MS);
    const { requests, end } = await world.tick();
    expect(end?.['outcome']).toBe('in-sync');
    expect(requests.every((request) => request.startsWith('GET '))).toBe(true);
    costs.push(requests.length);
  }
  expect(untruthsOf(world.entries, [0])).toEqual([]);
  world.entries.length = 0;
  world.simulator.clearRequests();
  return costs;
}

test(
  `${TICKS} ticks with nothing to do cost a request each, and no memory`,
  async () => {
    const world = await daemonWorld({
      settings: {
        reconcile: { fullReadInterval: `${(EVERY_MS / 1000) * FULL_READ_EVERY}s` },
        log: { level: 'info', format: 'json' },
      },
    });
    await world.start();
    // The read after the commit, from which on the interval counts.
    expect((await world.tick()).requests).toHaveLength(2);
    world.entries.length = 0;
    world.lives.splice(0, world.lives.length, 0);
    const costs: number[] = [];
    const samples: Usage[] = [];
    while (costs.length < TICKS) {
      costs.push(...(await ticks(world, WINDOW)));
      samples.push(usage());
    }
    const full = costs.flatMap((cost, tick) => (cost === 1 ? [] : [tick + 1]));
    expect(full).toEqual(
      Array.from({ length: Math.floor(TICKS / FULL_READ_EVERY) }, (_, i) => (i + 1) * FULL_READ_EVERY),
    );
    expect(costs.filter((cost) => cost !== 1)).toEqual(full.map(() => 2));
    const [early, late] = [samples.slice(samples.length / 4, samples.length / 2), samples.slice(-samples.length / 4)];
    expect((median(late, 'rss') - median(early, 'rss')) / MIB, 'growth of the process').toBeLessThan(10);
    expect((median(late, 'heap') - median(early, 'heap')) / MIB, 'growth of the heap').toBeLessThan(2);
    // An idle connection may be closed and made anew in between.
    expect(most(late)).toBeLessThanOrEqual(most(samples.slice(0, samples.length / 2)));
    expect(world.timers.armed).toBe(0);
    expect(world.simulator.sessions()).toBe(1);
    expect(world.simulator.commits).toHaveLength(1);
  },
  10 * 60_000,
);

function most(samples: readonly Usage[]): number {
  return Math.max(...samples.map(({ resources }) => resources));
}

function median(samples: readonly Usage[], of: 'rss' | 'heap'): number {
  const values = samples.map((sample) => sample[of]).toSorted((left, right) => left - right);
  return values[Math.floor(values.length / 2)] ?? Number.NaN;
}
