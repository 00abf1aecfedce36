import { compareText } from '../../src/shared/compare-text.ts';
import type { TimedRequest } from './appliance-messages.ts';
import { floorOf, underLock, type Floor } from './floor.ts';

/** What one run has cost; null where it cannot be told. */
export interface Sample {
  readonly requests: Readonly<Record<string, number>>;
  readonly wallMs: number;
  readonly floor: Floor;
  /** From the opening of the transaction to its commit; null where none was opened. */
  readonly lockMs: number | null;
  readonly lockFloor: Floor;
  /** Heads and bodies of requests and answers, before encryption. */
  readonly bytes: number;
  /** User and system, child processes included. */
  readonly cpuMs: number | null;
  readonly peakRssMiB: number | null;
  readonly delayP99Ms: number | null;
}

/** What is known of a run beside its requests. */
export type Cost = Pick<Sample, 'wallMs' | 'cpuMs' | 'peakRssMiB' | 'delayP99Ms'> & { readonly lockMs?: number };

/** The sample of a run from what the appliance saw of it. */
export function sampleOf(requests: readonly TimedRequest[], { lockMs, ...cost }: Cost): Sample {
  const locked = underLock(requests);
  const methods: Record<string, number> = {};
  for (const method of requests.map((request) => request.method).toSorted(compareText)) {
    methods[method] = (methods[method] ?? 0) + 1;
  }
  return {
    ...cost,
    requests: methods,
    floor: floorOf(requests),
    lockMs: locked.length === 0 ? null : (lockMs ?? spanOf(locked)),
    lockFloor: floorOf(locked),
    bytes: requests.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function spanOf(requests: readonly TimedRequest[]): number {
  return Math.max(...requests.map(({ answered }) => answered)) - Math.min(...requests.map(({ arrived }) => arrived));
}

/** Median and extremes of one figure over the runs. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Null where no run has the figure. */
export function spread(values: readonly (number | null)[]): Spread | null {
  const sorted = values.filter((value) => value !== null).toSorted((left, right) => left - right);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return null;
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? max;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? min) + upper) / 2;
  return { median, min, max };
}
