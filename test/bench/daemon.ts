import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROGRAM, WITH_PROBE } from './one-shot.ts';
import type { ProbeReport } from './probe-report.ts';
import type { World } from './world.ts';

/** How long an entry that has to come is waited for, in ms. */
const PATIENCE_MS = 600_000;

/** An entry of the daemon's log, as far as the bench looks into it. */
export interface Entry {
  readonly event: string;
  readonly trigger?: string;
  /** Where the daemon answers over HTTP, in `settings.loaded`. */
  readonly listen?: string;
  readonly outcome?: string;
  readonly durationMs?: number;
  readonly lockHeldMs?: number;
  readonly requests?: Readonly<Record<string, number>>;
}

/** An entry, when it was printed (ms since 1970), and the daemon's CPU time until then. */
export type TimedEntry = Entry & { readonly at: number; readonly cpuMs: number };

/** A daemon of the built program. */
export interface Daemon {
  readonly pid: number;
  /** The next entry that fits. Rejects when the daemon ends before. */
  next(fits: (entry: Entry) => boolean): Promise<Entry>;
  /** Asks for a run over HTTP. */
  ask(): Promise<void>;
  /** Ends it; gives its entries and what it has cost. */
  stop(): Promise<{ readonly entries: readonly TimedEntry[]; readonly report: ProbeReport }>;
}

/** Starts one; the caller stops it. `bare` is without the probe, for figures that the probe would change. */
export function startDaemon(world: World, how: 'probed' | 'bare' = 'probed'): Daemon {
  const probe = join(world.folder, 'daemon-probe.json');
  const env = { ...world.environment, BENCH_PROBE: probe };
  const args = [...(how === 'probed' ? WITH_PROBE : []), PROGRAM, 'run'];
  const child = spawn(process.execPath, args, { cwd: world.folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const listeners = new Set<(entry: Entry) => void>();
  let rest = '';
  let tail = '';
  let address = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    tail = lines.at(-1) ?? tail;
    for (const line of lines) {
      const entry = JSON.parse(line) as Entry;
      address = entry.listen ?? address;
      for (const listener of listeners) listener(entry);
    }
  });

  async function next(fits: (entry: Entry) => boolean): Promise<Entry> {
    let timer: NodeJS.Timeout | undefined;
    let listener: (entry: Entry) => void = () => undefined;
    try {
      return await new Promise<Entry>((resolve, reject) => {
        listener = (entry) => {
          if (fits(entry)) resolve(entry);
        };
        listeners.add(listener);
        const fail = (): void => reject(new Error(`the daemon did not come so far; its last entry:\n${tail}`));
        timer = setTimeout(fail, PATIENCE_MS);
        void closed.then(fail);
      });
    } finally {
      clearTimeout(timer);
      listeners.delete(listener);
    }
  }

  async function ask(): Promise<void> {
    const answer = await fetch(`http://${address}/reconcile`, { method: 'POST' });
    if (!answer.ok) throw new Error(`the daemon answered ${answer.status}`);
    await answer.text();
  }

  async function stop() {
    child.kill('SIGTERM');
    await closed;
    if (how === 'bare') return { entries: [], report: { marks: [], cpuMs: 0, peakRssMiB: 0, delayP99Ms: 0 } };
    const report = JSON.parse(await readFile(probe, 'utf8')) as ProbeReport;
    const entries = report.marks.flatMap(({ at, cpuMs, text }) =>
      text
        .trim()
        .split('\n')
        .map((line): TimedEntry => ({ ...(JSON.parse(line) as Entry), at, cpuMs })),
    );
    return { entries, report };
  }

  return { pid: child.pid ?? 0, next, ask, stop };
}

/** An entry that ends a run. */
export function isEnd({ event }: Entry): boolean {
  return event === 'reconcile.succeeded' || event === 'reconcile.failed';
}

/** Resident memory of a process now, in MiB, from proc(5); null on other systems. */
export async function residentMiB(pid: number): Promise<number | null> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    return kib === undefined ? null : Number(kib) / 1024;
  } catch {
    return null;
  }
}
