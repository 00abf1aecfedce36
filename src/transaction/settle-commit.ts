import type { StagedOperation } from '../plan/operation.ts';
import { SpsGitopsError } from '../shared/errors.ts';
import { ApplianceError } from '../sps/appliance-error.ts';
import { closeTransaction, isSessionEnded } from './close-transaction.ts';
import { applianceAnswer, speaksOfLock } from './failure-at.ts';
import { lookAgain } from './look-again.ts';
import { isLoginRefused, readCommitted } from './read-committed.ts';
import type { Rebased } from './rebase.ts';
import { standStill } from './touched.ts';
import type { TransactionContext } from './transaction-context.ts';

/** From the commit on, the run's own signal does not stop it: half a proof helps nobody. Bounded all the same. */
export function unstoppable(context: TransactionContext): AbortSignal {
  return AbortSignal.timeout(context.commitTimeoutMs * 2 + context.closeTimeoutMs);
}

/** What the status of our transaction was when the looking ended. */
export type Closing = 'closed' | 'open' | 'session-gone' | 'unreachable';

/** What came of looking, and how often it was looked. */
interface Looked {
  readonly closing: Closing;
  readonly looks: number;
}

/** Asks for the status until it is closed, at most `commitTimeoutMs`. */
export async function waitUntilClosed(context: TransactionContext): Promise<Looked> {
  const signal = unstoppable(context);
  const deadline = context.clock() + context.commitTimeoutMs;
  let last: Closing = 'unreachable';
  let looks = 0;
  const look = async (): Promise<Closing | undefined> => {
    looks += 1;
    try {
      last = (await context.appliance.transactionStatus(signal)).status;
      return last === 'closed' ? last : undefined;
    } catch (error) {
      last = 'unreachable';
      return isSessionEnded(error) ? 'session-gone' : undefined;
    }
  };
  const closing = (await lookAgain(look, deadline, context, signal)) ?? last;
  return { closing, looks };
}

/**
 * Finds out what became of a commit whose answer proves nothing, or throws the row that is true. `known` is what waiting
 * for the transaction to close has come to already.
 */
export async function settleCommit(
  before: Rebased,
  cause: unknown,
  context: TransactionContext,
  known?: Closing,
): Promise<void> {
  // From the loss on: a request that timed out has used up all of the commit's own time.
  const deadline = context.clock() + context.commitTimeoutMs;
  const closing = known ?? (await waitUntilClosed(context)).closing;
  if (closing === 'unreachable') throw unknownFate('the appliance could not be reached again', cause, context);
  // While our transaction is open a reading may show what is only pending, and prove nothing.
  if (closing === 'open' && (await closeTransaction('delete', context)) === 'unproved') {
    throw unknownFate('the transaction can be neither committed nor closed', cause, context);
  }
  if (closing === 'session-gone') context.appliance.forgetSession();
  const fate = await readFate(before, deadline, closing === 'session-gone' ? 'as-planned' : 'any', context);
  if (fate === 'as-planned') return;
  if (fate === 'as-before' && closing !== 'session-gone') throw notCommitted(cause, context);
  throw unknownFate('the touched resources are not as planned', cause, context);
}

/**
 * A proxy that repeats a PUT lets the second one be refused with "no open transaction" after the first took effect; so a
 * 404 or 409 while the transaction is closed is believed only when the touched resources are as before.
 */
export async function hasTakenEffect(error: unknown, before: Rebased, context: TransactionContext): Promise<boolean> {
  if (!(error instanceof ApplianceError) || (error.status !== 404 && error.status !== 409)) return false;
  const { status } = await context.appliance.transactionStatus(unstoppable(context));
  if (status === 'open') return false;
  const fate = await readFate(before, context.clock() + context.commitTimeoutMs, 'any', context);
  if (fate === 'as-planned' || fate === 'as-before') return fate === 'as-planned';
  throw unknownFate('the touched resources are not as planned', error, context);
}

type Fate = 'as-planned' | 'as-before' | 'neither' | 'unread';

/**
 * Reads the touched resources until they tell, or the deadline is over. A new session sees only its own transaction, so
 * for it nothing but the plan come true tells.
 */
async function readFate(
  before: Rebased,
  deadline: number,
  tells: 'any' | 'as-planned',
  context: TransactionContext,
): Promise<Fate> {
  const signal = unstoppable(context);
  const operations: readonly StagedOperation[] = before.touched.map((one) => one.operation);
  let last: Fate = 'unread';
  const look = async (): Promise<Fate | undefined> => {
    try {
      const now = await readCommitted(operations, before.created, context, signal);
      if (now.every((one) => one.comparison.patch.length === 0)) return 'as-planned';
      last = standStill(before.touched, now, before.volatile) ? 'as-before' : 'neither';
      return tells === 'any' ? last : undefined;
    } catch (error) {
      last = 'unread';
      return isLoginRefused(error) ? last : undefined;
    }
  };
  return (await lookAgain(look, deadline, context, signal)) ?? last;
}

/** The appliance may have said why with a 5xx: that somebody holds the configuration. */
function notCommitted(cause: unknown, { secrets }: TransactionContext): SpsGitopsError {
  const details = cause instanceof ApplianceError ? applianceAnswer(cause, secrets) : {};
  const isLock =
    cause instanceof ApplianceError && (cause.status === 423 || (cause.guideShaped && speaksOfLock(cause)));
  return isLock
    ? new SpsGitopsError('locked', 'the configuration is locked by someone else; nothing was committed', {
        cause,
        details,
      })
    : new SpsGitopsError('commitFailed', 'the commit was lost: nothing was committed', { cause, details });
}

function unknownFate(why: string, cause: unknown, context: TransactionContext): SpsGitopsError {
  context.progress.transaction = 'unknown';
  const details = cause instanceof ApplianceError ? applianceAnswer(cause, context.secrets) : {};
  return new SpsGitopsError('commitUnknown', `it is not known whether the commit took effect: ${why}`, {
    cause,
    details,
    hint: 'compare with `sps-gitops plan` once the appliance answers again',
  });
}
