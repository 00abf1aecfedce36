import { SpsGitopsError } from '../shared/errors.ts';
import type { Profile } from '../simulator/profiles.ts';
import { DEFAULT_PASSWORD, DEFAULT_USERNAME, startSimulator, type Simulator } from '../simulator/simulator.ts';

/** What the command line says. */
export interface SimulateOptions {
  readonly profile: Profile;
  /** 0 takes a free port. */
  readonly port: number;
  /** `null` for no control interface. */
  readonly controlPort: number | null;
}

/** The world outside of the command. */
export interface SimulateIo {
  readonly stdout: (text: string) => void;
  /** Aborts when the command shall end. */
  readonly signal: AbortSignal;
  /** Puts the CA certificate into a file and gives its path. */
  readonly writeCa: (pem: string) => Promise<string>;
}

/**
 * Runs a simulated appliance until the signal aborts, then gives exit code 0. Prints how to reach it, last the
 * environment variables to paste into another shell. Throws `port-unavailable` when a port cannot be opened.
 */
export async function simulate(options: SimulateOptions, io: SimulateIo): Promise<number> {
  const simulator = await start(options);
  try {
    const caFile = await io.writeCa(simulator.caPem);
    io.stdout(describe(simulator, options.profile, caFile));
    await aborted(io.signal);
    return 0;
  } finally {
    await simulator.stop();
  }
}

async function start({ profile, port, controlPort }: SimulateOptions): Promise<Simulator> {
  try {
    return await startSimulator({ profile, port, controlPort });
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error) || error.syscall !== 'listen') throw error;
    throw new SpsGitopsError('internal', `the simulator cannot open its port: ${error.message}`, {
      code: 'port-unavailable',
      hint: 'choose another port, or 0 for a free one',
      cause: error,
    });
  }
}

function describe(simulator: Simulator, profile: Profile, caFile: string): string {
  return [
    `Simulated appliance, firmware ${profile}: ${simulator.url}`,
    `User name: ${DEFAULT_USERNAME}`,
    `Password: ${DEFAULT_PASSWORD}`,
    `CA certificate: ${caFile}`,
    ...(simulator.controlUrl === null ? [] : [`Control interface: ${simulator.controlUrl}`]),
    '',
    `export SPS_URL=${quoted(simulator.url)}`,
    `export SPS_USERNAME=${quoted(DEFAULT_USERNAME)}`,
    `export SPS_PASSWORD=${quoted(DEFAULT_PASSWORD)}`,
    `export SPS_CA=${quoted(caFile)}`,
    '',
  ].join('\n');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
