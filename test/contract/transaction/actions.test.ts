import { describe, expect, onTestFinished, test } from 'vitest';
import type { DesiredResource } from '../../../src/desired/desired-state.ts';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import type { Json } from '../../../src/shared/json.ts';
import type { SecretTree } from '../../../src/shared/secret-tree.ts';
import type { Quirks } from '../../../src/simulator/quirks.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { startSimulator } from '../../simulated.ts';
import { wanted } from '../../unit/plan/parts.ts';
import { reconcile, type Ended, type RunSettings } from './harness.ts';

const JOIN = '/api/starling/join';
const LICENSE = '/api/configuration/management/license';
const LEAVE = { method: 'DELETE', path: JOIN } as const;
const LOOK = { method: 'GET', path: JOIN } as const;

const leave = (more: SecretTree = {}) => wanted('starling/join', { joined: false, ...(more as object) });
const support = wanted('management/support_info', { uri: { selection: 'url', value: 'https://help.example.com' } });

async function simulated(quirks: Partial<Quirks> = {}): Promise<Simulator> {
  const simulator = await startSimulator({ profile: '8.0', quirks });
  onTestFinished(() => simulator.stop());
  const starling = simulator.configuration('starling') as object;
  simulator.setConfiguration('starling', { ...starling, remote_access: { enabled: false } });
  return simulator;
}

async function run(
  simulator: Simulator,
  resources: readonly DesiredResource[],
  settings: Omit<RunSettings, 'alter' | 'resources'> = {},
): Promise<Ended> {
  return reconcile(simulator, {
    commitTimeoutMs: 300,
    ...settings,
    resources,
    alter: (given) => ({ ...given, limits: { ...given.limits, allow: ['starling/join'] } }),
  });
}

function isJoined(simulator: Simulator): boolean {
  return (simulator.configuration('starling') as { readonly join_info: Json }).join_info !== null;
}

function count(simulator: Simulator, { method, path }: { readonly method: string; readonly path: string }): number {
  return simulator.requests.filter((request) => request.method === method && request.path === path).length;
}

/** Acts once, when leaving is asked for. */
function whenLeaving(simulator: Simulator, act: () => void): void {
  let done = false;
  simulator.onRequest(({ method, path }) => {
    if (done || method !== 'DELETE' || path !== JOIN) return;
    done = true;
    act();
  });
}

describe('leaving is done when the appliance says that it is not joined', () => {
  test.each(['members', 'nulls', 'nothing'] as const)('whatever else it shows (%s)', async (starlingNotJoined) => {
    for (const more of [{}, { product_name: 'Other', product_instance: 'gone' }]) {
      const simulator = await simulated({ starlingNotJoined });
      expect(await run(simulator, [leave(more)])).toMatchObject({ end: 'applied', record: { transaction: 'none' } });
      expect(isJoined(simulator)).toBe(false);
      // And is not asked for again.
      expect((await run(simulator, [leave(more)])).end).toBe('inSync');
      expect(count(simulator, LEAVE)).toBe(1);
    }
  });
});

