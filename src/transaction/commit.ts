import type { Operation } from '../plan/plan.ts';
import { SpsGitopsError } from '../shared/errors.ts';
import { sleep } from '../shared/sleep.ts';
import { ApplianceError } from '../sps/appliance-error.ts';
import type { TransactionStatus } from '../sps/message.ts';
import { closeTransaction, isSessionEnded, isSessionGone } from './close-transaction.ts';
import { applianceAnswer, failureAt, speaksOfLock } from './failure-at.ts';
import type { Rebased } from './rebase.ts';
import { StartOver } from './start-over.ts';
import { readTouched, standStill, type Touched } from './touched.ts';
import type { TransactionContext } from './transaction-context.ts';

/** First and longest pause between two looks at a commit whose fate is open, in ms. */
const LOOK_AGAIN_MS = { first: 100, longest: 2000 };

/** What is committed, and how. */
export interface CommitRequest {
  /** The touched resources as they were before the writes. */
  readonly before: Rebased;
  /** One line of ASCII; null to send none. */
  readonly message: string | null;
  readonly policy: TransactionStatus['commitMessage'];
}

/**
 * Commits, and returns only when the commit is certain. Everything else is thrown: `StartOver`, or an error whose row is
 * true; `progress.transaction` says `unknown` when the fate could not be proved. On any other error nothing was committed, and
 * the transaction is still to be closed. A lost answer is settled by reading, never by committing again.
 */
export async function commit(request: CommitRequest, context: TransactionContext): Promise<void> {
  try {
    await send(request, context);
  } catch (error) {
    if (!isLost(error)) throw error;
    await settle(request, error, context);
    return;
  }
  // The appliance has said yes; only a transaction that stays open takes that back.
  const closing = await waitUntilClosed(context.clock() + context.commitTimeoutMs, context);
  if (closing === 'open') await settle(request, undefined, context);
}

/** Sends the commit; on a 400 that may be about the message, once more without it. core.md §13 Q5. */
async function send(request: CommitRequest, context: TransactionContext): Promise<void> {
  const { appliance, secrets } = context;
  const settled = unstoppable(context);
  try {
    await appliance.commit(request.message, settled);
  } catch (error) {
    if (isLost(error)) throw error;
    if (!mayBeAboutMessage(error, request)) {
      if (await hasTakenEffect(error, request, context)) return;
      throw refused(error, request, context);
    }
    const { status } = await appliance.transactionStatus(settled);
    if (status === 'closed') throw new StartOver('message-refused');
    try {
      await appliance.commit(null, settled);
    } catch (second) {
      throw isLost(second) ? second : failureAt('commit', second, secrets);
    }
  }
}

function mayBeAboutMessage(error: unknown, { message, policy }: CommitRequest): boolean {
  if (!(error instanceof ApplianceError) || error.status !== 400 || message === null || policy === 'required')
    return false;
  const text = JSON.stringify([error.applianceMessage, error.applianceDetails]);
  return error.type !== 'SemanticError' || /message/i.test(text);
}

function refused(error: unknown, { message, policy }: CommitRequest, { secrets }: TransactionContext): unknown {
  if (!(error instanceof ApplianceError) || error.status !== 400 || policy !== 'required') {
    return failureAt('commit', error, secrets);
  }
  const text = `the appliance refused the commit; it requires a commit message, and ${message === null ? 'none' : 'one'} was sent`;
  return new SpsGitopsError('commitRejected', text, { details: applianceAnswer(error, secrets), cause: error });
}

/** No answer, half an answer, a server error or something that is not the appliance's language. */
function isLost(error: unknown): boolean {
  return error instanceof ApplianceError && !error.answered;
}

/**
 * A proxy that repeats a PUT lets the second one be refused with "no open transaction" after the first took effect; so a
 * 404 or 409 while the transaction is closed is believed only when the touched resources are as before.
 */
async function hasTakenEffect(
  error: unknown,
  { before }: CommitRequest,
  context: TransactionContext,
): Promise<boolean> {
  if (!(error instanceof ApplianceError) || (error.status !== 404 && error.status !== 409)) return false;
  const { status } = await context.appliance.transactionStatus(unstoppable(context));
  if (status === 'open') return false;
  const fate = await readFate(before, context.clock() + context.commitTimeoutMs, 'any', context);
  if (fate === 'as-planned' || fate === 'as-before') return fate === 'as-planned';
  throw unknownFate('the touched resources are not as planned', error, context);
}

