import type { BigIntStats } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

/** A name in a folder; the folder's path is absolute and has no links in it. */
export interface Place {
  readonly folder: string;
  readonly name: string;
}

/** A symbolic link on the way, and what it says. */
export interface Link extends Place {
  readonly target: string;
}

/** Where a path leads: what is there, or the nearest existing folder and the name that is missing in it. */
export type Destination =
  | { readonly kind: 'directory'; readonly real: string; readonly stats: BigIntStats }
  | ({ readonly kind: 'file'; readonly real: string; readonly stats: BigIntStats } & Place)
  | ({ readonly kind: 'missing' } & Place);

/** Every link that a path goes through, in order, also inside of links, and where it ends. */
export interface Trace {
  readonly links: readonly Link[];
  readonly end: Destination;
}

// As many as Linux follows before it says ELOOP.
const MAX_LINKS = 40;

/**
 * Follows a path link by link, as the kernel does, from a real folder. Never throws: what cannot be looked at, and a
 * link that leads around in a circle, is `missing` at the place where it stopped.
 */
export async function tracePath(from: string, path: string): Promise<Trace> {
  const links: Link[] = [];
  const rest = partsOf(path);
  let folder = isAbsolute(path) ? '/' : from;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '..') {
      folder = join(folder, '..');
      continue;
    }
    const real = join(folder, name);
    const stats = await statsOf(real);
    const missing: Trace = { links, end: { kind: 'missing', folder, name } };
    if (stats === undefined) return missing;
    if (stats.isSymbolicLink()) {
      const target = await targetOf(real);
      if (target === undefined || links.length === MAX_LINKS) return missing;
      links.push({ folder, name, target });
      rest.unshift(...partsOf(target));
      if (isAbsolute(target)) folder = '/';
    } else if (stats.isDirectory()) folder = real;
    else return rest.length > 0 ? missing : { links, end: { kind: 'file', folder, name, real, stats } };
  }
  const stats = await statsOf(folder);
  if (stats?.isDirectory() === true) return { links, end: { kind: 'directory', real: folder, stats } };
  return { links, end: { kind: 'missing', folder: join(folder, '..'), name: partsOf(folder).at(-1) ?? '' } };
}

/** What a path is, links not followed; `undefined` when it is not there or not to be seen. */
export async function statsOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch {
    return undefined;
  }
}

/**
 * Tells a folder from another one that takes its path later: inode numbers are used again at once, so its birth counts. So
 * does who may read it, because a watch that failed for that may succeed now.
 */
export function identityOf({ dev, ino, birthtimeNs, mode, uid, gid }: BigIntStats): string {
  return [dev, ino, birthtimeNs, mode, uid, gid].join(':');
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

async function targetOf(link: string): Promise<string | undefined> {
  try {
    return await readlink(link);
  } catch {
    return undefined;
  }
}
