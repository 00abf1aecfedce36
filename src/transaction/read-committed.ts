import type { StagedOperation } from '../plan/operation.ts';
import { ApplianceError } from '../sps/appliance-error.ts';
import { isSessionGone } from './close-transaction.ts';
import type { CreatedKeys } from './touched-members.ts';
import { readTouched, type Touched } from './touched.ts';
import type { TransactionContext } from './transaction-context.ts';

/** Reads the touched resources, with a new session when the old one is gone: a commit may restart the web service. */
export async function readCommitted(
  operations: readonly StagedOperation[],
  created: CreatedKeys,
  context: TransactionContext,
  signal: AbortSignal,
): Promise<readonly Touched[]> {
  try {
    return await readTouched(operations, created, context, signal);
  } catch (error) {
    if (!isSessionGone(error)) throw error;
    context.appliance.forgetSession();
    await context.appliance.login(signal);
    return readTouched(operations, created, context, signal);
  }
}

/** Logging in again and again with what was refused would lock the account. */
export function isLoginRefused(error: unknown): boolean {
  return error instanceof ApplianceError && error.request.path.startsWith('/api/authentication') && error.answered;
}
