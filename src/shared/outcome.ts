/** How a run ended. */
export type Outcome = 'in-sync' | 'applied' | 'differences' | 'failed' | 'blocked';

/** What became of the transaction: `unknown` only when its fate could not be proved. */
export type TransactionState = 'none' | 'rolled-back' | 'committed' | 'unknown';

/** When a run that ended this way is worth repeating by itself. */
export type RetryKind = 'none' | 'transient' | 'terminal' | 'fatal' | 'next-opening';

interface OutcomeRow {
  readonly outcome: Outcome;
  /** The states of the transaction in which this row can be true. */
  readonly transaction: readonly TransactionState[];
  readonly reason: string;
  readonly exit: number;
  readonly retry: RetryKind;
}

function row<const R extends string>(
  outcome: Outcome,
  transaction: readonly TransactionState[],
  reason: R,
  exit: number,
  retry: RetryKind,
): OutcomeRow & { readonly reason: R } {
  return { outcome, transaction, reason, exit, retry };
}

/**
 * Every way in which a run can end: the table of the contract, section 5, and the only place that knows exit codes and
 * retry kinds. `interrupted` stands beside that table: its exit code is 128 + the signal's number, set at the edge.
 */
export const OUTCOME_TABLE = {
  inSync: row('in-sync', ['none'], 'Succeeded', 0, 'none'),
  applied: row('applied', ['committed', 'none'], 'Succeeded', 0, 'none'),
  differences: row('differences', ['none', 'rolled-back'], 'Succeeded', 2, 'none'),
  inputInvalid: row('failed', ['none'], 'InputInvalid', 3, 'terminal'),
  inputUnstable: row('failed', ['none'], 'InputUnstable', 1, 'transient'),
  unsupported: row('failed', ['none'], 'Unsupported', 3, 'terminal'),
  targetUnreachable: row('failed', ['none', 'rolled-back'], 'TargetUnreachable', 1, 'transient'),
  authFailed: row('failed', ['none', 'rolled-back'], 'AuthFailed', 1, 'fatal'),
  forbidden: row('failed', ['none', 'rolled-back'], 'Forbidden', 1, 'terminal'),
  locked: row('blocked', ['none', 'rolled-back'], 'Locked', 4, 'transient'),
  planUnsafe: row('blocked', ['none'], 'PlanUnsafe', 4, 'terminal'),
  planStale: row('blocked', ['none'], 'PlanChanged', 4, 'terminal'),
  otherWriter: row('blocked', ['none'], 'OtherWriter', 4, 'transient'),
  suspended: row('blocked', ['none'], 'Suspended', 4, 'next-opening'),
  outsideWindow: row('blocked', ['none'], 'OutsideWindow', 4, 'next-opening'),
  stageRejected: row('failed', ['rolled-back'], 'StageRejected', 1, 'terminal'),
  verifyFailed: row('failed', ['rolled-back'], 'VerifyFailed', 1, 'terminal'),
  planChanged: row('failed', ['rolled-back'], 'PlanChanged', 1, 'transient'),
  commitRejected: row('failed', ['rolled-back'], 'CommitFailed', 1, 'terminal'),
  commitFailed: row('failed', ['rolled-back'], 'CommitFailed', 1, 'transient'),
  notIdempotent: row('failed', ['committed'], 'NotIdempotent', 1, 'terminal'),
  actionFailed: row('failed', ['committed', 'none'], 'ActionFailed', 1, 'transient'),
  committedUnread: row('failed', ['committed'], 'TargetUnreachable', 1, 'transient'),
  commitUnknown: row('failed', ['unknown'], 'CommitFailed', 1, 'transient'),
  rollbackFailed: row('failed', ['unknown'], 'RollbackFailed', 1, 'transient'),
  internal: row('failed', ['none', 'rolled-back', 'committed', 'unknown'], 'InternalError', 1, 'transient'),
  interrupted: row('failed', ['none', 'rolled-back', 'committed', 'unknown'], 'Interrupted', 1, 'none'),
} as const satisfies Record<string, OutcomeRow>;

/** A row of `OUTCOME_TABLE`. */
export type OutcomeCase = keyof typeof OUTCOME_TABLE;

/** The rows that are not a success: what an error can stand for. */
export type FailureCase = Exclude<OutcomeCase, 'inSync' | 'applied' | 'differences'>;
