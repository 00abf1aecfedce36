import { EventEmitter, once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { CommandIo } from '../../src/commands/command-io.ts';
import { runCli } from '../../src/commands/command-line.ts';
import { EVENTS } from '../../src/log/events.ts';
import { PLAIN } from '../../src/report/paint.ts';
import { SpsGitopsError } from '../../src/shared/errors.ts';
import { isObject, type JsonObject } from '../../src/shared/json.ts';
import { Secret } from '../../src/shared/secret.ts';
import { putEntry } from '../../src/transaction/journal-file.ts';
import { parseEntry, type Entry } from '../contract/daemon/entries.ts';
import { daemonWorld, support, type World, type WorldOptions } from '../contract/daemon/harness.ts';
import { commitAll, git } from '../contract/git/checkout.ts';
import { leakScan } from '../process/leaks.ts';
import { resourceSchemas, ROOT } from '../resource-schemas.ts';
import { cell, code, codes, table } from './readme.ts';

/** Members that the text above the table tells of. */
const OF_ALL = new Set(['time', 'level', 'event', 'msg', 'runId', 'commit', 'revision', 'trigger']);

const ROWS = new Map(
  table('Logs', ['Event', 'Level', 'Message', 'When', 'Fields']).map((row) => [
    code(row, 'Event'),
    cell(row, 'Fields'),
  ]),
);

const seen = new Set<string>();

/** Where entries have other fields than the table gives their event; nothing in brackets has to be there. */
function untold(entries: readonly Entry[]): readonly string[] {
  return entries.flatMap((entry) => {
    const { event } = entry;
    seen.add(event);
    const text = ROWS.get(event) ?? '';
    const always = codes(text.replace(/\(.*\)/, ''));
    const told = new Set([...OF_ALL, ...codes(text)]);
    const details = text.endsWith('the members of `details`') ? detailsOf(entry, entries) : [];
    const more = Object.keys(entry).filter((name) => !told.has(name) && !details.includes(name));
    const less = always.filter((name) => !(name in entry) && (name !== 'details' || details.length === 0));
    return [...more.map((name) => `${event} has ${name}`), ...less.map((name) => `${event} lacks ${name}`)];
  });
}

/** The members of `details` in the entry that ends the same run. */
function detailsOf(entry: Entry, entries: readonly Entry[]): readonly string[] {
  const end = entries.find(({ event, runId }) => event === 'reconcile.failed' && runId === entry['runId']);
  const details = end?.['details'];
  return details !== undefined && isObject(details) ? Object.keys(details) : [];
}

interface Case extends WorldOptions {
  readonly name: string;
  readonly prepare?: (world: World) => Promise<void> | void;
  /** After the first run. */
  readonly then?: (world: World) => Promise<unknown>;
  /** The entry that the case is about. */
  readonly tells: keyof typeof EVENTS;
}

const UNKNOWN = 'resource: management/root_password\nbody: { a: 1 }\n';
const LEAVE = 'resource: starling/join\nbody: { joined: false }\n';

const CASES: readonly Case[] = [
  {
    name: 'a change, and after it drift',
    then: async (world) => {
      world.simulator.setConfiguration('management/support_info', { uri: null });
      await world.tick();
      await world.tick();
      await world.tick();
    },
    tells: 'drift.detected',
  },
  {
    name: 'a lock',
    prepare: ({ simulator }) => simulator.lock('alice'),
    tells: 'appliance.locked',
  },
  {
    name: 'an appliance that answers nonsense',
    prepare: ({ simulator }) => simulator.faults.add({ kind: 'wrong-shape', match: { path: '/api/info' } }),
    tells: 'appliance.unreachable',
  },
  {
    name: 'files that are not valid',
    files: { 'a.yaml': 'resource: management/support_info\nbody: { url: x }\n' },
    tells: 'desired.invalid',
  },
  {
    name: 'a refused write',
    prepare: ({ simulator }) => {
      const match = { method: 'PUT', path: '/api/configuration/management/support_info' };
      simulator.faults.add({ kind: 'status', status: 400, json: { error: { type: 'SyntacticError' } }, match });
    },
    tells: 'transaction.rolled_back',
  },
  {
    name: 'a brake',
    settings: { safety: { protect: ['management/**'] } },
    tells: 'plan.blocked',
  },
  {
    name: 'a brake in observe mode',
    settings: { safety: { protect: ['management/**'] }, reconcile: { mode: 'observe' } },
    tells: 'plan.blocked',
  },
  {
    name: 'a resource without a schema',
    files: { 'a.yaml': UNKNOWN },
    simulator: { configuration: { 'management/root_password': { a: 1 } } },
    tells: 'warning.raised',
  },
  {
    name: 'leaving Starling',
    files: { 'a.yaml': LEAVE },
    settings: { safety: { allow: ['starling/join'] } },
    simulator: { profile: '8.0' },
    prepare: ({ simulator }) => {
      const starling = simulator.configuration('starling') as JsonObject;
      simulator.setConfiguration('starling', { ...starling, remote_access: { enabled: false } });
    },
    tells: 'action.done',
  },
  {
    name: 'an edit that is not committed',
    prepare: async (world) => {
      const folder = join(world.folder, 'config');
      await git(folder, 'init', '--quiet');
      await commitAll(folder, 'First commit');
      await world.files({ 'support.yaml': support('other') });
    },
    tells: 'desired.uncommitted',
  },
  {
    name: 'a checkout in which git is at work',
    settings: { desiredState: { read: 'worktree' } },
    prepare: async (world) => {
      const folder = join(world.folder, 'config');
      await git(folder, 'init', '--quiet');
      await commitAll(folder, 'First commit');
      const lock = join(folder, '.git/index.lock');
      await writeFile(lock, '');
      world.onEntry = ({ event }) => {
        if (event === 'input.unstable') void rm(lock, { force: true });
      };
    },
    tells: 'input.unstable',
  },
  {
    name: 'a transaction that a killed process left',
    prepare: async ({ folder, simulator }) => {
      const state = join(folder, '.sps-gitops');
      await mkdir(state, { mode: 0o700 });
      const entry = { url: simulator.url, openedAt: new Date().toISOString(), runId: 'a'.repeat(32), commit: null };
      await putEntry(state, { ...entry, session: new Secret('gone'), pid: 1, host: 'other', sessionSeconds: 600 });
    },
    tells: 'transaction.recovered',
  },
];

test.each(CASES)('the fields are those of the table: $name', async ({ prepare, then, tells, ...options }) => {
  const world = await daemonWorld(options);
  await prepare?.(world);
  await world.start();
  await then?.(world);
  expect(world.entries.map(({ event }) => event)).toContain(tells);
  expect(untold(world.entries)).toEqual([]);
});

test('the fields are those of the table: the life of the daemon', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sps-gitops-docs-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const entries: Entry[] = [];
  const scan = leakScan();
  const stop = new AbortController();
  const log = new EventEmitter();
  let hangUp: () => void = () => undefined;
  const io: CommandIo = {
    workingDirectory: folder,
    environment: { PATH: process.env['PATH'] },
    stdout: (line) => {
      scan.take('stdout', line);
      const entry = parseEntry(line);
      entries.push(entry);
      log.emit(entry.event);
    },
    stderr: (text) => void log.emit('error', new Error(text)),
    paintOut: PLAIN,
    paintError: PLAIN,
    outTerminal: 'none',
    errorTerminal: 'none',
    interactive: false,
    confirm: () => Promise.resolve(false),
    signal: stop.signal,
    resourceSchemas: () => Promise.resolve(resourceSchemas()),
    writeCa: () => Promise.reject(new Error('not wanted')),
    onHangup: (listener) => {
      hangUp = listener;
      return () => undefined;
    },
    quickstart: fileURLToPath(new URL('config-examples/quickstart', ROOT)),
    version: '0',
  };
  const applied = once(log, 'condition.changed');
  const running = runCli(['run', '--simulate'], io);
  await applied;
  const refused = once(log, 'settings.invalid');
  await writeFile(join(folder, 'sps-gitops.yaml'), 'reconcile: { mode: sometimes }\n');
  hangUp();
  await refused;
  stop.abort(new SpsGitopsError('interrupted', 'stopped by SIGTERM'));
  expect(await running).toMatchObject({ code: 0 });
  expect(entries.at(-1)).toMatchObject({ event: 'daemon.stopped', outcome: 'applied' });
  expect(untold(entries)).toEqual([]);
});

test('every event was there', () => {
  expect([...seen].toSorted()).toEqual(Object.keys(EVENTS).toSorted());
});
