import { constants } from 'node:fs';
import { open, readdir, realpath, stat, type FileHandle } from 'node:fs/promises';
import { SpsGitopsError } from '../shared/errors.ts';
import { isInside, MAX_FILE_BYTES, type FileBytes, type Resolved, type Tree, type Unusable } from './source.ts';

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
    names: (directory) => listNames(directory),
    async resolve(path) {
      const real = await realPath(path);
      if (typeof real !== 'string') return real;
      if (real !== path) links.set(path, real);
      if (!allowed.some((directory) => isInside(real, directory))) return outside(real);
      return kindOf(real);
    },
    read: (real) => readBounded(real),
    async confirmLinks() {
      for (const [path, before] of links) {
        const now = await realPath(path);
        if (now !== before) throw unstable('a symbolic link changed while the files were read', { path });
      }
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

async function listNames(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
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

async function readHandle(handle: FileHandle): Promise<FileBytes> {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(256 * 1024), 0, 256 * 1024, null);
    if (bytesRead === 0) return { kind: 'bytes', bytes: Buffer.concat(chunks) };
    total += bytesRead;
    if (total > MAX_FILE_BYTES) return { kind: 'too-large' };
    chunks.push(buffer.subarray(0, bytesRead));
  }
}
