import type { CommandIo } from '../../src/commands/command-io.ts';
import { runCli } from '../../src/commands/command-line.ts';
import { PLAIN } from '../../src/report/paint.ts';

/** How a call of the command line ended that needs neither files nor an appliance. */
interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line with nothing around it: enough for help and for wrong usage. */
export async function commandLine(...args: readonly string[]): Promise<Printed> {
  let stdout = '';
  let stderr = '';
  const unexpected = () => Promise.reject(new Error(`${args.join(' ')} is more than help or wrong usage`));
  const io: CommandIo = {
    workingDirectory: '/',
    environment: {},
    stdout: (text) => (stdout += text),
    stderr: (text) => (stderr += text),
    paintOut: PLAIN,
    paintError: PLAIN,
    outTerminal: 'none',
    errorTerminal: 'none',
    interactive: false,
    confirm: unexpected,
    signal: new AbortController().signal,
    resourceSchemas: unexpected,
    writeCa: unexpected,
    onHangup: () => () => undefined,
    quickstart: '/',
    version: '0',
  };
  return { code: (await runCli(args, io)).code, stdout, stderr };
}

/** The entries of one list of a help text: the term, and its description in one line. */
export function listed(help: string, heading: 'Arguments' | 'Options' | 'Commands'): ReadonlyMap<string, string> {
  const [, below = ''] = help.split(`${heading}:\n`);
  const [list = ''] = below.split('\n\n');
  const entries = new Map<string, string>();
  let last = '';
  for (const line of list.trimEnd().split('\n')) {
    const entry = /^ {2}(\S.*?)(?: {2,}(.*))?$/.exec(line);
    if (entry !== null) last = entry[1] ?? '';
    const text = entry === null ? line.trim() : (entry[2] ?? '');
    entries.set(last, `${entries.get(last) ?? ''} ${text}`.trim());
  }
  return entries;
}
