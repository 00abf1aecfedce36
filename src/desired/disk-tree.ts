import { constants } from 'node:fs';
import { open, readdir, realpath, stat, type FileHandle } from 'node:fs/promises';
import { compareText } from '../shared/compare-text.ts';
import { mapBounded } from '../shared/concurrency.ts';
import { SpsGitopsError } from '../shared/errors.ts';
import {
  FILES_AT_ONCE,
  isInside,
  MAX_FILE_BYTES,
  type FileBytes,
  type Resolved,
  type Tree,
  type TreeEntry,
  type Unusable,
} from './source.ts';

/** A `Tree` of real files that remembers the links it followed. */
export interface DiskTree extends Tree {
  /** Throws `inputUnstable` when a link that was followed leads elsewhere by now. */
  confirmLinks(): Promise<void>;
}

/**
 * The files below `root` and `allowed`: real absolute paths. Everything else is `outside`, also where a link leads there.
 */
export function diskTree(root: string, allowed: readonly string[]): DiskTree {
  const links = new Map<string, string>();
  return {
    root,
    list: (directory) => listEntries(directory),
    async resolve(path) {
      const real = await realPath(path);
      if (typeof real !== 'string') return real;
      if (real !== path) links.set(path, real);
      if (!allowed.some((directory) => isInside(real, directory))) return outside(real);
      return kindOf(real);
    },
    read: (real) => readBounded(real),
    async confirmLinks() {
      const paths = [...links.keys()].toSorted(compareText);
      const reals = await mapBounded(paths, FILES_AT_ONCE, realPath);
      const path = paths.find((one, index) => reals[index] !== links.get(one));
      if (path !== undefined) throw unstable('a symbolic link changed while the files were read', { path });
    },
  };
}

/** The error for files that change while they are read: the next run finds them at rest. */
export function unstable(
  message: string,
  details: { readonly path: string },
  cause?: unknown,
  more: { readonly hint?: string } = {},
): SpsGitopsError {
  return new SpsGitopsError('inputUnstable', `${message}: ${details.path}`, { details, cause, ...more });
}

/** The answer for a path beyond what may be read. */
export async function outside(path: string): Promise<Resolved> {
  const target = await kindOf(path);
  return { kind: 'outside', path, folder: target.kind === 'directory' };
}

async function listEntries(directory: string): Promise<readonly TreeEntry[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, isFile: entry.isFile() }));
  } catch (error) {
    if (reasonOf(error) !== 'missing') {
      const hint = 'give the user of the program read access';
      throw new SpsGitopsError('inputInvalid', `the folder cannot be read: ${directory}`, { hint, cause: error });
    }
    throw unstable('a folder vanished while it was read', { path: directory }, error);
  }
}

async function realPath(path: string): Promise<string | { readonly kind: Unusable }> {
  try {
    return await realpath(path);
  } catch (error) {
    return { kind: reasonOf(error) };
  }
}

async function kindOf(real: string): Promise<Resolved> {
  try {
    const found = await stat(real);
    if (found.isFile()) return { kind: 'file', real };
    return found.isDirectory() ? { kind: 'directory', real } : { kind: 'not-a-file' };
  } catch (error) {
    return { kind: reasonOf(error) };
  }
}

function reasonOf(error: unknown): 'missing' | 'loop' | 'unreadable' {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'ERR_INVALID_ARG_VALUE') {
    return 'missing';
  }
  return code === 'ELOOP' ? 'loop' : 'unreadable';
}

async function readBounded(real: string): Promise<FileBytes> {
  let handle: FileHandle;
  try {
    // Since the path was resolved it may have become a link, or a pipe that nobody writes to.
    handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return { kind: reasonOf(error) === 'unreadable' ? 'unreadable' : 'missing' };
  }
  try {
    return await readHandle(handle);
  } catch {
    return { kind: 'unreadable' };
  } finally {
    await handle.close();
  }
}

// To the end, wherever that is by then: a file may grow, and some have no size.
async function readHandle(handle: FileHandle): Promise<FileBytes> {
  const { size } = await handle.stat();
  // The one byte more is for the end to be seen.
  let buffer = Buffer.allocUnsafeSlow(Math.min(size, MAX_FILE_BYTES) + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
    if (bytesRead === 0) return { kind: 'bytes', bytes: buffer.subarray(0, length) };
    length += bytesRead;
    if (length > MAX_FILE_BYTES) return { kind: 'too-large' };
    if (length === buffer.length) buffer = Buffer.concat([buffer], roomAfter(length));
  }
}

function roomAfter(length: number): number {
  return Math.min(Math.max(2 * length, 64 * 1024), MAX_FILE_BYTES) + 1;
}
