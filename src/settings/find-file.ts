import { join, resolve } from 'node:path';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { readText } from './read-text.ts';
import type { SettingsInput } from './settings.ts';

/** Where a machine's settings are when nothing else is said. */
const SYSTEM_FILE = '/etc/sps-gitops/settings.yaml';

/** The settings file, its text empty where it cannot be read; null when there is none and none was asked for. */
export interface SettingsFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The first of `--settings`, `$SPS_GITOPS_SETTINGS`, `sps-gitops.yaml` in the working folder and the machine's own file.
 * One that was asked for must be there; the others must be readable where they are there.
 */
export async function findSettingsFile(
  input: SettingsInput,
): Promise<{ readonly file: SettingsFile | null; readonly findings: readonly Diagnostic[] }> {
  const { workingDirectory, environment, flags } = input;
  const asked = flags.settings ?? (environment['SPS_GITOPS_SETTINGS'] || undefined);
  const source = flags.settings === undefined ? 'SPS_GITOPS_SETTINGS' : '--settings';
  const places =
    asked === undefined ? [join(workingDirectory, 'sps-gitops.yaml'), SYSTEM_FILE] : [resolve(workingDirectory, asked)];
  for (const path of places) {
    const read = await readText(path);
    if (read.kind === 'text') return { file: { path, text: read.text }, findings: [] };
    if (read.kind === 'missing' && asked === undefined) continue;
    const message = `the settings file ${path} ${read.problem}`;
    const hint = 'Correct the path, its permissions or what the file holds.';
    const finding: Diagnostic = { severity: 'error', code: 'settings-unreadable', message, hint };
    return { file: null, findings: [asked === undefined ? finding : { ...finding, message: `${source}: ${message}` }] };
  }
  return { file: null, findings: [] };
}
