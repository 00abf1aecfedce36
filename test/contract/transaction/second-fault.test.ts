import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fault } from '../../../src/simulator/faults.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { startSimulator } from '../../simulated.ts';
import { COMMIT, OLD, reconcile, reset, SPLUNK, SUPPORT, TRANSACTION, untruths } from './harness.ts';

type Match = Fault['match'];
type FaultOn = (match: Match) => Fault;

const KINDS: Readonly<Record<string, FaultOn>> = {
  'drop-before': (match) => ({ kind: 'drop-before', match }),
  'drop-after': (match) => ({ kind: 'drop-after', match }),
  'wrong-shape': (match) => ({ kind: 'wrong-shape', match }),
  'expire-session': (match) => ({ kind: 'expire-session', match }),
  '200 html': (match) => ({ kind: 'html', status: 200, match }),
  '401 html': (match) => ({ kind: 'html', status: 401, match }),
  '403 json': (match) => ({ kind: 'status', status: 403, json: { error: { type: 'Unauthorized' } }, match }),
  '404 json': (match) => ({ kind: 'status', status: 404, json: { error: { type: 'NotFound' } }, match }),
  '500 json': (match) => ({ kind: 'status', status: 500, json: { error: { type: 'Oops' } }, match }),
  '503 html': (match) => ({ kind: 'html', status: 503, match }),
};

const LOST: Readonly<Record<string, Fault>> = {
  'dropped before': { kind: 'drop-before', match: COMMIT },
  'dropped after': { kind: 'drop-after', match: COMMIT },
  'a page of 502': { kind: 'html', status: 502, match: COMMIT },
  'a page of 200': { kind: 'html', status: 200, match: COMMIT },
};

const AFTER_COMMIT: Readonly<Record<string, Match>> = {
  'the status': { method: 'GET', path: TRANSACTION },
  'the DELETE': { method: 'DELETE', path: TRANSACTION },
  'a final read': { method: 'GET', path: SPLUNK },
};

const AFTER_WRITE: Readonly<Record<string, Match>> = {
  'the status': { method: 'GET', path: TRANSACTION },
  'the DELETE': { method: 'DELETE', path: TRANSACTION },
};

interface Case {
  readonly name: string;
  readonly first: Fault;
  /** Strikes from here on. */
  readonly from: (request: { readonly method: string; readonly path: string }) => boolean;
  readonly second: Fault;
}

const isCommit: Case['from'] = ({ method, path }) => method === 'PUT' && path === TRANSACTION;
const isSecondWrite: Case['from'] = ({ method, path }) => method === 'PUT' && path === SUPPORT;

/** Each pair of faults with one of the counts in turn: all of them together cost more than they show. */
function pairs(
  lost: Readonly<Record<string, Fault>>,
  places: Readonly<Record<string, Match>>,
  times: readonly number[],
  from: Case['from'],
): readonly Case[] {
  return Object.entries(lost).flatMap(([loss, first]) =>
    Object.entries(places).flatMap(([place, match]) =>
      Object.entries(KINDS).flatMap(([kind, faultOn], index) =>
        times.slice(index % times.length, (index % times.length) + 1).map((count) => ({
          name: `${loss}, then ${kind} × ${count} at ${place}`,
          first,
          from,
          second: { ...faultOn(match), times: count },
        })),
      ),
    ),
  );
}

let simulators: readonly Simulator[] = [];

beforeAll(async () => {
  const options = { profile: '8.0', configuration: OLD } as const;
  simulators = await Promise.all(Array.from({ length: 8 }, () => startSimulator(options)));
});

afterAll(async () => {
  await Promise.all(simulators.map((simulator) => simulator.stop()));
});

async function runAll(cases: readonly Case[]): Promise<readonly string[]> {
  const left = [...cases];
  const wrong: string[] = [];
  await Promise.all(
    simulators.map(async (simulator) => {
      for (let one = left.shift(); one !== undefined; one = left.shift()) {
        const { name, first, from, second } = one;
        reset(simulator);
        simulator.faults.add(first);
        let armed = false;
        const forget = simulator.onRequest((request) => {
          if (armed || !from(request)) return;
          armed = true;
          simulator.faults.add(second);
        });
        try {
          const ended = await reconcile(simulator, { timeoutMs: 2000, commitTimeoutMs: 300, closeTimeoutMs: 900 });
          const { end, record } = ended;
          wrong.push(...untruths(ended, simulator).map((what) => `${name}: ${what} [${end}, ${record.transaction}]`));
        } catch (error) {
          wrong.push(`${name}: threw ${String(error).slice(0, 200)}`);
        } finally {
          forget();
        }
      }
    }),
  );
  return wrong.toSorted();
}

test('a lost commit, and a second fault while it is settled: the report is true', async () => {
  expect(await runAll(pairs(LOST, AFTER_COMMIT, [1, 1000], isCommit))).toEqual([]);
}, 120_000);

test('a failed write, and a second fault while it is rolled back: the report is true', async () => {
  const first = { 'a page of 502': { kind: 'html', status: 502, match: { method: 'PUT', path: SUPPORT } } } as const;
  expect(await runAll(pairs(first, AFTER_WRITE, [1, 1000], isSecondWrite))).toEqual([]);
}, 120_000);
