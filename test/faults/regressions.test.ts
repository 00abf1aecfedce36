import { afterAll, beforeAll, expect, test } from 'vitest';
import { attempt } from './attempt.ts';
import { AUTHORITIES, prepare, startBench, type Bench } from './bench.ts';
import { PROFILE_NAMES, scenarioOf, type RunName, type Scenario } from './scenarios.ts';

// What the matrix found, each in its smallest form.

const benches = new Map<string, Bench>();

beforeAll(async () => {
  for (const profile of PROFILE_NAMES) benches.set(profile, await startBench(profile));
});

afterAll(async () => {
  await Promise.all([...benches.values()].map(({ simulator }) => simulator.stop()));
});

function on(profile: (typeof PROFILE_NAMES)[number], run: RunName): { bench: Bench; scenario: Scenario } {
  const bench = benches.get(profile);
  const scenario = scenarioOf(run, profile, AUTHORITIES);
  if (bench === undefined || scenario === undefined) throw new Error(`${profile} has the run ${run}`);
  return { bench, scenario };
}

test.each(PROFILE_NAMES)('a chain of renames is applied where pending values are hidden (%s)', async (profile) => {
  const { bench, scenario } = on(profile, 'rename');
  prepare(bench, scenario, { pendingVisible: 'nobody' });
  expect(await attempt(bench, scenario)).toMatchObject({ end: 'applied', transaction: 'committed', warnings: [] });
  expect((await attempt(bench, scenario)).end).toBe('inSync');
});

test('one answer of nonsense after the commit is no difference: it has to show twice', async () => {
  const { bench, scenario } = on('8.0', 'upload');
  prepare(bench, scenario);
  const match = { method: 'GET', path: '/api/configuration/management/license' };
  const forget = bench.simulator.onRequest(({ method, path }) => {
    if (method === 'PUT' && path === '/api/transaction') bench.simulator.faults.add({ kind: 'wrong-shape', match });
  });
  expect(await attempt(bench, scenario)).toMatchObject({ end: 'applied', transaction: 'committed' });
  forget();
  expect(bench.simulator.faults.pending).toBe(0);
});

test('a difference that shows twice is one', async () => {
  const { bench, scenario } = on('8.0', 'update');
  const normaliseAtCommit = (path: string, body: unknown) =>
    path === 'management/support_info' ? { uri: null } : (body as never);
  prepare(bench, scenario, { normaliseAtCommit });
  expect(await attempt(bench, scenario)).toMatchObject({ end: 'notIdempotent', transaction: 'committed' });
});

test('one answer of nonsense to the read-back is no value that was not taken: it has to show twice', async () => {
  const { bench, scenario } = on('8.0', 'upload');
  prepare(bench, scenario);
  const match = { method: 'GET', path: '/api/configuration/management/license' };
  const forget = bench.simulator.onRequest(({ method, path }) => {
    if (method === 'POST' && path === '/api/upload/license') bench.simulator.faults.add({ kind: 'wrong-shape', match });
  });
  expect(await attempt(bench, scenario)).toMatchObject({ end: 'applied', transaction: 'committed' });
  forget();
  expect(bench.simulator.faults.pending).toBe(0);
});

test('a lock that is told by a 503 is a lock at the second write, too', async () => {
  const { bench, scenario } = on('8.0', 'update');
  const message = 'The configuration is locked by {holder}.';
  prepare(bench, scenario, { lockAnswer: { status: 503, type: 'Busy', message, where: 'write' } });
  let writes = 0;
  const forget = bench.simulator.onRequest(({ method, path }) => {
    if (method === 'PUT' && path !== '/api/transaction' && (writes += 1) === 2) bench.simulator.lock('anna');
  });
  expect(await attempt(bench, scenario)).toMatchObject({ end: 'locked', transaction: 'rolled-back' });
  forget();
  expect(writes).toBe(2);
});
