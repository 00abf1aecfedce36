import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { execa } from 'execa';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, onTestFinished } from 'vitest';
import { DEFAULT_USERNAME, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';
import { ROOT } from '../resource-schemas.ts';
import { startSimulator } from '../simulated.ts';
import { splunkBody } from '../update.ts';
import { runInside } from './inside.ts';
import { LeakScan, SECRETS } from './leaks.ts';

/** The built program. */
const CLI = new URL('dist/cli.js', ROOT).pathname;

/** A Splunk forwarder as the appliance has it, with a token that nobody may see. */
export const LIVE_SPLUNK = splunkBody(SECRETS.liveToken);

/** Desired-state files that most tests start from. */
export const FILES = {
  support: `resource: management/support_info
body:
  uri: { selection: url, value: 'https://help.example.com' }
`,
  alerts: `resource: alerting/traffic_alerts
body:
  scbConnectionDenied: { email: true }
`,
  splunk: `resource: management/splunk_forwarder
body:
  port: 8089
  token: !env TOKEN
`,
};

/** Short limits, so that a test of a dead appliance is soon over, and everything that can be logged. */
const SETTINGS = `appliance:
  requests: { timeout: 1s, commitTimeout: 1500ms }
log: { level: debug, format: json }
`;

/** A printed JSON document, as far as tests look into it. */
export interface Document {
  readonly outcome?: string;
  readonly transaction?: string;
  readonly reason?: string;
  readonly inSync?: boolean;
  readonly digest?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string; readonly details: never };
  readonly operations?: readonly { readonly resource: string; readonly patch: readonly Record<string, unknown>[] }[];
  readonly warnings?: readonly { readonly code: string; readonly message: string }[];
  readonly staged?: number;
  readonly committed?: number;
  readonly requests?: Readonly<Record<string, number>>;
}

/** What a finished command left behind. */
export interface Finished {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as JSON; throws when it is not exactly one document. */
  json(): Document;
}

/** One appliance, one desired-state folder, one state folder: all gone after the test. */
export interface World {
  readonly simulator: Simulator;
  readonly folder: string;
  /** Everything that any command gave away; answers of our own HTTP endpoints go in by `askOurs`. */
  readonly scan: LeakScan;
  /** Writes desired-state files; null removes one. */
  files(files: Readonly<Record<string, string | null>>): Promise<void>;
  /** Writes a file that the program is given, into the folder `given`. */
  give(name: string, text: string): Promise<void>;
  git(...args: readonly string[]): Promise<string>;
  /** Makes the desired state a git repository with one commit. */
  commit(message?: string): Promise<string>;
  run(args: readonly string[], options?: RunOptions): Promise<Finished>;
  start(args: readonly string[], options?: RunOptions): ReturnType<typeof spawn>;
  /** Ends what still runs, and says which secrets were given away by then, and where. After the test there may be none. */
  leaks(): Promise<readonly string[]>;
}

/** How a command is run. */
export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly settings?: string;
}

