import type { Trigger } from '../../../src/daemon/run-queue.ts';
import { settled } from './driven-timers.ts';

/** One run that was begun. */
export interface DrivenRun {
  readonly trigger: Trigger;
  readonly signal: AbortSignal;
}

/** Runs that last until a test ends them. */
export class DrivenRuns {
  readonly begun: DrivenRun[] = [];
  readonly #ends: (() => void)[] = [];
  #mostAtOnce = 0;

  /** What a queue calls. */
  readonly run = (trigger: Trigger, signal: AbortSignal): Promise<void> => {
    this.begun.push({ trigger, signal });
    return new Promise((resolve) => {
      this.#ends.push(resolve);
      this.#mostAtOnce = Math.max(this.#mostAtOnce, this.#ends.length);
    });
  };

  /** How many were ever under way together. */
  get mostAtOnce(): number {
    return this.#mostAtOnce;
  }

  /** How many are under way. */
  get open(): number {
    return this.#ends.length;
  }

  /** Ends those that are under way. */
  async end(): Promise<void> {
    for (const end of this.#ends.splice(0)) end();
    await settled();
  }

  /** The triggers so far, in order. */
  triggers(): readonly Trigger[] {
    return this.begun.map(({ trigger }) => trigger);
  }
}
