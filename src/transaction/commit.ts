import { both } from '../shared/concurrency.ts';
import { SpsGitopsError } from '../shared/errors.ts';
import { ApplianceError } from '../sps/appliance-error.ts';
import type { TransactionStatus } from '../sps/message.ts';
import { applianceAnswer, failureAt } from './failure-at.ts';
import type { Rebased } from './rebase.ts';
import { hasTakenEffect, settleCommit, unstoppable, waitUntilClosed } from './settle-commit.ts';
import { StartOver } from './start-over.ts';
import { readTouched, type Touched } from './touched.ts';
import type { TransactionContext } from './transaction-context.ts';

/** What is committed, and how. */
export interface CommitRequest {
  /** The touched resources as they were before the writes. */
  readonly before: Rebased;
  /** One line of ASCII; null to send none. */
  readonly message: string | null;
  readonly policy: TransactionStatus['commitMessage'];
}

/** A commit that is certain. */
export interface Committed {
  /** The time, by the context's clock, since when nobody is locked out any more. */
  readonly freed: number;
  /** The touched resources as they were read since; null where no reading counts yet. */
  readonly read: readonly Touched[] | null;
}

/**
 * Commits, and returns only when the commit is certain. Everything else is thrown: `StartOver`, or an error whose row is
 * true; `progress.transaction` says `unknown` when the fate could not be proved. On any other error nothing was committed,
 * and the transaction is still to be closed. A lost answer is settled by reading, never by committing again.
 */
export async function commit(request: CommitRequest, context: TransactionContext): Promise<Committed> {
  try {
    await send(request, context);
  } catch (error) {
    if (!isLost(error)) throw error;
    await settleCommit(request.before, error, context);
    return { freed: context.clock(), read: null };
  }
  const freed = context.clock();
  const [{ closing, looks }, read] = await both(waitUntilClosed(context), readBeside(request.before, context));
  // While the transaction was open, what was read may have been what was only pending.
  if (closing === 'closed' && looks === 1) return { freed, read };
  // The appliance has said yes; only a transaction that stays open takes that back.
  if (closing !== 'open') return { freed, read: null };
  await settleCommit(request.before, undefined, context, closing);
  return { freed: context.clock(), read: null };
}

/** What the commit has made, read while its end is asked for; null where it cannot be read now. */
async function readBeside(
  { touched, created }: Rebased,
  context: TransactionContext,
): Promise<readonly Touched[] | null> {
  try {
    const operations = touched.map(({ operation }) => operation);
    return await readTouched(operations, created, context, unstoppable(context));
  } catch {
    // The proof reads again, and says what is wrong.
    return null;
  }
}

/** Sends the commit; on a 400 that may be about the message, once more without it. core.md §13 Q5. */
async function send(request: CommitRequest, context: TransactionContext): Promise<void> {
  const { appliance, secrets } = context;
  const settled = unstoppable(context);
  context.progress.commitSent = true;
  try {
    await appliance.commit(request.message, settled);
  } catch (error) {
    if (isLost(error)) throw error;
    if (!mayBeAboutMessage(error, request)) {
      if (await hasTakenEffect(error, request.before, context)) return;
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
