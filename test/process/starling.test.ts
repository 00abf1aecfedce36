import { describe, expect, test } from 'vitest';
import type { SimulatorOptions } from '../../src/simulator/simulator.ts';
import { expectSchema, FILES, worldInside as world, type World } from './harness.ts';
import { applied } from './questions.ts';

const JOIN = '/api/starling/join';
const LEAVE = 'resource: starling/join\nbody: { joined: false }\n';
const STAY = 'resource: starling/join\nbody: { joined: true }\n';
const REMOTE_OFF = 'resource: starling\nbody: { remote_access: { enabled: false } }\n';
const REMOTE_ON = 'resource: starling\nbody: { remote_access: { enabled: true } }\n';
const ALLOWED = 'appliance: { requests: { timeout: 1s, commitTimeout: 1s } }\nsafety: { allow: [starling/join] }\n';

/** An appliance that has joined Starling, with remote access on unless told otherwise. */
async function worldWith(
  files: Readonly<Record<string, string>>,
  options: SimulatorOptions & { readonly remoteAccess?: boolean } = {},
): Promise<World> {
  const { remoteAccess = true, ...rest } = options;
  const w = await world(files, { profile: '8.0', ...rest });
  const starling = w.simulator.configuration('starling') as object;
  w.simulator.setConfiguration('starling', { ...starling, remote_access: { enabled: remoteAccess } });
  await w.give('settings.yaml', ALLOWED);
  return w;
}

async function apply(w: World) {
  const result = await w.run(['apply', '--json'], { settings: 'given/settings.yaml' });
  expectSchema('apply', result.json());
  return result.json();
}

function isJoined(w: World): boolean {
  const starling = w.simulator.configuration('starling') as { readonly join_info: unknown };
  return starling.join_info !== null;
}

function asked(w: World): readonly string[] {
  return w.simulator.requests.map(({ method, path }) => `${method} ${path}`);
}

describe.each(['7.5', '8.0'] as const)('profile %s', (profile) => {
  test('remote access is switched off in the transaction, Starling left after it, both verified', async () => {
    const w = await worldWith({ 'a.yaml': REMOTE_OFF, 'b.yaml': LEAVE }, { profile });
    const planned = await w.run(['plan', '--json'], { settings: 'given/settings.yaml' });
    expectSchema('plan', planned.json());
    expect(planned.json()).toMatchObject({ summary: { update: 1, action: 1, unchanged: 0 } });
    expect(planned.json().operations?.[1]).toMatchObject({
      action: 'action',
      resource: 'starling/join',
      href: JOIN,
      patch: [{ op: 'replace', path: '/joined', value: false, was: true }],
    });
    const info = (w.simulator.configuration('starling') as { join_info: unknown }).join_info;
    w.simulator.clearRequests();
    expect(await apply(w)).toMatchObject({ ...applied, staged: 1, committed: 1 });
    const put = w.simulator.requests.find(({ method, path }) => method === 'PUT' && path.endsWith('/starling'));
    expect(JSON.parse(String(put?.body ?? 'null'))).toEqual({ join_info: info, remote_access: { enabled: false } });
    const order = asked(w);
    expect(order.indexOf(`DELETE ${JOIN}`)).toBeGreaterThan(order.indexOf('PUT /api/transaction'));
    expect(order.lastIndexOf(`GET ${JOIN}`)).toBeGreaterThan(order.indexOf(`DELETE ${JOIN}`));
    expect(isJoined(w)).toBe(false);
    expect((await w.run(['plan'])).code).toBe(0);
  });
});

test('leaving that fails is ActionFailed beside a committed transaction, and the next run does only that', async () => {
  const w = await worldWith({ 'a.yaml': REMOTE_OFF, 'b.yaml': LEAVE });
  const json = { error: { type: 'Busy', message: 'not now', details: {} } };
  w.simulator.faults.add({ kind: 'status', status: 409, json, match: { method: 'DELETE', path: JOIN } });
  expect(await apply(w)).toMatchObject({
    outcome: 'failed',
    transaction: 'committed',
    reason: 'ActionFailed',
    committed: 1,
    error: { details: { status: 409, type: 'Busy' } },
  });
  expect(isJoined(w)).toBe(true);
  w.simulator.clearRequests();
  expect(await apply(w)).toMatchObject({ outcome: 'applied', transaction: 'none', staged: 0, committed: 0 });
  expect(asked(w).filter((request) => !request.startsWith('GET'))).toEqual([`DELETE ${JOIN}`]);
  expect(isJoined(w)).toBe(false);
});

