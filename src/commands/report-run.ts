import { errorText } from '../report/error-text.ts';
import { findingsText } from '../report/findings-text.ts';
import { planDocument, revisionDocument, warningDocument } from '../report/plan-document.ts';
import { costDocument, outcomeDocument } from '../report/run-document.ts';
import type { PlannedRun, Run } from '../reconcile/run.ts';
import { transactionOf } from '../reconcile/run-end.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import type { SpsGitopsError } from '../shared/errors.ts';
import type { JsonObject } from '../shared/json.ts';
import type { TransactionState } from '../shared/outcome.ts';
import type { CommandIo } from './command-io.ts';
import type { PreparedRun } from './prepare-run.ts';

/** The plan's members of a report, as far as the run got: all of them, or the revision, or nothing. */
export function planMembers(prepared: PreparedRun | null, warnings: readonly Diagnostic[]): JsonObject {
  if (prepared === null) return { version: 1, ...early(warnings) };
  const { run, url } = prepared;
  const { planned } = run.record;
  if (planned === null) {
    const revision = revisionDocument(run.desired.revision, run.secrets);
    return { version: 1, revision, ...early([...warnings, ...run.desired.warnings]) };
  }
  return planDocument({
    plan: planned.plan,
    appliance: planned.appliance,
    url,
    warnings: [...warnings, ...run.desired.warnings, ...run.record.warnings],
    revision: run.desired.revision,
    sealer: run.sealer,
    secrets: run.secrets,
  });
}

/** Warnings of a run that came to no plan; the member is left out when there are none. */
function early(warnings: readonly Diagnostic[]): JsonObject {
  return warnings.length === 0 ? {} : { warnings: warnings.map(warningDocument) };
}

/**
 * Tells of every warning on stderr: as text for a person; as log entries beside a JSON document, which holds them too.
 */
export function raiseWarnings(
  form: 'text' | 'log',
  prepared: PreparedRun | null,
  warnings: readonly Diagnostic[],
  io: CommandIo,
): void {
  const all = [...warnings, ...(prepared === null ? [] : warningsOf(prepared.run))];
  // Before a run is prepared there is no log to write to.
  if (form === 'text' || prepared === null) io.stderr(findingsText(all, io.paintError));
  else for (const warning of all) logWarning(warning, prepared.run.log);
}

function logWarning({ code, message, position }: Diagnostic, log: Run['log']): void {
  const place = position === undefined ? {} : { file: position.file, line: position.line };
  log(code === 'uncommitted' ? 'desired.uncommitted' : 'warning.raised', { code, message, ...place });
}

/** The warnings of the files, of the run and of its plan. */
function warningsOf({ desired, record }: Run): readonly Diagnostic[] {
  return [...desired.warnings, ...record.warnings, ...(record.planned?.plan.warnings ?? [])];
}

/** What `apply` would refuse, as warnings of the plan. */
export function announcedBrakes({ brakes }: PlannedRun): readonly Diagnostic[] {
  return brakes.map(({ code, message, hint }) => ({
    severity: 'warning',
    code,
    message: `apply will refuse this plan: ${message}`,
    hint,
  }));
}

/** The members of a failed run. */
export function failureDocument(
  error: SpsGitopsError,
  prepared: PreparedRun | null,
  warnings: readonly Diagnostic[],
): JsonObject {
  const { failure } = error;
  const transaction = prepared === null ? 'none' : transactionOf(failure, prepared.run.record);
  return { ...planMembers(prepared, warnings), ...outcomeDocument({ end: failure, transaction, error }) };
}

/** The members that say what a run cost so far. */
export function costMembers(prepared: PreparedRun | null): JsonObject {
  if (prepared === null) return costDocument({ staged: 0, committed: 0, requests: {}, durationMs: 0, lockHeldMs: 0 });
  const { run, appliance, started } = prepared;
  const { staged, committed, lockHeldMs } = run.record;
  const { requests } = appliance;
  return costDocument({ staged, committed, requests, durationMs: run.clock() - started, lockHeldMs });
}

/** Prints a failure for a person. */
export function printFailure(error: SpsGitopsError, transaction: TransactionState | null, io: CommandIo): void {
  io.stderr(errorText(error, transaction, io.paintError));
  printStack(error, io);
}

/** Prints where a defect happened; a failure that the program foresees has no stack. */
export function printStack(error: SpsGitopsError, io: CommandIo): void {
  const { cause } = error;
  if (error.code === 'InternalError' && cause instanceof Error) io.stderr(`${cause.stack ?? cause.message}\n`);
}

/** Prints one JSON document. */
export function printJson(document: JsonObject, io: CommandIo): void {
  io.stdout(`${JSON.stringify(document, null, 2)}\n`);
}
