import type { EndFields, EventLog } from '../log/events.ts';
import { OUTCOME_TABLE } from '../shared/outcome.ts';
import { changedConditions, conditionsAfter, initialConditions, type Conditions } from './conditions.ts';
import type { Schedule } from './cron-schedule.ts';
import type { Observer } from './observer.ts';
import type { Ended, Reconciler } from './reconciler.ts';
import { retryDelay, type RetryLimits } from './retry-delay.ts';
import { RunQueue, type Trigger } from './run-queue.ts';
import type { Asked, DaemonView } from './status-board.ts';
import type { Timers } from './timers.ts';

/** Something that was started and has to be ended. */
interface Closable {
  close(): Promise<void>;
}

/** What a daemon is made of. */
export interface DaemonParts {
  readonly reconciler: Reconciler;
  readonly timers: Timers;
  /** RFC 3339. */
  readonly now: () => string;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  readonly log: EventLog;
  /** As the daemon before this one left them; null when there was none. */
  readonly conditions: Conditions | null;
  readonly quietPeriodMs: number;
  readonly retry: RetryLimits;
  /** How long a run that was stopped may take, unless its commit is under way; in ms. */
  readonly drainTimeoutMs: number;
  readonly watch: (onEvent: () => void, signal: AbortSignal) => Promise<Closable>;
  /** `onMissed` gets the number of ticks that were slept through. */
  readonly schedule: (onTick: () => void, onMissed: (moments: number) => void) => Schedule;
  readonly observer: Observer;
  /** Cuts the connection to the appliance: whatever waits for it fails at once. */
  readonly cut: () => Promise<void>;
}

/** Logins that fail are at least this far apart, in ms. */
const FATAL_PAUSE_MS = 60_000;

