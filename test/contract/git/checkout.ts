import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { beforeEach } from 'vitest';
import type { LoadMemory } from '../../../src/desired/load-memory.ts';
import { loadDesiredState, type LoadOptions, type LoadResult } from '../../../src/desired/load-desired-state.ts';
import type { Registry } from '../../../src/resources/resource-type.ts';
import { revealTree } from '../../../src/shared/secret-tree.ts';
import type { Json } from '../../../src/shared/json.ts';
import { fakeRegistry } from '../../unit/desired/fake-registry.ts';

/** A folder of its own for one test, removed by `remove`. */
export interface Sandbox {
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes a folder below the system's temporary one; its path has no links in it. */
export async function makeSandbox(): Promise<Sandbox> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'sps-gitops-desired-')));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A folder of its own for each test of the file that calls this, and the path of `name` in it. */
export function inSandbox(name: string): { readonly path: string; readonly folder: string } {
  const place = { path: '', folder: '' };
  beforeEach(async () => {
    const sandbox = await makeSandbox();
    Object.assign(place, { path: sandbox.path, folder: join(sandbox.path, name) });
    return () => sandbox.remove();
  });
  return place;
}

/** Writes files, by path below the folder. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}

/** Runs git in a folder, apart from this machine's configuration; gives what it prints. */
export async function git(folder: string, ...command: readonly string[]): Promise<string> {
  const { stdout } = await execa('git', ['-C', folder, ...command], {
    extendEnv: false,
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Author Name',
      GIT_AUTHOR_EMAIL: 'author@example.com',
      GIT_COMMITTER_NAME: 'Committer Name',
      GIT_COMMITTER_EMAIL: 'committer@example.com',
    },
  });
  return stdout;
}

/** Makes a repository of these files with one commit; gives the commit. */
export async function makeRepository(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  await mkdir(folder, { recursive: true });
  await git(folder, 'init', '--quiet', '--initial-branch=main');
  await writeFiles(folder, files);
  return commitAll(folder, 'First commit');
}

/** Commits everything that is in the folder; gives the commit. */
export async function commitAll(folder: string, message: string): Promise<string> {
  await git(folder, 'add', '--all');
  await git(folder, 'commit', '--quiet', '--allow-empty', `--message=${message}`);
  return git(folder, 'rev-parse', 'HEAD');
}

/** A document of one resource. */
export function yaml(resource: string, body: Json): string {
  return `resource: ${resource}\nbody: ${JSON.stringify(body)}\n`;
}

/** What a test wants to be different from a plain load with an empty registry. */
export type LoadChanges = Partial<LoadOptions> & {
  readonly registry?: Registry;
  readonly variables?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly memory?: LoadMemory;
};

/** Loads a directory; the process's `PATH` is there unless `variables` has another one. */
export function load(directory: string, changes: LoadChanges = {}): Promise<LoadResult> {
  const { registry = fakeRegistry(), variables = {}, memory, ...rest } = changes;
  const { signal = new AbortController().signal, ...options } = rest;
  const environment = (name: string): string | undefined =>
    variables[name] ?? (name === 'PATH' ? process.env[name] : undefined);
  return loadDesiredState(
    { directory, read: 'auto', fileRoots: [], strict: false, values: 'resolve', ...options },
    registry,
    environment,
    signal,
    memory,
  );
}

/** The bodies of a result by resource, secrets revealed. Throws when there is no state. */
export function bodiesOf({ state, findings }: LoadResult): Readonly<Record<string, Json>> {
  if (state === null) throw new Error(`there is no state: ${findings.map(({ code }) => code).join(', ')}`);
  return Object.fromEntries(state.resources.map(({ resource, body }) => [resource, revealTree(body)]));
}

/** The codes of the errors of a result, with the file of each. */
export function errorsOf({ findings }: LoadResult): readonly string[] {
  return findings
    .filter(({ severity }) => severity === 'error')
    .map(({ code, position }) => (position === undefined ? code : `${code} ${position.file}`));
}
