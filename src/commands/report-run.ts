import { logWarning } from '../log/findings.ts';
import { findingsText } from '../report/findings-text.ts';
import { planDocument, revisionDocument, warningDocument } from '../report/plan-document.ts';
import { costDocument, outcomeDocument } from '../report/run-document.ts';
import type { PlannedRun, Run } from '../reconcile/run.ts';
import { transactionOf } from '../reconcile/run-end.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import type { SpsGitopsError } from '../shared/errors.ts';
import type { JsonObject } from '../shared/json.ts';
import type { CommandIo } from './command-io.ts';
import type { PreparedRun } from './prepare-run.ts';
import { printFailure, printJson, printStack } from './print.ts';

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

/** What there is to report of a run that failed, as far as it got. */
interface FailedRun {
  readonly prepared: PreparedRun | null;
  readonly warnings: readonly Diagnostic[];
  readonly cost?: JsonObject;
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

/** Reports the failure of a run: `json` as one document, to which `cost` belongs; else as text for a person. */
export function reportFailure(
  form: 'text' | 'json',
  error: SpsGitopsError,
  { prepared, warnings, cost = {} }: FailedRun,
  io: CommandIo,
): void {
  raiseWarnings(form === 'json' ? 'log' : 'text', prepared, warnings, io);
  if (form === 'json') {
    printStack(error, io);
    printJson({ ...failureDocument(error, prepared, warnings), ...cost }, io);
  } else printFailure(error, prepared === null ? null : transactionOf(error.failure, prepared.run.record), io);
}
