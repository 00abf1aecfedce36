#!/usr/bin/env node
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { COLOURS, PLAIN, type Paint } from './report/paint.ts';
import { runCli } from './commands/command-line.ts';
import type { CommandIo } from './commands/command-io.ts';
import { SpsGitopsError } from './shared/errors.ts';
import { isObject, parseJson, type JsonObject } from './shared/json.ts';

/** Exit code of a process that a signal ended: 128 and the signal's number. */
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Signals that come closer together than that, in ms, are one. */
const SAME_SIGNAL_MS = 200;

// The HTTP parser is WebAssembly. Once it has worked for a moment, V8 would compile it anew in the background, which takes
// more time than a plan and more memory than a daemon needs, and an end of the program waits for it.
setFlagsFromString('--wasm-tiering-budget=2000000000');

// A daemon idles for most of its life: its heap does without the room in which much garbage is made quickly. Otherwise
// it would keep, for as long as it lives, what its start has taken: some 20 MiB.
if (process.argv[2] === 'run') setFlagsFromString('--semi-space-growth-factor=1');

const packageFolder = new URL('..', import.meta.url);

async function readObject(file: URL): Promise<JsonObject> {
  const value = parseJson(await readFile(file, 'utf8'));
  if (!isObject(value)) throw new Error(`${file.pathname} is not a JSON object`);
  return value;
}

async function resourceSchemas(): Promise<readonly JsonObject[]> {
  const folder = new URL('schemas/resources/', packageFolder);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.schema.json')).toSorted();
  return Promise.all(names.map((name) => readObject(new URL(name, folder))));
}

async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  // Loaded for who is asked: most runs ask nobody.
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // While it reads, the terminal's Ctrl+C comes here instead of to the process.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    return (await Promise.race([terminal.question(question, { signal }), ended])).trim() === 'yes';
  } catch {
    signal.throwIfAborted();
    // The end of the input (Ctrl+D) is no yes.
    return false;
  } finally {
    terminal.close();
  }
}

function paintFor(stream: NodeJS.WriteStream): Paint {
  const noColour = process.env['NO_COLOR'];
  return stream.isTTY && (noColour === undefined || noColour === '') ? COLOURS : PLAIN;
}

function terminalOf(stream: NodeJS.WriteStream): CommandIo['outTerminal'] {
  if (!stream.isTTY) return 'none';
  return paintFor(stream) === COLOURS ? 'colour' : 'plain';
}

/** Writes at once, as far as the stream allows, so that nothing is lost when the process ends. */
function writeTo(stream: NodeJS.WriteStream): (text: string) => void {
  // A reader that went away (`| head`) is no failure of ours.
  stream.on('error', () => undefined);
  return (text) => void stream.write(text);
}

async function writeTemporaryCa(pem: string, cleanUp: (() => Promise<void>)[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sps-gitops-simulator-'));
  cleanUp.push(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'ca.pem');
  await writeFile(file, pem);
  return file;
}

async function main(): Promise<void> {
  // The YAML parser prints its input when it finds one of these in its environment.
  for (const name of ['LOG_TOKENS', 'LOG_STREAM']) delete process.env[name];
  const { version } = await readObject(new URL('package.json', packageFolder));
  const stop = new AbortController();
  const cleanUp: (() => Promise<void>)[] = [];
  let signalled: number | undefined;
  let signalledAt = 0;
  const hangups = new Set<() => void>();
  for (const [name, code] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      if (name === 'SIGHUP' && hangups.size > 0) {
        for (const listener of hangups) listener();
        return;
      }
      if (signalled !== undefined) {
        // A terminal and npm both pass the same Ctrl+C on.
        if (performance.now() - signalledAt > SAME_SIGNAL_MS) process.exit(code);
        return;
      }
      signalled = code;
      signalledAt = performance.now();
      stop.abort(new SpsGitopsError('interrupted', `stopped by ${name}`));
    });
  }
  const io: CommandIo = {
    workingDirectory: process.cwd(),
    environment: process.env,
    stdout: writeTo(process.stdout),
    stderr: writeTo(process.stderr),
    paintOut: paintFor(process.stdout),
    paintError: paintFor(process.stderr),
    outTerminal: terminalOf(process.stdout),
    errorTerminal: terminalOf(process.stderr),
    interactive: process.stdin.isTTY && process.stderr.isTTY,
    confirm,
    signal: stop.signal,
    resourceSchemas,
    onHangup: (listener) => {
      hangups.add(listener);
      return () => void hangups.delete(listener);
    },
    quickstart: fileURLToPath(new URL('config-examples/quickstart', packageFolder)),
    version: typeof version === 'string' ? version : 'unknown',
    writeCa: (pem) => writeTemporaryCa(pem, cleanUp),
  };
  try {
    const end = await runCli(process.argv.slice(2), io);
    process.exitCode = signalled !== undefined && end.signal === 'interrupts' ? signalled : end.code;
  } finally {
    for (const clean of cleanUp.toReversed()) await clean();
  }
}

await main();
