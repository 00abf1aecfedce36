import { beforeEach, describe, expect, it } from 'vitest';
import { learn } from '../../../src/daemon/learn.ts';
import { newMemory, type Memory } from '../../../src/daemon/memory.ts';
import { driftIn } from '../../../src/plan/drift.ts';
import { newRecord, type RunRecord } from '../../../src/reconcile/run.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { OUTCOME_TABLE, type OutcomeCase } from '../../../src/shared/outcome.ts';
import { computePlan } from '../../../src/plan/plan.ts';
import { desiring, present, registryOf, sealing, wanted } from '../plan/parts.ts';

const SCHEMA: JsonObject = { properties: { a: {} } };
const FINGERPRINT = 'f'.repeat(64);
const FAILURES = (Object.keys(OUTCOME_TABLE) as OutcomeCase[]).filter((end) => end !== 'inSync' && end !== 'applied');
const options = sealing();

let memory: Memory;

beforeEach(() => {
  memory = newMemory();
});

interface Facts extends Partial<RunRecord> {
  /** `null` when the appliance has none. */
  readonly hash?: string | null;
  readonly live?: number;
  readonly fingerprint?: string;
  readonly at?: number;
  readonly session?: 'lives' | 'none';
  /** The run came to a plan; so unless given. */
  readonly plan?: 'made' | 'none';
}

/** A run that wants `a` to be 1 has ended. */
function ended(end: OutcomeCase, facts: Facts = {}): void {
  const {
    hash = 'h1',
    live = 1,
    fingerprint = FINGERPRINT,
    at = 1000,
    session = 'lives',
    plan = 'made',
    ...record
  } = facts;
  const reading = present({ 'test/thing': { a: live } });
  const desired = desiring([wanted('test/thing', { a: 1 })]);
  const planned = {
    plan: computePlan(desired, reading, registryOf(SCHEMA), options),
    appliance: { hostname: 'sps1', firmware: '7.5.0', roles: [], configHash: hash },
    brakes: [],
    live: reading,
  };
  const transaction = end === 'applied' ? 'committed' : 'none';
  const revision = { commit: null, subject: null, author: null, dirty: false, digest: '' };
  const run = {
    desired: { ...desired, revision, warnings: [] },
    record: { ...newRecord(), transaction, planned: plan === 'made' ? planned : null, ...record } as const,
    sealer: options.sealer,
    appliance: { hasSession: session === 'lives' },
  };
  learn(memory, run, fingerprint, { end, error: null }, { now: at, longestRestMs: 60_000 });
}

/** The drift that is seen when `a` turns out to be that. */
function driftOf(live: number): readonly string[] {
  const reading = present({ 'test/thing': { a: live } });
  const { operations } = computePlan(desiring([wanted('test/thing', { a: 1 })]), reading, registryOf(SCHEMA), options);
  return memory.verified === null
    ? []
    : driftIn(operations, reading, memory.verified).flatMap(({ pointers }) => pointers);
}

describe('the plan of a run', () => {
  it('is remembered, with its files, while there was nothing to do', () => {
    ended('inSync', { fingerprint: 'other' });
    expect(memory.settled).toMatchObject({ fingerprint: 'other', plan: { operations: [], unchanged: 1 } });
    expect([...(memory.settled?.live.keys() ?? [])]).toEqual(['test/thing']);
  });

  it.each(['applied', ...FAILURES] as const)('is forgotten by one that ended with %s', (end) => {
    ended('inSync');
    expect(memory.settled).not.toBeNull();
    ended(end);
    expect(memory.settled).toBeNull();
  });
});

describe('the hash is trusted', () => {
  it('once it moved with a commit of ours', () => {
    ended('applied', { hash: 'h0' });
    expect(memory.trust).toBe('unproved');
    ended('inSync', { hash: 'h1' });
    expect(memory.trust).toBe('trusted');
  });

  it('once it stood still between two full reads of the same files', () => {
    ended('inSync');
    expect(memory.trust).toBe('unproved');
    ended('inSync', { fingerprint: 'other' });
    expect(memory.trust).toBe('unproved');
    ended('inSync', { fingerprint: 'other' });
    expect(memory.trust).toBe('trusted');
  });

  it('for what a commit did, not for what was before it', () => {
    ended('inSync', { hash: 'h1' });
    ended('applied', { hash: 'h1' });
    ended('inSync', { hash: 'h1' });
    expect(memory.trust).toBe('distrusted');
  });

  it('not when it moved between two reads, or a failure came between', () => {
    ended('inSync', { hash: 'h1' });
    ended('inSync', { hash: 'h2' });
    expect(memory.trust).toBe('unproved');
    ended('locked', { hash: 'h2' });
    ended('inSync', { hash: 'h2' });
    expect(memory.trust).toBe('unproved');
  });

  it('not while there is none', () => {
    ended('inSync', { hash: null });
    ended('inSync', { hash: null });
    expect(memory.trust).toBe('unproved');
    ended('applied', { hash: null });
    ended('inSync', { hash: null });
    expect(memory.trust).toBe('unproved');
  });

  it('not for actions after which it stood still: they need not move it', () => {
    ended('applied', { hash: 'h1', transaction: 'none' });
    ended('inSync', { hash: 'h1' });
    expect(memory.trust).toBe('unproved');
  });
});

