import { resolve } from 'node:path';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { Secret } from '../shared/secret.ts';
import { readText, withoutFinalNewline } from './read-text.ts';
import type { SettingsInput } from './settings.ts';

/** A value from a flag or the environment, which comes before the file's. */
export interface Override {
  readonly pointer: string;
  /** The flag or variable. */
  readonly source: string;
  /** Paths are absolute. Undefined when it is there but must not or cannot be read. */
  readonly value: string | Secret<string> | undefined;
}

const VARIABLES = [
  { name: 'SPS_URL', pointer: '/appliance/url', kind: 'text' },
  { name: 'SPS_USERNAME', pointer: '/appliance/login/username', kind: 'text' },
  { name: 'SPS_CA', pointer: '/appliance/tls/ca', kind: 'path' },
  { name: 'SPS_DESIRED_STATE', pointer: '/desiredState/directory', kind: 'path' },
  { name: 'SPS_STATE', pointer: '/state/directory', kind: 'path' },
] as const;

const PASSWORD = '/appliance/login/password';

/** What flags and environment say. A variable that is empty counts as not set, as containers set them. */
export async function readOverrides(
  input: SettingsInput,
): Promise<{ readonly overrides: readonly Override[]; readonly findings: readonly Diagnostic[] }> {
  const { workingDirectory, environment, flags } = input;
  const overrides: Override[] = [];
  for (const { name, pointer, kind } of VARIABLES) {
    const value = environment[name];
    if (value === undefined || value === '') continue;
    overrides.push({ pointer, source: name, value: kind === 'path' ? resolve(workingDirectory, value) : value });
  }
  if (flags.desiredState !== undefined) {
    // The later one counts: flags come before the environment.
    const value = resolve(workingDirectory, flags.desiredState);
    overrides.push({ pointer: '/desiredState/directory', source: 'the desired-state directory', value });
  }
  const findings = await addPassword(input, overrides);
  return { overrides, findings };
}

async function addPassword(input: SettingsInput, overrides: Override[]): Promise<readonly Diagnostic[]> {
  const direct = input.environment['SPS_PASSWORD'] || undefined;
  const path = input.environment['SPS_PASSWORD_FILE'] || undefined;
  if (direct !== undefined && path !== undefined) {
    overrides.push({ pointer: PASSWORD, source: 'SPS_PASSWORD', value: undefined });
    const message = 'SPS_PASSWORD and SPS_PASSWORD_FILE are both set';
    return [{ severity: 'error', code: 'password-twice', message, hint: 'Unset one of them.' }];
  }
  if (direct !== undefined) overrides.push({ pointer: PASSWORD, source: 'SPS_PASSWORD', value: new Secret(direct) });
  if (path === undefined) return [];
  const { value, findings } = await passwordFile(resolve(input.workingDirectory, path), input.needs);
  overrides.push({ pointer: PASSWORD, source: 'SPS_PASSWORD_FILE', value });
  return findings;
}

async function passwordFile(
  path: string,
  needs: SettingsInput['needs'],
): Promise<{ readonly value: Secret<string> | undefined; readonly findings: readonly Diagnostic[] }> {
  if (needs === 'files') return { value: undefined, findings: [] };
  const read = await readText(path);
  if (read.kind === 'text') return { value: new Secret(withoutFinalNewline(read.text)), findings: [] };
  const message = `SPS_PASSWORD_FILE: the file ${path} ${read.problem}`;
  const hint = 'Correct the path, which is relative to the working folder, or the permissions.';
  return { value: undefined, findings: [{ severity: 'error', code: 'file-unreadable', message, hint }] };
}
