import { loadSettings } from '../settings/load-settings.ts';
import type { Settings, SettingsInput } from '../settings/settings.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { invalidInput } from '../shared/invalid-input.ts';
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
