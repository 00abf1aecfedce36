import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RunQueue, type Trigger } from '../../src/daemon/run-queue.ts';
import { DrivenRuns } from '../unit/daemon/driven-runs.ts';
import { DrivenTimers, settled } from '../unit/daemon/driven-timers.ts';

const QUIET = 500;
const CEILING = 10 * QUIET;

type Step =
  | { readonly kind: 'request'; readonly trigger: Trigger }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'stop' };

const urgent = fc.constantFrom<Trigger>('start', 'cron', 'signal', 'http', 'retry');
const request = fc
  .oneof({ weight: 3, arbitrary: fc.constant<Trigger>('file') }, { weight: 1, arbitrary: urgent })
  .map((trigger): Step => ({ kind: 'request', trigger }));
const advance = fc
  .oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 3 * QUIET }), fc.constant(QUIET))
  .map((ms): Step => ({ kind: 'advance', ms }));
const end = fc.constant<Step>({ kind: 'end' });
const step = fc.oneof(
  { weight: 5, arbitrary: request },
  { weight: 5, arbitrary: advance },
  { weight: 2, arbitrary: end },
);
const steps = fc.array(step, { maxLength: 60 });
const stepsWithStop = fc.array(fc.oneof({ weight: 12, arbitrary: step }, fc.constant<Step>({ kind: 'stop' })), {
  maxLength: 60,
});

/** What happened, in order: `at` is the driven clock. */
type Fact =
  | { readonly what: 'request'; readonly trigger: Trigger; readonly at: number }
  | { readonly what: 'begin'; readonly trigger: Trigger; readonly at: number }
  | { readonly what: 'end'; readonly at: number };

/** A queue that is driven, and the facts that it made. */
class Play {
  readonly timers = new DrivenTimers();
  readonly runs = new DrivenRuns();
  readonly facts: Fact[] = [];
  readonly reason = new Error('stop');
  readonly queue = new RunQueue({
    run: async (trigger, signal) => {
      this.facts.push({ what: 'begin', trigger, at: this.timers.now() });
      await this.runs.run(trigger, signal);
      this.facts.push({ what: 'end', at: this.timers.now() });
    },
    quietPeriodMs: QUIET,
    timers: this.timers,
  });
  stopped: Promise<void> | null = null;

  async take(next: Step): Promise<void> {
    if (next.kind === 'advance') await this.timers.advance(next.ms);
    else if (next.kind === 'end') await this.runs.end();
    else if (next.kind === 'stop') {
      const again = this.queue.stop(this.reason);
      this.stopped ??= again;
    } else {
      this.facts.push({ what: 'request', trigger: next.trigger, at: this.timers.now() });
      this.queue.request(next.trigger);
    }
    await settled();
    expect(this.runs.mostAtOnce).toBeLessThanOrEqual(1);
    expect(this.queue.isRunning).toBe(this.runs.open === 1);
  }

  async takeAll(all: readonly Step[]): Promise<void> {
    for (const next of all) await this.take(next);
  }

  /** Lets everything come to its end. */
  async finish(): Promise<void> {
    const idle = this.queue.idle();
    for (let rounds = 0; rounds < 4; rounds += 1) {
      await this.timers.advance(CEILING);
      await this.runs.end();
    }
    await idle;
    expect(this.timers.armed).toBe(0);
  }
}

/**
 * Holds every run against the requests since the one before it began: there is one at least, and they tell its trigger and
 * the moment.
 */
function checkBegins(facts: readonly Fact[]): void {
  let asked: (Fact & { readonly what: 'request' })[] = [];
  let freeSince = 0;
  for (const fact of facts) {
    if (fact.what === 'request') asked.push(fact);
    if (fact.what === 'end') freeSince = fact.at;
    if (fact.what !== 'begin') continue;
    const [first] = asked;
    const last = asked.at(-1);
    // No run for nothing: this is what makes of many requests one run.
    if (first === undefined || last === undefined) throw new Error('a run began that nobody asked for');
    const other = asked.find(({ trigger }) => trigger !== 'file');
    const due = other?.at ?? Math.min(last.at + QUIET, first.at + CEILING);
    expect(fact).toEqual({ what: 'begin', trigger: other?.trigger ?? 'file', at: Math.max(due, freeSince) });
    asked = [];
  }
}

