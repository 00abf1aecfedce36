import { expect, test } from 'vitest';
import type { Fault } from '../../../src/simulator/faults.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { COMMIT, DELETE, reconcile, SPLUNK, STATUS, SUPPORT, TRANSACTION, untruths } from './harness.ts';
import { sideBySide, type Case } from './side-by-side.ts';

const { runAll } = sideBySide('8.0');

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
  'the status': STATUS,
  'the DELETE': DELETE,
  'a final read': { method: 'GET', path: SPLUNK },
};

const AFTER_WRITE: Readonly<Record<string, Match>> = {
  'the status': STATUS,
  'the DELETE': DELETE,
};

interface Pair {
  readonly first: Fault;
  /** Strikes from here on. */
  readonly from: (request: { readonly method: string; readonly path: string }) => boolean;
  readonly second: Fault;
}

const isCommit: Pair['from'] = ({ method, path }) => method === 'PUT' && path === TRANSACTION;
const isSecondWrite: Pair['from'] = ({ method, path }) => method === 'PUT' && path === SUPPORT;

/** Each pair of faults; the second strikes once or for good, in turn: both for each cost more than they show. */
function pairs(
  lost: Readonly<Record<string, Fault>>,
  places: Readonly<Record<string, Match>>,
  from: Pair['from'],
): readonly Case[] {
  return Object.entries(lost).flatMap(([loss, first]) =>
    Object.entries(places).flatMap(([place, match]) =>
      Object.entries(KINDS).map(([kind, faultOn], index) => {
        const times = index % 2 === 0 ? 1 : 1000;
        return {
          name: `${loss}, then ${kind} × ${times} at ${place}`,
          run: (simulator: Simulator) => struckTwice(simulator, { first, from, second: { ...faultOn(match), times } }),
        };
      }),
    ),
  );
}

/** A run that the second fault strikes as soon as it has come to the place. */
async function struckTwice(simulator: Simulator, { first, from, second }: Pair): Promise<readonly string[]> {
  simulator.faults.add(first);
  let armed = false;
  const forget = simulator.onRequest((request) => {
    if (armed || !from(request)) return;
    armed = true;
    simulator.faults.add(second);
  });
  try {
    const ended = await reconcile(simulator, { timeoutMs: 2000, commitTimeoutMs: 300, closeTimeoutMs: 900 });
    return untruths(ended, simulator).map((what) => `${what} [${ended.end}, ${ended.record.transaction}]`);
  } finally {
    forget();
  }
}

test('a lost commit, and a second fault while it is settled: the report is true', async () => {
  expect(await runAll(pairs(LOST, AFTER_COMMIT, isCommit))).toEqual([]);
}, 120_000);

test('a failed write, and a second fault while it is rolled back: the report is true', async () => {
  const first = { 'a page of 502': { kind: 'html', status: 502, match: { method: 'PUT', path: SUPPORT } } } as const;
  expect(await runAll(pairs(first, AFTER_WRITE, isSecondWrite))).toEqual([]);
}, 120_000);
