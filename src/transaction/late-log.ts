import type { EventLog } from '../log/events.ts';

/** After this long, in ms, the next request is on its way, and the appliance busy with it. */
const UNDER_WAY_MS = 1;

/** A log that keeps its entries for a moment. */
export interface LateLog {
  readonly log: EventLog;
  /** Writes what has not been written yet. */
  flush(): void;
}

/**
 * Writes entries in their order, a moment after they are given: a line costs as much as the rest of our part in a write, and
 * under the lock it is to be spent while the appliance works, not while it waits for us.
 */
export function lateLog(log: EventLog): LateLog {
  let untold: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const entries = untold;
    untold = [];
    for (const tell of entries) tell();
  };
  return {
    log: (event, ...fields) => {
      untold.push(() => log(event, ...fields));
      timer ??= setTimeout(flush, UNDER_WAY_MS);
    },
    flush,
  };
}