/** A world with a running simulator; `desired` are its first files. */
export async function world(
  desired: Readonly<Record<string, string>> = {},
  options: SimulatorOptions = {},
  how: 'spawn' | 'inside' = 'spawn',
): Promise<World> {
  const simulator = await startSimulator(options);
  const folder = await mkdtemp(join(tmpdir(), 'sps-gitops-test-'));
  const scan = new LeakScan();
  const started: ReturnType<typeof spawn>[] = [];
  onTestFinished(async () => {
    const found = await leaks();
    await simulator.stop();
    await rm(folder, { recursive: true, force: true });
    expect(found).toEqual([]);
  });
  simulator.onRequest(({ method, path, query, body, session }) => {
    if (session !== null) scan.mark('session', session);
    scan.take('path of a request', `${path}?${query}`);
    // With its message, also where the appliance refuses it.
    if (method === 'PUT' && path === '/api/transaction') scan.take('commit', body ?? '');
  });
  await mkdir(join(folder, 'config'));
  await writeFile(join(folder, 'sps-gitops.yaml'), SETTINGS);
  await writeFile(join(folder, 'ca.pem'), simulator.caPem);
  async function files(changes: Readonly<Record<string, string | null>>): Promise<void> {
    for (const [name, text] of Object.entries(changes)) {
      const file = join(folder, 'config', name);
      await mkdir(dirname(file), { recursive: true });
      if (text === null) await rm(file);
      else await writeFile(file, text);
    }
  }

  async function give(name: string, text: string): Promise<void> {
    await mkdir(join(folder, 'given'), { recursive: true });
    await writeFile(join(folder, 'given', name), text);
  }

  async function git(...args: readonly string[]): Promise<string> {
    const identity = [
      '-c',
      'user.name=A Committer',
      '-c',
      'user.email=committer@example.com',
      '-c',
      'commit.gpgsign=false',
    ];
    return (await execa('git', [...identity, '-C', join(folder, 'config'), ...args])).stdout;
  }

  async function commit(message = 'change'): Promise<string> {
    await git('init', '--quiet', '--initial-branch=main');
    await git('add', '--all', '.');
    await git('commit', '--quiet', '--allow-empty', '--message', message);
    return git('rev-parse', 'HEAD');
  }

  function call(args: readonly string[], { env = {}, settings }: RunOptions) {
    const extra = settings === undefined ? [] : ['--settings', settings];
    const environment = defined({
      PATH: process.env['PATH'],
      SPS_USERNAME: DEFAULT_USERNAME,
      SPS_PASSWORD: SECRETS.password,
      TOKEN: SECRETS.token,
      SPS_URL: simulator.url,
      SPS_CA: join(folder, 'ca.pem'),
      SPS_DESIRED_STATE: join(folder, 'config'),
      SPS_STATE: join(folder, 'state'),
      ...env,
    });
    return { args: [...args, ...extra], environment };
  }

  function start(given: readonly string[], runOptions: RunOptions = {}) {
    const { args, environment } = call(given, runOptions);
    const child = spawn(folder, args, environment);
    started.push(child);
    return child;
  }

  async function finish(given: readonly string[], runOptions: RunOptions): Promise<Omit<Finished, 'json'>> {
    if (how === 'spawn') {
      const { exitCode, signal, stdout, stderr } = await start(given, runOptions);
      return { code: exitCode, signal, stdout, stderr };
    }
    const { args, environment } = call(given, runOptions);
    const printed = await runInside(args, folder, environment);
    scan.take('stdout', printed.stdout);
    scan.take('stderr', printed.stderr);
    return { ...printed, signal: undefined };
  }

  async function run(args: readonly string[], runOptions: RunOptions = {}): Promise<Finished> {
    const result = await finish(args, runOptions);
    const json = () => JSON.parse(result.stdout) as Document;
    return { ...result, json };
  }

  async function leaks(): Promise<readonly string[]> {
    for (const child of started) {
      child.kill('SIGKILL');
      const { stdout, stderr } = await child;
      scan.take('stdout', stdout);
      scan.take('stderr', stderr);
    }
    started.length = 0;
    for (const { message } of simulator.commits) scan.take('commit', message ?? '');
    await takeFiles(folder, scan);
    return scan.leaks();
  }

  await files(desired);
  return { simulator, folder, scan, files, give, git, commit, run, start, leaks };
}

/** A world whose commands run in this process; see `runInside`. */
export function worldInside(
  desired: Readonly<Record<string, string>> = {},
  options: SimulatorOptions = {},
): Promise<World> {
  return world(desired, options, 'inside');
}

function spawn(folder: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  return execa(process.execPath, [CLI, ...args], {
    cwd: folder,
    extendEnv: false,
    env,
    stdin: 'ignore',
    // A signal that a test sends is not followed by SIGKILL, however long the program takes on a busy machine.
    forceKillAfterDelay: false,
    reject: false,
    stripFinalNewline: false,
  });
}

/** Takes everything below the folder that the tests did not write themselves. */
async function takeFiles(folder: string, scan: LeakScan): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const name = relative(folder, join(entry.parentPath, entry.name));
    if (!entry.isFile() || /^(?:config|given)\//.test(name)) continue;
    const isState = /^(?:state|\.sps-gitops)\//.test(name);
    scan.take(`file ${name}`, await readFile(join(folder, name)), isState ? 'allowed' : 'secret');
  }
}

/** Where a world keeps its journal. */
export function journalOf({ folder }: World): string {
  return join(folder, 'state', 'transaction.json');
}

/** What became of the transactions that a command found, as it logged it. */
export function recoveredIn({ stderr }: Finished): readonly string[] {
  const lines = stderr.split('\n').filter((line) => line.includes('"transaction.recovered"'));
  return lines.map((line) => (JSON.parse(line) as { readonly outcome: string }).outcome);
}

const compiled = new Map<string, (document: unknown) => boolean>();

/** Checks a document against one of the output schemas. */
export function expectSchema(name: 'plan' | 'apply' | 'status', document: unknown): void {
  let validate = compiled.get(name);
  if (validate === undefined) {
    const schema = JSON.parse(readFileSync(new URL(`schemas/${name}.schema.json`, ROOT), 'utf8')) as object;
    validate = new Ajv2020({ allErrors: true, strictTypes: false, strictRequired: false }).compile(schema);
    compiled.set(name, validate);
  }
  const valid = validate(document);
  expect(valid, JSON.stringify((validate as { errors?: unknown }).errors)).toBe(true);
}

function defined(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
