import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Json } from '../../src/shared/json.ts';
import { DEFAULT_PASSWORD, DEFAULT_USERNAME, type SimulatorOptions } from '../../src/simulator/simulator.ts';
import { startAppliance, type BenchAppliance } from './appliance.ts';

/** The package's folder; this file is compiled to `.bench/test/bench/`. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** An appliance, and a git checkout and settings that lead to it. */
export interface World {
  readonly appliance: BenchAppliance;
  readonly folder: string;
  /** The desired-state directory. */
  readonly config: string;
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** What a world is made of. */
export interface WorldOptions {
  readonly simulator: SimulatorOptions;
  /** Files of the desired state by path; none for the quickstart, which is the eight resources. */
  readonly files?: Readonly<Record<string, string>>;
  /** A git checkout, unless this says `plain`. */
  readonly source?: 'git' | 'plain';
  /** Settings by section. */
  readonly settings?: Readonly<Record<string, Json>>;
}

/** The license that the simulated appliance has. */
const LICENSE = `customer: Example
limit: 5000
limit_type: host
serial: 5b8f1c52-0c1f-4a5e-9d0a-7a4d1f5f3c10
valid_not_after: 2030-12-31
valid_not_before: 2025-01-01
`;

/** Several daemons may run on this machine. */
const ANY_PORT = { listen: '127.0.0.1:0' };

const run = promisify(execFile);

/** Makes a world; the caller closes it. */
export async function openWorld({ simulator, files, source = 'git', settings = {} }: WorldOptions): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'sps-gitops-bench-'));
  const config = join(folder, 'config');
  const appliance = await startAppliance(simulator);
  const close = async (): Promise<void> => {
    await appliance.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    if (files === undefined) await writeEight(config);
    else await writeFiles(config, files);
    if (source === 'git') await commitAll(config);
    await writeFile(join(folder, 'ca.pem'), appliance.caPem);
    // JSON is YAML.
    await writeFile(join(folder, 'sps-gitops.yaml'), JSON.stringify({ http: ANY_PORT, ...settings }));
  } catch (error) {
    await close();
    throw error;
  }
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    SPS_URL: appliance.url,
    SPS_CA: join(folder, 'ca.pem'),
    SPS_USERNAME: DEFAULT_USERNAME,
    SPS_PASSWORD: DEFAULT_PASSWORD,
    SPS_DESIRED_STATE: config,
    SPS_STATE: join(folder, 'state'),
    SPLUNK_HEC_TOKEN: 'a-token-for-the-bench',
    // For the peers.
    DESIRED: config,
    LC_ALL: 'C.UTF-8',
  };
  return { appliance, folder, config, environment, close };
}

/** Writes files below a folder. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

/** Commits whatever is in the folder, as a repository of its own. */
async function commitAll(folder: string): Promise<void> {
  const identity = ['-c', 'user.name=Bench', '-c', 'user.email=bench@example.com', '-c', 'commit.gpgsign=false'];
  const git = (...args: readonly string[]) => run('git', [...identity, '-C', folder, ...args]);
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all', '.');
  await git('commit', '--quiet', '--message', 'bench');
}

async function writeEight(config: string): Promise<void> {
  await cp(join(ROOT, 'config-examples/quickstart'), config, { recursive: true });
  await writeFile(join(config, 'management/license.txt'), LICENSE);
}
