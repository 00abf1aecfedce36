import type { Timers } from '../../../src/daemon/timers.ts';

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** Timers on a clock that stands still until a test moves it. */
export class DrivenTimers implements Timers {
  #now = 0;
  #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  start(ms: number, fire: () => void): () => void {
    const timer = { at: this.#now + ms, fire };
    this.#timers.push(timer);
    return () => this.#remove(timer);
  }

  /** How many timers have neither fired nor been cancelled. */
  get armed(): number {
    return this.#timers.length;
  }

  /** Moves the clock, firing on the way what is due, each at its own time, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (let timer = this.#first(end); timer !== undefined; timer = this.#first(end)) {
      this.#now = Math.max(this.#now, timer.at);
      this.#remove(timer);
      timer.fire();
      await settled();
    }
    this.#now = end;
  }

  #first(end: number): Timer | undefined {
    const [first] = this.#timers.filter(({ at }) => at <= end).toSorted((left, right) => left.at - right.at);
    return first;
  }

  #remove(timer: Timer): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }
}

/** Comes back when every promise that can settle has. */
export async function settled(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
