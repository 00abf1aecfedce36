import type { OutcomeCase } from '../../src/shared/outcome.ts';
import { ROOMY, SHORT, attempt, attemptWith, clientOf, type Attempt } from './attempt.ts';
import { AUTHORITIES, membersIn, prepare, snapshotOf, startBench, type Bench } from './bench.ts';
import { casesOf, nameOf, type Case } from './cases.ts';
import { stateOf, truthsOf, untruths, type Ends, type LastPlaces } from './judge.ts';
import { finder, placesOf, type Place } from './places.ts';
import { PROFILE_NAMES, scenarioOf, type RunName, type Scenario } from './scenarios.ts';
import type { Profile } from '../../src/simulator/profiles.ts';
import type { Quirks } from '../../src/simulator/quirks.ts';

/** What everybody else wrote meanwhile; it has to be there after every run. */
const FOREIGN = { path: 'datetime/timezone', body: 'Europe/Budapest' } as const;

/** One run on one firmware, gone through once without a fault. */
export interface Course {
  readonly scenario: Scenario;
  readonly known: ReadonlySet<string>;
  readonly ends: Ends;
  readonly foreignEnds: Ends;
  readonly places: readonly Place[];
  readonly last: LastPlaces;
}

/** What came of a case. */
export interface Result {
  readonly of: Case;
  readonly end: OutcomeCase;
  readonly reason: string;
  readonly transaction: string;
  /** Whether somebody else's change is gone, and the report did not say so. */
  readonly lost: boolean;
  readonly wrong: readonly string[];
}

/** What tells courses apart: which requests a run sends depends on Q8 as well, as what is hidden cannot be read. */
function courseKey({ run, profile }: Scenario, quirks: Partial<Quirks>): string {
  return JSON.stringify([run, profile, quirks.pendingVisible ?? 'own-session']);
}

/** All courses, by what tells them apart. */
export type Courses = ReadonlyMap<string, Course>;

/** Goes through the runs on every firmware that has them, and gives every case of them. */
export async function allCases(
  runs: readonly RunName[],
): Promise<{ readonly courses: Courses; readonly cases: readonly Case[] }> {
  const courses = new Map<string, Course>();
  const cases: Case[] = [];
  for (const profile of PROFILE_NAMES) {
    const bench = await startBench(profile);
    for (const run of runs) {
      const scenario = scenarioOf(run, profile, AUTHORITIES);
      if (scenario === undefined) continue;
      for (const quirks of [{}, { pendingVisible: 'nobody' }] as const) {
        courses.set(courseKey(scenario, quirks), await courseOf(bench, scenario, quirks));
      }
      cases.push(...casesOf(scenario, (quirks) => courses.get(courseKey(scenario, quirks))?.places ?? []));
    }
    await bench.simulator.stop();
  }
  return { courses, cases };
}

/** Goes through one run without a fault. */
async function courseOf(bench: Bench, scenario: Scenario, quirks: Partial<Quirks> = {}): Promise<Course> {
  prepare(bench, scenario, quirks);
  const known = membersIn(bench);
  const before = snapshotOf(bench, known);
  bench.simulator.setConfiguration(FOREIGN.path, FOREIGN.body);
  const foreignBefore = snapshotOf(bench, known);
  const foreign = await attempt(bench, scenario);
  const foreignAfter = snapshotOf(bench, known);
  prepare(bench, scenario, quirks);
  const ended = await attempt(bench, scenario);
  if (ended.end !== 'applied')
    throw new Error(`${scenario.run} on ${bench.profile} ended ${ended.end} without a fault`);
  const after = snapshotOf(bench, known);
  const places = placesOf(bench.simulator.requests, known);
  const rest = { operations: ended.record.committed, warnings: ended.warnings };
  return {
    scenario,
    known,
    ends: { old: before, new: after, ...rest },
    foreignEnds: { old: foreignBefore, new: foreignAfter, ...rest, warnings: foreign.warnings },
    places,
    last: lastOf(places),
  };
}

/** How cases are run. */
export interface Pace {
  /** How many appliances of each firmware there are side by side; most of them wait for something at any moment. */
  readonly width: number;
  /** No case begins later; by `Date.now()`. */
  readonly until: number;
}

/** Runs cases, each on the next free appliance of its firmware, for as long as there is time; gives what was run. */
export async function runCases(cases: readonly Case[], courses: Courses, pace: Pace): Promise<readonly Result[]> {
  const results = PROFILE_NAMES.map(async (profile) => {
    const left = cases.filter(({ scenario }) => scenario.profile === profile);
    const next = () => (Date.now() < pace.until ? left.shift() : undefined);
    return Promise.all(Array.from({ length: pace.width }, () => runOn(profile, next, courses)));
  });
  return (await Promise.all(results)).flat(2);
}

async function runOn(profile: Profile, next: () => Case | undefined, courses: Courses): Promise<readonly Result[]> {
  const results: Result[] = [];
  const bench = await startBench(profile);
  for (let one = next(); one !== undefined; one = next()) {
    const course = courses.get(courseKey(one.scenario, one.quirks));
    if (course === undefined) throw new Error('every case has a course');
    results.push(await runCase(bench, course, one));
  }
  await bench.simulator.stop();
  return results;
}

