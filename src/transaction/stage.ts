import type { Operation } from '../plan/plan.ts';
import { ApplianceError } from '../sps/appliance-error.ts';
import { NEVER } from './never.ts';
import { failureAt, type Place } from './failure-at.ts';
import { StartOver } from './start-over.ts';
import type { Touched } from './touched.ts';
import type { TransactionContext } from './transaction-context.ts';

/**
 * Writes every operation into the open transaction, one after the other; `progress.staged` counts them. The first refusal
 * ends it. Throws what `failureAt` makes of that.
 */
export async function stage(touched: readonly Touched[], context: TransactionContext): Promise<void> {
  for (const { operation, comparison } of touched) {
    context.signal.throwIfAborted();
    const place: Place = context.progress.staged === 0 ? 'first-write' : 'write';
    try {
      await write(operation, context.sealer.reveal(comparison.target), context);
    } catch (error) {
      throw await explained(place, operation, error, context);
    }
    context.progress.staged += 1;
    context.log('operation.staged', { resource: operation.resource, action: operation.action });
  }
}

async function write(
  operation: Operation,
  body: Parameters<TransactionContext['appliance']['put']>[1],
  { appliance }: TransactionContext,
): Promise<void> {
  // A write that is given up half way may still arrive after the rollback, and open a transaction of its own.
  const signal = NEVER;
  try {
    await appliance.put(operation.href, body, signal);
  } catch (error) {
    // The guide documents POST for some singletons where every other one takes PUT. endpoints-basic §1.4.
    const refused = error instanceof ApplianceError && error.status === 405;
    if (!refused || operation.writeFallback !== 'post') throw error;
    await appliance.post(operation.href, body, signal);
  }
}

async function explained(
  place: Place,
  operation: Operation,
  error: unknown,
  context: TransactionContext,
): Promise<unknown> {
  if (error instanceof ApplianceError && error.status === 409 && (await isGone(context))) {
    return new StartOver('transaction-gone');
  }
  const { file, line } = operation.source;
  return failureAt(place, error, context.secrets, { resource: operation.resource, file, line });
}

/** A 409 to a write says either that someone holds the lock or that our transaction is gone; the status tells which. */
async function isGone({ appliance, signal }: TransactionContext): Promise<boolean> {
  try {
    return (await appliance.transactionStatus(signal)).status === 'closed';
  } catch {
    return false;
  }
}
