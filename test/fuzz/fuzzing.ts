import { randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import fc from 'fast-check';
import { expect } from 'vitest';

/** For all fuzz tests together, one after the other; `FUZZ_SECONDS` sets more. */
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 60);

/** `FUZZ_SEED` begins with the batch that a failure named. */
const SEED = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));

/** How the time is divided, in hundredths of it; so that files that run beside each other end at about the same time. */
const SHARES = {
  settings: 15,
  'desired state': 20,
  'answers to a plan': 25,
  'answers to reads while applying': 20,
  'answers to all of a run': 20,
} as const;

/** Inputs that are tried on one seed. */
const BATCH = 5;

/** A net against hangs: no input may take longer, however busy the machine is. */
const LONGEST_MS = 20_000;

/** More than any input needs, and less than a machine has. */
const MOST_MEMORY = 3 * 1024 ** 3;

/** The time limit of a test that fuzzes, with room to make a failing input small. */
export const FUZZ_TIMEOUT_MS = SECONDS * 1000 + 120_000;

/** What is tried, and for how long. */
export interface Fuzz<T> {
  readonly name: keyof typeof SHARES;
  readonly inputs: fc.Arbitrary<T>;
  /** Throws when something is wrong; says what became of the input. */
  readonly check: (input: T) => Promise<string>;
}

/**
 * Tries random inputs until the time is over, one batch at least. Fails at the first input for which the check throws, that takes too
 * long, or that leaves a rejection unhandled. Prints the first seed, the count, and how often each came of it.
 */
export async function fuzz<T>({ name, inputs, check }: Fuzz<T>): Promise<void> {
  const until = performance.now() + SECONDS * 10 * SHARES[name];
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  const ends = new Map<string, number>();
  const property = fc.asyncProperty(inputs, async (input) => {
    const end = await check(input);
    ends.set(end, (ends.get(end) ?? 0) + 1);
    expect(unhandled).toEqual([]);
  });
  try {
    for (let batch = 0; batch === 0 || performance.now() < until; batch += 1) {
      await fc.assert(property, { seed: SEED + batch, numRuns: BATCH, timeout: LONGEST_MS });
      expect(process.memoryUsage.rss()).toBeLessThan(MOST_MEMORY);
    }
  } finally {
    process.off('unhandledRejection', note);
    const counts = [...ends].map(([end, count]) => `${end} ${count}`);
    process.stdout.write(`fuzz ${name}: from seed ${SEED}: ${counts.join(', ')}\n`);
  }
}
