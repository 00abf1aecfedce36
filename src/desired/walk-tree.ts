import { compareText } from '../shared/compare-text.ts';
import { mapBounded } from '../shared/concurrency.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { FILES_AT_ONCE, isInside, joinPath, type Resolved, type Tree, type TreeEntry } from './source.ts';

/** A YAML file of the desired state. */
export interface YamlFile {
  /** As it is named: relative to the desired-state directory, with `/`. */
  readonly name: string;
  readonly real: string;
}

interface Folder {
  readonly name: string;
  readonly real: string;
}

interface Walk {
  readonly tree: Tree;
  readonly signal: AbortSignal;
  readonly files: YamlFile[];
  readonly findings: Diagnostic[];
  /** Real paths that need not be looked at again. */
  readonly seen: Set<string>;
  /** Links, kept until all real files are known: what is reached twice counts by its real name. */
  readonly links: { readonly name: string; readonly within: Folder; readonly target: Resolved }[];
}

/**
 * All `*.yaml` and `*.yml` files of a tree, by name; hidden files and folders are left out, links are followed. Each real
 * file is there once. Links that lead nowhere, outside or around in circles are findings if documents could be behind them.
 */
export async function listYamlFiles(
  tree: Tree,
  signal: AbortSignal,
): Promise<{ readonly files: readonly YamlFile[]; readonly findings: readonly Diagnostic[] }> {
  const walk: Walk = { tree, signal, files: [], findings: [], seen: new Set([tree.root]), links: [] };
  await walkFrom({ name: '', real: tree.root }, walk);
  for (let link = walk.links.shift(); link !== undefined; link = walk.links.shift()) {
    await follow(link.name, link.within, link.target, walk);
  }
  return { files: walk.files.toSorted((left, right) => compareText(left.name, right.name)), findings: walk.findings };
}

async function walkFrom(start: Folder, walk: Walk): Promise<void> {
  const folders = [start];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    walk.signal.throwIfAborted();
    for (const { entry, path, target } of await listTargets(folder.real, walk)) {
      const name = joinPath(folder.name, entry);
      if (isUnreadable(entry)) {
        reportUnreadableName(name, target, walk);
        continue;
      }
      const real = 'real' in target ? target.real : undefined;
      if (real !== path) walk.links.push({ name, within: folder, target });
      else if (target.kind === 'file') addFile(name, real, walk);
      else if (addOnce(real, walk)) folders.push({ name, real });
    }
  }
}

async function listTargets(
  folder: string,
  { tree, signal }: Walk,
): Promise<readonly { readonly entry: string; readonly path: string; readonly target: Resolved }[]> {
  const listed = await tree.list(folder, signal);
  const entries = listed
    .filter(({ name }) => !name.startsWith('.'))
    .toSorted((left, right) => compareText(left.name, right.name));
  return mapBounded(entries, FILES_AT_ONCE, async ({ name, isFile }: TreeEntry) => {
    const path = joinPath(folder, name);
    // Under a name that is not quite its own, a file is not found.
    const isFound = isFile && !isUnreadable(name);
    return { entry: name, path, target: isFound ? { kind: 'file', real: path } : await tree.resolve(path, signal) };
  });
}

function isUnreadable(entry: string): boolean {
  return entry.includes('\uFFFD');
}

async function follow(name: string, within: Folder, target: Resolved, walk: Walk): Promise<void> {
  if (target.kind === 'file') addFile(name, target.real, walk);
  else if (target.kind !== 'directory') report(name, target, walk);
  else if (isInside(within.real, target.real) || target.real === walk.tree.root) report(name, { kind: 'loop' }, walk);
  else if (addOnce(target.real, walk)) await walkFrom({ name, real: target.real }, walk);
}

function addFile(name: string, real: string, walk: Walk): void {
  if (isYaml(name) && addOnce(real, walk)) walk.files.push({ name, real });
}

function addOnce(real: string, walk: Walk): boolean {
  if (walk.seen.has(real)) return false;
  walk.seen.add(real);
  return true;
}

function isYaml(name: string): boolean {
  return /\.ya?ml$/.test(name);
}

const FINDINGS = {
  loop: { code: 'link-loop', message: 'the symbolic link leads back to itself', hint: 'remove the link' },
  missing: {
    code: 'file-missing',
    message: 'the symbolic link leads to nothing',
    hint: 'remove the link, or put back what it leads to',
  },
  outside: {
    code: 'file-outside-roots',
    message: 'the symbolic link leads out of the desired-state directory',
    hint: 'move what it leads to into the directory; file roots are for values, not for documents',
  },
  unreadable: {
    code: 'file-unreadable',
    message: 'the file cannot be read',
    hint: 'give the user of the program read access',
  },
  submodule: {
    code: 'not-a-file',
    message: 'this is a submodule, whose files are not part of the commit',
    hint: 'keep its documents in the repository itself, or set desiredState.read to worktree',
  },
  'not-a-file': {
    code: 'not-a-file',
    message: 'this is neither a file nor a folder',
    hint: 'remove it, or give it a name that does not end in .yaml or .yml',
  },
  'name-not-utf8': {
    code: 'name-not-utf8',
    message: 'the name is not UTF-8 text',
    hint: 'give the file or folder another name',
  },
} as const satisfies Record<string, Omit<Diagnostic, 'severity'>>;

type Trouble = Exclude<Resolved, { real: string }>;

function report(name: string, trouble: Trouble, walk: Walk): void {
  if (isYaml(name) || mayHideDocuments(name, trouble)) addFinding(trouble.kind, name, walk);
}

// Bytes that are not UTF-8 all look the same here, so that one file could stand in the place of another.
function reportUnreadableName(name: string, target: Resolved, walk: Walk): void {
  const isOther = target.kind === 'file' || (target.kind !== 'directory' && !mayHideDocuments(name, target));
  if (isYaml(name) || !isOther) addFinding('name-not-utf8', name, walk);
}

function addFinding(kind: keyof typeof FINDINGS, name: string, walk: Walk): void {
  walk.findings.push({ severity: 'error', ...FINDINGS[kind], position: { file: name, line: 1, column: 1 } });
}

function mayHideDocuments(name: string, trouble: Trouble): boolean {
  if (trouble.kind === 'loop' || trouble.kind === 'submodule') return true;
  if (trouble.kind === 'outside') return trouble.folder;
  // A name with an ending is not taken for a folder: what a README leads to is nobody's business here.
  return !/\.[^/]*$/.test(name);
}
