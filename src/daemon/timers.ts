/** A monotonic clock with timers on it; a test drives its own. */
export interface Timers {
  /** Milliseconds since some fixed moment; never goes back, and stands still while the machine sleeps. */
  now(): number;
  /**
   * Calls `fire` once after that many milliseconds, at most about 24 days; it may come a little early, so look at the
   * clock again. The function that comes back cancels; it may be called at any time.
   */
  start(ms: number, fire: () => void): () => void;
}

/** The longest that a timer of Node.js waits; anything longer would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** The process's own clock and timers. They do not keep the process alive: what it lives for is the daemon's to say. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  start: (ms, fire) => {
    const timer = setTimeout(fire, Math.min(ms, LONGEST_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
