import type { Timers } from './timers.ts';

/** What started a run; the contract, section 7. */
export type Trigger = 'start' | 'file' | 'cron' | 'signal' | 'http' | 'retry';

/** What a queue needs. */
export interface RunQueueOptions {
  /** One run, to its end; never rejects. The signal aborts with the reason that `stop` was given. */
  readonly run: (trigger: Trigger, signal: AbortSignal) => Promise<void>;
  /** How long file events must have been silent, in milliseconds, before they start a run. */
  readonly quietPeriodMs: number;
  readonly timers: Timers;
}

/** However long file events go on, this many quiet periods after the first one a run starts. */
const CEILING = 10;

/** The one run that is to come. */
interface Waiting {
  /** The first that was not about a file, else `file`. */
  readonly trigger: Trigger;
  /** When it may start, on the clock of the timers. */
  readonly due: number;
  /** What file events cannot push `due` beyond. */
  readonly ceiling: number;
}

/**
 * One run at a time. Requests that come while one is under way, or while file events have not settled, become exactly one
 * more, which begins after the last of them: none is lost. The contract, section 7.
 */
export class RunQueue {
  readonly #run: RunQueueOptions['run'];
  readonly #quietPeriodMs: number;
  readonly #timers: Timers;
  #running: AbortController | null = null;
  #waiting: Waiting | null = null;
  #cancelTimer: () => void = () => {};
  #isStopped = false;
  #idleListeners: (() => void)[] = [];

  constructor({ run, quietPeriodMs, timers }: RunQueueOptions) {
    this.#run = run;
    this.#quietPeriodMs = quietPeriodMs;
    this.#timers = timers;
  }

  /** What the run to come was asked for by; null when there is none. */
  get pending(): Trigger | null {
    return this.#waiting?.trigger ?? null;
  }

  /** Whether a run is under way. */
  get isRunning(): boolean {
    return this.#running !== null;
  }

  /**
   * Asks for a run that begins from now on: a `file` request once file events are silent for the quiet period, or ten
   * periods after the first; any other at once, and with it the file requests that wait. Does nothing after `stop`.
   */
  request(trigger: Trigger): void {
    if (this.#isStopped) return;
    this.#waiting = this.#joined(trigger);
    this.#proceed();
  }

  /**
   * Takes no more requests, forgets those that wait and aborts the run under way with the reason. Resolves when that run
   * has ended. May be called twice and at any time; the first reason counts.
   */
  stop(reason: unknown): Promise<void> {
    if (!this.#isStopped) {
      this.#isStopped = true;
      this.#waiting = null;
      this.#cancelTimer();
      this.#running?.abort(reason);
      this.#tellIdle();
    }
    return this.idle();
  }

  /** Resolves as soon as no run is under way and none is to come. */
  async idle(): Promise<void> {
    if (this.#isIdle()) return;
    await new Promise<void>((resolve) => this.#idleListeners.push(resolve));
  }

  /** The run to come, with one more request in it. */
  #joined(trigger: Trigger): Waiting {
    const now = this.#timers.now();
    const waiting = this.#waiting;
    // What waits for the end of a run and not for silence takes everything along.
    if (waiting !== null && waiting.trigger !== 'file') return waiting;
    if (trigger !== 'file') return { trigger, due: now, ceiling: now };
    const ceiling = waiting?.ceiling ?? now + CEILING * this.#quietPeriodMs;
    return { trigger, due: Math.min(now + this.#quietPeriodMs, ceiling), ceiling };
  }

  /** Starts what is due, or waits for it; called whenever something changed. */
  #proceed(): void {
    if (this.#running !== null || this.#waiting === null) return;
    this.#cancelTimer();
    const { trigger, due } = this.#waiting;
    const remaining = due - this.#timers.now();
    if (remaining > 0) {
      this.#cancelTimer = this.#timers.start(remaining, () => this.#proceed());
      return;
    }
    this.#waiting = null;
    void this.#start(trigger);
  }

  async #start(trigger: Trigger): Promise<void> {
    const running = new AbortController();
    // Before the run gets to work: a request that it makes itself is one that comes while it is under way.
    this.#running = running;
    try {
      await this.#run(trigger, running.signal);
    } finally {
      this.#running = null;
      this.#proceed();
      this.#tellIdle();
    }
  }

  #isIdle(): boolean {
    return this.#running === null && this.#waiting === null;
  }

  #tellIdle(): void {
    if (!this.#isIdle()) return;
    const listeners = this.#idleListeners;
    this.#idleListeners = [];
    for (const listener of listeners) listener();
  }
}
