/** From where to where delays grow. */
export interface RetryLimits {
  /** The step of the first attempt, above 0. */
  readonly initialMs: number;
  /** What no step exceeds, at least `initialMs`. */
  readonly maxMs: number;
}

/** No delay is shorter than this share of its step: a row of small random numbers cannot hammer the appliance. */
const LEAST_SHARE = 0.1;

/** Beyond it every step is the longest, and powers of two would leave the range of numbers. */
const LAST_DOUBLING = 52;

/**
 * Milliseconds to wait before the retry that follows the `attempt`th failure in a row, counted from 1. The step doubles
 * from `initialMs` up to `maxMs`; the delay lies anywhere between a tenth of it and all of it (full jitter, so that several
 * daemons do not come back together). `random` gives numbers from 0 up to, not including, 1.
 */
export function retryDelay(attempt: number, { initialMs, maxMs }: RetryLimits, random: () => number): number {
  const doublings = Math.min(Math.max(attempt, 1) - 1, LAST_DOUBLING);
  const step = Math.min(initialMs * 2 ** doublings, maxMs);
  const least = step * LEAST_SHARE;
  return Math.min(Math.ceil(least + random() * (step - least)), maxMs);
}
