import { access, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { askGit, gitFailed, gitText, type Git, type GitAnswer, type GitCommand } from './git-command.ts';

/** Where a folder lies in its checkout. */
export interface Place {
  /** Absolute; of a linked worktree its own. */
  readonly gitDirectory: string;
  /** Leads from the top of the checkout to the folder: empty, or with `/` at its end. */
  readonly prefix: string;
}

/** Why a folder lies in no checkout. `bare`: the repository above says of itself that it has none. */
export type NoPlace = 'no-git' | 'bare' | 'git-missing';

/** The place of the folder that was asked about last, and what there was to see of it then. */
export class PlaceMemory {
  #last: { readonly directory: string; readonly place: Place; readonly marks: string } | null = null;

  /** Whether there is one of this folder, which may turn out to hold no longer. */
  has({ directory }: Git): boolean {
    return this.#last?.directory === directory;
  }

  /** The place of a folder: as it was found last if nothing shows that it changed, else asked for. */
  async find(git: Git, signal: AbortSignal): Promise<Place | NoPlace> {
    const { directory } = git;
    const last = this.#last?.directory === directory ? this.#last : null;
    const before = await marksOf(directory, last?.place.gitDirectory ?? join(directory, '.git'));
    if (last !== null && last.marks === before) return last.place;
    this.#last = null;
    const place = await askPlace(git, signal);
    if (typeof place === 'string') return place;
    // Kept also where something moved meanwhile, or other files were looked at: then the next look finds a difference.
    this.#last = { directory, place, marks: before };
    return place;
  }
}

/** Whether there is something of git's in a folder or in one above it. */
export async function hasRepositoryAbove(directory: string): Promise<boolean> {
  const found = await Promise.all(foldersFrom(directory).map((folder) => exists(join(folder, '.git'))));
  return found.includes(true);
}

async function askPlace(git: Git, signal: AbortSignal): Promise<Place | NoPlace> {
  const what = ['--is-inside-work-tree', '--is-bare-repository', '--show-cdup', '--absolute-git-dir'] as const;
  const command: GitCommand = ['rev-parse', ...what];
  const answer = await askGit(git, command, signal);
  if (answer.kind === 'absent') return 'git-missing';
  if (isBeyondMount(answer)) return 'no-git';
  if (answer.kind === 'failed') throw gitFailed('inputInvalid', command, answer.complaint);
  // A path may have line breaks in it, and only the last line is one.
  const [inside, bare, up = '', ...path] = gitText(answer.output).split('\n');
  if (inside !== 'true') return bare === 'true' ? 'bare' : 'no-git';
  return { gitDirectory: path.join('\n').replace(/\n$/, ''), prefix: prefixOf(git.directory, up) };
}

// A `.git` beyond a mount point does not count for git. Any other that git does not accept is a damaged one.
function isBeyondMount(answer: GitAnswer): boolean {
  return answer.kind === 'failed' && answer.complaint.includes('not a git repository (or any parent up to mount point');
}

// `up` leads from the folder to the top of the checkout: `../` as often as needed.
function prefixOf(directory: string, up: string): string {
  const segments = directory.split('/');
  return segments
    .slice(segments.length - up.split('/').length + 1)
    .map((segment) => `${segment}/`)
    .join('');
}

/**
 * What there is to see of all that makes a place: every `.git` that could be the nearest, and the configuration in which a
 * repository may say that it is bare or that its files are elsewhere.
 */
async function marksOf(directory: string, gitDirectory: string): Promise<string> {
  const common = await commonOf(gitDirectory);
  const paths = [
    ...foldersFrom(directory).map((folder) => join(folder, '.git')),
    gitDirectory,
    ...['commondir', 'config.worktree'].map((name) => join(gitDirectory, name)),
    join(common, 'config'),
  ];
  return (await Promise.all(paths.map(async (path) => `${path}\0${await markOf(path)}`))).join('\0');
}

// Of a linked worktree it is that of the repository; the file that tells it has a mark of its own.
async function commonOf(gitDirectory: string): Promise<string> {
  try {
    return resolve(gitDirectory, (await readFile(join(gitDirectory, 'commondir'), 'utf8')).trim());
  } catch {
    return gitDirectory;
  }
}

/** What changes when what is at a path is changed or replaced; `none` where nothing is. */
export async function markOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join();
  } catch {
    return 'none';
  }
}

function foldersFrom(directory: string): readonly string[] {
  const folders = [directory];
  for (let folder = directory; folder !== dirname(folder);) folders.push((folder = dirname(folder)));
  return folders;
}

/** Whether there is anything at a path that can be looked at. */
export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
