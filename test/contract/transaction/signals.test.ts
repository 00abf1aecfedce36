import { afterAll, beforeAll, expect, test } from 'vitest';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { startSimulator } from '../../simulated.ts';
import { committedState, OLD, reconcile, reset, untruths, type Ended } from './harness.ts';

const simulators: Simulator[] = [];
let names: readonly string[] = [];

beforeAll(async () => {
  const options = { profile: '8.0', configuration: OLD } as const;
  simulators.push(...(await Promise.all(Array.from({ length: 8 }, () => startSimulator(options)))));
  const [first] = simulators;
  if (first === undefined) throw new Error('there is a simulator');
  await reconcile(first);
  names = first.requests.map((request) => `${request.method} ${request.path}`);
});

afterAll(async () => {
  await Promise.all(simulators.map((simulator) => simulator.stop()));
});

/** Runs every case on one of the simulators; gives what was not true, and counts the ends. */
async function runAll(
  cases: readonly { readonly name: string; readonly run: (simulator: Simulator) => Promise<readonly string[]> }[],
): Promise<readonly string[]> {
  const left = [...cases];
  const wrong: string[] = [];
  await Promise.all(
    simulators.map(async (simulator) => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) {
        reset(simulator);
        const { name } = one;
        try {
          wrong.push(...(await one.run(simulator)).map((complaint) => `${name}: ${complaint}`));
        } catch (error) {
          wrong.push(`${name}: threw ${String(error).slice(0, 200)}`);
        }
      }
    }),
  );
  return wrong.toSorted();
}

function shown({ end, record, error }: Ended): string {
  return `${end}, ${record.transaction}${error === null ? '' : `, ${error.message}`}`;
}

/** After the fault, the next run needs nothing but itself. */
async function convergence(simulator: Simulator): Promise<readonly string[]> {
  simulator.faults.clear();
  const before = committedState(simulator);
  const next = await reconcile(simulator);
  const wanted = before === 'new' ? 'inSync' : 'applied';
  if (next.end === wanted && committedState(simulator) === 'new' && simulator.openTransactions() === 0) return [];
  return [`the next run ended ${next.end} instead of ${wanted}`];
}

test('a signal at every request: nothing is left open, and the report is true', async () => {
  const cases = names.map((request, index) => ({
    name: `signal at ${index} ${request}`,
    run: async (simulator: Simulator) => {
      const stop = new AbortController();
      const forget = simulator.onRequest((one) => {
        if (one.index === index) stop.abort(new SpsGitopsError('interrupted', 'stopped by SIGTERM'));
      });
      const ended = await reconcile(simulator, { signal: stop.signal });
      forget();
      const wrong = [...untruths(ended, simulator)];
      const expected = index >= names.indexOf('PUT /api/transaction') ? 'applied' : 'interrupted';
      if (ended.end !== expected) wrong.push(`ended ${ended.end} instead of ${expected}`);
      return [...wrong, ...(await convergence(simulator))].map((complaint) => `${complaint} [${shown(ended)}]`);
    },
  }));
  expect(await runAll(cases)).toEqual([]);
}, 120_000);
