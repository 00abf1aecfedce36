import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import type { Image } from './image.ts';
import type { Tools } from './tools.ts';

/** A folder of the machine in the container. */
export interface Mount {
  readonly source: string;
  readonly destination: string;
  readonly mode: 'ro' | 'rw';
}

/** How a container is run. */
export interface ContainerOptions {
  /** What takes the place of the image's `CMD`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly mounts?: readonly Mount[];
}

/** A container of the image, which has the machine's network; it is gone after the test. */
export interface Container {
  /** The runtime in the foreground: its output and exit code are the container's, and it passes signals on. */
  readonly process: ReturnType<typeof runBundle>;
  /** Runs one more command in the running container, as the image's user. */
  exec(...command: readonly string[]): Promise<{ readonly code: number | undefined; readonly output: string }>;
  /** The id on the machine of the container's first process. */
  pid(): Promise<number>;
  /** Sends a signal to the container's first process. */
  readonly signal: (name: 'TERM' | 'HUP') => Promise<void>;
  /** Kills what runs and removes the container; may be called twice. */
  readonly remove: () => Promise<void>;
}

/** Starts a container as an engine does with `--read-only`, no capabilities and `no-new-privileges`. */
export async function startContainer(
  { runtime }: Tools,
  image: Image,
  options: ContainerOptions = {},
): Promise<Container> {
  const bundle = await mkdtemp(join(tmpdir(), 'sps-gitops-bundle-'));
  const id = basename(bundle);
  await writeFile(join(bundle, 'config.json'), JSON.stringify(specification(image, options)));
  const running = runBundle(runtime, bundle, id);
  const remove = async (): Promise<void> => {
    await execa(runtime, ['delete', '--force', id], { reject: false });
    await running;
    await rm(bundle, { recursive: true, force: true });
  };
  onTestFinished(remove);
  return {
    process: running,
    remove,
    signal: async (name) => void (await execa(runtime, ['kill', id, name])),
    exec: async (...command) => {
      const { exitCode, all } = await execa(runtime, ['exec', id, ...command], { reject: false, all: true });
      return { code: exitCode, output: all };
    },
    pid: async () => {
      const { stdout } = await execa(runtime, ['state', id]);
      return (JSON.parse(stdout) as { readonly pid: number }).pid;
    },
  };
}

function runBundle(runtime: string, bundle: string, id: string) {
  const env: Readonly<Record<string, string>> = { PATH: process.env['PATH'] ?? '' };
  return execa(runtime, ['run', '--bundle', bundle, id], {
    cwd: bundle,
    extendEnv: false,
    env,
    stdin: 'ignore',
    reject: false,
    stripFinalNewline: false,
  });
}

function specification({ config, root }: Image, { args, env = {}, mounts = [] }: ContainerOptions): object {
  const user = userOf(config.User, root);
  const variables = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  return {
    ociVersion: '1.0.2',
    root: { path: root, readonly: true },
    hostname: 'sps-gitops',
    process: {
      terminal: false,
      user,
      args: [...config.Entrypoint, ...(args ?? config.Cmd)],
      env: [...config.Env, ...variables],
      cwd: config.WorkingDir,
      noNewPrivileges: true,
      capabilities: {},
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=65536k'] },
      ...mounts.map(({ source, destination, mode }) => {
        return { source, destination, type: 'bind', options: ['rbind', mode] };
      }),
    ],
    linux: { namespaces: ['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type })) },
  };
}

/** As engines do it: the number from the image, the group from the entry in its `/etc/passwd`. */
function userOf(user: string, root: string): { readonly uid: number; readonly gid: number } {
  const lines = readFileSync(join(root, 'etc/passwd'), 'utf8').split('\n');
  const entry = lines.map((line) => line.split(':')).find(([, , uid]) => uid === user);
  return { uid: Number(user), gid: Number(entry?.[3] ?? 0) };
}
