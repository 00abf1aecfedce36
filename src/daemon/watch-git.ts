import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { addName, addTrace, type Plan } from './watch-plan.ts';
import { tracePath, type Trace } from './watch-trace.ts';

// Files of git's own that name something are a line long; anything longer is none.
const MAX_BYTES = 4096n;

/**
 * Notes what moves when HEAD of the checkout around a real folder does: HEAD, its reflog, the branch it names (loose or
 * packed) and the tables of a repository that keeps its references there. Git is not asked.
 */
export async function addCheckout(plan: Plan, directory: string): Promise<void> {
  addName(plan, { folder: directory, name: '.git' });
  const own = await gitDirectoryAbove(plan, directory);
  if (own === undefined) return;
  // A linked worktree has a HEAD and a reflog of its own and shares the branches.
  const common = (await folderNamedIn(plan, own, 'commondir', /^(.+)$/m)) ?? own;
  const head = await textOf(plan, await tracePath(own, 'HEAD'));
  plan.lines.add(`${own} ${head}`);
  const branch = /^ref: *(.+)$/m.exec(head)?.[1];
  const marks = [
    [own, 'logs/HEAD'],
    [own, 'reftable/tables.list'],
    [common, 'reftable/tables.list'],
    [common, 'packed-refs'],
    ...(branch === undefined ? [] : [[common, branch] as const]),
  ] as const;
  for (const [folder, path] of marks) addTrace(plan, await tracePath(folder, path));
}

async function gitDirectoryAbove(plan: Plan, directory: string): Promise<string | undefined> {
  for (let folder = directory; ; folder = dirname(folder)) {
    const trace = await tracePath(folder, '.git');
    if (trace.end.kind !== 'missing') {
      addName(plan, { folder, name: '.git' });
      if (trace.end.kind === 'file') return folderNamedIn(plan, folder, '.git', /^gitdir: *(.+)$/m);
      addTrace(plan, trace);
      return trace.end.real;
    }
    if (folder === dirname(folder)) return undefined;
  }
}

// The folder that a file of git names: `.git` of a worktree or submodule, `commondir`.
async function folderNamedIn(plan: Plan, folder: string, file: string, form: RegExp): Promise<string | undefined> {
  const text = await textOf(plan, await tracePath(folder, file));
  const path = form.exec(text)?.[1];
  if (path === undefined) return undefined;
  const trace = await tracePath(folder, path);
  addTrace(plan, trace);
  return trace.end.kind === 'directory' ? trace.end.real : undefined;
}

async function textOf(plan: Plan, trace: Trace): Promise<string> {
  addTrace(plan, trace);
  const { end } = trace;
  if (end.kind !== 'file' || !end.stats.isFile() || end.stats.size > MAX_BYTES) return '';
  try {
    return await readFile(end.real, 'utf8');
  } catch {
    return '';
  }
}