describe('the hash is distrusted for good', () => {
  it.each<[string, () => void]>([
    [
      'when it stood still over a commit',
      () => {
        ended('applied', { hash: 'h1' });
        ended('inSync', { hash: 'h1' });
      },
    ],
    [
      'when it moves by itself',
      () =>
        ended('applied', { warnings: [{ severity: 'warning', code: 'config-hash-unstable', message: 'it moves' }] }),
    ],
  ])('%s', (_what, happens) => {
    happens();
    expect(memory.trust).toBe('distrusted');
    ended('applied', { hash: 'h2' });
    ended('inSync', { hash: 'h3' });
    ended('inSync', { hash: 'h3' });
    expect(memory.trust).toBe('distrusted');
  });
});

describe('a quick tick may rest on', () => {
  it('a full read that found everything in sync', () => {
    ended('inSync', { hash: 'h1', at: 4711 });
    expect(memory.fullRead).toEqual({ fingerprint: FINGERPRINT, hash: 'h1', at: 4711 });
  });

  it.each<OutcomeCase>(['applied', ...FAILURES])('nothing after a run that ended %s', (end) => {
    ended('inSync');
    ended(end);
    expect(memory.fullRead).toBeNull();
  });
});

describe('drift is told from', () => {
  it('what a run found in sync', () => {
    expect(memory.verified).toBeNull();
    ended('inSync');
    expect(driftOf(2)).toEqual(['/a']);
  });

  it('what a run has applied, not what was there before', () => {
    ended('applied', { live: 7 });
    expect(driftOf(7)).toEqual(['/a']);
    expect(driftOf(1)).toEqual([]);
  });

  it.each<OutcomeCase>(['differences', 'locked', 'planUnsafe', 'stageRejected', 'authFailed'])(
    'the same as before after a run that ended %s and changed nothing',
    (end) => {
      ended('inSync');
      ended(end, { live: 2, transaction: end === 'stageRejected' ? 'rolled-back' : 'none' });
      expect(driftOf(2)).toEqual(['/a']);
    },
  );

  it.each<[OutcomeCase, RunRecord['transaction']]>([
    ['notIdempotent', 'committed'],
    ['committedUnread', 'committed'],
    ['commitUnknown', 'unknown'],
    ['rollbackFailed', 'unknown'],
  ])('nothing after %s: it may have been us', (end, transaction) => {
    ended('inSync');
    ended(end, { transaction });
    expect(memory.verified).toBeNull();
  });

  it('nothing new by a run that came to no plan', () => {
    ended('inSync');
    ended('targetUnreachable', { plan: 'none' });
    expect(driftOf(2)).toEqual(['/a']);
  });
});

it.each<OutcomeCase>(['inSync', 'applied'])('drift that was told is new when it comes after %s', (end) => {
  memory.toldDrift = 'told';
  ended('locked');
  expect(memory.toldDrift).toBe('told');
  ended(end);
  expect(memory.toldDrift).toBe('[]');
});

describe('the next login waits a minute', () => {
  it.each<[OutcomeCase, Facts]>([
    ['authFailed', { session: 'none', plan: 'none' }],
    ['authFailed', {}],
    ['forbidden', { session: 'none', plan: 'none' }],
  ])('after %s (%o)', (end, facts) => {
    ended(end, { ...facts, at: 5000 });
    expect(memory.loginGate).toBe(65_000);
  });

  it.each<OutcomeCase>(['inSync', 'applied', 'targetUnreachable', 'locked', 'forbidden'])('not after %s', (end) => {
    ended(end, { at: 5000 });
    expect(memory.loginGate).toBe(0);
  });
});