describe('what became of the request is read, not believed', () => {
  const match = { method: 'DELETE', path: JOIN } as const;

  test.each([
    ['the answer is lost', { kind: 'drop-after', match }],
    ['the answer is a page', { kind: 'html', effect: 'applied', match }],
  ] as const)('it was carried out: %s', async (_name, fault) => {
    const w = await worldWith({ 'b.yaml': LEAVE }, { remoteAccess: false });
    w.simulator.faults.add(fault);
    expect(await apply(w)).toMatchObject({ outcome: 'applied', transaction: 'none' });
  });

  test('it was answered with yes and not carried out', async () => {
    const w = await worldWith({ 'b.yaml': LEAVE }, { remoteAccess: false });
    w.simulator.faults.add({ kind: 'status', status: 200, json: { meta: {} }, match });
    expect(await apply(w)).toMatchObject({ outcome: 'failed', transaction: 'none', reason: 'ActionFailed' });
  });

  test('a session that ended before it is renewed once', async () => {
    const w = await worldWith({ 'b.yaml': LEAVE }, { remoteAccess: false });
    let done = false;
    w.simulator.onRequest(({ method, path }) => {
      if (done || method !== 'DELETE' || path !== JOIN) return;
      done = true;
      w.simulator.expireSessions();
    });
    expect(await apply(w)).toMatchObject({ outcome: 'applied', transaction: 'none' });
  });
});

test('without safety.allow leaving is blocked, with the page on which it could be joined again', async () => {
  const w = await worldWith({ 'a.yaml': REMOTE_OFF, 'b.yaml': LEAVE });
  const result = await w.run(['apply', '--json']);
  expect(result.code).toBe(4);
  expect(result.json()).toMatchObject({ outcome: 'blocked', transaction: 'none', reason: 'PlanUnsafe' });
  expect(result.stdout).toContain('Basic Settings > Starling Integration');
  expect(asked(w).filter((request) => !request.startsWith('GET'))).toEqual([]);
});

describe('what cannot be is refused before anything is opened', () => {
  test.each<readonly [string, Readonly<Record<string, string>>, SimulatorOptions, string, RegExp]>([
    ['leaving with remote access on, unmanaged', { 'b.yaml': LEAVE }, {}, 'remote-access-on', /remote access is on/],
    [
      'leaving with remote access on, managed',
      { 'a.yaml': REMOTE_ON, 'b.yaml': LEAVE },
      {},
      'remote-access-on',
      /remote/,
    ],
    ['joining', { 'b.yaml': STAY }, { starling: 'not-joined' }, 'not-joined', /Starling Integration/],
    [
      'remote access without a join',
      { 'a.yaml': REMOTE_ON },
      { starling: 'not-joined' },
      'wrong-value',
      /Starling Integration/,
    ],
  ])('%s', async (_name, files, options, code, next) => {
    const remoteAccess = options.starling !== 'not-joined';
    const w = await worldWith(files, { ...options, remoteAccess });
    const result = await w.run(['apply', '--json'], { settings: 'given/settings.yaml' });
    expect(result.code).toBe(3);
    expect(result.json(), result.stdout).toMatchObject({
      transaction: 'none',
      reason: 'InputInvalid',
      error: { code },
    });
    expect(result.stdout).toMatch(next);
    expect(asked(w).filter((request) => !request.startsWith('GET'))).toEqual([]);
  });
});

test.each(['bare', 'body'] as const)(
  'the join is compared in every read, at one request (%s)',
  async (starlingJoinShape) => {
    const w = await worldWith({ 'b.yaml': STAY }, { quirks: { starlingJoinShape } });
    expect(await apply(w)).toMatchObject({ outcome: 'in-sync', requests: { GET: 3 } });
    expect(asked(w).at(-1)).toBe(`GET ${JOIN}`);
  },
);

test.each(['members', 'nulls', 'nothing'] as const)(
  'an appliance that has not joined is in sync with joined: false (%s)',
  async (starlingNotJoined) => {
    const w = await worldWith(
      { 'b.yaml': LEAVE },
      { starling: 'not-joined', remoteAccess: false, quirks: { starlingNotJoined } },
    );
    expect(await apply(w)).toMatchObject({ outcome: 'in-sync' });
  },
);

test('a write fails: Starling is not left', async () => {
  const w = await worldWith({ 'a.yaml': REMOTE_OFF, 'b.yaml': LEAVE, 'c.yaml': FILES.support });
  w.simulator.faults.add({ kind: 'html', match: { method: 'PUT', path: '/api/transaction' } });
  const document = await apply(w);
  expect(document.transaction).toBe('rolled-back');
  expect(isJoined(w)).toBe(true);
  expect(asked(w)).not.toContain(`DELETE ${JOIN}`);
});
