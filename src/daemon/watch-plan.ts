import type { BigIntStats } from 'node:fs';
import { basename, dirname } from 'node:path';
import { identityOf, type Place, type Trace } from './watch-trace.ts';

/** What is to be noticed in one folder. */
export interface Target {
  /** Differs for another folder at the same path; empty while there is none. */
  readonly identity: string;
  /** Names that count, hidden ones too. */
  readonly names: ReadonlySet<string>;
  /** A folder of files: every name that is not hidden counts. */
  readonly files: boolean;
}

/** A folder that could not be listed. */
export interface Unlisted {
  readonly folder: string;
  /** As the system names it, such as `EACCES`. */
  readonly code: string;
}

/** What is to be watched, and a text that is another one when links, folders or commits moved. */
export interface Findings {
  /** By real path. */
  readonly targets: ReadonlyMap<string, Target>;
  readonly fingerprint: string;
  readonly unlisted: readonly Unlisted[];
  /** There are more folders than are watched. */
  readonly truncated: boolean;
}

interface Draft {
  identity: string;
  names: Set<string>;
  files: boolean;
}

/** Findings in the making. */
export interface Plan {
  readonly drafts: Map<string, Draft>;
  readonly lines: Set<string>;
  readonly unlisted: Unlisted[];
  truncated: boolean;
}

/** Starts with nothing found. */
export function emptyPlan(): Plan {
  return { drafts: new Map(), lines: new Set(), unlisted: [], truncated: false };
}

/** Notes a name as one that counts, whether it is there or not. */
export function addName(plan: Plan, { folder, name }: Place): void {
  draftOf(plan, folder).names.add(name);
}

/** Notes a path at which nothing is, or nothing any more: the folder above it tells when something comes. */
export function addMissing(plan: Plan, path: string): void {
  addName(plan, { folder: dirname(path), name: basename(path) });
}

/** Notes a folder of files. Its modification time counts: it moves when something in it comes, goes or is renamed. */
export function addFolder(plan: Plan, folder: string, stats: BigIntStats): void {
  const draft = draftOf(plan, folder);
  draft.files = true;
  draft.identity = identityOf(stats);
  plan.lines.add(`${folder} ${draft.identity} ${stats.mtimeNs}`);
}

/** Notes every link that a path goes through and the name at its end. */
export function addTrace(plan: Plan, { links, end }: Trace): void {
  for (const link of links) {
    addName(plan, link);
    plan.lines.add(`${link.folder} ${link.name} -> ${link.target}`);
  }
  if (end.kind === 'directory') return;
  addName(plan, end);
  plan.lines.add(end.kind === 'file' ? `${end.real} ${stampOf(end.stats)}` : `${end.folder} ${end.name} missing`);
}

/** Moves with every new version of a file, however it is written. */
function stampOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `${ino} ${size} ${mtimeNs}`;
}

function draftOf({ drafts }: Plan, folder: string): Draft {
  const found = drafts.get(folder) ?? { identity: '', names: new Set(), files: false };
  drafts.set(folder, found);
  return found;
}
