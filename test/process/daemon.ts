import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import type { RecordedRequest } from '../../src/simulator/requests.ts';
import type { SimulatorOptions } from '../../src/simulator/simulator.ts';
import { parseEntry, untruthsOf, type Entry } from '../contract/daemon/entries.ts';
import { worldInside as world, type RunOptions, type World } from './harness.ts';

/** `SOAK=1` runs the numbers of a soak test; without it a sample of them that ends within seconds. */
export const SOAK = process.env['SOAK'] === '1';

/** How long an entry that has to come is waited for, in ms: a net against hangs, not a measure. */
const GUARD_MS = 30_000;

/** Entries that a failed wait shows. */
const SHOWN = 15;

/** Settings below a section, by section. */
type Sections = Readonly<Record<string, JsonObject>>;

/** A daemon of the built program, and what it has logged so far. */
export interface Daemon {
  readonly entries: readonly Entry[];
  /** The first entry of that event, after the one that was waited for last, that fits. Rejects when the process ends first. */
  until(event: string, fits?: (entry: Entry) => boolean): Promise<Entry>;
  /** The next end of a run that fits. */
  untilEnd(fits?: (entry: Entry) => boolean): Promise<Entry>;
  /** All entries of that event so far. */
  all(event: string): readonly Entry[];
  kill(signal: NodeJS.Signals): void;
  /** Waits for the end of the process. */
  ended(): Promise<{ readonly code: number | undefined; readonly signal: string | undefined; readonly last: Entry }>;
  /** SIGTERM while nothing is under way, and the clean end that has to follow. */
  stop(): Promise<void>;
}

/** A world whose settings are those of a daemon with short waits. */
export async function daemonWorld(
  desired: Readonly<Record<string, string>> = {},
  settings: Sections = {},
  options: SimulatorOptions = {},
): Promise<World> {
  const w = await world(desired, options);
  await settle(w, settings);
  return w;
}

/** Writes the settings file: short waits, and what differs. The schedule is far away unless given. */
export async function settle(w: World, settings: Sections = {}): Promise<void> {
  const base: Sections = {
    appliance: { requests: { timeout: '5s', commitTimeout: '5s' } },
    reconcile: {
      quietPeriod: '50ms',
      poll: '200ms',
      schedule: '0 0 29 2 *',
      retry: { initial: '200ms', max: '1s' },
    },
    // A port of its own: several daemons of tests run at a time.
    http: { listen: '127.0.0.1:0' },
    log: { level: 'debug', format: 'json' },
  };
  const names = new Set([...Object.keys(base), ...Object.keys(settings)]);
  const all = Object.fromEntries([...names].map((name) => [name, { ...base[name], ...settings[name] }]));
  await writeFile(join(w.folder, 'sps-gitops.yaml'), JSON.stringify(all));
}

/** Starts the daemon. It is gone after the test, and its log has then been checked against what a log may say. */
export function startDaemon(w: World, options: RunOptions & { readonly args?: readonly string[] } = {}): Daemon {
  const child = w.start(['run', ...(options.args ?? [])], options);
  const entries: Entry[] = [];
  const wakes = new Set<() => void>();
  let next = 0;
  let rest = '';
  let isOver = false;

  function kill(signal: NodeJS.Signals): void {
    // Not by execa, which would kill for good what does not end within seconds.
    if (!isOver && child.pid !== undefined) process.kill(child.pid, signal);
  }

  function wake(): void {
    for (const each of wakes) each();
  }

  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    entries.push(...lines.map((line) => parseEntry(`${line}\n`)));
    wake();
  });
  const over = child.then(({ exitCode, signal, stderr }) => {
    isOver = true;
    wake();
    expect(stderr).toBe('');
    expect(rest, 'an unfinished line').toBe('');
    return { code: exitCode, signal };
  });
  // A test that failed before it asked is told of its own failure.
  over.catch(() => undefined);
  onTestFinished(async () => {
    kill('SIGKILL');
    const { code } = await over;
    expect(untruthsOf(code === 0 ? entries : withoutUnfinished(entries), [0])).toEqual([]);
  });

  function take(fits: (entry: Entry) => boolean): Entry | undefined {
    const index = entries.findIndex((entry, at) => at >= next && fits(entry));
    if (index >= 0) next = index + 1;
    return entries[index];
  }

  async function first(what: string, fits: (entry: Entry) => boolean): Promise<Entry> {
    let guard: NodeJS.Timeout | undefined;
    let look = (): void => undefined;
    try {
      return await new Promise<Entry>((resolve, reject) => {
        look = () => {
          const found = take(fits);
          if (found !== undefined) resolve(found);
          else if (isOver) reject(new Error(`the daemon ended without ${what}${tail(entries)}`));
        };
        guard = setTimeout(() => reject(new Error(`no ${what}${tail(entries)}`)), GUARD_MS);
        wakes.add(look);
        look();
      });
    } finally {
      clearTimeout(guard);
      wakes.delete(look);
    }
  }

  async function ended() {
    const { code, signal } = await over;
    const last = entries.at(-1);
    if (last === undefined) throw new Error('the daemon logged nothing');
    return { code, signal, last };
  }

  return {
    entries,
    until: (event, fits = () => true) => first(event, (entry) => entry.event === event && fits(entry)),
    untilEnd: (fits = () => true) => first('end of a run', (entry) => isEnd(entry) && fits(entry)),
    all: (event) => entries.filter((entry) => entry.event === event),
    kill,
    ended,
    stop: async () => {
      kill('SIGTERM');
      const { code, last } = await ended();
      expect([code, last.event]).toEqual([0, 'daemon.stopped']);
    },
  };
}

function isEnd({ event }: Entry): boolean {
  return event === 'reconcile.succeeded' || event === 'reconcile.failed';
}

/** A predicate: the entry has these members. */
export function has(members: JsonObject): (entry: Entry) => boolean {
  return (entry) => Object.entries(members).every(([name, value]) => entry[name] === value);
}

/** A member that is text. */
export function textOf(entry: Entry, name: string): string {
  const value = entry[name];
  if (typeof value !== 'string') throw new Error(`${name} is no text in ${JSON.stringify(entry)}`);
  return value;
}

/** A request that the appliance has in hand, and does not yet carry out. */
export interface HeldBack {
  readonly arrived: Promise<void>;
  /** Lets it go on. */
  readonly go: () => void;
}

/** Holds the first request back that fits from now on. */
export function holdBack(w: World, fits: (request: RecordedRequest) => boolean): HeldBack {
  let go = (): void => undefined;
  const held = new Promise<void>((resolve) => (go = resolve));
  let tell = (): void => undefined;
  const arrived = new Promise<void>((resolve) => (tell = resolve));
  const forget = w.simulator.onRequest(async (request) => {
    if (!fits(request)) return;
    forget();
    tell();
    await held;
  });
  return { arrived, go: () => go() };
}

// What was killed could not end what it had begun.
function withoutUnfinished(entries: readonly Entry[]): readonly Entry[] {
  const finished = new Set(entries.filter(isEnd).map(({ runId }) => runId));
  return entries.filter(({ runId }) => runId === undefined || finished.has(runId));
}

function tail(entries: readonly Entry[]): string {
  return `; the last entries:\n${entries
    .slice(-SHOWN)
    .map((entry) => JSON.stringify(entry))
    .join('\n')}`;
}
