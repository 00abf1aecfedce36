import { describe, expect, it } from 'vitest';
import { failedEnd, transactionOf } from '../../../src/reconcile/run-end.ts';
import { newRecord, type RunRecord } from '../../../src/reconcile/run.ts';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import { OUTCOME_TABLE, type OutcomeCase, type TransactionState } from '../../../src/shared/outcome.ts';

const CASES = Object.keys(OUTCOME_TABLE) as OutcomeCase[];

function record(transaction: TransactionState): RunRecord {
  return { ...newRecord(), transaction };
}

describe('the transaction that is reported', () => {
  it.each(CASES)('of %s is what became of it, wherever the row knows that', (end) => {
    const known: readonly TransactionState[] = OUTCOME_TABLE[end].transaction;
    for (const state of known) expect(transactionOf(end, record(state))).toBe(state);
  });

  it('is none where a run decided not to write, whatever it tried before', () => {
    const planned = CASES.filter((end) => OUTCOME_TABLE[end].transaction.join() === 'none');
    expect(planned).toContain('inSync');
    expect(planned).toContain('planUnsafe');
    for (const end of planned) expect(transactionOf(end, record('rolled-back'))).toBe('none');
  });

  it('is never made better than it was', () => {
    for (const end of CASES) {
      expect(transactionOf(end, record('unknown'))).toBe('unknown');
      expect(transactionOf(end, record('committed'))).toBe('committed');
    }
  });
});

describe('the end of a run that failed', () => {
  it('is the row of the error', () => {
    const error = new SpsGitopsError('stageRejected', 'no');
    expect(failedEnd(error, record('rolled-back'))).toEqual({
      end: 'stageRejected',
      transaction: 'rolled-back',
      error,
    });
  });

  it('is none of the transaction where no run was begun', () => {
    const error = new SpsGitopsError('inputUnstable', 'files move');
    expect(failedEnd(error, null)).toEqual({ end: 'inputUnstable', transaction: 'none', error });
  });

  it.each([new TypeError('oops'), 'oops', undefined])('is internal for what nobody foresaw: %s', (cause) => {
    const { end, transaction, error } = failedEnd(cause, record('unknown'));
    expect([end, transaction]).toEqual(['internal', 'unknown']);
    expect(error?.cause).toBe(cause);
    expect(error?.message).not.toContain('oops');
  });
});
