import { sleep } from '../shared/sleep.ts';
import { ApplianceError, isCut } from '../sps/appliance-error.ts';
import type { ApplianceWriter } from './appliance-writer.ts';
import { NEVER } from './never.ts';

/** Pauses between the attempts, in ms; the appliance may just be restarting a service. */
const PAUSES_MS = [0, 250, 1000, 2000, 4000];

/** What closing begins with: a `DELETE`, or, when the open was refused, the question whether there is anything to delete. */
export type CloseStart = 'delete' | 'ask';

/** Whether a write of ours may still be on its way: the appliance may carry it out after it has told us `closed`. */
export type LastWrite = 'answered' | 'lost';

/** How long after `closed` a lost write is given to turn up, in ms; inferred, as nothing limits it. */
const LATE_MS = 1000;

/** What closing works with. */
export interface ClosingContext {
  readonly appliance: Pick<ApplianceWriter, 'transactionStatus' | 'rollback'>;
  /** How long closing may take, in ms. */
  readonly closeTimeoutMs: number;
}

/** How closing ended; `none` when there was nothing to close. */
export type CloseEnd = 'none' | 'rolled-back' | 'unproved';

/**
 * Closes the transaction of our session and proves it: by the appliance's status, or by our session being gone and with it
 * its transaction (core.md §2.4). `unproved` after five attempts or `closeTimeoutMs`. Never throws, and does not stop for
 * the run's own signal: whoever opened a transaction closes it. `stop` is for those who close what somebody else opened.
 */
export async function closeTransaction(
  start: CloseStart,
  context: ClosingContext,
  lastWrite: LastWrite = 'answered',
  stop: AbortSignal = NEVER,
): Promise<CloseEnd> {
  // Not `AbortSignal.timeout`: nothing but the composite would lead to it, which is no reason for Node.js to keep it.
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), context.closeTimeoutMs);
  try {
    return await close(start, context, lastWrite, AbortSignal.any([limit.signal, stop]));
  } finally {
    clearTimeout(timer);
  }
}

async function close(
  start: CloseStart,
  context: ClosingContext,
  lastWrite: LastWrite,
  signal: AbortSignal,
): Promise<CloseEnd> {
  let late = lastWrite === 'lost';
  let next: CloseStart = start;
  for (const pause of PAUSES_MS) {
    try {
      await sleep(pause, signal);
      if (next === 'delete' && (await roll(context, signal)) === 'session-gone') return 'rolled-back';
      let { status } = await context.appliance.transactionStatus(signal);
      if (status === 'closed' && late) {
        await sleep(LATE_MS, signal);
        late = false;
        ({ status } = await context.appliance.transactionStatus(signal));
      }
      if (status === 'closed') return next === 'ask' ? 'none' : 'rolled-back';
      next = 'delete';
    } catch (error) {
      if (isSessionEnded(error)) return next === 'ask' ? 'none' : 'rolled-back';
      if (signal.aborted || isCut(error)) return 'unproved';
    }
  }
  return 'unproved';
}

async function roll({ appliance }: ClosingContext, signal: AbortSignal): Promise<'sent' | 'session-gone'> {
  try {
    await appliance.rollback(signal);
  } catch (error) {
    if (isSessionEnded(error)) return 'session-gone';
    if (signal.aborted) throw error;
    // A refused or lost DELETE proves nothing (Q3: 404 and 409 are possible answers); the status that follows does.
  }
  return 'sent';
}

/** The appliance itself said so: an intermediary's 401 is a reason to log in again, and no proof that a transaction is gone. */
export function isSessionEnded(error: unknown): boolean {
  return isSessionGone(error) && error instanceof ApplianceError && error.answered;
}

/** The appliance answered that it does not know our session any more; a refused login is another matter. */
export function isSessionGone(error: unknown): boolean {
  return (
    error instanceof ApplianceError && error.status === 401 && !error.request.path.startsWith('/api/authentication')
  );
}
