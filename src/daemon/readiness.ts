/** Why the daemon is ready, or is not. */
export type ReadinessCode =
  'in-order' | 'blocked-for-now' | 'no-run-yet' | 'stopping' | 'failed' | 'blocked' | 'ticks-missed';

/** Whether the daemon does what it is there for. The contract, section 8. */
export interface Readiness {
  readonly ready: boolean;
  readonly code: ReadinessCode;
  /** Why, for people. */
  readonly message: string;
}

/** What decides. */
export interface ReadinessFacts {
  readonly isStopping: boolean;
  /** Of the last run that finished; null before the first. */
  readonly last: { readonly outcome: string; readonly reason: string } | null;
  /** How long runs have been ending `blocked`, in ms; 0 when the last did not. */
  readonly blockedMs: number;
  /** Moments of the schedule since a trigger was last answered. */
  readonly ticks: number;
}

/** A lock or a brake that lasts longer is somebody's business. */
const PATIENCE_MS = 15 * 60_000;

/** More missed ticks than this, and the daemon hangs. */
const MOST_TICKS = 2;

/** Whether the daemon is ready, and why. */
export function readinessOf({ isStopping, last, blockedMs, ticks }: ReadinessFacts): Readiness {
  if (isStopping) return not('stopping', 'the daemon is stopping');
  if (last === null) return not('no-run-yet', 'no run has finished yet');
  const ended = `the last run ended ${last.outcome} (${last.reason})`;
  if (last.outcome === 'failed') return not('failed', ended);
  if (last.outcome === 'blocked' && blockedMs >= PATIENCE_MS) {
    return not('blocked', `${ended}, and runs have been blocked for ${Math.floor(blockedMs / 60_000)} minutes`);
  }
  if (ticks > MOST_TICKS) return not('ticks-missed', `${ended}, and more than ${MOST_TICKS} ticks were missed since`);
  if (last.outcome === 'blocked') {
    return { ready: true, code: 'blocked-for-now', message: `${ended}, for less than 15 minutes so far` };
  }
  return { ready: true, code: 'in-order', message: ended };
}

function not(code: ReadinessCode, message: string): Readiness {
  return { ready: false, code, message };
}
