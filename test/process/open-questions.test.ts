import { describe, expect, test } from 'vitest';
import type { Quirks } from '../../src/simulator/quirks.ts';
import { applied, expectOld, openings, WANTED, worldWith } from './questions.ts';

describe('Q8: whether pending values show', () => {
  test.each(['own-session', 'nobody'] as const)('to %s', async (pendingVisible) => {
    const w = await worldWith({ pendingVisible });
    expect((await w.run(['apply', '--json'])).json()).toMatchObject(applied);
    expect(w.simulator.configuration('management/support_info')).toEqual(WANTED);
  });

  test('hidden, and the appliance changes a value: found after the commit', async () => {
    const normalise: Quirks['normalise'] = (path, body) =>
      path === 'management/support_info' ? { uri: { selection: 'url', value: 'http://x' } } : body;
    const w = await worldWith({ pendingVisible: 'nobody', normalise });
    expect((await w.run(['apply', '--json'])).json()).toMatchObject({
      outcome: 'failed',
      transaction: 'committed',
      reason: 'NotIdempotent',
    });
  });
});

describe('Q15: whether requests extend the session', () => {
  test.each(['inactivity', 'absolute'] as const)(
    '%s: a session that ends in the middle starts over, once',
    async (sessionExpiry) => {
      const w = await worldWith({ sessionExpiry });
      w.simulator.faults.add({ kind: 'expire-session', match: { method: 'PUT' } });
      expect((await w.run(['apply', '--json'])).json()).toMatchObject(applied);
      expect(openings(w)).toBe(2);
      expect(w.simulator.openTransactions()).toBe(0);
    },
  );

  test('twice is a failure', async () => {
    const w = await worldWith({});
    w.simulator.faults.add({ kind: 'expire-session', match: { method: 'PUT' }, times: 2 });
    expect((await w.run(['apply', '--json'])).json()).toMatchObject({
      outcome: 'failed',
      transaction: 'rolled-back',
      reason: 'AuthFailed',
    });
    expectOld(w);
  });

  test('a cookie that is expired by the clock is used all the same', async () => {
    const w = await worldWith({ cookieExpiresSkewSeconds: -86_400, remainingSeconds: 'never' });
    expect((await w.run(['apply', '--json'])).json()).toMatchObject(applied);
  });
});

describe('Q16: what config_hash covers', () => {
  test.each([
    ['committed', []],
    ['absent', []],
    ['volatile', ['config-hash-unstable']],
    ['moves-on-open', []],
    ['with-pending', ['config-hash-unstable']],
  ] as const)('%s', async (configHash, warnings) => {
    const w = await worldWith({ configHash });
    const result = await w.run(['apply', '--json']);
    expect(result.json()).toMatchObject(applied);
    expect(result.json().warnings?.map((warning) => warning.code)).toEqual(warnings);
    expect((await w.run(['apply', '--json'])).json()).toMatchObject({ outcome: 'in-sync' });
  });
});

describe('Q17: when consistency is checked', () => {
  test.each([
    ['write', 'StageRejected'],
    ['commit', 'CommitFailed'],
  ] as const)('at the %s', async (semanticCheck, reason) => {
    const w = await worldWith({
      semanticCheck,
      semanticRule: (bodies) => (bodies.get('management/support_info') === undefined ? [] : ['no']),
    });
    const result = await w.run(['apply', '--json']);
    expect(result.json()).toMatchObject({ outcome: 'failed', transaction: 'rolled-back', reason });
    expect(JSON.stringify(result.json().error)).toContain('SemanticError');
    expectOld(w);
  });
});

describe('Q19: where the user information is', () => {
  test.each(['/api/user_info', '/api/user/info', '/api/userinfo', null] as const)(
    '%s: it is not needed',
    async (userInfoPath) => {
      const w = await worldWith({ userInfoPath });
      expect((await w.run(['apply', '--json'])).json()).toMatchObject(applied);
      expect(w.simulator.requests.filter((request) => request.path.includes('user'))).toEqual([]);
      for (const request of w.simulator.requests)
        expect(String(request.headers['user-agent'])).toMatch(/^sps-gitops\/\d/);
    },
  );
});

test.each(['object', 'property', 'fragment', 'relative'] as const)(
  'the change list may name paths as %s',
  async (changePath) => {
    const w = await worldWith({ changePath });
    expect((await w.run(['apply', '--json'])).json()).toMatchObject(applied);
  },
);

test('a side effect is a warning', async () => {
  const w = await worldWith({
    sideEffects: [
      {
        on: 'management/splunk_forwarder',
        at: 'write',
        path: 'management/splunk_forwarder',
        pointer: '/flush_interval',
        value: 60,
      },
    ],
  });
  const result = await w.run(['apply', '--json']);
  expect(result.json()).toMatchObject(applied);
  expect(result.json().warnings?.map((warning) => warning.code)).toEqual(['side-effect']);
});

test('an answer of an impossible type where the files write is nonsense, not drift', async () => {
  const w = await worldWith({});
  w.simulator.faults.add({
    kind: 'status',
    status: 200,
    json: { key: 'support_info', body: { uri: 'https://x' }, meta: {} },
    match: { method: 'GET', path: '/api/configuration/management/support_info' },
  });
  const result = await w.run(['apply', '--json']);
  expect(result.json()).toMatchObject({ outcome: 'failed', transaction: 'none', reason: 'TargetUnreachable' });
  expect(JSON.stringify(result.json().error)).toContain('management/support_info /uri');
  expectOld(w);
});
