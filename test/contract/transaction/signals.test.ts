import { expect, test } from 'vitest';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { committedState, reconcile, untruths, type Ended } from './harness.ts';
import { sideBySide } from './side-by-side.ts';

const { requests, runAll } = sideBySide('8.0');

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
  const names = await requests();
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
