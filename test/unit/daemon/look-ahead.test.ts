import { expect, test } from 'vitest';
import { lookAhead } from '../../../src/daemon/look-ahead.ts';
import { newMemory, type Memory } from '../../../src/daemon/memory.ts';
import type { Trigger } from '../../../src/daemon/run-queue.ts';

const NOW = 100_000;
const MINUTE = 60_000;
const RESOURCES = ['starling', 'trust_stores'];
const managed = { fingerprint: 'f', resources: RESOURCES };
const fullRead = { fingerprint: 'f', hash: 'h', at: NOW - 1 };
const verdict = { fingerprint: 'f', commit: null, hash: null, at: 0 };

interface Facts {
  readonly trigger?: Trigger;
  readonly memory?: Partial<Memory>;
  readonly session?: 'lives' | 'none';
  readonly quickTick?: 'on' | 'off';
}

/** What is read ahead after a run that went well: resources, `info` for the information alone, `nothing`. */
function ahead({
  trigger = 'cron',
  memory = {},
  session = 'lives',
  quickTick = 'on',
}: Facts): readonly string[] | string {
  let read: readonly string[] | string = 'nothing';
  const parts = {
    memory: { ...newMemory(), managed, ...memory },
    appliance: {
      hasSession: session === 'lives',
      requests: {},
      login: () => Promise.reject(new Error('not asked for')),
      forgetSession: () => undefined,
      info: () => Promise.reject(new Error('not asked for')),
    },
    quickTick,
    fullReadIntervalMs: MINUTE,
    clock: () => NOW,
    readAhead: (resources: readonly string[] | null) => {
      read = resources ?? 'info';
      return { info: Promise.resolve(INFO), live: null, stop: () => Promise.resolve() };
    },
  };
  const given = lookAhead(trigger, parts, new AbortController().signal);
  expect(given === null).toBe(read === 'nothing');
  return read;
}

const INFO = { hostname: 'sps1', firmware: '8.0.0', roles: [], configHash: 'h' };

test.each<[string, Facts]>([
  ['a tick', {}],
  ['a signal', { trigger: 'signal' }],
  ['a request for a run', { trigger: 'http' }],
  ['a tick whose hash is not trusted', { memory: { fullRead } }],
  ['a tick without quick ticks', { memory: { fullRead, trust: 'trusted' }, quickTick: 'off' }],
  ['a tick whose full read is too old', { memory: { fullRead: { ...fullRead, at: NOW - MINUTE }, trust: 'trusted' } }],
  ['a request for a run where a tick would be quick', { trigger: 'http', memory: { fullRead, trust: 'trusted' } }],
  ['a request for a run while the appliance wants rest', { trigger: 'http', memory: { restUntil: NOW + 1 } }],
])('%s reads what is managed', (_, facts) => {
  expect(ahead(facts)).toEqual(RESOURCES);
});

test('a quick tick reads what the appliance says of itself', () => {
  expect(ahead({ memory: { fullRead, trust: 'trusted' } })).toBe('info');
});

test.each<[string, Facts]>([
  ['a changed file', { trigger: 'file' }],
  ['a retry', { trigger: 'retry' }],
  ['a start', { trigger: 'start' }],
  ['a run after one that failed', { memory: { managed: null } }],
  ['a failure that waits for something to move', { memory: { verdict } }],
  ['a session that may be dead', { memory: { session: 'doubtful' } }],
  ['no session', { session: 'none' }],
  ['an appliance that wants rest', { memory: { restUntil: NOW + 1 } }],
])('%s reads nothing ahead', (_, facts) => {
  expect(ahead(facts)).toBe('nothing');
});
