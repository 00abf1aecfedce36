import type { Diagnostic } from '../shared/diagnostic.ts';
import type { SpsGitopsError } from '../shared/errors.ts';
import type { Json, JsonObject } from '../shared/json.ts';
import { OUTCOME_TABLE, type OutcomeCase, type TransactionState } from '../shared/outcome.ts';

/** How a run ended. */
export interface RunFacts {
  readonly end: OutcomeCase;
  readonly transaction: TransactionState;
  readonly error: SpsGitopsError | null;
}

/** The members that say how a run ended; `error` only where there is one. */
export function outcomeDocument({ end, transaction, error }: RunFacts): JsonObject {
  const { outcome, reason } = OUTCOME_TABLE[end];
  return { outcome, transaction, reason, ...(error === null ? {} : { error: errorDocument(error) }) };
}

/** What a run cost. */
export interface RunCost {
  readonly staged: number;
  readonly committed: number;
  /** Requests sent, by method. */
  readonly requests: Readonly<Record<string, number>>;
  readonly durationMs: number;
  readonly lockHeldMs: number;
}

/** The members that say what a run cost; times are whole milliseconds. */
export function costDocument({ staged, committed, requests, durationMs, lockHeldMs }: RunCost): JsonObject {
  return {
    staged,
    committed,
    requests: { ...requests },
    durationMs: Math.round(durationMs),
    lockHeldMs: Math.round(lockHeldMs),
  };
}

function errorDocument(error: SpsGitopsError): Json {
  const { code, message, hint, findings } = error;
  const found = findings.length === 0 ? {} : { findings: findings.map(findingDocument) };
  return { code, message, ...(hint === undefined ? {} : { hint }), details: { ...error.details, ...found } };
}

function findingDocument({ severity, code, message, hint, position, pointer }: Diagnostic): Json {
  return {
    severity,
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(pointer === undefined ? {} : { pointer }),
    ...(position === undefined ? {} : { ...position }),
  };
}
