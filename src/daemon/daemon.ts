import type { EventLog } from '../log/events.ts';
import { OUTCOME_TABLE } from '../shared/outcome.ts';
import { changedConditions, conditionsAfter, initialConditions, type Conditions } from './conditions.ts';
import type { Schedule } from './cron-schedule.ts';
import type { Reconciled, Reconciler } from './reconciler.ts';
import { retryDelay, type RetryLimits } from './retry-delay.ts';
import { RunQueue, type Trigger } from './run-queue.ts';
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
  readonly schedule: (onTick: () => void) => Schedule;
  /** Cuts the connection to the appliance: whatever waits for it fails at once. */
  readonly cut: () => Promise<void>;
}

/** Logins that fail are at least this far apart, in ms. */
const FATAL_PAUSE_MS = 60_000;

/** Runs reconciliations one at a time, whenever something asks for one, until it is stopped. */
export class Daemon {
  readonly #parts: DaemonParts;
  readonly #queue: RunQueue;
  readonly #release: (() => void | Promise<void>)[] = [];
  #conditions: Conditions;
  readonly #starting = new AbortController();
  #failures = 0;
  #cancelRetry: () => void = () => undefined;
  #last: Extract<Reconciled, { kind: 'ended' }> | null = null;
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

  /** Begins to watch and to tick, and asks for the first run. What was started before a failure is ended again. */
  async start(first: Trigger): Promise<void> {
    const { watch, schedule } = this.#parts;
    this.#release.push(() => this.#cancelRetry());
    try {
      this.#starting.signal.throwIfAborted();
      const ticks = schedule(() => this.request('cron'));
      this.#release.push(() => ticks.stop());
      const files = await watch(() => this.request('file'), this.#starting.signal);
      this.#release.push(() => files.close());
      this.#starting.signal.throwIfAborted();
      this.request(first);
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
  get lastEnd(): { readonly outcome: string; readonly transaction: string; readonly reason: string } | null {
    if (this.#last === null) return null;
    const { end, transaction } = this.#last.end;
    return { outcome: OUTCOME_TABLE[end].outcome, transaction, reason: OUTCOME_TABLE[end].reason };
  }

  async #run(trigger: Trigger, signal: AbortSignal): Promise<void> {
    const result = await this.#parts.reconciler.reconcile(trigger, signal);
    if (result.kind === 'skipped') {
      if (result.until !== null) this.#retryAt(result.until - this.#parts.timers.now());
      return;
    }
    this.#last = result;
    this.#announce(result);
    this.#scheduleRetry(result);
  }

  #announce({ end: { end }, drift }: Extract<Reconciled, { kind: 'ended' }>): void {
    const { log, now } = this.#parts;
    const before = this.#conditions;
    this.#conditions = conditionsAfter(before, { end, drift }, now());
    for (const condition of changedConditions(before, this.#conditions)) {
      const { status, reason } = this.#conditions[condition];
      log('condition.changed', { condition, status, reason });
    }
  }

  #scheduleRetry({ end: { end } }: Extract<Reconciled, { kind: 'ended' }>): void {
    const { log, random, retry } = this.#parts;
    this.#cancelRetry();
    // Nothing comes after the run that a stop cut short.
    if (this.#stopping !== null) return;
    const row = OUTCOME_TABLE[end];
    if (row.retry !== 'transient' && row.retry !== 'fatal') {
      this.#failures = 0;
      return;
    }
    this.#failures += 1;
    const delay = retryDelay(this.#failures, retry, random);
    const delayMs = row.retry === 'fatal' ? Math.max(delay, FATAL_PAUSE_MS) : delay;
    this.#retryAt(delayMs);
    log('retry.scheduled', { delayMs, attempt: this.#failures, reason: row.reason });
  }

  #retryAt(delayMs: number): void {
    this.#cancelRetry();
    this.#cancelRetry = this.#parts.timers.start(Math.max(delayMs, 0), () => this.request('retry'));
  }
}
