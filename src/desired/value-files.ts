import { posix, resolve } from 'node:path';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { isInside, type Resolved, type Source, type Tree, type Unusable } from './source.ts';

/** The bytes of a file that a value comes from, or why there are none. */
export type ValueFile =
  { readonly kind: 'bytes'; readonly bytes: Uint8Array } | { readonly kind: Unusable | 'too-large' | 'outside' };

/** What is wrong when a file that a document names gives no bytes. The path is not told: it may be a value by mistake. */
export const FILE_FAULTS = {
  missing: {
    code: 'file-missing',
    message: 'the file named here is not there',
    hint: 'check the path, which is relative to the YAML file; of a git checkout only what is committed counts',
  },
  outside: {
    code: 'file-outside-roots',
    message: 'the file named here is outside of the desired-state directory and of all file roots',
    hint: 'move it, or add its folder to desiredState.fileRoots',
  },
  loop: {
    code: 'link-loop',
    message: 'the symbolic links to the file named here lead in a circle',
    hint: 'lead one of the links to a file',
  },
  'not-a-file': { code: 'not-a-file', message: 'what is named here is not a file', hint: 'name a file' },
  submodule: {
    code: 'not-a-file',
    message: 'what is named here is a submodule, whose files are not part of the commit',
    hint: 'keep the file in the repository itself, or in one of desiredState.fileRoots',
  },
  unreadable: {
    code: 'file-unreadable',
    message: 'the file named here cannot be read',
    hint: 'give the user of the program read access',
  },
  'too-large': {
    code: 'file-too-large',
    message: 'the file named here is larger than 5 MiB',
    hint: 'check that it is the right file',
  },
} as const satisfies Record<Exclude<ValueFile['kind'], 'bytes'>, Omit<Diagnostic, 'severity'>>;

/**
 * Reads the file that `!file argument` names in the YAML file `from` (its name relative to the desired-state directory).
 * `..` goes by the names, not by where links lead. Inside of the directory the file comes from the source's tree, otherwise
 * from the file roots on disk.
 */
export async function readValueFile(
  source: Source,
  directory: string,
  from: string,
  argument: string,
  signal: AbortSignal,
): Promise<ValueFile> {
  const wanted = resolve(directory, posix.dirname(from), argument);
  const inTree = [resolve(directory), source.disk.root].find((root) => isInside(wanted, root));
  if (inTree === undefined) return readFrom(source.disk, wanted, signal);
  const below = posix.relative(inTree, wanted);
  const target = await source.tree.resolve(posix.join(source.tree.root, below), signal);
  // A link may lead from a commit to a file root.
  if (target.kind === 'outside' && source.tree !== source.disk) return readFrom(source.disk, target.path, signal);
  return readResolved(source.tree, target, signal);
}

async function readFrom(tree: Tree, path: string, signal: AbortSignal): Promise<ValueFile> {
  return readResolved(tree, await tree.resolve(path, signal), signal);
}

async function readResolved(tree: Tree, target: Resolved, signal: AbortSignal): Promise<ValueFile> {
  if (target.kind === 'file') return tree.read(target.real, signal);
  return { kind: target.kind === 'directory' ? 'not-a-file' : target.kind };
}
