import { execa } from 'execa';
import { SpsGitopsError } from '../shared/errors.ts';

/** Runs git in one folder, without what the caller's environment and the repository's hooks could change about it. */
export interface Git {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** How a git command ended. */
export type GitAnswer =
  | { readonly kind: 'done'; readonly output: Uint8Array }
  | { readonly kind: 'failed'; readonly exitCode: number; readonly complaint: string }
  /** There is no git on this machine. */
  | { readonly kind: 'absent' };

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
    },
  };
}

/** The arguments of a command with what all of them have in front. */
export function gitArguments(git: Git, command: readonly string[]): readonly string[] {
  return [...CONFIGURATION.flatMap((setting) => ['-c', setting]), '-C', git.directory, ...command];
}

/** Runs a command to its end. Throws the signal's reason when it is aborted. */
export async function askGit(git: Git, command: readonly string[], signal: AbortSignal): Promise<GitAnswer> {
  const result = await execa('git', gitArguments(git, command), {
    env: git.environment,
    extendEnv: false,
    encoding: 'buffer',
    stdin: 'ignore',
    stripFinalNewline: false,
    reject: false,
    cancelSignal: signal,
  });
  if (result.isCanceled) signal.throwIfAborted();
  if (!result.failed) return { kind: 'done', output: result.stdout };
  if (result.code === 'ENOENT') return { kind: 'absent' };
  return { kind: 'failed', exitCode: result.exitCode ?? -1, complaint: firstLine(result.stderr) };
}

/** The output of a command that has to work. Throws `inputUnstable`: the checkout changed, or is damaged. */
export async function runGit(git: Git, command: readonly string[], signal: AbortSignal): Promise<Uint8Array> {
  const answer = await askGit(git, command, signal);
  if (answer.kind === 'done') return answer.output;
  throw gitFailed('inputUnstable', command, answer.kind === 'failed' ? answer.complaint : 'git is not installed');
}

/** The error for a git command that failed: names it and the first line of what it said. */
export function gitFailed(
  failure: 'inputUnstable' | 'inputInvalid',
  command: readonly string[],
  complaint: string,
): SpsGitopsError {
  const hint = 'run the command in the desired-state directory and see that the checkout is whole';
  return new SpsGitopsError(failure, `git ${command[0] ?? ''} failed: ${complaint || 'it said nothing'}`, {
    hint,
    details: { command: `git ${command.join(' ')}` },
  });
}

/** The text of git's output. */
export function gitText(output: Uint8Array): string {
  return new TextDecoder().decode(output);
}

function firstLine(stderr: Uint8Array): string {
  const [line = ''] = gitText(stderr).trim().split('\n');
  // A remote's address can hold a password.
  return line.replaceAll(/:\/\/[^@\s/]+@/g, '://');
}
