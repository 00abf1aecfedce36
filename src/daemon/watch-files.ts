import { setTimeout as pause } from 'node:timers/promises';
import { FolderWatches, type News } from './watch-folders.ts';
import { findTargets, MAX_FOLDERS, type WatchedPaths } from './watch-targets.ts';

/** What is watched, and how. */
export interface FileWatchOptions extends WatchedPaths {
  /** Milliseconds between two looks without an event; at least 1. */
  readonly pollMs: number;
  /** Something cannot be watched; the poll goes on. Once for each kind of trouble. */
  readonly onProblem: (message: string) => void;
}

/** Files that are being watched. */
export interface FileWatch {
  /** Ends everything, at any time; may be called twice. After it no event comes. */
  close(): Promise<void>;
}

// Events that come closer together than that lead to one look, so that a storm of them does not keep a core busy.
const GATHER_MS = 20;
// Files that move faster than they can be followed do not keep it from starting; it goes on looking afterwards.
const MAX_FIRST_LOOKS = 5;

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'EACCES: give the user of the program read access',
  EMFILE: 'EMFILE: raise the limit of open files, or fs.inotify.max_user_instances',
  ENOSPC: 'ENOSPC: raise fs.inotify.max_user_watches',
  'too-many': 'check desiredState.directory and desiredState.fileRoots',
};

/**
 * Calls `onEvent` after something changed that can make the desired state another one: files of the tree and of
 * `fileRoots`, links on the way there, HEAD of the checkout around it, folders that come and go. It means "look again": it
 * comes too often rather than too seldom, several times for one change, and once more when a new watch stands. After the
 * last of a row of changes there is always one. Resolves when the watches stand: what changes from then on is noticed;
 * events may come before.
 *
 * What no event tells (network file systems), the poll finds: links, HEAD, and names that come and go; not edits of a file
 * in place. Values in hidden files are not watched. Neither callback may throw.
 * An abort of `signal` while it starts closes everything and rejects with its reason.
 */
export async function watchFiles(
  options: FileWatchOptions,
  onEvent: () => void,
  signal?: AbortSignal,
): Promise<FileWatch> {
  signal?.throwIfAborted();
  const watch = new Watch(options, onEvent);
  const abort = (): void => void watch.close();
  signal?.addEventListener('abort', abort);
  try {
    await watch.start();
    signal?.throwIfAborted();
    return watch;
  } catch (error) {
    await watch.close();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

class Watch implements FileWatch {
  readonly #options: FileWatchOptions;
  readonly #onEvent: () => void;
  readonly #folders: FolderWatches;
  readonly #told = new Set<string>();
  #fingerprint = '';
  #state: 'starting' | 'running' | 'closed' = 'starting';
  #wanted = false;
  #looking = false;
  #poll: NodeJS.Timeout | undefined;

  constructor(options: FileWatchOptions, onEvent: () => void) {
    this.#options = options;
    this.#onEvent = onEvent;
    this.#folders = new FolderWatches(
      (news) => this.#hear(news),
      (folder, code) => this.#tell(code, `cannot watch the folder ${folder}`),
    );
  }

  async start(): Promise<void> {
    this.#wanted = true;
    for (let round = 0; this.#wanted && round < MAX_FIRST_LOOKS; round++) {
      this.#wanted = false;
      await this.#look();
    }
    if (this.#state !== 'starting') return;
    this.#state = 'running';
    this.#schedule();
    if (this.#wanted) this.#lookSoon();
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    clearTimeout(this.#poll);
    await this.#folders.close();
  }

  #hear(news: News): void {
    if (this.#state === 'closed') return;
    this.#onEvent();
    if (news === 'moved') this.#lookSoon();
  }

  #schedule(): void {
    this.#poll = setTimeout(() => {
      void this.#lookUntilAtRest(0).finally(() => {
        if (this.#state === 'running') this.#schedule();
      });
    }, this.#options.pollMs);
    this.#poll.unref();
  }

  #lookSoon(): void {
    void this.#lookUntilAtRest(GATHER_MS);
  }

  async #lookUntilAtRest(delayMs: number): Promise<void> {
    this.#wanted = true;
    if (this.#looking || this.#state !== 'running') return;
    this.#looking = true;
    try {
      for (let wait = delayMs; this.#wanted && this.#state === 'running'; wait = GATHER_MS) {
        if (wait > 0) await pause(wait, undefined, { ref: false });
        this.#wanted = false;
        await this.#look();
      }
    } catch (error) {
      // Not foreseen, and no reason to end: the next poll looks again.
      this.#tell('unknown', `cannot look at the files: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.#looking = false;
    }
  }

  async #look(): Promise<void> {
    const { targets, fingerprint, unlisted, truncated } = await findTargets(this.#options);
    if (this.#state === 'closed') return;
    for (const { folder, code } of unlisted) this.#tell(code, `cannot list the folder ${folder}`);
    if (truncated) this.#tell('too-many', `there are more than ${MAX_FOLDERS} folders to be watched`);
    const wider = await this.#folders.apply(targets);
    const changed = wider || fingerprint !== this.#fingerprint;
    this.#fingerprint = fingerprint;
    // What a new watch sees may have moved before it stood.
    if (wider) this.#wanted = true;
    if (changed && this.#state === 'running') this.#onEvent();
  }

  #tell(kind: string, what: string): void {
    if (this.#told.has(kind) || this.#state === 'closed') return;
    this.#told.add(kind);
    this.#options.onProblem(`${what} (${HINTS[kind] ?? kind}); changes are found later, by polling or on schedule`);
  }
}
