import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { DEFAULT_PASSWORD, DEFAULT_USERNAME, startSimulator } from '../simulator/simulator.ts';
import type { CommandIo } from './command-io.ts';
import type { RunFlags } from './run.ts';

/** A simulated appliance, and an environment that leads to it. */
export interface Sandbox {
  readonly environment: CommandIo['environment'];
  close(): Promise<void>;
}

/** What the example's files want from the environment; the simulated appliance has no use for a real one. */
const EXAMPLE_VALUES = { SPLUNK_HEC_TOKEN: 'a-token-for-the-sandbox' };

/**
 * Starts a simulated appliance for the daemon. Without a settings file and a directory of one's own, the desired state is
 * `./sandbox`, made from the quickstart where it is not there yet. The state directory lives as long as the appliance.
 */
export async function openSandbox({ settings }: RunFlags, io: CommandIo): Promise<Sandbox> {
  const { environment, workingDirectory } = io;
  const isOwn = environment['SPS_DESIRED_STATE'] === undefined && settings === undefined;
  const directory = resolve(workingDirectory, 'sandbox');
  if (isOwn && !(await exists(directory))) await copyExample(io.quickstart, directory);
  const simulator = await startSimulator({ profile: '8.0' });
  const folder = await mkdtemp(join(tmpdir(), 'sps-gitops-sandbox-'));
  const ca = join(folder, 'ca.pem');
  await writeFile(ca, simulator.caPem);
  return {
    environment: {
      ...EXAMPLE_VALUES,
      ...environment,
      ...(isOwn ? { SPS_DESIRED_STATE: directory } : {}),
      SPS_URL: simulator.url,
      SPS_USERNAME: DEFAULT_USERNAME,
      SPS_PASSWORD: DEFAULT_PASSWORD,
      SPS_PASSWORD_FILE: undefined,
      SPS_CA: ca,
      SPS_STATE: join(folder, 'state'),
    },
    close: async () => {
      await simulator.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Copies the example; the lines by which editors find the schema lead to where it is from the new place. */
async function copyExample(example: string, directory: string): Promise<void> {
  await cp(example, directory, { recursive: true });
  const schema = resolve(example, '../../schemas/desired-state.schema.json');
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.yaml')) continue;
    const file = join(entry.parentPath, entry.name);
    const text = await readFile(file, 'utf8');
    const path = relative(entry.parentPath, schema).replaceAll(sep, '/');
    await writeFile(file, text.replace(/^(# yaml-language-server: \$schema=).*$/m, `$1${path}`));
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
