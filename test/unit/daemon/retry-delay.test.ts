import fc from 'fast-check';
import { expect, it } from 'vitest';
import { retryDelay } from '../../../src/daemon/retry-delay.ts';

const LIMITS = { initialMs: 5_000, maxMs: 300_000 };
const MOST = 1 - Number.EPSILON;

it.each([
  [1, 500, 5_000],
  [2, 1_000, 10_000],
  [3, 2_000, 20_000],
  [6, 16_000, 160_000],
  [7, 30_000, 300_000],
  [8, 30_000, 300_000],
  [1_000, 30_000, 300_000],
  [Number.MAX_SAFE_INTEGER, 30_000, 300_000],
])('after failure %i it lies between %i and %i ms', (attempt, least, most) => {
  expect(retryDelay(attempt, LIMITS, () => 0)).toBe(least);
  expect(retryDelay(attempt, LIMITS, () => MOST)).toBe(most);
  const middle = retryDelay(attempt, LIMITS, () => 0.5);
  expect(middle).toBeGreaterThan(least);
  expect(middle).toBeLessThan(most);
});

it('is a whole number within its step, whatever the limits', () => {
  const limits = fc
    .tuple(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.integer({ min: 1, max: 2 ** 31 - 1 }))
    .map(([one, other]) => ({ initialMs: Math.min(one, other), maxMs: Math.max(one, other) }));
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), limits, chance, (attempt, { initialMs, maxMs }, random) => {
      const delay = retryDelay(attempt, { initialMs, maxMs }, () => random);
      const step = attempt > 32 ? maxMs : Math.min(initialMs * 2 ** (attempt - 1), maxMs);
      expect(Number.isInteger(delay)).toBe(true);
      expect(delay).toBeGreaterThanOrEqual(step / 10);
      expect(delay).toBeLessThanOrEqual(Math.ceil(step));
      expect(delay).toBeLessThanOrEqual(maxMs);
    }),
  );
});

it('uses the whole width, so that several daemons spread', () => {
  const tenths = new Set<number>();
  for (let i = 0; i < 10; i += 1) tenths.add(Math.floor(retryDelay(1, LIMITS, () => i / 10) / 500));
  expect(tenths.size).toBe(9);
});