describe('leaving that failed says what is known', () => {
  test('it was read, and the appliance is still joined', async () => {
    const simulator = await simulated();
    simulator.faults.add({ kind: 'status', status: 200, json: {}, match: LEAVE });
    const ended = await run(simulator, [leave()]);
    expect(ended).toMatchObject({ end: 'actionFailed', record: { transaction: 'none' } });
    expect(ended.error?.message).toContain('still says that the appliance is joined');
  });

  test.each<readonly [what: string, body: Json]>([
    ['nothing', {}],
    ['no answer to the question', { joined: null }],
    ['a text', { body: 'joined' }],
    ['a list', { body: [{ joined: false }] }],
  ])('it was read, and the answer tells %s', async (_what, json) => {
    const simulator = await simulated();
    whenLeaving(simulator, () => {
      simulator.faults.add({ kind: 'status', status: 200, json, match: LOOK, times: 1000 });
    });
    const ended = await run(simulator, [leave()]);
    expect(ended.end).toBe('actionFailed');
    expect(ended.error?.message).toContain('could not be read afterwards');
  });

  test.each(['html', 'drop-before'] as const)('it could not be read (%s)', async (kind) => {
    const simulator = await simulated();
    whenLeaving(simulator, () => simulator.faults.add({ kind, match: LOOK, times: 1000 }));
    const ended = await run(simulator, [support, leave()]);
    expect(ended).toMatchObject({ end: 'actionFailed', record: { transaction: 'committed', committed: 1 } });
    expect(ended.error?.message).toMatch(/^the changes are committed, but .* could not be read afterwards/);
    expect(ended.error?.message).not.toContain('joined');
    // Reading failed, leaving did not: the next run has nothing to do.
    simulator.faults.clear();
    expect((await run(simulator, [support, leave()])).end).toBe('inSync');
  });

  test('the login is refused afterwards', async () => {
    const simulator = await simulated();
    whenLeaving(simulator, () => {
      simulator.faults.add({ kind: 'expire-session', match: LOOK });
      const json = { error: { type: 'Unauthorized' } };
      const match = { method: 'GET', path: '/api/authentication' };
      simulator.faults.add({ kind: 'status', status: 401, json, match, times: 1000 });
    });
    const ended = await run(simulator, [leave()]);
    expect(ended.end).toBe('actionFailed');
    expect(ended.error?.message).toContain('could not be read afterwards');
  });

  test('a reading that fails at first, and then tells, counts', async () => {
    const simulator = await simulated();
    whenLeaving(simulator, () => simulator.faults.add({ kind: 'html', match: LOOK, times: 1 }));
    expect((await run(simulator, [leave()])).end).toBe('applied');
  });
});

describe('the request to leave', () => {
  test('whose session has ended is sent again with a new one', async () => {
    const simulator = await simulated();
    simulator.faults.add({ kind: 'expire-session', match: LEAVE });
    expect(await run(simulator, [leave()])).toMatchObject({ end: 'applied', record: { transaction: 'none' } });
    expect([count(simulator, LEAVE), isJoined(simulator)]).toEqual([2, false]);
  });

  test('whose session has ended twice is not sent a third time', async () => {
    const simulator = await simulated();
    simulator.faults.add({ kind: 'expire-session', match: LEAVE, times: 2 });
    expect((await run(simulator, [leave()])).end).toBe('actionFailed');
    expect([count(simulator, LEAVE), isJoined(simulator)]).toEqual([2, true]);
  });

  test('whose session has ended, and whose login is refused, is given up without another', async () => {
    const simulator = await simulated();
    const login = { method: 'GET', path: '/api/authentication' } as const;
    simulator.faults.add({ kind: 'expire-session', match: LEAVE });
    whenLeaving(simulator, () => {
      const json = { error: { type: 'Unauthorized' } };
      simulator.faults.add({ kind: 'status', status: 401, json, match: login, times: 1000 });
    });
    const ended = await run(simulator, [leave()], { commitTimeoutMs: 3000 });
    expect(ended.end).toBe('actionFailed');
    expect(ended.error?.message).toContain('could not be read afterwards');
    expect(ended.error?.details).toMatchObject({ request: 'GET /api/authentication', status: 401 });
    expect([count(simulator, LEAVE), count(simulator, login), isJoined(simulator)]).toEqual([1, 2, true]);
  });

  test('that is refused is looked after once', async () => {
    const simulator = await simulated();
    const json = { error: { type: 'Conflict', message: 'not now' } };
    simulator.faults.add({ kind: 'status', status: 409, json, match: LEAVE });
    let looks = 0;
    simulator.onRequest(({ method, path }) => {
      if (method === LOOK.method && path === LOOK.path && count(simulator, LEAVE) > 0) looks += 1;
    });
    const ended = await run(simulator, [leave()], { commitTimeoutMs: 3000 });
    expect(ended.end).toBe('actionFailed');
    expect(ended.error?.message).toContain('still says that the appliance is joined');
    expect(ended.error?.details).toMatchObject({ request: `DELETE ${JOIN}`, status: 409, message: 'not now' });
    expect(looks).toBe(1);
  });

  test('whose answer is lost is looked after until the time is over', async () => {
    const simulator = await simulated();
    simulator.faults.add({ kind: 'drop-before', match: LEAVE });
    let looks = 0;
    simulator.onRequest(({ method, path }) => {
      if (method !== LOOK.method || path !== LOOK.path || count(simulator, LEAVE) === 0 || (looks += 1) < 3) return;
      simulator.setConfiguration('starling', { join_info: null, remote_access: { enabled: false } });
    });
    expect((await run(simulator, [leave()], { commitTimeoutMs: 5000 })).end).toBe('applied');
  });
});

