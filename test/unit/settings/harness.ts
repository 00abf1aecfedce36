import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { Diagnostic } from '../../../src/shared/diagnostic.ts';
import {
  loadSettings,
  type LoadedSettings,
  type Settings,
  type SettingsInput,
} from '../../../src/settings/load-settings.ts';

/** A value that no finding may show. */
export const PLANTED = 'planted-7351';

/** All that a container has to set. */
export const ENOUGH = { SPS_URL: 'https://sps.example.com', SPS_USERNAME: 'gitops', SPS_PASSWORD: PLANTED };

/** Without the password. */
export const NO_PASSWORD = { SPS_URL: ENOUGH.SPS_URL, SPS_USERNAME: ENOUGH.SPS_USERNAME };

let folder = '';

/** Gives each test of the file that calls it a working folder of its own. */
export function eachInItsFolder(): void {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'settings-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });
}

/** A path in the working folder of the test. */
export function at(name: string): string {
  return join(folder, name);
}

/** Writes a file into the working folder of the test. */
export async function write(name: string, content: string): Promise<void> {
  await mkdir(dirname(at(name)), { recursive: true });
  await writeFile(at(name), content);
}

/** Loads settings in the working folder of the test, with nothing but what is given. */
export async function load(input: Partial<SettingsInput>): Promise<LoadedSettings> {
  return loadSettings({ workingDirectory: folder, environment: {}, flags: {}, needs: 'appliance', ...input });
}

/** The codes of the findings in their order. */
export function codes({ findings }: { readonly findings: readonly Diagnostic[] }): readonly string[] {
  return findings.map(({ code }) => code);
}

/** The password itself. */
export function password(settings: Settings | null): string | undefined {
  const login = settings?.appliance?.login;
  return login?.kind === 'password' ? login.password.reveal() : undefined;
}
