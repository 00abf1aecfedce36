import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { SpsGitopsError } from '../shared/errors.ts';
import type { CommitListing, CommitMemory } from './commit-memory.ts';
import { unstable } from './disk-tree.ts';
import { askGit, gitFailed, gitText, runGit, type Git, type GitCommand } from './git-command.ts';
import { exists, markOf, type Place } from './git-place.ts';
import { STATUS, type Status } from './git-status.ts';

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
  /** Something below the folder differs from HEAD, files that git does not know included. */
  readonly dirty: boolean;
}

/**
 * What HEAD says about a folder at this place, of which git gave this status. Throws `inputUnstable` when git cannot make
 * sense of that, or failed to give one.
 */
export async function readCheckout(
  git: Git,
  { gitDirectory, prefix }: Place,
  status: Status,
  memory: CommitMemory,
  signal: AbortSignal,
): Promise<Checkout | 'no-commits' | 'untracked'> {
  const listed = (name: string): Promise<CommitListing> =>
    memory.listing([gitDirectory, prefix, name], () => listingOf(git, name, prefix, signal));
  const head = status.kind === 'done' ? status.head : null;
  let listing = head === null ? null : await listed(head);
  // A status that fails, or names nothing, or no commit, leaves open whether there is one.
  if (listing === null || listing.commit === '') {
    const commit = await headOf(git, signal);
    if (commit === undefined) return 'no-commits';
    listing = await listed(commit);
  }
  if (listing.entries.size === 0) return 'untracked';
  if (status.kind !== 'done') throw gitFailed('inputUnstable', STATUS, status.complaint);
  return { ...listing, dirty: status.dirty };
}

async function listingOf(git: Git, name: string, prefix: string, signal: AbortSignal): Promise<CommitListing> {
  const format = '--format=%H%x00%s%x00%an';
  const [entries, log] = await Promise.all([
    entriesOf(git, name, prefix, signal),
    runGit(git, ['log', '-1', '--no-show-signature', '--encoding=UTF-8', format, name, '--'], signal),
  ]);
  const [commit = '', subject = '', author = ''] = gitText(log).replace(/\n$/, '').split('\0');
  return { commit, subject, author, entries };
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

/**
 * What tells whether a git command has moved the files since: each of them puts a new index in the place of the old one.
 * HEAD alone does not tell: a checkout takes its lock away before it moves HEAD, and two of them lead back to where it was.
 */
export function indexMark({ gitDirectory }: Place): Promise<string> {
  return markOf(join(gitDirectory, 'index'));
}

/** The error, `inputUnstable`, for a checkout on which a git command works; null where none does. */
export async function lockedBy({ gitDirectory }: Place): Promise<SpsGitopsError | null> {
  const lock = join(gitDirectory, 'index.lock');
  const age = await ageOf(lock);
  if (age === null) return null;
  if (age < ABANDONED_AFTER_MS) return unstable('a git command is at work in the checkout', { path: lock });
  const minutes = Math.floor(age / 60_000);
  return unstable(`a lock of git is ${minutes} minutes old`, { path: lock }, undefined, {
    hint: 'the git command that made it seems to have been killed: make sure that none is at work, then remove the file',
  });
}

/** Milliseconds since a file was changed last; null when it is not there. */
async function ageOf(path: string): Promise<number | null> {
  try {
    return Math.max(Date.now() - (await stat(path)).mtimeMs, 0);
  } catch {
    return null;
  }
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
