import { existsSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import type { Profile } from '../../src/simulator/profiles.ts';
import type { RecordedRequest } from '../../src/simulator/requests.ts';
import { holdBack, SOAK, startDaemon, textOf } from './daemon.ts';
import { expectSchema, journalOf, recoveredIn, type Document } from './harness.ts';
import { mixedWorld, type MixedWorld } from './mixed-run.ts';

const APPLY = ['apply', '--yes', '--json'] as const;
const TRANSACTION = '/api/transaction';

/** The requests of an undisturbed run, and what it makes of the appliance. */
interface Course {
  readonly requests: readonly Pick<RecordedRequest, 'method' | 'path'>[];
  readonly old: string;
  readonly new: string;
  readonly open: number;
  readonly commit: number;
  /** The one that leaves Starling; after all where there is none. */
  readonly action: number;
}

async function courseOf(w: MixedWorld): Promise<Course> {
  const old = w.snapshot().text;
  const { code, stdout } = await w.run(APPLY);
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { outcome: 'applied', transaction: 'committed', committed: 6 }]);
  const requests = w.simulator.requests.map(({ method, path }) => ({ method, path }));
  const find = (wanted: string) => requests.findIndex(({ method, path }) => `${method} ${path}` === wanted);
  const action = find('DELETE /api/starling/join');
  return {
    requests,
    old,
    new: w.snapshot().text,
    open: find(`POST ${TRANSACTION}`),
    commit: find(`PUT ${TRANSACTION}`),
    action: action < 0 ? requests.length : action,
  };
}

function isWrite({ method, path }: Course['requests'][number]): boolean {
  return method !== 'GET' && path !== TRANSACTION;
}

/** The requests that the signal comes to: with `SOAK=1` all, otherwise those of the sample. */
function placesOf({ requests, open, commit, action }: Course, sample: readonly string[]): readonly number[] {
  if (SOAK) return [...requests.keys()];
  const inside = requests.slice(0, commit);
  const named: Readonly<Record<string, number>> = {
    'last before the open': open - 1,
    open,
    'first write': requests.findIndex(isWrite),
    create: requests.findIndex(({ method }, at) => at > open && method === 'POST'),
    'last write': inside.findLastIndex(isWrite),
    'last before the commit': commit - 1,
    commit,
    'after the commit': commit + 1,
    action,
  };
  return sample.map((name) => named[name] ?? expect.fail(name));
}

/** Sends the signal to an `apply` while the appliance has its request number `at` in hand, which then goes on. */
async function signalledAt(w: MixedWorld, at: number, signal: 'SIGKILL' | 'SIGTERM') {
  w.reset();
  const request = holdBack(w, ({ index }) => index === at);
  const child = w.start(APPLY);
  await request.arrived;
  child.kill(signal);
  if (signal === 'SIGKILL') await child;
  request.go();
  const ended = await child;
  // The appliance carries it out all the same.
  await vi.waitFor(() => expect(w.simulator.requests[at]?.status).not.toBeNull(), { timeout: 10_000 });
  return ended;
}

/** What the next start has to find: the journal names a transaction whenever one is open. */
function expectedFind(w: MixedWorld): readonly string[] {
  const isOpen = w.simulator.openTransactions() > 0;
  if (isOpen) expect(existsSync(journalOf(w))).toBe(true);
  if (!existsSync(journalOf(w))) return [];
  return [isOpen ? 'closed' : 'gone'];
}

/** All that there is to do is done, and nothing is open; the old or the new was there before, `left` says what of it. */
async function expectConvergence(w: MixedWorld, course: Course, left: 'old' | 'new'): Promise<void> {
  const find = expectedFind(w);
  const isLeft = !w.snapshot().joined;
  const next = await w.run(APPLY);
  const document = next.json();
  expectSchema('apply', document);
  const nothing = left === 'new' && (isLeft || course.action === course.requests.length);
  expect([next.code, document.outcome]).toEqual([0, nothing ? 'in-sync' : 'applied']);
  expect(document.transaction).toBe(left === 'old' ? 'committed' : 'none');
  expect(recoveredIn(next)).toEqual(find);
  expect(document.warnings?.map(({ code }) => code)).not.toContain('transaction-left');
  expectDone(w, course);
}

function expectDone(w: MixedWorld, course: Course): void {
  const now = w.snapshot();
  expect([now.text === course.new, now.joined]).toEqual([true, course.action === course.requests.length && now.joined]);
  expect(w.simulator.openTransactions()).toBe(0);
  expect(existsSync(journalOf(w))).toBe(false);
}

/** Which of the two is committed; anything else fails. */
function committedIn(w: MixedWorld, course: Course): 'old' | 'new' {
  const { text } = w.snapshot();
  expect([course.old, course.new]).toContain(text);
  return text === course.new ? 'new' : 'old';
}

