import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { daemonWorld, has, SOAK, startDaemon, type Daemon } from './daemon.ts';
import { FILES, type World } from './harness.ts';

const SUPPORT = 'management/support_info';

const support = (host: string) => `resource: ${SUPPORT}
body:
  uri: { selection: url, value: 'https://${host}.example.com' }
`;

const linkTo = (host: string) => ({ uri: { selection: 'url', value: `https://${host}.example.com` } });

/** Waits for the run that puts that commit into force, and proves that log and appliance name it. */
async function appliedCommit(w: World, daemon: Daemon, sha: string): Promise<void> {
  const { runId } = await daemon.until('reconcile.succeeded', has({ commit: sha, outcome: 'applied' }));
  const lines = daemon.entries.filter(has({ runId: runId ?? null }));
  expect(lines.slice(lines.findIndex(({ event }) => event === 'reconcile.started')).every(has({ commit: sha }))).toBe(
    true,
  );
  expect(w.simulator.commits.at(-1)?.message).toContain(sha.slice(0, 7));
}

test('an uncommitted edit is told and not applied; the commit is, and every line names it', async () => {
  const w = await daemonWorld({ 'support.yaml': support('first') });
  const first = await w.commit('first');
  const daemon = startDaemon(w);
  await appliedCommit(w, daemon, first);

  await w.files({ 'support.yaml': support('second'), 'alerts.yaml': FILES.alerts });
  expect(await daemon.until('desired.uncommitted')).toMatchObject({ commit: first });
  daemon.kill('SIGHUP');
  expect(await daemon.untilEnd(has({ trigger: 'signal' }))).toMatchObject({ outcome: 'in-sync', commit: first });
  expect(w.simulator.configuration(SUPPORT)).toEqual(linkTo('first'));

  const second = await w.commit('second');
  await appliedCommit(w, daemon, second);
  expect(w.simulator.configuration(SUPPORT)).toEqual(linkTo('second'));

  // Git's own files are no desired state, and a commit without an edit is still another revision.
  await w.git('commit', '--quiet', '--allow-empty', '--message', 'nothing');
  const third = await w.git('rev-parse', 'HEAD');
  expect(await daemon.untilEnd(has({ commit: third }))).toMatchObject({ trigger: 'file', outcome: 'in-sync' });
  await daemon.stop();
});

test('a pull that fails half way changes nothing', async () => {
  const w = await daemonWorld({ 'support.yaml': support('base') });
  await w.commit('base');
  const elsewhere = join(w.folder, 'given/elsewhere');
  await mkdir(join(w.folder, 'given'));
  await execa('git', ['clone', '--quiet', join(w.folder, 'config'), elsewhere]);
  await writeFile(join(elsewhere, 'support.yaml'), support('theirs'));
  const them = ['-c', 'user.name=Another', '-c', 'user.email=another@example.com', '-C', elsewhere];
  await execa('git', [...them, 'commit', '--quiet', '--all', '--message', 'theirs']);
  await w.files({ 'support.yaml': support('ours') });
  const ours = await w.commit('ours');
  const daemon = startDaemon(w);
  await appliedCommit(w, daemon, ours);

  await expect(w.git('pull', '--no-rebase', join(w.folder, 'nowhere'), 'main')).rejects.toThrow();
  await expect(w.git('pull', '--no-rebase', elsewhere, 'main')).rejects.toThrow('CONFLICT');
  expect(await daemon.until('desired.uncommitted')).toMatchObject({ commit: ours });
  daemon.kill('SIGHUP');
  expect(await daemon.untilEnd(has({ trigger: 'signal' }))).toMatchObject({ outcome: 'in-sync', commit: ours });
  expect(w.simulator.commits).toHaveLength(1);

  await w.git('merge', '--abort');
  await w.git('pull', '--quiet', '--no-rebase', '--strategy-option=theirs', elsewhere, 'main');
  await appliedCommit(w, daemon, await w.git('rev-parse', 'HEAD'));
  expect(w.simulator.configuration(SUPPORT)).toEqual(linkTo('theirs'));
  await daemon.stop();
});

