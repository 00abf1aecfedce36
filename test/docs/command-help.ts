import { runInside, type RunInside } from '../process/inside.ts';

/** Runs the command line with nothing around it: enough for help and for wrong usage. */
export function commandLine(...args: readonly string[]): Promise<RunInside> {
  const resourceSchemas = () => Promise.reject(new Error(`${args.join(' ')} is more than help or wrong usage`));
  return runInside(args, '/', {}, { resourceSchemas });
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