/** What `apply` has to report that SIGTERM came to, given how far the appliance saw it come. */
function trueReport(w: MixedWorld, course: Course): Document {
  const sent = (at: number): boolean => {
    const wanted = course.requests[at];
    return w.simulator.requests.some(({ method, path }) => method === wanted?.method && path === wanted.path);
  };
  if (!sent(course.open)) return { outcome: 'failed', transaction: 'none', reason: 'Interrupted' };
  if (!sent(course.commit)) return { outcome: 'failed', transaction: 'rolled-back', reason: 'Interrupted' };
  const isAll = course.action === course.requests.length || sent(course.action);
  if (!isAll) return { outcome: 'failed', transaction: 'committed', reason: 'Interrupted' };
  return { outcome: 'applied', transaction: 'committed', reason: 'Succeeded' };
}

const SAMPLES = {
  '6.0': { SIGKILL: ['open', 'create', 'commit', 'after the commit'], SIGTERM: ['open', 'commit'] },
  '7.5': { SIGKILL: ['last before the commit'], SIGTERM: ['last before the open'] },
  '8.0': { SIGKILL: ['first write', 'action'], SIGTERM: ['last write', 'last before the commit', 'action'] },
} as const satisfies Partial<Record<Profile, Record<'SIGKILL' | 'SIGTERM', readonly string[]>>>;

const PROFILES = ['6.0', '7.5', '8.0'] as const;
const TIMEOUT_MS = SOAK ? 1_800_000 : 120_000;

function tell(what: string, profile: string, counts: ReadonlyMap<string, number>, all: number): void {
  const total = [...counts.values()].reduce((sum, one) => sum + one, 0);
  const each = [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
  process.stdout.write(`kill matrix of apply, ${what} on ${profile}: ${total} of ${all} requests: ${each}\n`);
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

test.each(PROFILES)(
  'kill -9 at the requests of an apply: the old or the new is committed, and the next apply tells what it found and converges, on %s',
  async (profile) => {
    const w = await mixedWorld(profile, SOAK ? 'spawn' : 'inside');
    const course = await courseOf(w);
    const counts = new Map<string, number>();
    for (const at of placesOf(course, SAMPLES[profile].SIGKILL)) {
      const { signal } = await signalledAt(w, at, 'SIGKILL');
      const [find] = expectedFind(w);
      const left = committedIn(w, course);
      const { method, path } = course.requests[at] ?? {};
      // Its last request is carried out; nothing but the commit commits.
      expect([method, path, signal, left]).toEqual([method, path, 'SIGKILL', at < course.commit ? 'old' : 'new']);
      expect(find).toBe(at >= course.open && at < course.commit ? 'closed' : at === course.commit ? 'gone' : find);
      await expectConvergence(w, course, left);
      count(counts, `${left} ${find ?? 'with nothing to find'}`);
    }
    tell('kill -9', profile, counts, course.requests.length);
  },
  TIMEOUT_MS,
);

test.each(PROFILES)(
  'SIGTERM at the requests of an apply: 143, rolled back or seen through, nothing left open, and the report is true, on %s',
  async (profile) => {
    const w = await mixedWorld(profile, SOAK ? 'spawn' : 'inside');
    const course = await courseOf(w);
    const counts = new Map<string, number>();
    for (const at of placesOf(course, SAMPLES[profile].SIGTERM)) {
      const { exitCode, stdout } = await signalledAt(w, at, 'SIGTERM');
      const document = JSON.parse(stdout) as Document;
      expectSchema('apply', document);
      const left = committedIn(w, course);
      const { outcome, transaction, reason } = document;
      const { method, path } = course.requests[at] ?? {};
      expect([method, path, exitCode, { outcome, transaction, reason }]).toEqual([
        ...[method, path, 143],
        trueReport(w, course),
      ]);
      expect([method, path, left]).toEqual([method, path, transaction === 'committed' ? 'new' : 'old']);
      // What was answered before the signal arrived may have led to one request more.
      if (at < course.commit - 1) expect([method, path, left]).toEqual([method, path, 'old']);
      expect([w.simulator.openTransactions(), existsSync(journalOf(w))]).toEqual([0, false]);
      await expectConvergence(w, course, left);
      count(counts, `${outcome} ${transaction}`);
    }
    tell('SIGTERM', profile, counts, course.requests.length);
  },
  TIMEOUT_MS,
);

test.each(SOAK ? PROFILES : (['8.0'] as const))(
  'after kill -9 at the last write of an apply, the daemon tells what it found and converges, on %s',
  async (profile) => {
    const w = await mixedWorld(profile, 'inside');
    const course = await courseOf(w);
    await signalledAt(w, course.requests.slice(0, course.commit).findLastIndex(isWrite), 'SIGKILL');
    expect(expectedFind(w)).toEqual(['closed']);
    expect(committedIn(w, course)).toBe('old');
    const daemon = startDaemon(w);
    expect(textOf(await daemon.until('transaction.recovered'), 'outcome')).toBe('closed');
    expect(await daemon.untilEnd()).toMatchObject({ outcome: 'applied', transaction: 'committed', committed: 6 });
    expectDone(w, course);
    await daemon.stop();
  },
  TIMEOUT_MS,
);