/** Runs reconciliations one at a time, whenever something asks for one, until it is stopped. */
export class Daemon implements DaemonView {
  readonly #parts: DaemonParts;
  readonly #queue: RunQueue;
  readonly #release: (() => void | Promise<void>)[] = [];
  #conditions: Conditions;
  readonly #starting = new AbortController();
  #failures = 0;
  #cancelRetry: () => void = () => undefined;
  #nextRetry: string | null = null;
  #ticks: Schedule | null = null;
  #last: EndFields | null = null;
  #stopping: Promise<void> | null = null;

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    this.#conditions = parts.conditions ?? initialConditions(parts.now());
    const run = (trigger: Trigger, signal: AbortSignal) => this.#run(trigger, signal);
    this.#queue = new RunQueue({ run, quietPeriodMs: parts.quietPeriodMs, timers: parts.timers });
  }

  /** The conditions as they are now. */
  get conditions(): Conditions {
    return this.#conditions;
  }

  /** The next moment of the schedule, RFC 3339; null when it does not tick. */
  get nextTick(): string | null {
    return this.#ticks?.nextTick()?.toISOString() ?? null;
  }

  /** When the last run is tried again, RFC 3339; null when it is not. */
  get nextRetry(): string | null {
    return this.#nextRetry;
  }

  /** By what the run to come was asked for; null when there is none. */
  get pending(): Trigger | null {
    return this.#queue.pending;
  }

  /** Begins to watch and to tick, and asks for the first run. What was started before a failure is ended again. */
  async start(first: Trigger): Promise<void> {
    const { watch, schedule, observer } = this.#parts;
    this.#release.push(() => this.#forgetRetry());
    try {
      this.#starting.signal.throwIfAborted();
      // An event of before the first run is answered by it.
      let onFile = (): void => undefined;
      const files = await watch(() => onFile(), this.#starting.signal);
      this.#release.push(() => files.close());
      this.#starting.signal.throwIfAborted();
      this.request(first);
      onFile = () => this.request('file');
      // Last, so that no tick is faster than the run with which everything begins.
      const ticks = schedule(
        () => this.#tick(),
        (moments) => observer.ticked(moments),
      );
      this.#ticks = ticks;
      this.#release.push(() => ticks.stop());
    } catch (error) {
      await this.stop(error);
      // What came up while everything was being ended.
      await this.#releaseAll();
      throw error;
    }
  }

  /** Asks for a run. */
  request(trigger: Trigger): void {
    this.#queue.request(trigger);
  }

  /**
   * Asks for a run on behalf of a person: it begins `now`, or `next` after the one under way; or it is `joined` to one that
   * waits already. `too-late` when the daemon takes no more requests.
   */
  ask(): Asked {
    if (this.#stopping !== null) return 'too-late';
    const { isRunning, pending } = this.#queue;
    this.request('http');
    if (!isRunning) return 'now';
    return pending === null || pending === 'file' ? 'next' : 'joined';
  }

  #tick(): void {
    this.#parts.observer.ticked(1);
    this.request('cron');
  }

  /** Resolves when no run is under way and none is waiting. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /**
   * Ends everything, the run under way with the reason: before its commit it is rolled back, after it it is seen through.
   * May be called twice and at any time.
   */
  stop(reason: unknown): Promise<void> {
    this.#stopping ??= this.#stop(reason);
    return this.#stopping;
  }

  async #stop(reason: unknown): Promise<void> {
    const { timers, drainTimeoutMs, reconciler, cut } = this.#parts;
    this.#starting.abort(reason);
    const released = this.#releaseAll();
    const drained = this.#queue.stop(reason);
    const cancel = timers.start(drainTimeoutMs, () => {
      // A commit that was sent is awaited: its own limits end that.
      if (reconciler.run?.record.commitSent !== true) void cut();
    });
    await drained;
    cancel();
    await released;
  }

  /** Last in, first out; one that fails does not keep the others open. */
  async #releaseAll(): Promise<void> {
    for (const release of this.#release.splice(0).toReversed()) {
      try {
        await release();
      } catch {
        // Ending is all that is left to do.
      }
    }
  }

  /** How the last run ended, as the last line of the log tells it. */
  get lastEnd(): Pick<EndFields, 'outcome' | 'transaction' | 'reason'> | null {
    if (this.#last === null) return null;
    const { outcome, transaction, reason } = this.#last;
    return { outcome, transaction, reason };
  }

  async #run(trigger: Trigger, signal: AbortSignal): Promise<void> {
    const { reconciler, observer } = this.#parts;
    const result = await reconciler.reconcile(trigger, signal);
    if (result.kind === 'skipped') {
      observer.passed();
      if (result.until !== null) this.#retryAt(result.until - this.#parts.timers.now());
      return;
    }
    this.#last = result.told.fields;
    this.#announce(result);
    this.#scheduleRetry(result);
    observer.ended(result.told);
  }

  #announce({ end: { end }, told }: Ended): void {
    const { log, now } = this.#parts;
    const before = this.#conditions;
    const drift = (told.drifted ?? 0) > 0 ? 'left' : 'none';
    this.#conditions = conditionsAfter(before, { end, drift }, now());
    for (const condition of changedConditions(before, this.#conditions)) {
      const { status, reason } = this.#conditions[condition];
      log('condition.changed', { condition, status, reason });
    }
  }

  #scheduleRetry({ end: { end }, restMs }: Ended): void {
    const { log, random, retry } = this.#parts;
    this.#forgetRetry();
    // Nothing comes after the run that a stop cut short.
    if (this.#stopping !== null) return;
    const row = OUTCOME_TABLE[end];
    if (row.retry !== 'transient' && row.retry !== 'fatal') {
      this.#failures = 0;
      return;
    }
    this.#failures += 1;
    const delay = Math.max(retryDelay(this.#failures, retry, random), restMs);
    const delayMs = row.retry === 'fatal' ? Math.max(delay, FATAL_PAUSE_MS) : delay;
    this.#retryAt(delayMs);
    log('retry.scheduled', { delayMs, attempt: this.#failures, reason: row.reason });
  }

  #retryAt(delayMs: number): void {
    const { timers, now } = this.#parts;
    this.#forgetRetry();
    const delay = Math.max(delayMs, 0);
    this.#nextRetry = new Date(Date.parse(now()) + delay).toISOString();
    this.#cancelRetry = timers.start(delay, () => {
      this.#nextRetry = null;
      this.request('retry');
    });
  }

  #forgetRetry(): void {
    this.#cancelRetry();
    this.#nextRetry = null;
  }
}
