import { isStaged } from '../plan/operation.ts';
import { applyRun, type ApplyEnd, type ApplyOptions } from '../reconcile/apply-run.ts';
import type { PlannedRun } from '../reconcile/run.ts';
import { planText } from '../report/plan-text.ts';
import { outcomeDocument } from '../report/run-document.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { SpsGitopsError } from '../shared/errors.ts';
import { OUTCOME_TABLE } from '../shared/outcome.ts';
import { acquireWriterLock } from '../transaction/writer-lock.ts';
import type { CommandIo } from './command-io.ts';
import { readPlanFile, type SavedPlan } from './plan-file.ts';
import { loadRegistry } from './load-registry.ts';
import { prepareRun, requireDesiredState, type PreparedRun } from './prepare-run.ts';
import { foreseen } from '../reconcile/foreseen.ts';
import { transactionOf } from '../reconcile/run-end.ts';
import { printJson } from './print.ts';
import { costMembers, planMembers, raiseWarnings, reportFailure } from './report-run.ts';
import { requireSettings, type CommonFlags } from './require-settings.ts';

/** The flags of `apply`. */
export interface ApplyFlags extends CommonFlags {
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly plan?: string;
  readonly showUnknown?: boolean;
}

/** What is open and has to be closed however the command ends. */
interface Opened {
  prepared: PreparedRun | null;
  warnings: readonly Diagnostic[];
  lock: Awaited<ReturnType<typeof acquireWriterLock>> | null;
}

/** One reconciliation. Returns the exit code: 0 when in sync afterwards, else the row's. */
export async function apply(flags: ApplyFlags, io: CommandIo): Promise<number> {
  const opened: Opened = { prepared: null, warnings: [], lock: null };
  try {
    const end = await reconcile(flags, opened, io);
    report(end, flags, opened, io);
    return OUTCOME_TABLE[end].exit;
  } catch (cause) {
    const error = foreseen(cause);
    reportFailure(flags.json ? 'json' : 'text', error, { ...opened, cost: costMembers(opened.prepared) }, io);
    return error.exitCode;
  } finally {
    await closeAll(opened, io);
  }
}

/** Nothing that fails here takes back what the run has reported. */
async function closeAll({ prepared, lock }: Opened, io: CommandIo): Promise<void> {
  const closed = await Promise.allSettled([prepared?.appliance.close(), lock?.release()]);
  for (const one of closed) {
    if (one.status === 'rejected') io.stderr(`warning: ${foreseen(one.reason).message} while closing\n`);
  }
}

async function reconcile(flags: ApplyFlags, opened: Opened, io: CommandIo): Promise<ApplyEnd> {
  const { settings, warnings } = await requireSettings(flags, 'appliance', io);
  opened.warnings = warnings;
  const saved = flags.plan === undefined ? null : await readPlanFile(flags.plan, io);
  const lock = await acquireWriterLock(settings.state.directory);
  opened.lock = lock;
  const registry = await loadRegistry(io);
  const desired = await requireDesiredState(settings, registry, io);
  const unknown = flags.showUnknown ? 'show' : 'hide';
  const prepared = prepareRun(settings, { desired, registry, unknown }, io);
  opened.prepared = prepared;
  opened.warnings = [...warnings, ...(await prepared.recover())];
  const options: ApplyOptions = {
    assertSoleWriter: () => lock.assertHeld(),
    ...(saved === null ? {} : { check: (planned) => refuseStale(saved, planned, desired.revision.commit) }),
    ...(io.interactive && !flags.yes ? { approve: (planned) => ask(planned, prepared, io) } : {}),
  };
  return applyRun(prepared.run, options);
}

function refuseStale(saved: SavedPlan, { plan }: PlannedRun, commit: string | null): void {
  const moved = [
    ...(saved.commit === commit ? [] : ['the commit']),
    ...(saved.digest === plan.digest ? [] : ['the operations']),
  ];
  if (moved.length === 0) return;
  throw new SpsGitopsError('planStale', `the saved plan no longer holds: ${moved.join(' and ')} moved since`, {
    details: { saved: { ...saved }, now: { digest: plan.digest, commit } },
    hint: 'make and review a new one with `sps-gitops plan --out FILE`',
  });
}

/** The plan goes to stderr: with `--json`, stdout belongs to the one document. */
async function ask({ plan }: PlannedRun, { run }: PreparedRun, io: CommandIo): Promise<boolean> {
  io.stderr(planText(plan, run.sealer, io.paintError));
  return io.confirm('Apply this plan in one transaction? Only "yes" goes on: ', io.signal);
}

function report(end: ApplyEnd, flags: ApplyFlags, { prepared, warnings }: Opened, io: CommandIo): void {
  if (prepared === null) throw new Error('a run that ended was prepared');
  const { run } = prepared;
  const transaction = transactionOf(end, run.record);
  raiseWarnings(flags.json ? 'log' : 'text', prepared, warnings, io);
  if (flags.json) {
    const outcome = outcomeDocument({ end, transaction, error: null });
    printJson({ ...planMembers(prepared, warnings), ...outcome, ...costMembers(prepared) }, io);
    return;
  }
  const { planned } = run.record;
  if (planned === null) return;
  const shown = io.interactive && !flags.yes && end !== 'inSync';
  if (!shown) io.stdout(planText(planned.plan, run.sealer, io.paintOut));
  io.stdout(`${closing(end, prepared)}\n`);
}

function closing(end: ApplyEnd, { run, appliance }: PreparedRun): string {
  const cost = `${total(appliance.requests)} requests`;
  switch (end) {
    case 'inSync':
      return `Nothing was written (${cost}).`;
    case 'applied': {
      const { committed, lockHeldMs, planned } = run.record;
      const actions = planned?.plan.operations.filter((operation) => !isStaged(operation)).length ?? 0;
      const done = actions === 0 ? '' : `${actions} ${actions === 1 ? 'action' : 'actions'} done and verified`;
      if (committed === 0) return `Applied: ${done}; no transaction was needed (${cost}).`;
      const lock = `${Math.round(lockHeldMs)} ms under the lock`;
      const and = done === '' ? '' : `, then ${done}`;
      return `Applied: ${committed} committed in one transaction and verified${and} (${cost}, ${lock}).`;
    }
    case 'differences':
      return 'Not applied: the plan was not confirmed. Nothing was changed.';
  }
}

function total(requests: Readonly<Record<string, number>>): number {
  return Object.values(requests).reduce((sum, count) => sum + count, 0);
}
