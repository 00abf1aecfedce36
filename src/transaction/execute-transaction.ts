import type { StagedOperation } from '../plan/operation.ts';
import { SpsGitopsError } from '../shared/errors.ts';
import { ApplianceError } from '../sps/appliance-error.ts';
import type { TransactionStatus } from '../sps/message.ts';
import { closeTransaction, type CloseStart } from './close-transaction.ts';
import { commit, type Committed } from './commit.ts';
import { failureAt } from './failure-at.ts';
import { journaled } from './journaled.ts';
import { lateLog } from './late-log.ts';
import { NEVER } from './never.ts';
import { orAborted } from './or-aborted.ts';
import { proveCommit } from './prove-commit.ts';
import { rebase, type HashBase, type PlanBase, type Rebased } from './rebase.ts';
import { stage } from './stage.ts';
import { StartOver } from './start-over.ts';
import type { TransactionContext } from './transaction-context.ts';
import { verifyStaged } from './verify-staged.ts';

/** What a transaction is to do. */
export interface TransactionOrder extends PlanBase {
  readonly operations: readonly StagedOperation[];
  /** The commit message, one line of ASCII; null to send none. */
  readonly message: string | null;
}

/** How a transaction ended that did not fail. `hash` is what `config_hash` was compared with when it moved. */
export type TransactionEnd =
  { readonly kind: 'committed' } | { readonly kind: 'start-over'; readonly cause: StartOver; readonly hash: HashBase };

/**
 * Applies the operations in one transaction: open, read again, stage, check, commit, prove. Whatever goes wrong before the
 * commit is certain, the transaction is closed and that is proved; `progress` says what became of it. Throws
 * `SpsGitopsError` with the row that is true, or whatever the run's signal was aborted with.
 */
export async function executeTransaction(
  order: TransactionOrder,
  context: TransactionContext,
): Promise<TransactionEnd> {
  const { operations } = order;
  let hash: HashBase = null;
  context.progress.transaction = 'none';
  context.progress.commitSent = false;
  try {
    const late = lateLog(context.log);
    const journaling = journaled({ ...context, log: late.log });
    const { rebased, read } = await inTransaction(order, journaling, (base) => (hash = base)).finally(() =>
      late.flush(),
    );
    context.progress.transaction = 'committed';
    context.progress.committed = operations.length;
    context.log('transaction.committed', { operations: operations.length });
    await proveCommit(rebased, read, context);
    return { kind: 'committed' };
  } catch (error) {
    if (error instanceof StartOver) return { kind: 'start-over', cause: error, hash };
    throw error;
  }
}

async function inTransaction(
  order: TransactionOrder,
  context: TransactionContext,
  onBase: (hash: HashBase) => void,
): Promise<{ readonly rebased: Rebased; readonly read: Committed['read'] }> {
  const { appliance, signal, progress, clock } = context;
  const { commitMessage: policy, remainingSeconds } = await ensureClosed(context);
  await context.journal?.opening(remainingSeconds);
  const opened = clock();
  // Until something else is proved: the open may take effect even when its answer is lost.
  let closeStart: CloseStart = 'delete';
  try {
    try {
      await appliance.openTransaction(NEVER);
    } catch (error) {
      if (isRefusal(error)) closeStart = 'ask';
      throw failureAt('open', error, context.secrets);
    }
    signal.throwIfAborted();
    context.log('transaction.opened');
    const rebased = await rebase(order.operations, order, context);
    onBase(rebased.hash);
    await stage(rebased, context);
    await verifyStaged(rebased, context);
    await checkHash(rebased.hash, context);
    await assertSoleWriter(context);
    signal.throwIfAborted();
    const { freed, read } = await commit({ before: rebased, message: order.message, policy }, context);
    progress.lockHeldMs += freed - opened;
    await closeJournal(context);
    return { rebased, read };
  } catch (error) {
    const failure = failureAt('read', error, context.secrets);
    try {
      if (progress.transaction === 'none') await close(closeStart, failure, context);
    } finally {
      progress.lockHeldMs += clock() - opened;
    }
    throw failure;
  }
}

/** The appliance's own no. Anything else may be a proxy's, behind which the open still takes effect. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApplianceError && error.answered;
}

/** The transaction of our session has to be closed before ours is opened; an open one is odd and is dropped. */
async function ensureClosed(context: TransactionContext): Promise<TransactionStatus> {
  let status: TransactionStatus;
  try {
    status = await context.appliance.transactionStatus(context.signal);
  } catch (error) {
    throw failureAt('open', error, context.secrets);
  }
  if (status.status === 'open' && (await closeTransaction('delete', context)) === 'unproved') {
    const message = 'our session has a transaction open that is not ours and cannot be closed';
    throw new SpsGitopsError('targetUnreachable', message, {
      hint: 'wait until the session times out, then run again',
    });
  }
  return status;
}

function isLostWrite(failure: unknown): boolean {
  const cause = failure instanceof SpsGitopsError ? failure.cause : undefined;
  return cause instanceof ApplianceError && !cause.answered && cause.request.method !== 'GET';
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : 'an unexpected failure';
}

async function close(start: CloseStart, failure: unknown, context: TransactionContext): Promise<void> {
  const { progress } = context;
  const end = await closeTransaction(start, context, isLostWrite(failure) ? 'lost' : 'answered');
  if (end !== 'unproved') {
    progress.transaction = end;
    await closeJournal(context);
    if (end === 'rolled-back') context.log('transaction.rolled_back', { staged: progress.staged });
    return;
  }
  progress.transaction = 'unknown';
  const because = failure instanceof StartOver ? failure.because : messageOf(failure);
  throw new SpsGitopsError(
    'rollbackFailed',
    `it could not be proved that the transaction is closed, after: ${because}`,
    {
      cause: failure,
      hint: 'nothing was committed; the appliance drops the transaction when its session times out',
    },
  );
}

/** An entry that stays costs the next start a question; what was done is done. */
async function closeJournal({ journal, progress }: TransactionContext): Promise<void> {
  try {
    await journal?.closed();
  } catch {
    const message = 'the journal of the transaction could not be cleared; the next start will ask for it once more';
    progress.warnings.push({ severity: 'warning', code: 'journal-left', message });
  }
}

/** A writer that took over is found before the commit, when there is a transaction to roll back. */
async function assertSoleWriter(context: TransactionContext): Promise<void> {
  try {
    await orAborted(context.assertSoleWriter(), context.signal);
  } catch (cause) {
    context.signal.throwIfAborted();
    const isTaken = cause instanceof SpsGitopsError && cause.failure === 'otherWriter';
    const message = isTaken
      ? 'another process took over the state directory while the plan was being applied'
      : 'the lock on the state directory could not be checked before the commit';
    throw new SpsGitopsError('planChanged', message, { cause, hint: 'let only one process use a state directory' });
  }
}

async function checkHash(base: HashBase, { appliance, signal }: TransactionContext): Promise<void> {
  if (base === null) return;
  const { configHash } = await appliance.info(signal);
  // Without a session the appliance tells less of itself instead of saying 401. core.md §11.1.
  if (configHash === null) await appliance.transactionStatus(signal);
  if (configHash !== base) throw new StartOver('hash-moved');
}
