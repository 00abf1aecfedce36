import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attempt, type Attempt } from './attempt.ts';
import { AUTHORITIES, prepare, startBench, type Bench } from './bench.ts';
import { scenarioOf, type Scenario } from './scenarios.ts';
import { FOREIGN, MOMENTS, secondWriter, THEIR_MARK, WAYS, type Foreign, type Moment } from './second-writer.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await startBench('8.0');
});

afterAll(() => bench.simulator.stop());

interface Told {
  readonly ended: Attempt & { readonly scenario: Scenario };
  /** `kept`: the other one's change is there. `told`: it is not, or not any more, and the report says why. */
  readonly theirs: 'kept' | 'told' | 'lost';
}

async function meet(foreign: Foreign, moment: Moment, way: (typeof WAYS)[number], guard: 'on' | 'off'): Promise<Told> {
  const { simulator } = bench;
  const scenario = scenarioOf(foreign.run, '8.0', AUTHORITIES);
  if (scenario === undefined) throw new Error('8.0 has every run');
  prepare(bench, scenario, { secondWriter: way, configHash: guard === 'on' ? 'committed' : 'absent' });
  const other = secondWriter(simulator, moment, foreign);
  const ended = { ...(await attempt(bench, scenario)), scenario };
  other.forget();
  expect(other.committed()).toBe(true);
  expect(simulator.openTransactions()).toBe(0);
  expect(ended.transaction).not.toBe('unknown');
  if (foreign.isThere(simulator)) return { ended, theirs: 'kept' };
  // What was planned from their change is in the report with what it was: nobody else's word is passed over.
  const planned = JSON.stringify(
    (ended.record.planned?.plan.operations ?? []).map(({ comparison }) => comparison.patch),
  );
  return { ended, theirs: planned.includes(THEIR_MARK) ? 'told' : 'lost' };
}

/** What the other one loses, and the report has no word of it: what nobody can see. */
function isLost({ what }: Foreign, way: (typeof WAYS)[number], moment: Moment, guard: 'on' | 'off'): boolean {
  // The appliance refuses the later commit.
  if (way === 'reject') return false;
  // The other one is only there to be undone where a commit writes everything.
  if (way === 'merge' && (what === 'another object' || what === 'a new member where we prune')) return false;
  // Two members of one name are refused by whatever knows of both.
  const isTwin = what === 'a new member with the name of ours';
  if (isTwin && way === 'merge') return false;
  // With the guard, nothing that is committed before our last look is passed over; between it and our commit nobody looks.
  if (guard === 'on') return moment === 'before our commit';
  // Without it, what we touch is looked at after the open for the last time, all else never.
  if (what === 'another object') return moment !== 'before our open';
  const isRefused = isTwin || what === 'the end of what we rename';
  const unseen = MOMENTS.indexOf(isRefused ? 'before our change list' : 'before our first write');
  return MOMENTS.indexOf(moment) >= unseen;
}

/** How the next run ends, beside which nobody writes. */
function nextEnd({ what, run }: Foreign, theirs: Told['theirs'], transaction: string): string {
  // Where they took a name that the files build on, a person has to say what is meant.
  if (run === 'rename' && theirs === 'kept') return 'inputInvalid';
  // What came too late for this plan is for the next one.
  if (what === 'a new member where we prune' && theirs === 'kept') return 'applied';
  return transaction === 'committed' ? 'inSync' : 'applied';
}

describe.each(['on', 'off'] as const)('with the hash guard %s', (guard) => {
  describe.each(FOREIGN)('another writer commits $what', (foreign) => {
    test.each(WAYS)('where the appliance would %s: kept or told, but for what nobody can see', async (way) => {
      for (const moment of MOMENTS) {
        const { ended, theirs } = await meet(foreign, moment, way, guard);
        const where = [moment, ended.end];
        expect([...where, theirs === 'lost']).toEqual([...where, isLost(foreign, way, moment, guard)]);
        // A change that is lost is lost with the commit, never without one.
        if (theirs === 'lost') expect([...where, ended.transaction]).toEqual([moment, 'applied', 'committed']);
        expect([...where, ended.warnings]).toEqual([...where, []]);
        const next = await attempt(bench, ended.scenario);
        expect([...where, next.end]).toEqual([...where, nextEnd(foreign, theirs, ended.transaction)]);
      }
    });
  });
});

describe('an administrator in the web UI', () => {
  test.each([403, 409, 423, 503] as const)(
    'who holds the lock (%i) is left alone, and keeps what is saved meanwhile',
    async (status) => {
      for (const where of ['open', 'write', 'commit'] as const) {
        const scenario = scenarioOf('mixed', '8.0', AUTHORITIES);
        if (scenario === undefined) throw new Error('8.0 has every run');
        const lockAnswer = { status, type: 'Busy', message: 'The configuration is locked by {holder}.', where };
        prepare(bench, scenario, { lockAnswer });
        const { simulator } = bench;
        simulator.lock('anna');
        const before = simulator.commits.length;
        const forget = simulator.onRequest(({ method }) => {
          if (method === 'POST') simulator.setConfiguration('datetime/timezone', 'Europe/Budapest');
        });
        const ended = await attempt(bench, scenario);
        forget();
        expect([where, ended.end, simulator.commits.length]).toEqual([where, 'locked', before]);
        expect(simulator.openTransactions()).toBe(0);
        simulator.lock(null);
        expect((await attempt(bench, scenario)).end).toBe('applied');
        expect(simulator.configuration('datetime/timezone')).toBe('Europe/Budapest');
      }
    },
  );
});

describe('a hash that moved at the open while what we touch stood still', () => {
  const scenario = scenarioOf('update', '8.0', AUTHORITIES);

  test('is somebody else: the run begins anew', async () => {
    if (scenario === undefined) throw new Error('8.0 has every run');
    prepare(bench, scenario, { secondWriter: 'overwrite' });
    const { simulator } = bench;
    const opens = () =>
      simulator.requests.filter((one) => one.method === 'POST' && one.path === '/api/transaction').length;
    const forget = simulator.onRequest(({ path }) => {
      if (opens() === 1 && path === '/api/info') simulator.setConfiguration('datetime/timezone', 'Europe/Budapest');
    });
    const ended = await attempt(bench, scenario);
    forget();
    expect(ended).toMatchObject({ end: 'applied', warnings: [] });
    expect(opens()).toBe(2);
    expect(simulator.configuration('datetime/timezone')).toBe('Europe/Budapest');
  });

  test('is our own open when it moves at the next one too', async () => {
    if (scenario === undefined) throw new Error('8.0 has every run');
    prepare(bench, scenario, { configHash: 'moves-on-open' });
    expect(await attempt(bench, scenario)).toMatchObject({ end: 'applied', warnings: [] });
    const opens = bench.simulator.requests.filter(
      ({ method, path }) => method === 'POST' && path === '/api/transaction',
    );
    expect(opens).toHaveLength(2);
  });
});
