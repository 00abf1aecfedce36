import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { systemCode } from '../shared/system-code.ts';

/** A process of git that was asked for. Where it could not be started it ends at once, and streams may be missing. */
export interface GitProcess {
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Settles when nothing of it is left; never rejects. */
  readonly end: Promise<GitEnd>;
  /** Ends it; may be called more than once and at any time. */
  kill(): void;
}

/** How a process ended. */
export type GitEnd =
  /** `exitCode` is null when a signal ended it. */
  | { readonly kind: 'ended'; readonly exitCode: number | null }
  /** It could not be started; `code` is the system's, such as `ENOENT`. */
  | { readonly kind: 'not-started'; readonly code: string };

/** Output below such a number of bytes; of more the process is ended (`output`) or the rest left out (`complaints`). */
const MOST_BYTES = { output: 100 * 1024 * 1024, complaints: 64 * 1024 };

/**
 * Starts git with this environment and no other, in `/`: the program's own working folder may be gone by now. `signal` ends
 * it, at once: what is asked of git changes nothing, so that it has nothing to tidy up.
 */
export function startGit(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  stdio: { readonly stdin: 'pipe' | 'ignore'; readonly stderr: 'pipe' | 'ignore' },
  signal: AbortSignal,
): GitProcess {
  let child: ChildProcess;
  try {
    child = spawn('git', args, { cwd: '/', env: environment, stdio: [stdio.stdin, 'pipe', stdio.stderr] });
  } catch (error) {
    const end = Promise.resolve({ kind: 'not-started', code: systemCode(error) } as const);
    return { stdin: null, stdout: null, stderr: null, end, kill: () => undefined };
  }
  const kill = (): void => {
    child.kill('SIGKILL');
    // A process of its own that it leaves behind would keep these open.
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  signal.addEventListener('abort', kill, { once: true });
  const end = endOf(child).finally(() => signal.removeEventListener('abort', kill));
  if (signal.aborted) kill();
  const { stdin, stdout, stderr } = child;
  // A write after the end is seen by the read that follows it, and a read that fails by the end.
  for (const stream of [stdin, stdout, stderr]) stream?.on('error', () => undefined);
  return { stdin, stdout, stderr, end, kill };
}

function endOf(child: ChildProcess): Promise<GitEnd> {
  return new Promise((settle) => {
    let code: string | null = null;
    // What runs may have an error too, which is that it could not be killed.
    child.on('error', (error) => {
      if (child.pid === undefined) code = systemCode(error);
    });
    child.on('close', (exitCode) => {
      settle(code === null ? { kind: 'ended', exitCode } : { kind: 'not-started', code });
    });
  });
}

/** Runs git to its end without input. `stderr` is its beginning, whole lines only. Never throws. */
export async function runToEnd(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ readonly end: GitEnd; readonly stdout: Uint8Array; readonly stderr: Uint8Array }> {
  const git = startGit(args, environment, { stdin: 'ignore', stderr: 'pipe' }, signal);
  const stdout = collect(git.stdout, MOST_BYTES.output, () => git.kill());
  const stderr = collect(git.stderr, MOST_BYTES.complaints, () => undefined);
  const end = await git.end;
  return { end, stdout: stdout(), stderr: stderr() };
}

// Of what is too much the last line goes too: cut somewhere, a remote's address would be taken for one without a password.
function collect(stream: Readable | null, most: number, tooMuch: () => void): () => Buffer {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= most) chunks.push(chunk);
    else tooMuch();
  });
  return () => {
    const all = Buffer.concat(chunks);
    return bytes <= most ? all : all.subarray(0, all.lastIndexOf(0x0a) + 1);
  };
}
