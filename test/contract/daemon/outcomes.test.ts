import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Fault } from '../../../src/simulator/faults.ts';
import { acquireWriterLock } from '../../../src/transaction/writer-lock.ts';
import { textOf } from './entries.ts';
import { daemonWorld, SUPPORT_BODY, type Step, type World, type WorldOptions } from './harness.ts';

const TRANSACTION = '/api/transaction';
const READ = { method: 'GET', path: '/api/configuration/management/support_info' } as const;
const COMMIT = { method: 'PUT', path: TRANSACTION } as const;
const SHORT = { appliance: { requests: { timeout: '2s', commitTimeout: '100ms' } } };

interface Case extends WorldOptions {
  readonly name: string;
  /** Outcome, transaction and reason of the run. */
  readonly ends: string;
  /** In ms; null where no retry comes by itself. */
  readonly retriedAfter: number | null;
  readonly conditions: readonly string[];
  /** An event that the run has to log beside its beginning and end. */
  readonly tells?: string;
  readonly faults?: readonly Fault[];
  readonly prepare?: (world: World) => Promise<void> | void;
}

const TRANSIENT = { retriedAfter: 5000, conditions: ['Reconciling'] } as const;
const TERMINAL = { retriedAfter: null, conditions: ['Stalled'] } as const;

const CASES: readonly Case[] = [
  {
    name: 'nothing to do',
    simulator: { configuration: { 'management/support_info': SUPPORT_BODY } },
    ends: 'in-sync none Succeeded',
    retriedAfter: null,
    conditions: ['Ready'],
  },
  {
    name: 'a change',
    ends: 'applied committed Succeeded',
    retriedAfter: null,
    conditions: ['Ready'],
    tells: 'transaction.committed',
  },
  {
    name: 'a change that is only observed',
    settings: { reconcile: { mode: 'observe' } },
    ends: 'differences none Succeeded',
    retriedAfter: null,
    conditions: ['Ready'],
    tells: 'plan.computed',
  },
  {
    name: 'files that are not valid',
    files: { 'support.yaml': 'resource: management/support_info\nbody: { url: x }\n' },
    ends: 'failed none InputInvalid',
    ...TERMINAL,
    tells: 'desired.invalid',
  },
  {
    name: 'a resource that the firmware does not have',
    files: { 'soap.yaml': 'resource: management/soap\nbody: { enabled: false }\n' },
    ends: 'failed none Unsupported',
    ...TERMINAL,
  },
  {
    name: 'an appliance that answers nonsense',
    faults: [{ kind: 'wrong-shape', match: { path: '/api/info' } }],
    ends: 'failed none TargetUnreachable',
    ...TRANSIENT,
    tells: 'appliance.unreachable',
  },
  {
    name: 'a wrong password',
    simulator: { password: 'another-one' },
    ends: 'failed none AuthFailed',
    retriedAfter: 60_000,
    conditions: ['Reconciling'],
  },
  {
    name: 'a missing right',
    faults: [{ kind: 'status', status: 403, json: { error: { type: 'Unauthorized' } }, match: READ }],
    ends: 'failed none Forbidden',
    ...TERMINAL,
  },
  {
    name: 'a lock',
    prepare: ({ simulator }) => simulator.lock('alice'),
    ends: 'blocked none Locked',
    retriedAfter: 5000,
    conditions: ['Reconciling', 'Blocked'],
    tells: 'appliance.locked',
  },
  {
    name: 'a lock that shows at the first write',
    prepare: ({ simulator }) => {
      simulator.quirks.lockAnswer = { ...simulator.quirks.lockAnswer, where: 'write' };
      simulator.lock('alice');
    },
    ends: 'blocked rolled-back Locked',
    retriedAfter: 5000,
    conditions: ['Reconciling', 'Blocked'],
    tells: 'transaction.rolled_back',
  },
  {
    name: 'a brake',
    settings: { safety: { protect: ['management/**'] } },
    ends: 'blocked none PlanUnsafe',
    retriedAfter: null,
    conditions: ['Blocked'],
    tells: 'plan.blocked',
  },
  {
    name: 'another writer',
    prepare: async ({ folder }) => {
      const lock = await acquireWriterLock(join(folder, '.sps-gitops'));
      onTestFinished(() => lock.release());
    },
    ends: 'blocked none OtherWriter',
    retriedAfter: 5000,
    conditions: ['Reconciling', 'Blocked'],
  },
  {
    name: 'a value that the appliance refuses',
    faults: [
      {
        kind: 'status',
        status: 400,
        json: { error: { type: 'SyntacticError', message: 'no', details: {} } },
        match: { method: 'PUT', path: READ.path },
      },
    ],
    ends: 'failed rolled-back StageRejected',
    ...TERMINAL,
    tells: 'transaction.rolled_back',
  },
  {
    name: 'a value that the appliance changes',
    simulator: { quirks: { normalise: () => ({ uri: null }) } },
    ends: 'failed rolled-back VerifyFailed',
    ...TERMINAL,
  },
  {
    name: 'a change list with more than the plan',
    simulator: {
      quirks: {
        extraChanges: [{ type: 'replace', path: '/api/configuration/network/dns', old_value: 1, new_value: 2 }],
      },
    },
    ends: 'failed rolled-back PlanChanged',
    ...TRANSIENT,
  },
  {
    name: 'a commit that is refused for what it holds',
    faults: [{ kind: 'status', status: 400, json: { error: { type: 'SemanticError' } }, match: COMMIT, times: 2 }],
    ends: 'failed rolled-back CommitFailed',
    ...TERMINAL,
  },
  {
    name: 'a commit that another one was faster than',
    faults: [{ kind: 'status', status: 409, json: { error: { type: 'Conflict' } }, match: COMMIT }],
    ends: 'failed rolled-back CommitFailed',
    ...TRANSIENT,
  },
  {
    name: 'a value that the commit changes',
    simulator: { quirks: { normaliseAtCommit: () => ({ uri: null }) } },
    ends: 'failed committed NotIdempotent',
    ...TERMINAL,
  },
  {
    name: 'an appliance that cannot be read after the commit',
    settings: SHORT,
    faults: [{ kind: 'wrong-shape', match: { ...READ, nth: 4 }, times: 100 }],
    ends: 'failed committed TargetUnreachable',
    ...TRANSIENT,
  },
  {
    name: 'a commit of which nobody knows what became',
    settings: SHORT,
    faults: [
      { kind: 'drop-after', match: COMMIT },
      { kind: 'wrong-shape', match: { method: 'GET', path: TRANSACTION, nth: 2 }, times: 100 },
    ],
    ends: 'failed unknown CommitFailed',
    ...TRANSIENT,
  },
];

