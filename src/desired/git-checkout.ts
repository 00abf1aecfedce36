import { access, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { CommitListing, CommitMemory } from './commit-memory.ts';
import { unstable } from './disk-tree.ts';
import { askGit, gitFailed, gitText, runGit, type Git, type GitAnswer, type GitCommand } from './git-command.ts';

/** Older than this, git's lock was left behind: no checkout takes as long. */
const ABANDONED_AFTER_MS = 600_000;

/** An entry of a commit: a file (`100…`), a symbolic link (`120000`) or a submodule (`160000`). */
export interface CommitEntry {
  readonly mode: string;
  readonly object: string;
  /** In bytes; 0 where git does not know it. */
  readonly size: number;
}

/** A folder of a git checkout and what HEAD says about it, all from one commit. */
export interface Checkout {
  /** 40 hex digits, or 64 in a repository of SHA-256. */
  readonly commit: string;
  readonly subject: string;
  readonly author: string;
  /** By path below the folder; at least one. */
  readonly entries: ReadonlyMap<string, CommitEntry>;
  /** Absolute; of a linked worktree its own. */
  readonly gitDirectory: string;
}

/** Why a folder does not count as a git checkout. `bare`: the repository above says of itself that it has none. */
export type NotCheckout = 'no-git' | 'bare' | 'no-commits' | 'untracked';

/**
 * Finds out what git knows about a real folder below a repository. Throws `inputInvalid` when git cannot make sense of that.
 */
export async function readCheckout(
  git: Git,
  memory: CommitMemory,
  signal: AbortSignal,
): Promise<Checkout | NotCheckout | 'git-missing'> {
  // Asked for at once, as each process takes its time; it counts only where there is a checkout.
  const head = headOf(git, signal);
  head.catch(() => undefined);
  const what = ['--is-inside-work-tree', '--is-bare-repository', '--show-cdup', '--absolute-git-dir'] as const;
  const place: GitCommand = ['rev-parse', ...what];
  const answer = await askGit(git, place, signal);
  if (answer.kind === 'absent') return 'git-missing';
  if (isBeyondMount(answer)) return 'no-git';
  if (answer.kind === 'failed') throw gitFailed('inputInvalid', place, answer.complaint);
  // A path may have line breaks in it, and only the last line is one.
  const [inside, bare, up = '', ...path] = gitText(answer.output).split('\n');
  if (inside !== 'true') return bare === 'true' ? 'bare' : 'no-git';
  const gitDirectory = path.join('\n').replace(/\n$/, '');
  const commit = await head;
  if (commit === undefined) return 'no-commits';
  const prefix = prefixOf(git.directory, up);
  const listing = await memory.listing([gitDirectory, prefix, commit], () => listingOf(git, commit, prefix, signal));
  return listing.entries.size === 0 ? 'untracked' : { commit, ...listing, gitDirectory };
}

async function listingOf(git: Git, commit: string, prefix: string, signal: AbortSignal): Promise<CommitListing> {
  const [entries, log] = await Promise.all([
    entriesOf(git, commit, prefix, signal),
    runGit(git, ['log', '-1', '--no-show-signature', '--encoding=UTF-8', '--format=%s%x00%an', commit, '--'], signal),
  ]);
  const [subject = '', author = ''] = gitText(log).replace(/\n$/, '').split('\0');
  return { subject, author, entries };
}

// `up` leads from the folder to the top of the checkout: `../` as often as needed.
function prefixOf(directory: string, up: string): string {
  const segments = directory.split('/');
  return segments
    .slice(segments.length - up.split('/').length + 1)
    .map((segment) => `${segment}/`)
    .join('');
}

/**
 * The commit that HEAD names, or `undefined` while its branch has none. Throws `inputUnstable` when HEAD or the branch is
 * damaged: that must not pass for a repository without commits, of which the files on disk would be read.
 */
export async function headOf(git: Git, signal: AbortSignal): Promise<string | undefined> {
  const command: GitCommand = ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'];
  const answer = await askGit(git, command, signal);
  if (answer.kind === 'done') return gitText(answer.output).trim();
  if (await isUnborn(git, signal)) return undefined;
  throw gitFailed('inputUnstable', command, answer.complaint || 'HEAD names no commit');
}

async function isUnborn(git: Git, signal: AbortSignal): Promise<boolean> {
  // A branch that names a commit is not unborn, even if that is lost.
  if ((await askGit(git, ['rev-parse', '--verify', '--quiet', 'HEAD'], signal)).kind === 'done') return false;
  const branch = await askGit(git, ['symbolic-ref', '--quiet', 'HEAD'], signal);
  if (branch.kind !== 'done') return false;
  const path = await runGit(git, ['rev-parse', '--git-path', gitText(branch.output).trim()], signal);
  return !(await exists(resolve(git.directory, gitText(path).trim())));
}

/** Tells whether something below the folder differs from HEAD, files that git does not know included. */
export async function isDirty(git: Git, signal: AbortSignal): Promise<boolean> {
  // Submodules are looked at from outside only: git would run inside of them otherwise.
  const flags = ['--porcelain', '-z', '--untracked-files=all', '--ignore-submodules=dirty'];
  const output = await runGit(git, ['status', ...flags, '--', '.'], signal);
  return output.length > 0;
}

/**
 * What tells whether a git command has moved the files since: each of them puts a new index in the place of the old one.
 * HEAD alone does not tell: a checkout takes its lock away before it moves HEAD, and two of them lead back to where it was.
 */
export async function indexMark({ gitDirectory }: Checkout): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(join(gitDirectory, 'index'), { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join();
  } catch {
    return 'none';
  }
}

/** Throws `inputUnstable` while a git command works on the checkout. */
export async function refuseLocked({ gitDirectory }: Checkout): Promise<void> {
  const lock = join(gitDirectory, 'index.lock');
  const age = await ageOf(lock);
  if (age === null) return;
  if (age < ABANDONED_AFTER_MS) throw unstable('a git command is at work in the checkout', { path: lock });
  const minutes = Math.floor(age / 60_000);
  throw unstable(`a lock of git is ${minutes} minutes old`, { path: lock }, undefined, {
    hint: 'the git command that made it seems to have been killed: make sure that none is at work, then remove the file',
  });
}

/** Whether there is something of git's in a folder or in one above it. */
export async function hasRepositoryAbove(directory: string): Promise<boolean> {
  for (let folder = directory; ; folder = dirname(folder)) {
    if (await exists(join(folder, '.git'))) return true;
    if (folder === dirname(folder)) return false;
  }
}

/** Milliseconds since a file was changed last; null when it is not there. */
async function ageOf(path: string): Promise<number | null> {
  try {
    return Math.max(Date.now() - (await stat(path)).mtimeMs, 0);
  } catch {
    return null;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

// A `.git` beyond a mount point does not count for git. Any other that git does not accept is a damaged one.
function isBeyondMount(answer: GitAnswer): boolean {
  return answer.kind === 'failed' && answer.complaint.includes('not a git repository (or any parent up to mount point');
}

async function entriesOf(
  git: Git,
  commit: string,
  prefix: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, CommitEntry>> {
  const below = prefix === '' ? [] : [prefix];
  const output = await runGit(git, ['ls-tree', '-r', '-z', '-l', '--full-tree', commit, '--', ...below], signal);
  const entries = new Map<string, CommitEntry>();
  for (const line of gitText(output).split('\0')) {
    const [, mode = '', object = '', size = '', path = ''] = /^(\d+) \w+ (\w+) +(\S+)\t(.*)$/s.exec(line) ?? [];
    if (path === '' || !path.startsWith(prefix)) continue;
    // A submodule has no size, and neither has a file that the repository lost: that shows when it is read.
    entries.set(path.slice(prefix.length), { mode, object, size: /^\d+$/.test(size) ? Number(size) : 0 });
  }
  return entries;
}