async function runCase(bench: Bench, course: Course, of: Case): Promise<Result> {
  const { simulator } = bench;
  const { happening, place, quirks } = of;
  const { scenario, known } = course;
  prepare(bench, scenario, quirks);
  const wrong: string[] = [];
  if (snapshotOf(bench, known).text !== course.ends.old.text) wrong.push('the appliance was not put back');
  const struck = strike(bench, of);
  const limits = happening.what === 'answer' && happening.kind.limits === 'short' ? SHORT : ROOMY;
  let ended: Attempt;
  try {
    ended = await attempt(bench, scenario, { limits });
  } catch (error) {
    const thrown = `threw ${String(error).slice(0, 200)}`;
    return { of, end: 'internal', reason: 'thrown', transaction: '', lost: false, wrong: [thrown] };
  } finally {
    struck.forget();
  }
  if (!struck.happened()) wrong.push('nothing happened');
  const isForeign = happening.what === 'foreign commit';
  const lost = isForeign && simulator.configuration(FOREIGN.path) !== FOREIGN.body;
  if (lost && !(place.phase === 'commit' && quirks.secondWriter === 'overwrite'))
    wrong.push("somebody else's change is gone, and the program could have known");
  const ends = isForeign && !lost ? course.foreignEnds : course.ends;
  const now = snapshotOf(bench, known);
  const opened = simulator.requests.some(({ method, path }) => method === 'POST' && path === '/api/transaction');
  wrong.push(...untruths(ended, now, ends, opened));
  if (ended.transaction === 'unknown') wrong.push('unknown, although the appliance answers again');
  if (simulator.openTransactions() > 0) wrong.push('a transaction was left open');
  const truths = truthsOf(of, course.last);
  if (!truths.includes(ended.end)) wrong.push(`ended ${ended.end}, true is ${truths.join(' or ')}`);
  calm(bench);
  wrong.push(...(await convergence(bench, course, ends)));
  const { end, reason, transaction } = ended;
  return {
    of,
    end,
    reason,
    transaction,
    lost,
    wrong: wrong.map((what) => `${what} [${end}: ${ended.error?.message}]`),
  };
}

/** Lets it happen at the case's request. */
function strike(bench: Bench, of: Case): { readonly forget: () => void; readonly happened: () => boolean } {
  const { simulator } = bench;
  const { happening, place } = of;
  if (happening.what === 'answer' && happening.kind.fault !== undefined && !isRealRefusal(of)) {
    const { method, path, nth } = place;
    simulator.faults.add(happening.kind.fault({ method, path, nth }, place.phase));
    return { forget: () => undefined, happened: () => simulator.faults.pending === 0 };
  }
  const isPlace = finder(place);
  let happened = false;
  const forget = simulator.onRequest((request) => {
    if (happened || !isPlace(request)) return;
    happened = true;
    change(bench, of);
  });
  return { forget, happened: () => happened };
}

/** A refusal of the commit comes from the appliance itself, so that it does to the transaction what Q3 says. */
function isRealRefusal({ happening, place }: Case): boolean {
  return happening.what === 'answer' && place.phase === 'commit' && happening.kind.refusesCommit !== undefined;
}

function change({ simulator }: Bench, { happening }: Case): void {
  switch (happening.what) {
    case 'answer': {
      const { status = 409, type = '' } = happening.kind.refusesCommit ?? {};
      Object.assign(simulator.quirks, { lockAnswer: { status, type, message: 'no', where: 'commit' } });
      simulator.lock('operator');
      return;
    }
    case 'lock':
      simulator.lock('operator');
      return;
    case 'foreign commit':
      simulator.setConfiguration(FOREIGN.path, FOREIGN.body);
      return;
    case 'inconsistent':
      simulator.quirks.semanticRule = () => ['the values do not go together'];
  }
}

/** The fault is over: whoever held the configuration has left it. */
function calm({ simulator, quirks }: Bench): void {
  simulator.faults.clear();
  simulator.lock(null);
  simulator.quirks.semanticRule = quirks.semanticRule;
}

/** What is wrong with the next run: it does what is left, and then nothing is. */
async function convergence(bench: Bench, course: Course, ends: Ends): Promise<readonly string[]> {
  const { scenario, known } = course;
  const between = snapshotOf(bench, known);
  const isDone = (ends.operations === 0 || stateOf(between, ends) === 'new') && between.joined === ends.new.joined;
  const client = clientOf(bench);
  try {
    const next = await attemptWith(client, scenario);
    const wanted = isDone ? 'inSync' : 'applied';
    if (next.end !== wanted) return [`the next run ended ${next.end} instead of ${wanted}: ${next.error?.message}`];
    const wrong: string[] = [];
    if (bench.simulator.openTransactions() > 0) wrong.push('the next run left a transaction open');
    if (isDone) return wrong;
    const after = snapshotOf(bench, known);
    if (after.text !== ends.new.text || after.joined !== ends.new.joined) wrong.push('the next run did not converge');
    const plan = await attemptWith(client, scenario, { mode: 'observe' });
    return plan.end === 'inSync' ? wrong : [...wrong, `the plan after the next run is ${plan.end}`];
  } finally {
    await client.close();
  }
}

function lastOf(places: readonly Place[]): LastPlaces {
  const at = (phase: Place['phase']) => places.findLast((place) => place.phase === phase)?.index;
  const [open, write, commit] = [at('open'), at('write'), at('commit')];
  return {
    ...(open === undefined ? {} : { open }),
    ...(write === undefined ? {} : { write }),
    ...(commit === undefined ? {} : { commit }),
  };
}

/** Where a case stood, for a complaint. */
export function titleOf({ scenario, place, happening, variant }: Case): string {
  const { run, profile } = scenario;
  return `${run} on ${profile}, ${variant}: ${nameOf(happening)} at ${place.index} ${place.kind} ${place.path.source}`;
}