test('whatever comes when, one run at a time begins when it is due, and one after the last request', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const play = new Play();
      await play.takeAll(all);
      await play.finish();
      checkBegins(play.facts);
      const lastRequest = play.facts.findLastIndex(({ what }) => what === 'request');
      const lastBegin = play.facts.findLastIndex(({ what }) => what === 'begin');
      if (lastRequest >= 0) expect(lastBegin).toBeGreaterThan(lastRequest);
      expect(play.facts.filter(({ what }) => what === 'begin')).toHaveLength(
        play.facts.filter(({ what }) => what === 'end').length,
      );
    }),
    { numRuns: 150 },
  );
});

test('after a stop, whenever it comes, nothing begins and the run under way has been told', async () => {
  await fc.assert(
    fc.asyncProperty(steps, stepsWithStop, async (before, after) => {
      const play = new Play();
      await play.takeAll(before);
      const begun = play.runs.begun.length;
      const wasRunning = play.queue.isRunning;
      await play.take({ kind: 'stop' });
      let hasStopped = false;
      void play.stopped?.then(() => (hasStopped = true));
      await settled();
      expect(hasStopped).toBe(!wasRunning);
      expect(play.runs.begun.map(({ signal }) => signal.aborted)).toEqual(
        play.runs.begun.map((_, index) => wasRunning && index === begun - 1),
      );
      if (wasRunning) expect(play.runs.begun.at(-1)?.signal.reason).toBe(play.reason);
      await play.takeAll(after);
      await play.finish();
      expect(hasStopped).toBe(true);
      expect(play.runs.begun).toHaveLength(begun);
    }),
    { numRuns: 100 },
  );
});

test('fifty edits within a second give at most two runs, however long a run takes', async () => {
  const moments = fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 50, maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(moments, fc.integer({ min: 0, max: 2_000 }), async (edits, lastsMs) => {
      const play = new Play();
      let endAt: number | null = null;
      const sorted = edits.toSorted((left, right) => left - right);
      for (let now = 0; now < 5_000; now += 1) {
        for (; sorted[0] === now; sorted.shift()) play.queue.request('file');
        if (play.queue.isRunning) endAt ??= now + lastsMs;
        if (endAt === now) {
          endAt = null;
          await play.runs.end();
        }
        await play.timers.advance(1);
      }
      expect(play.runs.begun.length).toBeGreaterThanOrEqual(1);
      expect(play.runs.begun.length).toBeLessThanOrEqual(2);
    }),
    { numRuns: 30 },
  );
});

test('a burst that never ends has a run at least every ten quiet periods', async () => {
  const gaps = fc.array(fc.integer({ min: 1, max: QUIET - 1 }), { minLength: 60, maxLength: 120 });
  await fc.assert(
    fc.asyncProperty(gaps, async (all) => {
      const play = new Play();
      for (const ms of all) {
        await play.take({ kind: 'request', trigger: 'file' });
        await play.take({ kind: 'advance', ms });
        await play.take({ kind: 'end' });
      }
      checkBegins(play.facts);
      const begins = play.facts.filter(({ what }) => what === 'begin').map(({ at }) => at);
      const total = all.reduce((sum, ms) => sum + ms, 0);
      // The first request after a run comes less than a quiet period after it.
      expect(begins.length).toBeGreaterThanOrEqual(Math.floor(total / (CEILING + QUIET)));
      for (const [index, at] of begins.entries()) expect(at - (begins[index - 1] ?? 0)).toBeLessThan(CEILING + QUIET);
    }),
    { numRuns: 50 },
  );
});
