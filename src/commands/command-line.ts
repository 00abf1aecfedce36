import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { ApplyFlags } from './apply.ts';
import type { CommandIo } from './command-io.ts';
import type { PlanFlags } from './plan.ts';
import { foreseen } from '../reconcile/foreseen.ts';
import { printFailure } from './print.ts';
import type { RunFlags } from './run.ts';
import type { StatusFlags } from './status.ts';
import type { ValidateFlags } from './validate.ts';

/** Exit code of wrong usage, and of what this version has not built. */
const USAGE = 64;

/** Commands of the contract that this version does not have. */
const NOT_BUILT = ['export'] as const;

/** Flags of the contract that this version refuses. */
interface NotBuiltFlags {
  readonly staged?: true;
  readonly from?: string;
}

interface SimulateFlags {
  readonly profile: '6.0' | '7.5' | '8.0';
  readonly port: number;
  readonly control?: number;
}

/** How a command ended. */
export interface CliEnd {
  readonly code: number;
  /** What a signal is to the command: the way in which it ends, or an interruption that the exit code tells of. */
  readonly signal: 'ends' | 'interrupts';
}

/** Parses the arguments and runs one command. Returns the exit code; never throws for wrong usage. */
export async function runCli(args: readonly string[], io: CommandIo): Promise<CliEnd> {
  let end: CliEnd = { code: 0, signal: 'interrupts' };
  const program = commandLine(io, (code, signal = 'interrupts') => (end = { code, signal }));
  try {
    await program.parseAsync([...args], { from: 'user' });
    return end;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { code: error.exitCode === 0 ? 0 : USAGE, signal: 'interrupts' };
  }
}

/** Each command is loaded when it is called: the simulator's certificates alone cost more than a whole plan. */
function commandLine(io: CommandIo, finish: (code: number, signal?: CliEnd['signal']) => void): Command {
  const program = new Command('sps-gitops')
    .description('Reconciles the configuration of an SPS appliance with files in git, in one transaction.')
    .version(io.version)
    .exitOverride()
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr })
    .showSuggestionAfterError();

  sub(program, 'run', 'the daemon: reconcile at every change and tick')
    .option('--simulate', 'against an embedded simulated appliance')
    .action(async (flags: RunFlags) => {
      const { run } = await import('./run.ts');
      finish(await run(flags, io), 'ends');
    });
  sub(program, 'validate', 'check the files against the schemas, offline')
    .argument('[dir]', 'the desired-state directory')
    .option('--without-values', 'do not resolve !env and !file')
    .action(async (directory: string | undefined, flags: ValidateFlags) => {
      const { validate } = await import('./validate.ts');
      finish(await validate(directory, flags, io));
    });
  sub(program, 'plan', 'show what would change')
    .option('--json', 'print one JSON document')
    .option('--out <file>', 'save the plan')
    .option('--show-unknown', 'show values that no schema describes')
    .addOption(new Option('--staged').hideHelp())
    .action(async (flags: PlanFlags & NotBuiltFlags, command: Command) => {
      refuse('--staged', flags.staged, command);
      const { plan } = await import('./plan.ts');
      finish(await plan(flags, io));
    });
  sub(program, 'apply', 'reconcile once, in one transaction')
    .option('--json', 'print one JSON document')
    .option('--yes', 'do not ask on a terminal')
    .option('--plan <file>', 'apply this saved plan and nothing else')
    .option('--show-unknown', 'show values that no schema describes')
    .action(async (flags: ApplyFlags) => {
      const { apply } = await import('./apply.ts');
      finish(await apply(flags, io));
    });
  sub(program, 'status', 'ask the daemon how it is')
    .option('--live', 'only whether it lives')
    .option('--json', 'print one JSON document')
    .action(async (flags: StatusFlags) => {
      const { status } = await import('./status.ts');
      finish(await status(flags, io));
    });
  program
    .command('simulate')
    .description('run a simulated appliance on loopback')
    .addOption(new Option('--profile <version>', 'firmware').choices(['6.0', '7.5', '8.0']).default('7.5'))
    .option('--port <port>', 'port of the appliance, 0 for any', port, 0)
    .option('--control <port>', 'port of the control interface', port)
    .addOption(new Option('--from <dir>').hideHelp())
    .action(async (flags: SimulateFlags & NotBuiltFlags, command: Command) => {
      refuse('--from', flags.from, command);
      const { profile, port: appliancePort, control } = flags;
      const options = { profile, port: appliancePort, controlPort: control ?? null };
      const { simulate } = await import('./simulate.ts');
      try {
        finish(await simulate(options, { stdout: io.stdout, signal: io.signal, writeCa: io.writeCa }), 'ends');
      } catch (cause) {
        const error = foreseen(cause);
        printFailure(error, null, io);
        finish(error.exitCode);
      }
    });
  for (const name of NOT_BUILT) {
    program
      .command(name, { hidden: true })
      .allowUnknownOption()
      .allowExcessArguments()
      .action((_flags: unknown, command: Command) => command.error(`error: '${name}' is not built in this version`));
  }
  // Said last, so that it is said of what stands before a command alone: the commands have usages of their own.
  return program.showHelpAfterError('Usage: sps-gitops COMMAND [options]; sps-gitops --help lists the commands.');
}

function sub(program: Command, name: string, description: string): Command {
  return program.command(name).description(description).option('--settings <file>', 'the settings file');
}

function refuse(flag: string, given: unknown, command: Command): void {
  if (given !== undefined) command.error(`error: option '${flag}' is not built in this version`);
}

function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('It is a number from 0 to 65535.');
  return Number(text);
}
