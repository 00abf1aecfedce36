import { afterAll, beforeAll, expect } from 'vitest';
import type { Profile } from '../../../src/simulator/profiles.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { startSimulator } from '../../simulated.ts';
import { OLD, reconcile, reset } from './harness.ts';

/** Most cases wait for something at any moment: with fewer, cores stand idle. */
const WIDTH = 8;

/** One case of many. */
export interface Case {
  readonly name: string;
  /** Gives what was not true, on a simulator that has the old configuration. */
  readonly run: (simulator: Simulator) => Promise<readonly string[]>;
}

/** Simulators for cases that are many. */
export interface SideBySide {
  /** Method and path of each request of a run without a fault. */
  readonly requests: () => Promise<readonly string[]>;
  /** Runs every case on the next that is free; gives what was not true, or thrown, sorted. */
  readonly runAll: (cases: readonly Case[]) => Promise<readonly string[]>;
}

/** Starts simulators of that firmware for the file or suite that calls this. */
export function sideBySide(profile: Profile): SideBySide {
  const simulators: Simulator[] = [];

  beforeAll(async () => {
    const started = Array.from({ length: WIDTH }, () => startSimulator({ profile, configuration: OLD }));
    simulators.push(...(await Promise.all(started)));
  });

  afterAll(async () => {
    await Promise.all(simulators.map((simulator) => simulator.stop()));
  });

  return {
    requests: async () => {
      const [simulator] = simulators;
      if (simulator === undefined) throw new Error('there is a simulator');
      reset(simulator);
      expect((await reconcile(simulator)).end).toBe('applied');
      return simulator.requests.map(({ method, path }) => `${method} ${path}`);
    },
    runAll: async (cases) => {
      const left = [...cases];
      const wrong: string[] = [];
      await Promise.all(
        simulators.map(async (simulator) => {
          for (let one = left.shift(); one !== undefined; one = left.shift()) {
            const { name, run } = one;
            reset(simulator);
            const found = await run(simulator).catch((error: unknown) => [`threw ${String(error).slice(0, 200)}`]);
            wrong.push(...found.map((complaint) => `${name}: ${complaint}`));
          }
        }),
      );
      return wrong.toSorted();
    },
  };
}
