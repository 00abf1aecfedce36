import type { Diagnostic } from './diagnostic.ts';
import type { JsonObject } from './json.ts';
import { OUTCOME_TABLE, type FailureCase, type RetryKind } from './outcome.ts';

/** What an error says beyond its message. Nothing in here may hold a secret. */
export interface ErrorContext {
  /** The stable code; the row's reason unless given. */
  readonly code?: string;
  /** What the reader should do next. */
  readonly hint?: string;
  readonly details?: JsonObject;
  readonly findings?: readonly Diagnostic[];
  readonly cause?: unknown;
}

/**
 * Every failure that the program foresees. `failure` names its row of `OUTCOME_TABLE`, from which exit code and retry
 * kind follow; `code` is stable and what callers match on.
 */
export class SpsGitopsError extends Error {
  override readonly name: string = 'SpsGitopsError';
  readonly failure: FailureCase;
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: JsonObject;
  readonly findings: readonly Diagnostic[];

  constructor(failure: FailureCase, message: string, context: ErrorContext = {}) {
    super(message, { cause: context.cause });
    this.failure = failure;
    this.code = context.code ?? OUTCOME_TABLE[failure].reason;
    this.hint = context.hint;
    this.details = context.details ?? {};
    this.findings = context.findings ?? [];
  }

  get exitCode(): number {
    return OUTCOME_TABLE[this.failure].exit;
  }

  get retry(): RetryKind {
    return OUTCOME_TABLE[this.failure].retry;
  }
}
