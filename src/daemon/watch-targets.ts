import { readdir } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import { join, resolve } from 'node:path';
import { systemCode } from '../shared/system-code.ts';
import { addCheckout } from './watch-git.ts';
import {
  addFolder,
  addMissing,
  addName,
  addTrace,
  emptyPlan,
  type Findings,
  type Plan,
  type Target,
} from './watch-plan.ts';
import { identityOf, statsOf, tracePath } from './watch-trace.ts';

/** What is looked after. */
export interface WatchedPaths {
  /** As it is configured; absolute. It need not be there. */
  readonly directory: string;
  /** Folders with files for `!file`; absolute. They need not be there. */
  readonly fileRoots: readonly string[];
}

/**
 * More folders than this are not watched, those of the directory come first: by mistake, `fileRoots` could name a whole
 * disk. A look costs about 0.1 ms a folder, and every poll looks.
 */
export const MAX_FOLDERS = 1000;

/**
 * Finds out what is to be watched, from scratch. Never throws.
 *
 * The tree is watched in every layout, also below a link that is swapped: a link on the path does not tell whether the
 * files behind it are edited (`/var/run` and many home folders are links), and a tree that is only ever replaced costs
 * one watch a folder. Only folders are watched; what happens to a file shows in its folder.
 */
export async function findTargets({ directory, fileRoots }: WatchedPaths): Promise<Findings> {
  const plan = emptyPlan();
  const roots: string[] = [];
  for (const path of [directory, ...fileRoots]) {
    const trace = await tracePath('/', resolve(path));
    addTrace(plan, trace);
    if (trace.end.kind !== 'directory') continue;
    roots.push(trace.end.real);
    if (path === directory) await addCheckout(plan, trace.end.real);
  }
  const seen = new Set<string>();
  for (const root of roots) await walk(root, { roots, seen }, plan);
  return {
    targets: await targetsOf(plan),
    fingerprint: [...plan.lines].toSorted().join('\n'),
    unlisted: plan.unlisted,
    truncated: plan.truncated,
  };
}

interface Walk {
  readonly roots: readonly string[];
  readonly seen: Set<string>;
}

async function walk(root: string, { roots, seen }: Walk, plan: Plan): Promise<void> {
  // A set, because it goes on over what is added to it meanwhile.
  const folders = new Set([root]);
  for (const folder of folders) {
    if (seen.has(folder)) continue;
    const stats = await statsOf(folder);
    if (stats?.isDirectory() !== true) {
      // It was there a moment ago, and may be back before anything of it is watched.
      addMissing(plan, folder);
      continue;
    }
    if (seen.size === MAX_FOLDERS) {
      plan.truncated = true;
      return;
    }
    seen.add(folder);
    addFolder(plan, folder, stats);
    // Kubernetes swaps this link; it counts before the first file leads through it.
    addName(plan, { folder, name: '..data' });
    for (const entry of await entriesOf(folder, plan)) {
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) folders.add(join(folder, entry.name));
      else if (entry.isSymbolicLink()) {
        const behind = await follow(folder, entry.name, plan);
        if (behind !== undefined && roots.some((allowed) => isInside(allowed, behind))) folders.add(behind);
      }
    }
  }
}

async function follow(folder: string, name: string, plan: Plan): Promise<string | undefined> {
  const trace = await tracePath(folder, name);
  addTrace(plan, trace);
  return trace.end.kind === 'directory' ? trace.end.real : undefined;
}

async function entriesOf(folder: string, plan: Plan): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') plan.unlisted.push({ folder, code });
    return [];
  }
}

async function targetsOf(plan: Plan): Promise<ReadonlyMap<string, Target>> {
  // What has gone since it was found is waited for in the nearest folder above it that is there: this goes on over what is
  // added meanwhile.
  for (const [folder, draft] of plan.drafts) {
    if (draft.identity !== '') continue;
    const stats = await statsOf(folder);
    if (stats === undefined) addMissing(plan, folder);
    else draft.identity = identityOf(stats);
  }
  return plan.drafts;
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root === '/' ? root : `${root}/`);
}
