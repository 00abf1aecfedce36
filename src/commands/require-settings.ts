import { loadSettings } from '../settings/load-settings.ts';
import type { Settings, SettingsInput } from '../settings/settings.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { SpsGitopsError } from '../shared/errors.ts';
import type { CommandIo } from './command-io.ts';

/** Flags that every command understands. */
export interface CommonFlags {
  readonly settings?: string;
}

/** Loads the settings or throws `inputInvalid` with every finding. */
export async function requireSettings(
  flags: CommonFlags & { readonly desiredState?: string },
  needs: SettingsInput['needs'],
  io: Pick<CommandIo, 'workingDirectory' | 'environment'>,
): Promise<{ readonly settings: Settings; readonly warnings: readonly Diagnostic[] }> {
  const { workingDirectory, environment } = io;
  const { settings, findings } = await loadSettings({ workingDirectory, environment, flags, needs });
  if (settings === null) throw invalidInput('the settings are not valid', findings);
  return { settings, warnings: findings };
}

/** The error for findings about files: all of them, first code first. */
export function invalidInput(message: string, findings: readonly Diagnostic[]): SpsGitopsError {
  const errors = findings.filter((finding) => finding.severity === 'error');
  const [first] = errors;
  const count = errors.length === 1 ? '1 finding' : `${errors.length} findings`;
  return new SpsGitopsError('inputInvalid', `${message}: ${count}`, {
    findings,
    ...(first === undefined ? {} : { code: first.code }),
  });
}
