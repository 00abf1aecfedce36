import { afterAll, beforeAll, expect, test } from 'vitest';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import type { Fault } from '../../../src/simulator/faults.ts';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.ts';
import { committedState, OLD, reconcile, reset, TOKENS, untruths, type Ended, type RunSettings } from './harness.ts';

type FaultAt = (index: number) => Fault;

// What a refusal repeats has to be withheld. Before anything was read, only what the files hold is known.
const refusal = (type: string, index: number) => ({
  error: { type, message: `no: ${TOKENS.wanted}`, details: { was: index < 4 ? null : TOKENS.live } },
});

const KINDS: Readonly<Record<string, FaultAt>> = {
  'drop-before': (index) => ({ kind: 'drop-before', match: { index } }),
  'drop-after': (index) => ({ kind: 'drop-after', match: { index } }),
  truncate: (index) => ({ kind: 'truncate', match: { index } }),
  'wrong-shape': (index) => ({ kind: 'wrong-shape', match: { index } }),
  duplicate: (index) => ({ kind: 'duplicate', match: { index } }),
  '401 expire-session': (index) => ({ kind: 'expire-session', match: { index } }),
  '401 json': (index) => ({ kind: 'status', status: 401, json: refusal('Unauthenticated', index), match: { index } }),
  '500 json': (index) => ({ kind: 'status', status: 500, json: refusal('InternalError', index), match: { index } }),
  '500 json, applied': (index) => ({
    ...{ kind: 'status', status: 500, json: refusal('InternalError', index), match: { index }, effect: 'applied' },
  }),
  '503 html': (index) => ({ kind: 'html', status: 503, match: { index } }),
  '200 html': (index) => ({ kind: 'html', status: 200, match: { index } }),
  '200 html, applied': (index) => ({ kind: 'html', status: 200, match: { index }, effect: 'applied' }),
  '400 json': (index) => ({ kind: 'status', status: 400, json: refusal('SyntacticError', index), match: { index } }),
  '403 json': (index) => ({ kind: 'status', status: 403, json: refusal('Unauthorized', index), match: { index } }),
  '404 json': (index) => ({ kind: 'status', status: 404, json: refusal('NotFound', index), match: { index } }),
  '409 json': (index) => ({ kind: 'status', status: 409, json: refusal('Conflict', index), match: { index } }),
  '401 html': (index) => ({ kind: 'html', status: 401, match: { index } }),
  '403 html': (index) => ({ kind: 'html', status: 403, match: { index } }),
  '403 html, applied': (index) => ({ kind: 'html', status: 403, match: { index }, effect: 'applied' }),
  '409 html, applied': (index) => ({ kind: 'html', status: 409, match: { index }, effect: 'applied' }),
  'redirect, applied': (index) => ({ kind: 'redirect', match: { index }, effect: 'applied' }),
};

const HANGS: Readonly<Record<string, FaultAt>> = {
  hang: (index) => ({ kind: 'hang', match: { index } }),
  'hang, applied': (index) => ({ kind: 'hang', match: { index }, effect: 'applied' }),
};

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

async function struck(fault: Fault, settings: RunSettings, simulator: Simulator): Promise<readonly string[]> {
  simulator.faults.add(fault);
  const ended = await reconcile(simulator, settings);
  const wrong = [...untruths(ended, simulator)];
  if (simulator.faults.pending > 0) wrong.push('the fault never struck');
  // One fault leaves the appliance in good health: whatever it did can be proved.
  if (ended.record.transaction === 'unknown') wrong.push(`${ended.end} although the appliance answers again`);
  return [...wrong, ...(await convergence(simulator))].map((complaint) => `${complaint} [${shown(ended)}]`);
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

function matrix(kinds: Readonly<Record<string, FaultAt>>, settings: RunSettings) {
  return names.flatMap((request, index) =>
    Object.entries(kinds).map(([kind, faultAt]) => ({
      name: `${kind} at ${index} ${request}`,
      run: (simulator: Simulator) => struck(faultAt(index), settings, simulator),
    })),
  );
}

test('every request × every answer: all or nothing, the report is true, the next run converges', async () => {
  expect(names.length).toBeGreaterThan(15);
  expect(await runAll(matrix(KINDS, {}))).toEqual([]);
}, 120_000);

test('every request × no answer at all: the same, within short limits', async () => {
  expect(await runAll(matrix(HANGS, { timeoutMs: 400 }))).toEqual([]);
}, 120_000);

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
