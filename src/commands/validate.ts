import { resolve } from 'node:path';
import { loadDesiredState } from '../desired/load-desired-state.ts';
import { findingsText } from '../report/findings-text.ts';
import { hasErrors } from '../shared/diagnostic.ts';
import { OUTCOME_TABLE } from '../shared/outcome.ts';
import type { CommandIo } from './command-io.ts';
import { loadRegistry } from './load-registry.ts';
import { foreseen } from '../reconcile/foreseen.ts';
import { printFailure } from './print.ts';
import { requireSettings, type CommonFlags } from './require-settings.ts';

/** The flags of `validate`. */
export interface ValidateFlags extends CommonFlags {
  /** Do not resolve `!env` and `!file`. */
  readonly withoutValues?: boolean;
}

/** Checks the files against the schemas, offline, and prints every finding. Returns the exit code: 0 or 3. */
export async function validate(directory: string | undefined, flags: ValidateFlags, io: CommandIo): Promise<number> {
  try {
    const given = directory === undefined ? {} : { desiredState: resolve(io.workingDirectory, directory) };
    const { settings, warnings } = await requireSettings({ ...flags, ...given }, 'files', io);
    const registry = await loadRegistry(io);
    const values = flags.withoutValues ? 'without' : 'resolve';
    const options = { ...settings.desiredState, values } as const;
    const result = await loadDesiredState(options, registry, (name) => io.environment[name], io.signal);
    io.stdout(findingsText([...warnings, ...result.findings], io.paintOut));
    const invalid = result.state === null || hasErrors(result.findings);
    io.stdout(summary({ ...result, findings: [...warnings, ...result.findings] }, invalid));
    return OUTCOME_TABLE[invalid ? 'inputInvalid' : 'inSync'].exit;
  } catch (cause) {
    const error = foreseen(cause);
    printFailure(error, null, io);
    return error.exitCode;
  }
}

function summary(
  { findings, files, documents }: Awaited<ReturnType<typeof loadDesiredState>>,
  invalid: boolean,
): string {
  const read = `${count(documents, 'document')} in ${count(files, 'file')}`;
  const errors = findings.filter((finding) => finding.severity === 'error').length;
  const warnings = count(findings.length - errors, 'warning');
  return invalid ? `Not valid: ${count(errors, 'error')}, ${warnings}; ${read}.\n` : `Valid: ${read}, ${warnings}.\n`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
