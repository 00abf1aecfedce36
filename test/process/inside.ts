import { readFileSync } from 'node:fs';
import { runCli } from '../../src/commands/command-line.ts';
import type { CommandIo } from '../../src/commands/command-io.ts';
import { PLAIN } from '../../src/report/paint.ts';
import { resourceSchemas, ROOT } from '../resource-schemas.ts';

/** What a command came to. */
export interface RunInside {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the command line in this process, as the program does behind `cli.ts`: for the many cases in which starting a
 * program would prove nothing more. Signals, exit codes of the process and the built files are for those that start it.
 * `parts` takes the place of what it has around it.
 */
export async function runInside(
  args: readonly string[],
  workingDirectory: string,
  environment: Readonly<Record<string, string | undefined>>,
  parts: Partial<CommandIo> = {},
): Promise<RunInside> {
  let stdout = '';
  let stderr = '';
  const unexpected = () => Promise.reject(new Error('a command without a terminal asked for more than it has'));
  const io: CommandIo = {
    workingDirectory,
    environment,
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
    paintOut: PLAIN,
    paintError: PLAIN,
    outTerminal: 'none',
    errorTerminal: 'none',
    interactive: false,
    confirm: unexpected,
    onHangup: () => () => undefined,
    quickstart: new URL('config-examples/quickstart', ROOT).pathname,
    signal: new AbortController().signal,
    resourceSchemas: () => Promise.resolve(resourceSchemas()),
    writeCa: unexpected,
    version: (JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as { version: string }).version,
    ...parts,
  };
  const { code } = await runCli(args, io);
  return { code, stdout, stderr };
}
