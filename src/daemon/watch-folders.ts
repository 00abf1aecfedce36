import { basename, isAbsolute } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { watch, type FSWatcher } from 'chokidar';
import { mapBounded } from '../shared/concurrency.ts';
import { systemCode } from '../shared/system-code.ts';
import type { Target } from './watch-plan.ts';

/** Something was noticed: the content of a file, or (`moved`) anything that may change what is to be watched. */
export type News = 'edited' | 'moved';

/** A folder cannot be watched, or not any more. */
export type WatchProblem = (folder: string, code: string) => void;

// A folder that failed is tried again then: often enough to recover, too seldom to cost anything.
const RETRY_MS = 30_000;
const OPENINGS_AT_ONCE = 8;

interface Watched {
  target: Target;
  readonly watcher: FSWatcher;
  /** The folder itself may be gone: its watch says nothing about another one at this path. */
  suspect: boolean;
  /** Milliseconds of the monotonic clock; `undefined` while all is well. */
  retryAt: number | undefined;
  /** Ends the wait for the watch to stand. */
  readonly settle: (stands: boolean) => void;
}

/**
 * Watches folders, each with a chokidar of its own, not its subfolders: taking back one path of a shared instance leaves
 * filters behind, and only an instance of its own tells when the watch of a folder stands.
 */
export class FolderWatches {
  readonly #folders = new Map<string, Watched>();
  readonly #onNews: (news: News) => void;
  readonly #onProblem: WatchProblem;
  #closed = false;

  constructor(onNews: (news: News) => void, onProblem: WatchProblem) {
    this.#onNews = onNews;
    this.#onProblem = onProblem;
  }

  /** Watches these folders and no others. Tells whether something is noticed from now on that was not before. */
  async apply(targets: ReadonlyMap<string, Target>): Promise<boolean> {
    await this.#closeAll([...this.#folders].filter(([path, watched]) => isStale(watched, targets.get(path))));
    let wider = false;
    const missing: [string, Target][] = [];
    for (const [path, target] of targets) {
      const watched = this.#folders.get(path);
      if (watched === undefined) {
        if (target.identity !== '') missing.push([path, target]);
      } else {
        wider ||= isWider(target, watched.target);
        watched.target = target;
      }
    }
    const opened = await mapBounded(missing, OPENINGS_AT_ONCE, ([path, target]) => this.#open(path, target));
    return wider || opened.includes(true);
  }

  /** Ends all watches. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#closeAll([...this.#folders]);
  }

  #open(path: string, target: Target): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    return new Promise((settle) => {
      // With `atomic`, chokidar leaves out folders whose name looks like an editor's temporary file.
      const options = { depth: 0, followSymlinks: false, ignoreInitial: true, atomic: false };
      const watcher = watch(path, { ...options, ignored: (inside) => inside !== path });
      const watched: Watched = { target, watcher, suspect: false, retryAt: undefined, settle };
      this.#folders.set(path, watched);
      // Not `all`: of two changes of a name within 50 ms chokidar reports only the first; the last swap of a link would be lost.
      watcher.on('raw', (event, name: unknown) => this.#notice(path, watched, event, name));
      watcher.on('ready', () => settle(watched.retryAt === undefined));
      watcher.on('error', (error) => {
        watched.retryAt = performance.now() + RETRY_MS;
        this.#onProblem(path, systemCode(error));
        settle(false);
      });
    });
  }

  #notice(path: string, watched: Watched, event: string, given: unknown): void {
    // Some systems, and chokidar where it polls, name nothing or the folder as a whole.
    const name = typeof given === 'string' && !isAbsolute(given) ? given : undefined;
    const { names, files } = watched.target;
    const itself = name === basename(path);
    if (itself && event !== 'change') watched.suspect = true;
    if (name === undefined || itself || names.has(name)) this.#onNews('moved');
    else if (files && !name.startsWith('.')) this.#onNews(event === 'change' ? 'edited' : 'moved');
  }

  async #closeAll(folders: readonly (readonly [string, Watched])[]): Promise<void> {
    for (const [path] of folders) this.#folders.delete(path);
    // chokidar loses a watch for good when it is closed between opening that and noting it: never within one turn.
    await nextTurn();
    await Promise.all(folders.map(([, watched]) => end(watched)));
  }
}

async function end(watched: Watched): Promise<void> {
  const closed = watched.watcher.close();
  // It takes its listeners away, and what it was doing may still fail: an `error` that nobody hears ends the process.
  watched.watcher.on('error', () => undefined);
  await closed;
  watched.settle(false);
}

function isStale({ target, suspect, retryAt }: Watched, now: Target | undefined): boolean {
  if (now?.identity !== target.identity || suspect) return true;
  return retryAt !== undefined && retryAt <= performance.now();
}

function isWider(now: Target, before: Target): boolean {
  return (now.files && !before.files) || [...now.names].some((name) => !before.names.has(name));
}
