import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { commitTree } from './commit-tree.ts';
import { diskTree, unstable } from './disk-tree.ts';
import { openBlobReader } from './git-blobs.ts';
import { headOf, indexMark, lockedBy, readCheckout, type Checkout } from './git-checkout.ts';
import { gitIn, type Git } from './git-command.ts';
import { hasRepositoryAbove, type NoPlace, type Place } from './git-place.ts';
import { askStatus } from './git-status.ts';
import type { LoadMemory } from './load-memory.ts';
import type { Source } from './source.ts';

/** Where the desired state is, and which files of it count: the settings below `desiredState`. */
export interface SourceOptions {
  readonly directory: string;
  readonly read: 'auto' | 'commit' | 'worktree';
  readonly fileRoots: readonly string[];
}

interface Opening {
  readonly directory: string;
  readonly real: string;
  readonly roots: readonly string[];
  readonly git: Git;
  readonly memory: LoadMemory;
  readonly signal: AbortSignal;
}

/** Why a folder is not read as a checkout. */
type NotCheckout = Exclude<NoPlace, 'git-missing'> | 'no-commits' | 'untracked';

const NOT_A_CHECKOUT: Readonly<Record<NotCheckout, { readonly code: string; readonly message: string }>> = {
  bare: { code: 'bare-repository', message: 'the git repository of the desired-state directory says that it is bare' },
  'no-git': { code: 'not-a-git-checkout', message: 'the desired-state directory is not in a git checkout' },
  'no-commits': { code: 'no-commits', message: 'the git repository has no commit yet' },
  untracked: { code: 'directory-untracked', message: 'HEAD tracks no file below the desired-state directory' },
};

/**
 * Opens the directory as it is to be read; `auto` means the commit where HEAD tracks a file below it. Findings tell why it
 * cannot be read that way. Throws `inputInvalid` or `inputUnstable` when git fails.
 */
export async function openSource(
  options: SourceOptions,
  environment: (name: string) => string | undefined,
  memory: LoadMemory,
  signal: AbortSignal,
): Promise<Source | { readonly findings: readonly Diagnostic[] }> {
  const directory = resolve(options.directory);
  const real = await realDirectory(directory);
  if (real === undefined) {
    const hint = 'check the setting desiredState.directory';
    return refuse('directory-missing', `the desired-state directory is not there or not a folder: ${directory}`, hint);
  }
  const git = gitIn(real, environment);
  const [roots, isBelow] = await Promise.all([realRoots(options.fileRoots), hasRepositoryAbove(real)]);
  const opening: Opening = { directory, real, roots, git, memory, signal };
  if (!isBelow) return openWithout('no-git', opening, options.read);
  const opened = await (options.read === 'worktree' ? openWorktree(opening) : openCommit(opening));
  if (opened === 'git-missing') {
    return refuse(
      'git-missing',
      'the directory is in a git checkout, but there is no git on this machine',
      'install git',
    );
  }
  return typeof opened === 'string' ? openWithout(opened, opening, options.read) : opened;
}

function openWithout(
  checkout: NotCheckout,
  opening: Opening,
  read: SourceOptions['read'],
): Source | { readonly findings: readonly Diagnostic[] } {
  // A checkout that somebody set to bare must not have its uncommitted files taken for committed ones.
  if (read === 'worktree' || (read === 'auto' && checkout !== 'bare')) return openPlain(opening);
  const { code, message } = NOT_A_CHECKOUT[checkout];
  const remedy = checkout === 'bare' ? 'set core.bare to false there' : 'commit the files';
  return refuse(code, message, `${remedy}, or set desiredState.read to worktree`);
}

