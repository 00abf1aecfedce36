import { SpsGitopsError } from '../shared/errors.ts';
import { runToEnd } from './git-process.ts';

/** Runs git in one folder, without what the caller's environment and the repository's hooks could change about it. */
export interface Git {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** How a git command ended. */
export type GitAnswer =
  | { readonly kind: 'done'; readonly output: Uint8Array }
  | { readonly kind: 'failed'; readonly complaint: string }
  /** There is no git on this machine. */
  | { readonly kind: 'absent'; readonly complaint: string };

/** A command with its arguments. */
export type GitCommand = readonly [string, ...string[]];

// `safe.directory`: checkouts in containers and volumes seldom belong to the user of the program.
const CONFIGURATION = [
  'safe.directory=*',
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'log.showSignature=false',
];

// What git needs of the environment. No variable of its own (GIT_DIR and the like) can get in this way.
const INHERITED = ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'TMPDIR'];

/** Prepares git for a folder; `environment` looks up the process's variables. */
export function gitIn(directory: string, environment: (name: string) => string | undefined): Git {
  const inherited = INHERITED.flatMap((name) => {
    const value = environment(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    directory,
    environment: {
      ...Object.fromEntries(inherited),
      LC_ALL: 'C',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_TERMINAL_PROMPT: '0',
      GIT_NO_LAZY_FETCH: '1',
      // A commit is what its name says, whatever local notes want to be shown in its place.
      GIT_NO_REPLACE_OBJECTS: '1',
      // A folder may be called `:x`.
      GIT_LITERAL_PATHSPECS: '1',
    },
  };
}

/** The arguments of a command with what all of them have in front. */
export function gitArguments(git: Git, command: GitCommand): readonly string[] {
  return [...CONFIGURATION.flatMap((setting) => ['-c', setting]), '-C', git.directory, ...command];
}

/** Runs a command to its end. Throws the signal's reason when it is aborted. */
export async function askGit(git: Git, command: GitCommand, signal: AbortSignal): Promise<GitAnswer> {
  signal.throwIfAborted();
  const { end, stdout, stderr } = await runToEnd(gitArguments(git, command), git.environment, signal);
  if (end.kind === 'ended' && end.exitCode === 0) return { kind: 'done', output: stdout };
  signal.throwIfAborted();
  if (end.kind === 'ended') return { kind: 'failed', complaint: complaintIn(stderr) };
  if (end.code === 'ENOENT') return { kind: 'absent', complaint: 'git is not installed' };
  return { kind: 'failed', complaint: `it cannot be started (${end.code})` };
}

/** The output of a command that has to work. Throws `inputUnstable`: the checkout changed, or is damaged. */
export async function runGit(git: Git, command: GitCommand, signal: AbortSignal): Promise<Uint8Array> {
  const answer = await askGit(git, command, signal);
  if (answer.kind === 'done') return answer.output;
  throw gitFailed('inputUnstable', command, answer.complaint);
}

/** The error for a git command that failed: names it and the line of what it said that tells most. */
export function gitFailed(
  failure: 'inputUnstable' | 'inputInvalid',
  command: GitCommand,
  complaint: string,
): SpsGitopsError {
  const hint = 'run the command in the desired-state directory and see that the checkout is whole';
  return new SpsGitopsError(failure, `git ${command[0]} failed: ${complaint || 'it said nothing'}`, {
    hint,
    details: { command: `git ${command.join(' ')}` },
  });
}

/** The text of git's output. */
export function gitText(output: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(output);
}

function complaintIn(stderr: Uint8Array): string {
  const said = gitText(stderr).trim();
  // Warnings come before what they warn of.
  const line = /^(?:fatal|error): .*$/m.exec(said)?.[0] ?? said.replace(/\n.*/s, '');
  // A remote's address can hold a password.
  return line.replaceAll(/:\/\/[^@\s/]+@/g, '://');
}
