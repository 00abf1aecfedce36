import { existsSync, readlinkSync } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { daemonWorld, SOAK, startDaemon, type Daemon } from './daemon.ts';
import type { World } from './harness.ts';

const SUPPORT = 'management/support_info';

const support = (host: string) => `resource: ${SUPPORT}
body:
  uri: { selection: url, value: 'https://${host}.example.com' }
`;

const isLive = (w: World, host: string) => JSON.stringify(w.simulator.configuration(SUPPORT)).includes(`//${host}.`);

/** Points a link elsewhere the way git-sync does it: a new link, renamed over the old one. */
async function swap(link: string, target: string): Promise<void> {
  await symlink(target, `${link}-next`);
  await rename(`${link}-next`, link);
}

/** Waits for the run that makes it so. */
const untilLive = (w: World, daemon: Daemon, host: string) =>
  daemon.until('reconcile.succeeded', () => isLive(w, host));

test.each([
  ['kept', ''],
  ['kept', 'config'],
  ['removed', ''],
  ['removed', 'config'],
] as const)('git-sync, the old tree %s, the configured directory at the link + "%s"', async (old, below) => {
  const w = await daemonWorld();
  const [repository, root] = [join(w.folder, 'given/repository'), join(w.folder, 'given/root')];
  await mkdir(join(repository, below), { recursive: true });
  await mkdir(join(root, '.worktrees'), { recursive: true });
  const them = ['-c', 'user.name=A Committer', '-c', 'user.email=committer@example.com', '-C', repository];
  const git = async (...args: readonly string[]) => (await execa('git', [...them, ...args])).stdout;
  await git('init', '--quiet', '--initial-branch=main');
  const link = join(root, 'current');
  // What git-sync does for a new commit: a worktree of its own for it, then the link.
  async function publish(host: string): Promise<string> {
    await writeFile(join(repository, below, 'support.yaml'), support(host));
    await git('add', '--all');
    await git('commit', '--quiet', '--message', host);
    const sha = await git('rev-parse', 'HEAD');
    await git('worktree', 'add', '--quiet', '--detach', join(root, '.worktrees', sha), sha);
    const before = existsSync(link) ? readlinkSync(link) : null;
    await swap(link, `.worktrees/${sha}`);
    if (old === 'removed' && before !== null) await git('worktree', 'remove', '--force', join(root, before));
    return sha;
  }

  const first = await publish('first');
  const daemon = startDaemon(w, { env: { SPS_DESIRED_STATE: join(link, below) } });
  expect(await untilLive(w, daemon, 'first')).toMatchObject({ commit: first, outcome: 'applied' });
  for (const host of ['second', 'third']) {
    const sha = await publish(host);
    expect(await untilLive(w, daemon, host)).toMatchObject({ commit: sha, trigger: 'file', outcome: 'applied' });
    expect(w.simulator.commits.at(-1)?.message).toContain(sha.slice(0, 7));
  }
  expect(daemon.all('desired.uncommitted')).toEqual([]);
  await daemon.stop();
});

test('a volume of Kubernetes with its ..data link', async () => {
  const w = await daemonWorld();
  const volume = join(w.folder, 'given/volume');
  await mkdir(volume, { recursive: true });
  // The kubelet's way: a new folder, a link to it renamed over `..data`, then the old folder is removed.
  async function publish(version: string): Promise<void> {
    await mkdir(join(volume, `..${version}`));
    await writeFile(join(volume, `..${version}`, 'support.yaml'), support(version));
    const old = existsSync(join(volume, '..data')) ? readlinkSync(join(volume, '..data')) : null;
    await swap(join(volume, '..data'), `..${version}`);
    if (old === null) await symlink('..data/support.yaml', join(volume, 'support.yaml'));
    else await rm(join(volume, old), { recursive: true });
  }

  await publish('v1');
  const daemon = startDaemon(w, { env: { SPS_DESIRED_STATE: volume } });
  await untilLive(w, daemon, 'v1');
  for (const version of ['v2', 'v3', 'v4']) {
    await publish(version);
    expect(await untilLive(w, daemon, version)).toMatchObject({ trigger: 'file', outcome: 'applied' });
  }
  await daemon.stop();
});

/** Where in a run the next swap comes; null: at once. */
const MOMENTS = [
  null,
  'reconcile.started',
  'live.read',
  'transaction.opened',
  'transaction.committed',
  'reconcile.succeeded',
] as const;

test(
  'link swaps at any moment of a run: no final state is missed',
  async () => {
    // No poll comes in between: events alone have to tell.
    const w = await daemonWorld({}, { reconcile: { quietPeriod: '20ms', poll: '10m' } });
    const root = join(w.folder, 'given');
    const link = join(root, 'current');
    const swaps = SOAK ? 1000 : 50;
    async function publish(round: number): Promise<void> {
      const file = join(root, `release${round}`, 'deeper/support.yaml');
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, support(`release${round}`));
      await swap(link, `release${round}`);
      await rm(join(root, `release${round - 2}`), { recursive: true, force: true });
    }
    await publish(0);
    const daemon = startDaemon(w, { env: { SPS_DESIRED_STATE: join(link, 'deeper') } });
    await untilLive(w, daemon, 'release0');
    for (let round = 1; round <= swaps; round += 2) {
      await publish(round);
      const moment = MOMENTS[((round - 1) / 2) % MOMENTS.length] ?? null;
      if (moment !== null) await daemon.until(moment);
      await publish(round + 1);
      await untilLive(w, daemon, `release${round + 1}`);
    }
    await daemon.stop();
  },
  SOAK ? 900_000 : 60_000,
);
