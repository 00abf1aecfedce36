import { posix, resolve } from 'node:path';
import { isInside, type Resolved, type Source, type Tree, type Unusable } from './source.ts';

/** The bytes of a file that a value comes from, or why there are none. */
export type ValueFile =
  { readonly kind: 'bytes'; readonly bytes: Uint8Array } | { readonly kind: Unusable | 'too-large' | 'outside' };

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
