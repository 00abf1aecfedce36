import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isObject } from './shared/json.ts';
import { DEFAULT_PASSWORD, DEFAULT_USERNAME, startSimulator, type Simulator } from './simulator/simulator.ts';

const cli = new URL('cli.js', import.meta.url).pathname;
const quickstart = new URL('../config-examples/quickstart', import.meta.url).pathname;
const print = (text: string) => void process.stdout.write(text);

/** What the demonstration works in; all of it is gone afterwards. */
interface Stage {
  readonly simulator: Simulator;
  readonly folder: string;
  readonly desired: string;
}

async function git(stage: Stage, ...args: readonly string[]): Promise<void> {
  const identity = ['-c', 'user.name=Demo', '-c', 'user.email=demo@example.com', '-c', 'commit.gpgsign=false'];
  await promisify(execFile)('git', [...identity, '-C', stage.desired, ...args]);
}

async function spsGitops(stage: Stage, args: readonly string[], expected: number): Promise<void> {
  print(`\n$ sps-gitops ${args.join(' ')}\n`);
  const run = spawn(process.execPath, [cli, ...args], {
    cwd: stage.folder,
    env: {
      PATH: process.env['PATH'] ?? '',
      SPS_URL: stage.simulator.url,
      SPS_USERNAME: DEFAULT_USERNAME,
      SPS_PASSWORD: DEFAULT_PASSWORD,
      SPS_CA: join(stage.folder, 'ca.pem'),
      SPS_DESIRED_STATE: stage.desired,
      SPS_STATE: join(stage.folder, 'state'),
      SPLUNK_HEC_TOKEN: 'a-token-that-is-never-shown',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [exitCode] = (await once(run, 'close')) as [number | null];
  print(`exit code ${exitCode}\n`);
  if (exitCode !== expected) throw new Error(`sps-gitops ${args.join(' ')} was to exit with ${expected}`);
}

/** Switches an alert off, as an administrator does on the web UI. */
function changeBehindGit({ simulator }: Stage): void {
  const path = 'alerting/traffic_alerts';
  const alerts = simulator.configuration(path);
  if (!isObject(alerts)) throw new Error(`the simulator has no ${path}`);
  simulator.setConfiguration(path, { ...alerts, scbProtocolViolation: { email: false, snmp: false } });
}

async function show(stage: Stage): Promise<void> {
  print('1. The desired state is YAML in git. What would change?\n');
  await cp(quickstart, stage.desired, { recursive: true });
  await writeFile(join(stage.folder, 'ca.pem'), stage.simulator.caPem);
  await git(stage, 'init', '--quiet', '--initial-branch=main');
  await git(stage, 'add', '.');
  await git(stage, 'commit', '--quiet', '--message', 'Manage alerts, Splunk, Starling and a trust store');
  await spsGitops(stage, ['plan'], 2);
  print('\n2. Apply it: one transaction, checked before the commit and after it.\n');
  await spsGitops(stage, ['apply', '--yes'], 0);
  print(`\nThe appliance's own log: "${stage.simulator.commits.at(-1)?.message ?? ''}"\n`);
  print(
    '\n3. A second run finds nothing to do. It only reads: login, identity, one request per resource or collection.\n',
  );
  await spsGitops(stage, ['apply', '--yes'], 0);
  print('\n4. Somebody switches an alert off on the web UI. The next run sees it and repairs it.\n');
  changeBehindGit(stage);
  await spsGitops(stage, ['plan'], 2);
  await spsGitops(stage, ['apply', '--yes'], 0);
  await spsGitops(stage, ['plan'], 0);
}

const simulator = await startSimulator({ profile: '7.5' });
const folder = await mkdtemp(join(tmpdir(), 'sps-gitops-demo-'));
try {
  print('A simulated SPS appliance is running; no real one is needed.\n\n');
  await show({ simulator, folder, desired: join(folder, 'config') });
  print('\nThat was all. Everything it made is gone again.\n');
} finally {
  await simulator.stop();
  await rm(folder, { recursive: true, force: true });
}
