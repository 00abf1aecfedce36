import { titleOf, type StagedOperation } from '../plan/operation.ts';
import type { Json } from '../shared/json.ts';
import { ApplianceError } from '../sps/appliance-error.ts';
import { NEVER } from './never.ts';
import { failureAt, type Place } from './failure-at.ts';
import type { Rebased } from './rebase.ts';
import { StartOver } from './start-over.ts';
import type { TransactionContext } from './transaction-context.ts';

/**
 * Writes every operation into the open transaction, one after the other, in the plan's order; `progress.staged` counts them,
 * and `rebased.created` gets the keys that the appliance tells. The first refusal ends it. Throws what `failureAt` makes
 * of that.
 */
export async function stage({ touched, created }: Rebased, context: TransactionContext): Promise<void> {
  for (const { operation, comparison } of touched) {
    context.signal.throwIfAborted();
    const place = placeOf(operation, context);
    const body = comparison.target === undefined ? null : context.sealer.reveal(comparison.target);
    try {
      const key = await write(operation, body, context);
      if (key !== null) created.set(operation, key);
    } catch (error) {
      throw await explained(place, operation, error, context);
    }
    context.progress.staged += 1;
    const { resource, name, action } = operation;
    context.log('operation.staged', { resource, name, action });
  }
}

function placeOf(operation: StagedOperation, { progress }: TransactionContext): Place {
  if (operation.action === 'delete') return progress.staged === 0 ? 'first-delete' : 'delete';
  return progress.staged === 0 ? 'first-write' : 'write';
}

/** Sends one write; the key of a new member, where the answer tells it. */
async function write(
  operation: StagedOperation,
  body: Json,
  { appliance }: TransactionContext,
): Promise<string | null> {
  // A write that is given up half way may still arrive after the rollback, and open a transaction of its own.
  const signal = NEVER;
  switch (operation.action) {
    case 'create':
      return appliance.create(operation.href, operation.spell(body), signal);
    case 'delete':
      await appliance.delete(operation.href, signal);
      return null;
    case 'upload': {
      const { file, remedy } = operation;
      await appliance.upload(remedy.path, { field: remedy.field, fileName: file.name, bytes: file.bytes }, signal);
      return null;
    }
    case 'update':
      try {
        await appliance.put(operation.href, operation.spell(body), signal);
      } catch (error) {
        // The guide documents POST for some singletons where every other one takes PUT. endpoints-basic §1.4.
        const refused = error instanceof ApplianceError && error.status === 405;
        if (!refused || operation.writeFallback !== 'post') throw error;
        await appliance.post(operation.href, operation.spell(body), signal);
      }
      return null;
  }
}

async function explained(
  place: Place,
  operation: StagedOperation,
  error: unknown,
  context: TransactionContext,
): Promise<unknown> {
  if (error instanceof ApplianceError && error.status === 409 && (await isGone(context))) {
    return new StartOver('transaction-gone');
  }
  // It was there when the transaction was opened: somebody else took it away.
  if (error instanceof ApplianceError && error.status === 404 && error.answered) {
    return new StartOver('live-moved', [titleOf(operation)]);
  }
  const { resource, name, source } = operation;
  const { file, line } = source;
  return failureAt(place, error, context.secrets, { resource, ...(name === null ? {} : { name }), file, line });
}

/** A 409 to a write says either that someone holds the lock or that our transaction is gone; the status tells which. */
async function isGone({ appliance, signal }: TransactionContext): Promise<boolean> {
  try {
    return (await appliance.transactionStatus(signal)).status === 'closed';
  } catch {
    return false;
  }
}
