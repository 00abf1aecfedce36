import { chmod, chown, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { DEFAULT_PASSWORD, DEFAULT_USERNAME } from '../../src/simulator/simulator.ts';
import { freePort } from '../listening.ts';
import { world, type World } from '../process/harness.ts';
import { startContainer, type Container, type Mount } from './container.ts';
import type { Image } from './image.ts';
import { readLog, type Log } from './log.ts';
import type { Tools } from './tools.ts';

/** The user of the program in the image. */
export const PROGRAM = 10001;

/** The user of git-sync's image: the checkout is not the program's own. */
export const GIT_SYNC = 65533;

const STATE = '/var/lib/sps-gitops';

/** An appliance outside, and what a deployment mounts: settings, secrets, a checkout by git-sync, one volume for the state. */
export interface Deployment {
  readonly world: World;
  /** The folder of the volume for the state. */
  readonly state: string;
  /** The link to the current checkout. */
  readonly link: string;
  /** Where the daemon's HTTP interface is. */
  readonly http: string;
  /** Commits these files and publishes them as git-sync does. Returns the commit, 40 hex. */
  publish(files: Readonly<Record<string, string>>): Promise<string>;
  /** Runs another command in a container of its own. Returns its exit code. */
  run(...args: readonly string[]): Promise<number | undefined>;
  /** Starts the daemon in a container, and reads its log. */
  daemon(): Promise<{ readonly container: Container; readonly log: Log }>;
}

/** Prepares a deployment of the image; all of it is gone after the test. */
export async function deploy(tools: Tools, image: Image): Promise<Deployment> {
  const w = await world();
  // The check of health in the image looks for it in the settings.
  const port = await freePort();
  const state = await volume();
  const place = (name: string): string => join(w.folder, 'given', name);
  const [settings, secrets, git] = [place('settings'), place('secrets'), place('git')];
  for (const folder of [settings, secrets, git]) await mkdir(folder, { recursive: true });
  await writeFile(join(settings, 'settings.yaml'), settingsOf(w.simulator.url, `${git}/current/config`, port));
  await writeFile(join(settings, 'sps-ca.pem'), w.simulator.caPem);
  await secret(join(secrets, 'sps-password'), DEFAULT_PASSWORD);
  await secret(join(secrets, 'http-token'), HTTP_TOKEN);
  const mounts: readonly Mount[] = [
    { source: settings, destination: '/etc/sps-gitops', mode: 'ro' },
    { source: secrets, destination: '/run/secrets', mode: 'ro' },
    // A worktree names its repository by an absolute path: it has to be the same one inside.
    { source: git, destination: git, mode: 'ro' },
    state,
  ];
  return {
    world: w,
    state: state.source,
    http: `http://127.0.0.1:${port}`,
    link: join(git, 'current'),
    publish: (files) => publish(git, files),
    run: async (...args) => (await (await startContainer(tools, image, { args, mounts })).process).exitCode,
    daemon: async () => {
      const container = await startContainer(tools, image, { mounts });
      return { container, log: readLog(container) };
    },
  };
}

/** An empty volume for the state, which is gone after the test. */
export async function volume(): Promise<Mount> {
  const source = await mkdtemp(join(tmpdir(), 'sps-gitops-volume-'));
  onTestFinished(() => rm(source, { recursive: true }));
  await chown(source, PROGRAM, PROGRAM);
  return { source, destination: STATE, mode: 'rw' };
}

/** The token of the deployment's HTTP interface. */
export const HTTP_TOKEN = 'MARKED-http-token-4c0d';

function settingsOf(url: string, directory: string, port: number): string {
  return `appliance:
  url: ${url}
  tls: { ca: sps-ca.pem }
  login: { username: ${DEFAULT_USERNAME}, password: !file /run/secrets/sps-password }
  requests: { timeout: 5s, commitTimeout: 5s }
desiredState: { directory: ${directory}, read: commit }
reconcile: { poll: 200ms, quietPeriod: 50ms, schedule: '0 0 29 2 *', retry: { initial: 200ms, max: 1s } }
http: { listen: '0.0.0.0:${port}', token: !file /run/secrets/http-token }
shutdown: { drainTimeout: 3s }
log: { level: debug, format: json }
`;
}

/** As Kubernetes mounts it: for the group of the pod, and for nobody else. */
async function secret(file: string, text: string): Promise<void> {
  await writeFile(file, text);
  await chown(file, 0, PROGRAM);
  await chmod(file, 0o440);
}

/** What git-sync does with a new commit: a worktree of its own for it, then the link. */
async function publish(root: string, files: Readonly<Record<string, string>>): Promise<string> {
  const repository = join(root, 'repository');
  const them = ['-c', 'user.name=A Committer', '-c', 'user.email=committer@example.com', '-c', 'safe.directory=*'];
  const git = async (...args: readonly string[]) => (await execa('git', [...them, '-C', repository, ...args])).stdout;
  await mkdir(join(repository, 'config'), { recursive: true });
  await git('init', '--quiet', '--initial-branch=main');
  for (const [name, text] of Object.entries(files)) await writeFile(join(repository, 'config', name), text);
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'change');
  const sha = await git('rev-parse', 'HEAD');
  await git('worktree', 'add', '--quiet', '--detach', join(root, '.worktrees', sha), sha);
  await giveTo(root, GIT_SYNC);
  await symlink(`.worktrees/${sha}`, join(root, 'current-next'));
  await rename(join(root, 'current-next'), join(root, 'current'));
  return sha;
}

async function giveTo(folder: string, user: number): Promise<void> {
  await chown(folder, user, user);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chown(join(entry.parentPath, entry.name), user, user);
  }
}
