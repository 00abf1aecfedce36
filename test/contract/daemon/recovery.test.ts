import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { daemonWorld, support, SUPPORT, SUPPORT_BODY, type World } from './harness.ts';

const MINUTE = 60_000;

test('an appliance that cannot be reached at the start is found when it is there', async () => {
  const world = await daemonWorld();
  world.simulator.faults.add({ kind: 'drop-before', match: {}, times: 10_000 });
  const first = await world.start();
  expect(first.end).toMatchObject({ reason: 'TargetUnreachable', transaction: 'none' });
  expect(first.events).toContain('appliance.unreachable');
  expect((await world.tick()).end).toMatchObject({ reason: 'TargetUnreachable' });
  world.simulator.faults.clear();
  expect((await world.pass(5 * MINUTE)).end).toMatchObject({ outcome: 'applied', trigger: 'retry' });
  expect(world.conditions()).toEqual(['Ready']);
  expect(world.simulator.configuration('management/support_info')).toEqual(SUPPORT_BODY);
});

describe('a directory', () => {
  test('that is not there at the start is read when it is', async () => {
    const world = await daemonWorld({ files: {} });
    expect((await world.start()).end).toMatchObject({ reason: 'InputInvalid', code: 'directory-missing' });
    expect(world.conditions()).toEqual(['Stalled']);
    expect(await world.tick()).toMatchObject({ events: [], requests: [] });
    await world.files({ 'support.yaml': SUPPORT });
    expect((await world.touch()).end).toMatchObject({ outcome: 'applied', trigger: 'file' });
  });

  test('that goes away and comes back is not taken for an empty one', async () => {
    const world = await daemonWorld();
    await world.start();
    const [here, away] = ['config', 'away'].map((name) => join(world.folder, name)) as [string, string];
    await rename(here, away);
    expect((await world.touch()).end).toMatchObject({ reason: 'InputInvalid', code: 'directory-missing' });
    await rename(away, here);
    expect((await world.touch()).end).toMatchObject({ outcome: 'in-sync', trigger: 'file' });
    expect(world.simulator.configuration('management/support_info')).toEqual(SUPPORT_BODY);
  });

  test('without a document is an error', async () => {
    const world = await daemonWorld();
    await world.start();
    await world.files({ 'support.yaml': null });
    expect((await world.touch()).end).toMatchObject({ reason: 'InputInvalid', code: 'no-documents' });
    expect(world.simulator.configuration('management/support_info')).toEqual(SUPPORT_BODY);
  });
});

describe('a git checkout', () => {
  const git = (world: World, ...args: readonly string[]) =>
    execa('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args], {
      cwd: join(world.folder, 'config'),
    });

  async function checkout(read: 'auto' | 'worktree'): Promise<World> {
    const world = await daemonWorld({ settings: { desiredState: { read } } });
    await git(world, 'init', '--quiet');
    await commit(world);
    return world;
  }

  async function commit(world: World): Promise<string> {
    await git(world, 'add', '--all');
    await git(world, 'commit', '--quiet', '--message', 'change');
    return (await git(world, 'rev-parse', 'HEAD')).stdout;
  }

  test('gives every run its commit', async () => {
    const world = await checkout('auto');
    await world.start();
    await world.files({ 'support.yaml': support('other') });
    const edited = await world.touch();
    expect(edited).toMatchObject({ events: ['desired.uncommitted'], requests: [], end: undefined });
    const sha = await commit(world);
    const { end, entries } = await world.touch();
    expect(end).toMatchObject({ outcome: 'applied', commit: sha });
    expect(entries.filter(({ runId }) => runId === end?.['runId']).every((entry) => entry['commit'] === sha)).toBe(
      true,
    );
    expect(world.simulator.commits.at(-1)?.message).toContain(sha.slice(0, 7));
  });

  test('gives a run its commit also where the files of that are not valid, and nothing else of it', async () => {
    const world = await checkout('auto');
    await world.start();
    await world.files({ 'support.yaml': 'resource: management/support_info\nbody: { uri: 1 }\n' });
    const sha = await commit(world);
    const { end, entries } = await world.touch();
    expect(end).toMatchObject({ reason: 'InputInvalid', commit: sha });
    expect(entries.find(({ event }) => event === 'desired.invalid')).toMatchObject({ commit: sha });
    expect(entries.every((entry) => !('revision' in entry))).toBe(true);
  });

  test('that moves all the time is waited for, and read when it rests', async () => {
    const world = await checkout('worktree');
    const lock = join(world.folder, 'config/.git/index.lock');
    await writeFile(lock, '');
    const { end, events, entries } = await world.start();
    expect(end).toMatchObject({ reason: 'InputUnstable', transaction: 'none', outcome: 'failed' });
    expect(events.filter((event) => event === 'input.unstable')).toHaveLength(3);
    expect(entries.find(({ event }) => event === 'retry.scheduled')).toMatchObject({ delayMs: 5000 });
    expect(world.conditions()).toEqual(['Reconciling']);
    expect(world.simulator.requests).toEqual([]);
    await rm(lock);
    expect((await world.pass(5000)).end).toMatchObject({ outcome: 'applied', trigger: 'retry' });
    expect(world.conditions()).toEqual(['Ready']);
  });

  test('that comes to rest within the run is read in it', async () => {
    const world = await checkout('worktree');
    const lock = join(world.folder, 'config/.git/index.lock');
    await writeFile(lock, '');
    let removed: Promise<void> | null = null;
    world.onEntry = ({ event }) => {
      if (event === 'input.unstable') removed ??= rm(lock);
    };
    expect((await world.start()).end).toMatchObject({ outcome: 'applied', trigger: 'start' });
    expect(removed).not.toBeNull();
  });

  test('that cannot be read by git is told once', async () => {
    const world = await checkout('auto');
    await writeFile(join(world.folder, 'config/.git/config'), 'not a configuration [');
    expect((await world.start()).end).toMatchObject({ reason: 'InputInvalid', transaction: 'none' });
    expect(await world.tick()).toMatchObject({ events: [], requests: [] });
    expect((await world.ask()).end).toMatchObject({ reason: 'InputInvalid' });
    expect(world.simulator.requests).toEqual([]);
  });
});
