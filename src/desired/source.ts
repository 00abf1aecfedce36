import type { Revision } from './desired-state.ts';

/** So many files, or links, are looked at side by side. */
export const FILES_AT_ONCE = 8;

/** The largest file that is read, in bytes. */
export const MAX_FILE_BYTES = 5 * 1024 * 1024;

/**
 * Why a path gives no file: nothing there, a loop of links, something else than a file, the place of a submodule in a commit,
 * or no permission.
 */
export type Unusable = 'missing' | 'loop' | 'not-a-file' | 'submodule' | 'unreadable';

/** What a path comes to when its links are followed. Real paths have no links in them. */
export type Resolved =
  | { readonly kind: 'file'; readonly real: string }
  | { readonly kind: 'directory'; readonly real: string }
  /** Beyond what may be read; `path` is absolute, `folder` tells what is there on disk now. */
  | { readonly kind: 'outside'; readonly path: string; readonly folder: boolean }
  | { readonly kind: Unusable };

/** The bytes of a file, or why there are none. */
export type FileBytes =
  { readonly kind: 'bytes'; readonly bytes: Uint8Array } | { readonly kind: 'missing' | 'too-large' | 'unreadable' };

/** Something in a directory. */
export interface TreeEntry {
  readonly name: string;
  /** It is a file itself, so that its path is a real one. Of everything else that is open. */
  readonly isFile: boolean;
}

/** Files as the disk has them, or as a commit has them. Paths use `/` and begin with `root`. */
export interface Tree {
  /** The real path of the desired-state directory; a commit has `""`. */
  readonly root: string;
  /** What a directory holds, in any order. */
  list(directory: string, signal: AbortSignal): Promise<readonly TreeEntry[]>;
  resolve(path: string, signal: AbortSignal): Promise<Resolved>;
  /** Takes the real path of a file. */
  read(real: string, signal: AbortSignal): Promise<FileBytes>;
}

/** An opened desired-state directory. Whoever opens it closes it. */
export interface Source {
  readonly kind: 'commit' | 'worktree';
  readonly tree: Tree;
  /** Files beside the tree that values may come from. With `worktree` the same files as `tree`, and the file roots. */
  readonly disk: Tree;
  readonly revision: Omit<Revision, 'digest'>;
  /** Throws `inputUnstable` when what was read so far may not belong together. */
  confirm(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The path of something in a directory. */
export function joinPath(directory: string, name: string): string {
  return directory === '' || directory.endsWith('/') ? directory + name : `${directory}/${name}`;
}

/** Tells whether a normalised path is a directory or inside of it. */
export function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}
