import { expect, test } from 'vitest';
import { hasErrors, type Diagnostic } from '../../../src/shared/diagnostic.ts';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import { OUTCOME_TABLE, type FailureCase } from '../../../src/shared/outcome.ts';

// The contract, section 5, row by row, in its order; the last two stand beside that table.
const CONTRACT: Readonly<Record<string, readonly [string, readonly string[], string, number, string]>> = {
  inSync: ['in-sync', ['none'], 'Succeeded', 0, 'none'],
  applied: ['applied', ['committed', 'none'], 'Succeeded', 0, 'none'],
  differences: ['differences', ['none', 'rolled-back'], 'Succeeded', 2, 'none'],
  inputInvalid: ['failed', ['none'], 'InputInvalid', 3, 'terminal'],
  inputUnstable: ['failed', ['none'], 'InputUnstable', 1, 'transient'],
  unsupported: ['failed', ['none'], 'Unsupported', 3, 'terminal'],
  targetUnreachable: ['failed', ['none', 'rolled-back'], 'TargetUnreachable', 1, 'transient'],
  authFailed: ['failed', ['none', 'rolled-back'], 'AuthFailed', 1, 'fatal'],
  forbidden: ['failed', ['none', 'rolled-back'], 'Forbidden', 1, 'terminal'],
  locked: ['blocked', ['none', 'rolled-back'], 'Locked', 4, 'transient'],
  planUnsafe: ['blocked', ['none'], 'PlanUnsafe', 4, 'terminal'],
  planStale: ['blocked', ['none'], 'PlanChanged', 4, 'terminal'],
  otherWriter: ['blocked', ['none'], 'OtherWriter', 4, 'transient'],
  suspended: ['blocked', ['none'], 'Suspended', 4, 'next-opening'],
  outsideWindow: ['blocked', ['none'], 'OutsideWindow', 4, 'next-opening'],
  stageRejected: ['failed', ['rolled-back'], 'StageRejected', 1, 'terminal'],
  verifyFailed: ['failed', ['rolled-back'], 'VerifyFailed', 1, 'terminal'],
  planChanged: ['failed', ['rolled-back'], 'PlanChanged', 1, 'transient'],
  commitRejected: ['failed', ['rolled-back'], 'CommitFailed', 1, 'terminal'],
  commitFailed: ['failed', ['rolled-back'], 'CommitFailed', 1, 'transient'],
  notIdempotent: ['failed', ['committed'], 'NotIdempotent', 1, 'terminal'],
  actionFailed: ['failed', ['committed', 'none'], 'ActionFailed', 1, 'transient'],
  committedUnread: ['failed', ['committed'], 'TargetUnreachable', 1, 'transient'],
  commitUnknown: ['failed', ['unknown'], 'CommitFailed', 1, 'transient'],
  rollbackFailed: ['failed', ['unknown'], 'RollbackFailed', 1, 'transient'],
  internal: ['failed', ['none', 'rolled-back', 'committed', 'unknown'], 'InternalError', 1, 'transient'],
  interrupted: ['failed', ['none', 'rolled-back', 'committed', 'unknown'], 'Interrupted', 1, 'none'],
};

test('the table is the contract', () => {
  const rows = Object.entries(OUTCOME_TABLE).map(([end, { outcome, transaction, reason, exit, retry }]) => [
    end,
    [outcome, transaction, reason, exit, retry],
  ]);
  expect(Object.fromEntries(rows)).toEqual(CONTRACT);
});

test.each(Object.keys(CONTRACT).filter((end) => !['inSync', 'applied', 'differences'].includes(end)) as FailureCase[])(
  'an error of the row %s follows it',
  (failure) => {
    const [, , reason, exit, retry] = CONTRACT[failure] ?? [];
    const error = new SpsGitopsError(failure, 'message');
    expect([error.code, error.exitCode, error.retry]).toEqual([reason, exit, retry]);
    expect([error.hint, error.details, error.findings, error.cause]).toEqual([undefined, {}, [], undefined]);
  },
);

test('an error says what it is given', () => {
  const cause = new Error('inner');
  const finding: Diagnostic = { severity: 'warning', code: 'c', message: 'm' };
  const context = { code: 'own', hint: 'h', details: { a: 1 }, findings: [finding], cause };
  expect(new SpsGitopsError('locked', 'message', context)).toMatchObject({
    ...context,
    message: 'message',
    name: 'SpsGitopsError',
  });
});

test('a warning forbids nothing, an error does', () => {
  const warning: Diagnostic = { severity: 'warning', code: 'c', message: 'm' };
  expect([hasErrors([]), hasErrors([warning]), hasErrors([warning, { ...warning, severity: 'error' }])]).toEqual([
    false,
    false,
    true,
  ]);
});