/** Documents of the large tree, and the files that each takes its values from: 500 in all. */
const PIECES = 4;
const VALUES = 124;

const piece = (index: number) => `pieces/piece${index}`;
const member = (index: number) => `value${index}`;

/** All files of the large tree, with other content in each for every mark. */
function largeTree(mark: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (let at = 0; at < PIECES; at += 1) {
    const members = Array.from({ length: VALUES }, (_, value) => `  ${member(value)}: !file piece${at}/${value}.txt`);
    files[`piece${at}.yaml`] = `# ${mark}\nresource: ${piece(at)}\nbody:\n  mark: ${mark}\n${members.join('\n')}\n`;
    for (let value = 0; value < VALUES; value += 1) files[`piece${at}/${value}.txt`] = `${mark}-${at}-${value}\n`;
  }
  return files;
}

/** The singletons that the large tree wants, as it makes them. */
function largeBody(mark: string, at: number): Record<string, string> {
  const values = Array.from({ length: VALUES }, (_, value) => [
    member(value),
    mark === '' ? '' : `${mark}-${at}-${value}`,
  ]);
  return { mark, ...Object.fromEntries(values) };
}

/** Proves that each commit of the appliance is one commit of git, whole, and the one that it names. */
function expectWhole(w: World, marks: ReadonlyMap<string, string>): void {
  let staged: Record<string, unknown>[] = [];
  let commits = 0;
  for (const { method, path, body, status } of w.simulator.requests) {
    if (method !== 'PUT' || status !== 200) continue;
    if (path !== '/api/transaction') {
      staged.push(JSON.parse(body ?? '') as Record<string, unknown>);
      continue;
    }
    const { message } = w.simulator.commits[commits] ?? {};
    const mark = [...marks].find(([sha]) => message?.includes(sha.slice(0, 7)))?.[1] ?? 'a commit that nobody made';
    const wanted = Array.from({ length: PIECES }, (_, at) => largeBody(mark, at));
    expect(staged.toSorted(byText)).toEqual(wanted.toSorted(byText));
    staged = [];
    commits += 1;
  }
  expect(commits).toBe(w.simulator.commits.length);
  expect(commits).toBeGreaterThan(0);
}

const byText = (left: object, right: object) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1);

test.each(['commit', 'worktree'])(
  'a checkout of 500 files, back and forth, read as %s: each run sees one commit whole, and names it',
  async (read) => {
    const seeds = Array.from({ length: PIECES }, (_, at) => [piece(at), largeBody('', at)] as const);
    const w = await daemonWorld(
      largeTree('main'),
      {
        desiredState: { read },
        safety: { maxChangeRatio: 1 },
        reconcile: { quietPeriod: '20ms' },
        appliance: { requests: { concurrency: 8 } },
      },
      { configuration: Object.fromEntries(seeds) },
    );
    const main = await w.commit('main');
    await w.git('checkout', '--quiet', '-b', 'side');
    await w.files(largeTree('side'));
    const side = await w.commit('side');
    const marks = new Map([
      [main, 'main'],
      [side, 'side'],
    ]);
    const daemon = startDaemon(w);
    await appliedCommit(w, daemon, side);
    const rounds = SOAK ? 200 : 20;
    let sha = side;
    for (let round = 1; round <= rounds; round += 1) {
      const branch = round % 2 === 1 ? 'main' : 'side';
      await w.git('checkout', '--quiet', branch);
      if (round % 10 !== 0) continue;
      // Now and then a commit that no run has seen yet is waited for; else the next checkout comes whatever the daemon does.
      sha = await w.commit(`round ${round}`);
      marks.set(sha, branch);
      await daemon.until('reconcile.succeeded', has({ commit: sha }));
    }
    for (let at = 0; at < PIECES; at += 1)
      expect(w.simulator.configuration(piece(at))).toEqual(largeBody(marks.get(sha) ?? '', at));
    expectWhole(w, marks);
    expect(daemon.all('reconcile.failed').filter(({ reason }) => reason !== 'InputUnstable')).toEqual([]);
    await daemon.stop();
  },
  SOAK ? 600_000 : 60_000,
);