async function openCommit({
  real,
  roots,
  git,
  memory,
  signal,
}: Opening): Promise<Source | NotCheckout | 'git-missing'> {
  const asking = askStatus(git, signal);
  asking.catch(() => undefined);
  // What shows no change after the status was given had not changed when it was. What is not known is asked for at once.
  if (memory.places.has(git)) await asking;
  const place = await memory.places.find(git, signal);
  if (typeof place === 'string') return place;
  const checkout = await readCheckout(git, place, await asking, memory.commits, signal);
  if (typeof checkout === 'string') return checkout;
  const blobs = memory.commits.reader(() => openBlobReader(git, signal));
  const disk = diskTree(real, roots);
  return {
    kind: 'commit',
    tree: commitTree(checkout.entries, real, blobs),
    disk,
    revision: revisionOf(checkout),
    confirm: () => disk.confirmLinks(),
    close: () => blobs.close(),
  };
}

async function openWorktree(opening: Opening): Promise<Source | NotCheckout | 'git-missing'> {
  const { git, memory, signal } = opening;
  const place = await memory.places.find(git, signal);
  if (typeof place === 'string') return place;
  // In this order: what takes the lock after the look at it cannot be done before the mark is compared.
  const mark = await indexMark(place);
  const locked = await lockedBy(place);
  const checkout = await readCheckout(git, place, await askStatus(git, signal), memory.commits, signal);
  if (typeof checkout === 'string') return checkout;
  if (locked !== null) throw locked;
  const plain = openPlain(opening);
  return {
    ...plain,
    revision: revisionOf(checkout),
    async confirm(confirmSignal) {
      await plain.confirm(confirmSignal);
      await confirmRest(place, mark);
      if ((await headOf(git, confirmSignal)) !== checkout.commit) {
        throw unstable('HEAD moved while the files were read', { path: place.gitDirectory });
      }
    },
  };
}

async function confirmRest(place: Place, mark: string): Promise<void> {
  const locked = await lockedBy(place);
  if (locked !== null) throw locked;
  if ((await indexMark(place)) === mark) return;
  throw unstable('a git command moved the files while they were read', { path: place.gitDirectory });
}

function revisionOf({ commit, subject, author, dirty }: Checkout): Source['revision'] {
  return { commit, subject, author, dirty };
}

function openPlain({ directory, real, roots }: Opening): Source {
  const tree = diskTree(real, [real, ...roots]);
  return {
    kind: 'worktree',
    tree,
    disk: tree,
    revision: { commit: null, subject: null, author: null, dirty: false },
    async confirm() {
      await tree.confirmLinks();
      if ((await realDirectory(directory)) !== real) {
        throw unstable('the desired-state directory leads elsewhere than before', { path: directory });
      }
    },
    close: () => Promise.resolve(),
  };
}

/**
 * A link may be pointed elsewhere, and its old target removed, between two steps of one look: what is missing is looked for
 * so often, with so many ms between.
 */
const LOOKS = { most: 10, pauseMs: 5 };

async function realDirectory(directory: string): Promise<string | undefined> {
  let moved = false;
  for (let look = 1; ; look += 1) {
    const real = await realNow(directory);
    if (real !== undefined) return real;
    // Asked of the system in one go, it may be there all the same.
    moved ||= await isDirectory(directory);
    if (look === LOOKS.most) break;
    await setTimeout(LOOKS.pauseMs);
  }
  if (moved) throw unstable('the desired-state directory kept leading elsewhere', { path: directory });
  return undefined;
}

async function realNow(directory: string): Promise<string | undefined> {
  try {
    const real = await realpath(directory);
    return (await isDirectory(real)) ? real : undefined;
  } catch {
    return undefined;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

// A root that is not there has no files in it; who asks for one is told.
async function realRoots(roots: readonly string[]): Promise<readonly string[]> {
  const real = await Promise.all(roots.map((root) => realNow(resolve(root))));
  return real.filter((root) => root !== undefined);
}

function refuse(code: string, message: string, hint: string): { readonly findings: readonly Diagnostic[] } {
  return { findings: [{ severity: 'error', code, message, hint }] };
}
