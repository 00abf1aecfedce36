import { afterEach, beforeAll, beforeEach } from 'vitest';
import type { Json } from '../../../src/shared/json.ts';
import type { Fault } from '../../../src/simulator/faults.ts';
import type { Quirks } from '../../../src/simulator/quirks.ts';
import type { RequestListener } from '../../../src/simulator/requests.ts';
import type { Simulator, SimulatorOptions } from '../../../src/simulator/simulator.ts';
import { startSimulator } from '../../simulated.ts';
import { OLD, reset } from './harness.ts';

/** The requests of one kind. */
export interface Kind {
  readonly method: string;
  readonly path: string;
}

/** The simulator of a file, and what its tests do with it; what they arrange is over with the test. */
export interface OneSimulator {
  readonly simulator: Simulator;
  /** Calls and awaits the listener before each request takes effect; gives the function that takes it away sooner. */
  readonly onRequest: (listener: RequestListener) => () => void;
  /** Acts at every request of that kind; they are counted from 1. */
  readonly atEach: (kind: Kind, act: (nth: number) => void) => void;
  /** Acts at the request number `nth` of that kind, from 1. */
  readonly at: (kind: Kind, nth: number, act: () => void) => void;
  /** How many requests of that kind came. */
  readonly count: (kind: Kind) => number;
  /** Has requests answered instead of the appliance, and without effect. */
  readonly answer: (match: Fault['match'], status: number, json: Json, times?: number) => void;
}

/**
 * Starts a simulator for the tests of the file or suite that calls this: 8.0 unless another is given. Before each of them it has the
 * old configuration and the quirks that it was started with.
 */
export function oneSimulator(options: SimulatorOptions = {}): OneSimulator {
  let started: { readonly simulator: Simulator; readonly quirks: Quirks } | undefined;
  const forget: (() => void)[] = [];

  beforeAll(async () => {
    const simulator = await startSimulator({ profile: '8.0', configuration: OLD, ...options });
    started = { simulator, quirks: { ...simulator.quirks } };
    return () => simulator.stop();
  });

  beforeEach(() => {
    Object.assign(one.simulator.quirks, started?.quirks);
    reset(one.simulator);
  });

  afterEach(() => {
    for (const each of forget.splice(0)) each();
  });

  const one: OneSimulator = {
    get simulator() {
      if (started === undefined) throw new Error('the simulator is there as soon as tests run');
      return started.simulator;
    },
    onRequest: (listener) => {
      const stop = one.simulator.onRequest(listener);
      forget.push(stop);
      return stop;
    },
    atEach: ({ method, path }, act) => {
      let seen = 0;
      one.onRequest((request) => {
        if (request.method === method && request.path === path) act((seen += 1));
      });
    },
    at: (kind, nth, act) =>
      one.atEach(kind, (seen) => {
        if (seen === nth) act();
      }),
    count: ({ method, path }) =>
      one.simulator.requests.filter((request) => request.method === method && request.path === path).length,
    answer: (match, status, json, times = 1) =>
      one.simulator.faults.add({ kind: 'status', status, json, match, times }),
  };
  return one;
}
