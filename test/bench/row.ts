import { spread, type Sample, type Spread } from './sample.ts';

/** A way to spend requests and time, and what it is measured by. */
export interface Scenario {
  readonly name: string;
  /** What every request waits at the appliance. */
  readonly latencyMs: number;
  /** What one run takes at least, in ms: those that take long are only measured when asked for. */
  readonly atLeastMs?: number;
  /** `missing` where what is measured is not installed. */
  measure(runs: number): Promise<readonly Sample[] | 'missing'>;
}

/** The figures of a scenario over its runs. */
export interface Figures {
  /** By method; the runs need not agree, then it is every count that there was. */
  readonly requests: readonly Readonly<Record<string, number>>[];
  readonly wallMs: Spread | null;
  /** Requests one after the other on the critical path. */
  readonly rounds: Spread | null;
  /** What they cost with no client at all, see `floorOf`. */
  readonly floorMs: Spread | null;
  /** Wall time to that. */
  readonly toFloor: Spread | null;
  readonly lockMs: Spread | null;
  /** Time under the lock to the floor of the requests under the lock. */
  readonly lockToFloor: Spread | null;
  /** The same two, to nothing but the injected latency of the rounds: null without latency. */
  readonly toLatency: Spread | null;
  readonly lockToLatency: Spread | null;
  readonly bytes: Spread | null;
  readonly cpuMs: Spread | null;
  readonly peakRssMiB: Spread | null;
  readonly delayP99Ms: Spread | null;
}

/** One line of the table. */
export interface Row {
  readonly name: string;
  readonly latencyMs: number;
  readonly state: 'measured' | 'missing' | 'left-out';
  readonly runs: number;
  readonly figures: Figures | null;
}

/** Measures a scenario. */
export async function rowOf(scenario: Scenario, runs: number): Promise<Row> {
  const { name, latencyMs } = scenario;
  const samples = await scenario.measure(runs);
  if (samples === 'missing') return { name, latencyMs, state: 'missing', runs: 0, figures: null };
  return { name, latencyMs, state: 'measured', runs: samples.length, figures: figuresOf(samples, latencyMs) };
}

function figuresOf(samples: readonly Sample[], latencyMs: number): Figures {
  const over = (figure: (sample: Sample) => number | null): Spread | null => spread(samples.map(figure));
  const ratio = (ms: number | null, floorMs: number): number | null =>
    ms === null || floorMs === 0 ? null : ms / floorMs;
  const counts = new Set(samples.map(({ requests }) => JSON.stringify(requests)));
  return {
    requests: [...counts].map((text) => JSON.parse(text) as Readonly<Record<string, number>>),
    wallMs: over((sample) => sample.wallMs),
    rounds: over(({ floor }) => floor.rounds),
    floorMs: over(({ floor }) => floor.ms),
    toFloor: over(({ wallMs, floor }) => ratio(wallMs, floor.ms)),
    toLatency: over(({ wallMs, floor }) => ratio(wallMs, floor.rounds * latencyMs)),
    lockMs: over(({ lockMs }) => lockMs),
    lockToFloor: over(({ lockMs, lockFloor }) => ratio(lockMs, lockFloor.ms)),
    lockToLatency: over(({ lockMs, lockFloor }) => ratio(lockMs, lockFloor.rounds * latencyMs)),
    bytes: over(({ bytes }) => bytes),
    cpuMs: over(({ cpuMs }) => cpuMs),
    peakRssMiB: over(({ peakRssMiB }) => peakRssMiB),
    delayP99Ms: over(({ delayP99Ms }) => delayP99Ms),
  };
}
