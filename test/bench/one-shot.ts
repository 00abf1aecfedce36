import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import type { ProbeReport } from './probe-report.ts';
import { sampleOf, type Sample } from './sample.ts';
import { ROOT, type World } from './world.ts';

/** The built program. */
export const PROGRAM = join(ROOT, 'dist/cli.js');

/** What loads the probe into a process of Node.js. */
export const WITH_PROBE = ['--import', fileURLToPath(new URL('probe.js', import.meta.url))];

/** A finished command. */
interface Finished {
  readonly code: number | null;
  readonly output: string;
  readonly wallMs: number;
  /** Child processes of the command included; null where the system does not tell. */
  readonly cpuMs: number | null;
}

/** Runs a command of the program and takes its sample. Throws unless it ends with the exit code. */
export async function measureProgram(world: World, args: readonly string[], code = 0): Promise<Sample> {
  const probe = join(world.folder, 'probe.json');
  const environment = { ...world.environment, BENCH_PROBE: probe };
  await world.appliance.requests();
  const finished = await finish(world, environment, process.execPath, [...WITH_PROBE, PROGRAM, ...args]);
  expectCode(args.join(' '), finished, code);
  const { cpuMs, peakRssMiB, delayP99Ms } = JSON.parse(await readFile(probe, 'utf8')) as ProbeReport;
  await rm(probe);
  const { lockHeldMs: lockMs } = args.includes('--json')
    ? (JSON.parse(finished.output) as { readonly lockHeldMs?: number })
    : {};
  const cost = { wallMs: finished.wallMs, cpuMs: finished.cpuMs ?? cpuMs, peakRssMiB, delayP99Ms };
  return sampleOf(await world.appliance.requests(), lockMs === undefined ? cost : { ...cost, lockMs });
}

/** The same of another program, of which less is known. */
export async function measurePeer(world: World, command: string, args: readonly string[]): Promise<Sample> {
  await world.appliance.requests();
  const finished = await finish(world, world.environment, command, args);
  expectCode(command, finished, 0);
  const { wallMs, cpuMs } = finished;
  return sampleOf(await world.appliance.requests(), { wallMs, cpuMs, peakRssMiB: null, delayP99Ms: null });
}

/** Runs a command of the program without measuring. Throws unless it ends with the exit code. */
export async function runProgram(world: World, args: readonly string[], code = 0): Promise<void> {
  const finished = await finish(world, world.environment, process.execPath, [PROGRAM, ...args]);
  expectCode(args.join(' '), finished, code);
}

async function finish(
  world: World,
  env: Readonly<Record<string, string>>,
  command: string,
  args: readonly string[],
): Promise<Finished> {
  const cpuBefore = childCpuMs();
  const started = performance.now();
  const child = spawn(command, args, { cwd: world.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code] = (await once(child, 'close')) as [number | null];
  const wallMs = performance.now() - started;
  const cpuAfter = childCpuMs();
  const cpuMs = cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore;
  return { code, output: code === 0 ? output : output + errors, wallMs, cpuMs };
}

function expectCode(what: string, { code, output }: Finished, expected: number): void {
  if (code !== expected) throw new Error(`${what} ended with ${code} instead of ${expected}:\n${output}`);
}

const MS_PER_TICK = 10;
const CHILDREN_USER = 13;

/** CPU time of the child processes that have ended, and of theirs, from proc(5); null on other systems. */
function childCpuMs(): number | null {
  try {
    const text = readFileSync('/proc/self/stat', 'utf8');
    // The name of the process, in brackets, may hold anything; what follows is numbers, the third of all first.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[CHILDREN_USER]) + Number(fields[CHILDREN_USER + 1])) * MS_PER_TICK;
  } catch {
    return null;
  }
}