describe('a run with', () => {
  test.each(CASES)(
    '$name',
    async ({ name: _name, ends, retriedAfter, conditions, tells, faults, prepare, ...options }) => {
      const world = await daemonWorld(options);
      await prepare?.(world);
      for (const fault of faults ?? []) world.simulator.faults.add(fault);
      const { end, events, entries } = await world.start();
      expect(`${textOf(end, 'outcome')} ${textOf(end, 'transaction')} ${textOf(end, 'reason')}`).toBe(ends);
      expect(world.conditions()).toEqual(conditions);
      expect(events.slice(0, 2)).toEqual(['trigger.received', 'reconcile.started']);
      if (tells !== undefined) expect(events).toContain(tells);
      const retries = entries.filter(({ event }) => event === 'retry.scheduled');
      expect(retries.map(({ delayMs, attempt, reason }) => [delayMs, attempt, reason])).toEqual(
        retriedAfter === null ? [] : [[retriedAfter, 1, end?.['reason']]],
      );
      // Of none of them anything was known before.
      const changed = entries.filter(({ event }) => event === 'condition.changed').map(({ condition }) => condition);
      expect(changed.filter((one) => one !== 'Drifted')).toEqual(['Ready', 'Reconciling', 'Stalled', 'Blocked']);
      expect(world.condition('Ready').split(' ')[1]).toBe(end?.['reason']);
      expect(world.simulator.openTransactions()).toBe(0);
      expect(world.daemon.lastEnd).toEqual({
        outcome: end?.['outcome'],
        transaction: end?.['transaction'],
        reason: end?.['reason'],
      });
    },
  );
});

test('conditions are told when they change, and then once', async () => {
  const world = await daemonWorld();
  const changes = async (step: Promise<Step>) =>
    (await step).entries
      .filter(({ event }) => event === 'condition.changed')
      .map((entry) => ['condition', 'status', 'reason'].map((member) => textOf(entry, member)).join(' '));
  await world.start();
  expect(await changes(world.tick())).toEqual([]);
  world.simulator.lock('alice');
  world.simulator.setConfiguration('management/support_info', { uri: null });
  expect(await changes(world.tick())).toEqual([
    'Ready False Locked',
    'Reconciling True Progressing',
    'Blocked True Locked',
    'Drifted True Locked',
  ]);
  expect(await changes(world.tick())).toEqual([]);
  world.simulator.lock(null);
  expect(await changes(world.tick())).toEqual([
    'Ready True Succeeded',
    'Reconciling False Succeeded',
    'Blocked False Succeeded',
    'Drifted False Succeeded',
  ]);
});

test('retries grow further apart to the longest, and success begins anew', async () => {
  const world = await daemonWorld({ settings: { reconcile: { retry: { initial: '5s', max: '1m' } } } });
  const broken = () => world.simulator.faults.add({ kind: 'wrong-shape', match: { path: '/api/info' }, times: 1000 });
  broken();
  const delays: unknown[] = [];
  let { entries } = await world.start();
  for (let attempt = 1; attempt <= 6; attempt += 1) {
    const retry = entries.find(({ event }) => event === 'retry.scheduled');
    expect(retry?.['attempt']).toBe(attempt);
    delays.push(retry?.['delayMs']);
    const early = await world.pass(Number(retry?.['delayMs']) - 1);
    expect(early.events).toEqual([]);
    const due = await world.pass(1);
    expect(due.end?.['trigger']).toBe('retry');
    ({ entries } = due);
  }
  expect(delays).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  world.simulator.faults.clear();
  expect((await world.pass(60_000)).end).toMatchObject({ outcome: 'applied', trigger: 'retry' });
  expect((await world.pass(600_000)).events).toEqual([]);
  broken();
  const { entries: again } = await world.ask();
  expect(again.find(({ event }) => event === 'retry.scheduled')).toMatchObject({ delayMs: 5000, attempt: 1 });
});

test('a tick that succeeds before the retry makes the retry needless', async () => {
  const world = await daemonWorld();
  world.simulator.faults.add({ kind: 'wrong-shape', match: { path: '/api/info' } });
  expect((await world.start()).events).toContain('retry.scheduled');
  expect((await world.tick()).end).toMatchObject({ outcome: 'applied' });
  expect((await world.pass(600_000)).events).toEqual([]);
});
