import { planRun } from '../reconcile/plan-run.ts';
import type { PlannedRun } from '../reconcile/run.ts';
import { planText } from '../report/plan-text.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { OUTCOME_TABLE } from '../shared/outcome.ts';
import type { CommandIo } from './command-io.ts';
import { writePlanFile } from './plan-file.ts';
import { loadRegistry } from './load-registry.ts';
import { prepareRun, requireDesiredState, type PreparedRun } from './prepare-run.ts';
import { foreseen } from '../reconcile/foreseen.ts';
import { printJson } from './print.ts';
import { announcedBrakes, planMembers, raiseWarnings, reportFailure } from './report-run.ts';
import { requireSettings, type CommonFlags } from './require-settings.ts';

/** The flags of `plan`. */
export interface PlanFlags extends CommonFlags {
  readonly json?: boolean;
  readonly out?: string;
  readonly showUnknown?: boolean;
}

/** Shows what `apply` would change. Reads only. Returns the exit code: 0 in sync, 2 differences, else the failure's. */
export async function plan(flags: PlanFlags, io: CommandIo): Promise<number> {
  let prepared: PreparedRun | null = null;
  let warnings: readonly Diagnostic[] = [];
  try {
    const loaded = await requireSettings(flags, 'appliance', io);
    warnings = loaded.warnings;
    const registry = await loadRegistry(io);
    const desired = await requireDesiredState(loaded.settings, registry, io);
    const unknown = flags.showUnknown ? 'show' : 'hide';
    prepared = prepareRun(loaded.settings, { desired, registry, unknown }, io);
    const planned = await planRun(prepared.run);
    prepared.run.record.warnings.push(...announcedBrakes(planned));
    const document = planMembers(prepared, warnings);
    if (flags.out !== undefined) await writePlanFile(flags.out, document, io);
    raiseWarnings(flags.json ? 'log' : 'text', prepared, warnings, io);
    if (flags.json) printJson(document, io);
    else {
      io.stdout(planText(planned.plan, prepared.run.sealer, io.paintOut));
      if (planned.plan.operations.length > 0) io.stdout(nextStep(planned, flags));
    }
    return OUTCOME_TABLE[planned.plan.operations.length === 0 ? 'inSync' : 'differences'].exit;
  } catch (cause) {
    const error = foreseen(cause);
    reportFailure(flags.json ? 'json' : 'text', error, { prepared, warnings }, io);
    return error.exitCode;
  } finally {
    await prepared?.appliance.close();
  }
}

function nextStep({ brakes }: PlannedRun, { out, settings }: PlanFlags): string {
  const command = settings === undefined ? 'sps-gitops apply' : `sps-gitops apply --settings ${settings}`;
  if (brakes.length > 0)
    return 'Next: `sps-gitops apply` will refuse this plan; the warnings say why and what to do.\n';
  return out === undefined
    ? `Next: \`${command}\` applies it in one transaction.\n`
    : `Next: \`${command} --plan ${out}\` applies exactly this plan.\n`;
}
