import { rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { watchFiles, type FileWatch, type FileWatchOptions } from '../../../src/daemon/watch-files.ts';
import { makeSandbox } from '../git/checkout.ts';

/** How long a test waits for an event that has to come. */
const GUARD_MS = 10_000;

/** A watch with what it told so far. */
export interface Watching extends FileWatch {
  readonly events: () => number;
  readonly problems: readonly string[];
  /**
   * Makes a change and waits until, after an event, a look finds what it should: what the daemon does, except that an
   * event is the only thing that makes it look.
   */
  notices(change: () => Promise<unknown>, look?: () => boolean | Promise<boolean>): Promise<void>;
  /** Waits for the next event. */
  next(): Promise<void>;
}

/** Makes a folder for one test, and removes it. */
export async function sandbox(): Promise<string> {
  const made = await makeSandbox();
  onTestFinished(() => made.remove());
  return made.path;
}

/** Watches until the test ends. No poll comes in between unless `pollMs` says so. */
export async function startWatching(
  directory: string,
  changes: Partial<Omit<FileWatchOptions, 'directory' | 'onProblem'>> = {},
): Promise<Watching> {
  let events = 0;
  const problems: string[] = [];
  const waiting = new Set<() => void>();
  const onProblem = (message: string): void => void problems.push(message);
  const onEvent = (): void => {
    events += 1;
    for (const wake of waiting) wake();
  };
  const watch = await watchFiles({ directory, fileRoots: [], pollMs: 600_000, ...changes, onProblem }, onEvent);
  onTestFinished(() => watch.close());

  function waitPast(seen: number): Promise<void> {
    if (events > seen) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        clearTimeout(guard);
        waiting.delete(wake);
        resolve();
      };
      const guard = setTimeout(() => reject(new Error(`no event after ${seen} of them`)), GUARD_MS);
      waiting.add(wake);
    });
  }

  return {
    close: () => watch.close(),
    events: () => events,
    problems,
    next: () => waitPast(events),
    async notices(change, look = () => true) {
      let seen = events;
      await change();
      for (;;) {
        await waitPast(seen);
        seen = events;
        if (await look()) return;
      }
    },
  };
}

/** Makes a link lead elsewhere in one step, as git-sync does. The name that it has before is hidden: that does not count. */
export async function swap(link: string, target: string): Promise<void> {
  const temporary = join(link, '..', '.tmp-link');
  await symlink(target, temporary);
  await rename(temporary, link);
}

/** How many watches keep this process alive. */
export function watches(): number {
  return process.getActiveResourcesInfo().filter((name) => /FSEvent|StatWatcher/.test(name)).length;
}
