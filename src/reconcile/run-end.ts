import type { SpsGitopsError } from '../shared/errors.ts';
import { OUTCOME_TABLE, type OutcomeCase, type TransactionState } from '../shared/outcome.ts';
import { applyRun, type ApplyOptions } from './apply-run.ts';
import { foreseen } from './foreseen.ts';
import { planRun } from './plan-run.ts';
import type { Run, RunRecord } from './run.ts';

/** How a run ended: its row, what became of the transaction, and the error where the row is a failure. */
export interface RunEnd {
  readonly end: OutcomeCase;
  readonly transaction: TransactionState;
  readonly error: SpsGitopsError | null;
}

/** One run to its end. Never throws: what goes wrong is the end. `observe` plans and never writes. */
export async function runToEnd(run: Run, mode: 'enforce' | 'observe', options: ApplyOptions): Promise<RunEnd> {
  try {
    const end = mode === 'enforce' ? await applyRun(run, options) : await observe(run, options);
    return { end, transaction: transactionOf(end, run.record), error: null };
  } catch (cause) {
    return failedEnd(cause, run.record);
  }
}

/** The end of a run that a failure cut short. */
export function failedEnd(cause: unknown, record: RunRecord | null): RunEnd {
  const error = foreseen(cause);
  const transaction = record === null ? 'none' : transactionOf(error.failure, record);
  return { end: error.failure, transaction, error };
}

async function observe(run: Run, options: ApplyOptions): Promise<'inSync' | 'differences'> {
  const planned = await planRun(run);
  options.check?.(planned);
  return planned.plan.operations.length === 0 ? 'inSync' : 'differences';
}

/** What became of the transaction, by the row: a run that decided not to write reports none, whatever it tried before. */
export function transactionOf(end: OutcomeCase, record: RunRecord): TransactionState {
  const allowed: readonly TransactionState[] = OUTCOME_TABLE[end].transaction;
  const [only] = allowed;
  return record.transaction === 'rolled-back' && allowed.length === 1 && only === 'none' ? only : record.transaction;
}
