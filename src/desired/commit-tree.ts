import { isAbsolute, posix } from 'node:path';
import type { BlobReader } from './git-blobs.ts';
import type { CommitEntry } from './git-checkout.ts';
import { gitText } from './git-command.ts';
import { outside } from './disk-tree.ts';
import { MAX_FILE_BYTES, type FileBytes, type Resolved, type Tree } from './source.ts';

const MOST_LINKS = 40;
const LONGEST_LINK = 4096;

/**
 * The files of one commit below a folder. Links are followed within it, at most 40 for a path; one that leads out of the
 * folder is `outside`, with the path that it would have below `directory` on disk.
 */
export function commitTree(entries: ReadonlyMap<string, CommitEntry>, directory: string, blobs: BlobReader): Tree {
  const folders = foldersOf(entries.keys());
  return {
    root: '',
    // What is a link and what is a file is told without asking anybody.
    list: (folder) => Promise.resolve([...(folders.get(folder) ?? [])].map((name) => ({ name, isFile: false }))),
    resolve: (path) => resolveIn({ entries, folders, directory, blobs }, path),
    async read(real): Promise<FileBytes> {
      const entry = entries.get(real);
      if (entry === undefined) return { kind: 'missing' };
      if (entry.size > MAX_FILE_BYTES) return { kind: 'too-large' };
      return { kind: 'bytes', bytes: await blobs.read(entry.object) };
    },
  };
}

interface Commit {
  readonly entries: ReadonlyMap<string, CommitEntry>;
  readonly folders: ReadonlyMap<string, ReadonlySet<string>>;
  readonly directory: string;
  readonly blobs: BlobReader;
}

// A commit lists files only: the folders follow from their paths.
function foldersOf(paths: Iterable<string>): Map<string, Set<string>> {
  const folders = new Map<string, Set<string>>();
  for (const path of paths) {
    const segments = path.split('/');
    for (const [depth, name] of segments.entries()) {
      const folder = segments.slice(0, depth).join('/');
      const names = folders.get(folder) ?? new Set<string>();
      folders.set(folder, names.add(name));
    }
  }
  return folders;
}

async function resolveIn(commit: Commit, path: string): Promise<Resolved> {
  const ahead = path.split('/');
  const behind: string[] = [];
  let links = 0;
  for (let segment = ahead.shift(); segment !== undefined; segment = ahead.shift()) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') {
      if (behind.pop() === undefined) return outside(posix.resolve(commit.directory, '..', ...ahead));
      continue;
    }
    behind.push(segment);
    const here = behind.join('/');
    const entry = commit.entries.get(here);
    if (entry?.mode === '120000') {
      links += 1;
      if (links > MOST_LINKS) return { kind: 'loop' };
      const target = await targetOf(entry, commit);
      if (target === undefined) return { kind: 'missing' };
      if (isAbsolute(target)) return outside(posix.join(target, ...ahead));
      behind.pop();
      ahead.unshift(...target.split('/'));
    } else if (entry === undefined ? !commit.folders.has(here) : ahead.length > 0) {
      return { kind: 'missing' };
    }
  }
  return kindOf(commit, behind.join('/'));
}

async function targetOf(entry: CommitEntry, { blobs }: Commit): Promise<string | undefined> {
  return entry.size > LONGEST_LINK ? undefined : gitText(await blobs.read(entry.object));
}

function kindOf({ entries }: Commit, real: string): Resolved {
  const entry = entries.get(real);
  if (entry === undefined) return { kind: 'directory', real };
  return entry.mode === '160000' ? { kind: 'submodule' } : { kind: 'file', real };
}
