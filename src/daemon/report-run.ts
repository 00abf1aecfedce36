import type { EndFields, EventLog } from '../log/events.ts';
import { findingFields, logWarning } from '../log/findings.ts';
import type { Drift } from '../plan/drift.ts';
import type { Brake } from '../plan/guard.ts';
import type { RunEnd } from '../reconcile/run-end.ts';
import type { Run } from '../reconcile/run.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import type { SpsGitopsError } from '../shared/errors.ts';
import { OUTCOME_TABLE } from '../shared/outcome.ts';
import type { EndedRun } from './observer.ts';

/** More findings than this in one entry help nobody. */
const MOST_FINDINGS = 50;

/** What is told of a run beside its end. */
export interface EndFacts {
  readonly durationMs: number;
  /** By method. */
  readonly requests: Readonly<Record<string, number>>;
  readonly assumed: boolean;
  /** Null where none was begun. */
  readonly run: Run | null;
}

/** The one entry that ends a run, and before it what kind of trouble it was. Gives what it says of the end. */
export function logEnd(log: EventLog, { end, transaction, error }: RunEnd, facts: EndFacts): EndFields {
  const { outcome, reason } = OUTCOME_TABLE[end];
  const { run, assumed } = facts;
  const cost =
    run === null
      ? {}
      : { staged: run.record.staged, committed: run.record.committed, lockHeldMs: Math.round(run.record.lockHeldMs) };
  const planDigest = run?.record.planned?.plan.digest;
  const fields: EndFields = {
    outcome,
    transaction,
    reason,
    durationMs: Math.round(facts.durationMs),
    requests: { ...facts.requests },
    ...(assumed ? { assumed } : {}),
    ...(planDigest === undefined ? {} : { planDigest }),
    ...cost,
  };
  if (error === null) {
    log('reconcile.succeeded', fields);
    return fields;
  }
  logTrouble(error, log);
  log('reconcile.failed', { ...fields, ...errorFields(error) });
  return fields;
}

/** Findings about the files: errors together, warnings one by one. */
export function logFindings(findings: readonly Diagnostic[], log: EventLog): void {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    log('desired.invalid', { count: errors.length, findings: errors.slice(0, MOST_FINDINGS).map(findingFields) });
  }
  for (const finding of findings) if (finding.severity === 'warning') logWarning(finding, log);
}

/** What changed outside of git, one entry for each object. */
export function logDrift(drift: readonly Drift[], { secrets }: Run, log: EventLog): void {
  for (const { resource, name, pointers } of drift) {
    log('drift.detected', { resource, name: secrets.withhold(name), pointers: [...pointers] });
  }
}

/** The brakes of a plan that nobody carries out: announced, no failure. The contract, section 6. */
export function logBrakes(brakes: readonly Brake[], log: EventLog): void {
  if (brakes.length === 0) return;
  const shown = brakes.map(({ code, message, hint }) => ({ code, message, hint }));
  log('plan.blocked', { message: 'the plan would set off a brake', brakes: shown });
}

function logTrouble(error: SpsGitopsError, log: EventLog): void {
  // What the appliance itself said stands beside our words.
  const { message: said, ...details } = error.details;
  const fields = { message: error.message, ...details, ...(said === undefined ? {} : { said }) };
  switch (error.failure) {
    case 'locked':
      log('appliance.locked', fields);
      return;
    case 'targetUnreachable':
      log('appliance.unreachable', fields);
      return;
    case 'planUnsafe':
    case 'planStale':
      log('plan.blocked', fields);
      return;
    default:
  }
}

function errorFields({ code, message, hint, details, findings, cause }: SpsGitopsError) {
  return {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    details,
    ...(findings.length === 0 ? {} : { findings: findings.slice(0, MOST_FINDINGS).map(findingFields) }),
    ...(code === 'InternalError' && cause instanceof Error ? { stack: cause.stack ?? cause.message } : {}),
  };
}

/** What a failure is, without the details that the log has. */
export function shortError(error: SpsGitopsError | null): EndedRun['error'] {
  if (error === null) return null;
  const { code, message, hint } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}