/** From the commit on, the run's own signal does not stop it: half a proof helps nobody. */
function unstoppable(context: TransactionContext): AbortSignal {
  return AbortSignal.timeout(context.commitTimeoutMs * 2 + context.closeTimeoutMs);
}

type Closing = 'closed' | 'open' | 'session-gone' | 'unreachable';

async function waitUntilClosed(deadline: number, context: TransactionContext): Promise<Closing> {
  const signal = unstoppable(context);
  let last: Closing = 'unreachable';
  for (let pause = LOOK_AGAIN_MS.first; ; pause = Math.min(pause * 2, LOOK_AGAIN_MS.longest)) {
    try {
      last = (await context.appliance.transactionStatus(signal)).status;
      if (last === 'closed') return last;
    } catch (error) {
      if (isSessionEnded(error)) return 'session-gone';
      last = 'unreachable';
    }
    if (context.clock() + pause > deadline) return last;
    await sleep(pause, signal);
  }
}

/** Finds out what became of a commit, or throws the row that is true. */
async function settle({ before }: CommitRequest, cause: unknown, context: TransactionContext): Promise<void> {
  // From the loss on: a request that timed out has used up all of the commit's own time.
  const deadline = context.clock() + context.commitTimeoutMs;
  const closing = await waitUntilClosed(deadline, context);
  if (closing === 'unreachable') throw unknownFate('the appliance could not be reached again', cause, context);
  // While our transaction is open a reading may show what is only pending, and prove nothing.
  if (closing === 'open' && (await closeTransaction('delete', context)) === 'unproved') {
    throw unknownFate('the transaction can be neither committed nor closed', cause, context);
  }
  if (closing === 'session-gone') context.appliance.forgetSession();
  const fate = await readFate(before, deadline, closing === 'session-gone' ? 'as-planned' : 'any', context);
  if (fate === 'as-planned') return;
  if (fate === 'as-before' && closing !== 'session-gone') {
    throw notCommitted(cause, context);
  }
  throw unknownFate('the touched resources are not as planned', cause, context);
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
  const operations: readonly Operation[] = before.touched.map((one) => one.operation);
  let fate: Fate = 'unread';
  for (let pause = LOOK_AGAIN_MS.first; ; pause = Math.min(pause * 2, LOOK_AGAIN_MS.longest)) {
    try {
      const now = await readWithLogin(operations, context, signal);
      if (now.every((one) => one.comparison.patch.length === 0)) return 'as-planned';
      fate = standStill(before.touched, now, before.volatile) ? 'as-before' : 'neither';
      if (tells === 'any') return fate;
    } catch (error) {
      fate = 'unread';
      if (isLoginRefused(error)) return fate;
    }
    if (context.clock() + pause > deadline) return fate;
    await sleep(pause, signal);
  }
}

/** Reads the touched resources, with a new session when the old one is gone: a commit may restart the web service. */
export async function readWithLogin(
  operations: readonly Operation[],
  context: TransactionContext,
  signal: AbortSignal,
): Promise<readonly Touched[]> {
  try {
    return await readTouched(operations, context, signal);
  } catch (error) {
    if (!isSessionGone(error)) throw error;
    context.appliance.forgetSession();
    await context.appliance.login(signal);
    return readTouched(operations, context, signal);
  }
}

/** The appliance may have said why with a 5xx: that somebody holds the configuration. */
function notCommitted(cause: unknown, { secrets }: TransactionContext): SpsGitopsError {
  const details = cause instanceof ApplianceError ? applianceAnswer(cause, secrets) : {};
  const isLock = cause instanceof ApplianceError && cause.guideShaped && speaksOfLock(cause);
  return isLock
    ? new SpsGitopsError('locked', 'the configuration is locked by someone else; nothing was committed', {
        cause,
        details,
      })
    : new SpsGitopsError('commitFailed', 'the commit was lost: nothing was committed', { cause, details });
}

/** Logging in again and again with what was refused would lock the account. */
export function isLoginRefused(error: unknown): boolean {
  return error instanceof ApplianceError && error.request.path.startsWith('/api/authentication') && error.answered;
}

function unknownFate(why: string, cause: unknown, context: TransactionContext): SpsGitopsError {
  context.progress.transaction = 'unknown';
  return new SpsGitopsError('commitUnknown', `it is not known whether the commit took effect: ${why}`, {
    cause,
    hint: 'compare with `sps-gitops plan` once the appliance answers again',
  });
}
