import { expect } from 'vitest';
import { parseEntry, untruthsOf, type Entry } from '../contract/daemon/entries.ts';
import type { Container } from './container.ts';

/** The log of a daemon in a container. */
export interface Log {
  /** The next entry that fits, after the one that was found last. Rejects when the program ends before. */
  until(event: string | RegExp, members?: Readonly<Record<string, string>>): Promise<Entry>;
  /** Sends SIGTERM as an engine does, and expects a clean end within 5 s with nothing untrue in the log. Returns its last entry. */
  stop(): Promise<Entry>;
}

const GRACE_MS = 5_000;

/** Reads the log of the daemon that a container runs. */
export function readLog({ process: running, signal }: Container): Log {
  const lines = running[Symbol.asyncIterator]();
  const entries: Entry[] = [];
  async function next(): Promise<Entry | null> {
    const { value, done } = await lines.next();
    if (done === true) return null;
    const entry = parseEntry(`${value}\n`);
    entries.push(entry);
    return entry;
  }
  return {
    until: async (event, members = {}) => {
      for (let entry = await next(); entry !== null; entry = await next()) {
        if (!fits(entry.event, event)) continue;
        if (Object.entries(members).every(([name, value]) => entry?.[name] === value)) return entry;
      }
      throw new Error(`the daemon ended before ${String(event)}: ${JSON.stringify(entries.slice(-10), null, 1)}`);
    },
    stop: async () => {
      const signalledAt = performance.now();
      await signal('TERM');
      const { exitCode, stderr } = await running;
      expect(performance.now() - signalledAt).toBeLessThan(GRACE_MS);
      while ((await next()) !== null);
      const last = entries.at(-1);
      expect([exitCode, stderr, last?.event]).toEqual([0, '', 'daemon.stopped']);
      expect(untruthsOf(entries, [0])).toEqual([]);
      if (last === undefined) throw new Error('the daemon logged nothing');
      return last;
    },
  };
}

function fits(event: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? event === wanted : wanted.test(event);
}