test('a look whose session has ended is taken again with a new one', async () => {
  const simulator = await simulated();
  whenLeaving(simulator, () => simulator.faults.add({ kind: 'expire-session', match: LOOK }));
  const ended = await run(simulator, [leave()], { commitTimeoutMs: 5000 });
  expect(ended.end).toBe('applied');
  expect(ended.logged).toContainEqual({ event: 'action.done', resource: 'starling/join', action: 'unjoin' });
  // For the plan, and twice after leaving.
  expect(count(simulator, LOOK)).toBe(3);
});

describe('the writer lock is asked for before leaving', () => {
  const taken = new SpsGitopsError('otherWriter', 'another process has the lock');

  test('lost without a transaction: nothing was done', async () => {
    const simulator = await simulated();
    const ended = await run(simulator, [leave()], { assertSoleWriter: () => Promise.reject(taken) });
    expect(ended).toMatchObject({ end: 'otherWriter', record: { transaction: 'none' } });
    expect([count(simulator, LEAVE), isJoined(simulator)]).toEqual([0, true]);
  });

  test('lost after the commit: what is committed is said, Starling is not left', async () => {
    const simulator = await simulated();
    let asked = 0;
    const assertSoleWriter = () => ((asked += 1) === 1 ? Promise.resolve() : Promise.reject(taken));
    const ended = await run(simulator, [support, leave()], { assertSoleWriter });
    expect(asked).toBe(2);
    expect(ended).toMatchObject({ end: 'actionFailed', record: { transaction: 'committed', committed: 1 } });
    expect(ended.error?.message).toMatch(/^the changes are committed, but .* was not asked/);
    expect([count(simulator, LEAVE), isJoined(simulator)]).toEqual([0, true]);
  });

  test.each([1, 2])(
    'asking for it number %d holds nobody up who stops the run',
    async (number) => {
      const simulator = await simulated();
      const stop = new AbortController();
      let asked = 0;
      const assertSoleWriter = () => {
        if ((asked += 1) < number) return Promise.resolve();
        stop.abort(new SpsGitopsError('interrupted', 'stopped by SIGTERM'));
        return new Promise<void>(() => undefined);
      };
      const resources = number === 1 ? [leave()] : [support, leave()];
      const ended = await run(simulator, resources, { signal: stop.signal, assertSoleWriter });
      const transaction = number === 1 ? 'none' : 'committed';
      expect(ended).toMatchObject({ end: 'interrupted', record: { transaction } });
      expect([count(simulator, LEAVE), isJoined(simulator)]).toEqual([0, true]);
    },
    5000,
  );
});

describe('a body that makes no sense is no ground to act on, and nothing is opened', () => {
  const file = { name: 'new.license', bytes: new TextEncoder().encode('a license') };
  const license = wanted('management/license', { serial: '1' }, { upload: file });

  test.each<readonly [path: string, json: Json, pointers: readonly string[]]>([
    [LICENSE, { body: 'a license' }, ['management/license (the whole body)']],
    [LICENSE, { body: [] }, ['management/license (the whole body)']],
    [LICENSE, { body: 5 }, ['management/license (the whole body)']],
    [JOIN, { body: 'joined' }, ['starling/join (the whole body)']],
    [JOIN, { body: [{ joined: true }] }, ['starling/join (the whole body)']],
    [JOIN, { body: null }, ['starling/join /joined']],
    [JOIN, { meta: {} }, ['starling/join /joined']],
    [JOIN, { joined: 'true' }, ['starling/join /joined']],
  ])('%s shows %j', async (path, json, pointers) => {
    const simulator = await simulated();
    simulator.faults.add({ kind: 'status', status: 200, json, match: { method: 'GET', path } });
    const ended = await run(simulator, [path === JOIN ? leave() : license, support]);
    expect(ended).toMatchObject({ end: 'targetUnreachable', record: { transaction: 'none' } });
    expect(ended.error?.details).toEqual({ pointers });
    expect(simulator.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });
});
