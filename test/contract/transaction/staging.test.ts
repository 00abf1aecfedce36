import { beforeEach, describe, expect, test } from 'vitest';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { memberOf } from '../../unit/plan/parts.ts';
import { committedState, DELETE, OPEN, reconcile, SPLUNK, STATUS, SUPPORT } from './harness.ts';
import { oneSimulator } from './one-simulator.ts';

const on = oneSimulator();
const { at, atEach, count, answer } = on;

/** Somebody else sets members of the forwarder, past all rules. */
function change(members: JsonObject): void {
  const body = on.simulator.configuration('management/splunk_forwarder') as JsonObject;
  on.simulator.setConfiguration('management/splunk_forwarder', { ...body, ...members });
}

/** Somebody else sets a member that no schema knows. */
function meddle(value: number): void {
  change({ x_unknown: value });
}

describe('before anything is opened', () => {
  test('a transaction of our session that is open is dropped', async () => {
    answer(STATUS, 200, { body: { status: 'open' } });
    expect(await reconcile(on.simulator)).toMatchObject({ end: 'applied', warnings: [] });
    expect(count(DELETE)).toBe(1);
  });

  test('one that cannot be dropped ends the run', async () => {
    answer(STATUS, 200, { body: { status: 'open' } }, 1000);
    on.simulator.faults.add({ kind: 'html', match: DELETE, times: 1000 });
    const ended = await reconcile(on.simulator, { closeTimeoutMs: 300 });
    expect(ended).toMatchObject({ end: 'targetUnreachable', record: { transaction: 'none', lockHeldMs: 0 } });
    expect(ended.error?.message).toContain('a transaction open that is not ours');
    expect(ended.error?.hint).toContain('times out');
    expect(count(OPEN)).toBe(0);
  });
});

describe('an answer that makes no sense', () => {
  test('to the question whether a transaction is open ends the run', async () => {
    on.simulator.faults.add({ kind: 'html', match: STATUS, times: 1000 });
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'targetUnreachable', record: { transaction: 'none', lockHeldMs: 0 } });
    expect(ended.error?.message).toMatch(/^GET \/api\/transaction answered 502/);
    expect(count(OPEN)).toBe(0);
  });

  test('to the first reading in the transaction ends the run', async () => {
    answer({ method: 'GET', path: SPLUNK, nth: 2 }, 404, { error: { type: 'NotFound' } });
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'targetUnreachable', record: { transaction: 'rolled-back', staged: 0 } });
    expect(ended.error?.message).toBe(`GET ${SPLUNK} does not answer as it did a moment ago`);
  });
});

describe('a member that no schema knows', () => {
  beforeEach(() => Object.assign(on.simulator.quirks, { configHash: 'absent', secondWriter: 'merge' }));

  test('and that moved once since the plan was made is a change: planned anew', async () => {
    at(OPEN, 1, () => meddle(1));
    // The appliance does not take such a member back.
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'applied', warnings: ['side-effect'] });
    expect(ended.record.warnings[0]?.message).toBe(
      'management/splunk_forwarder /x_unknown moved with the change although no document manages it',
    );
    // Twice for the first plan, once to see whether it moves again, and four times for the second.
    expect(count({ method: 'GET', path: SPLUNK })).toBe(7);
    expect(count(OPEN)).toBe(2);
    expect(on.simulator.configuration('management/splunk_forwarder')).toMatchObject({ port: 8089 });
  });

  test('beside one that is known and moves at the next reading is a change', async () => {
    at(OPEN, 1, () => meddle(1));
    at({ method: 'GET', path: SPLUNK }, 3, () => {
      meddle(2);
      change({ flush_interval: 601 });
    });
    expect(await reconcile(on.simulator)).toMatchObject({ end: 'applied', warnings: ['side-effect'] });
    expect(count(OPEN)).toBe(2);
    expect(on.simulator.configuration('management/splunk_forwarder')).toMatchObject({
      flush_interval: 601,
      port: 8089,
    });
  });

  test('a run that meets a move three times tells where', async () => {
    atEach(OPEN, meddle);
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'planChanged', record: { transaction: 'rolled-back' } });
    expect(ended.error?.details).toEqual({ pointers: ['management/splunk_forwarder /x_unknown'] });
  });
});

test('one object that moved is enough to plan anew, without another look at the others', async () => {
  Object.assign(on.simulator.quirks, { configHash: 'absent', secondWriter: 'merge' });
  at(OPEN, 1, () => change({ flush_interval: 601 }));
  expect(await reconcile(on.simulator)).toMatchObject({ end: 'applied', warnings: [] });
  // Twice for the first plan, four times for the second.
  expect(count({ method: 'GET', path: SUPPORT })).toBe(6);
});

describe('a write', () => {
  test('that PUT is refused for is sent as POST where the registry says so', async () => {
    on.simulator.quirks.splunkMethod = 'POST';
    expect(await reconcile(on.simulator)).toMatchObject({ end: 'applied', record: { staged: 2, committed: 2 } });
    expect([count({ method: 'PUT', path: SPLUNK }), count({ method: 'POST', path: SPLUNK })]).toEqual([1, 1]);
  });

  test.each([
    ['405 where there is no other way', SUPPORT, 405],
    ['another refusal where there is one', SPLUNK, 400],
  ])('with %s is refused', async (_what, path, status) => {
    answer({ method: 'PUT', path }, status, { error: { type: 'Refused', message: 'no' } });
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'stageRejected', record: { transaction: 'rolled-back' } });
    expect(count({ method: 'POST', path })).toBe(0);
  });

  test('of a member that is refused is told with its name', async () => {
    const collection = 'policies/userlists';
    const path = `/api/configuration/${collection}`;
    answer({ method: 'POST', path }, 400, { error: { type: 'SemanticError', message: 'no' } });
    const resources = [memberOf(collection, 'new', { allow: 'no_user', except: [] })];
    const ended = await reconcile(on.simulator, { resources });
    expect(ended).toMatchObject({ end: 'stageRejected', record: { transaction: 'rolled-back' } });
    expect(ended.error?.details).toEqual({
      resource: collection,
      name: 'new',
      kind: 'status',
      file: `${collection}.yaml`,
      line: 3,
      request: `POST ${path}`,
      status: 400,
      type: 'SemanticError',
      message: 'no',
    });
  });

  test('with 409 is a lock when the appliance does not tell what became of the transaction', async () => {
    answer({ method: 'PUT', path: SPLUNK }, 409, { error: { type: 'Conflict' } });
    at({ method: 'PUT', path: SPLUNK }, 1, () => on.simulator.faults.add({ kind: 'html', match: STATUS, times: 3 }));
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'locked', record: { transaction: 'rolled-back', staged: 0 } });
    expect(ended.error?.details).toMatchObject({
      resource: 'management/splunk_forwarder',
      file: 'management/splunk_forwarder.yaml',
      line: 3,
    });
  });
});

describe('a transaction that cannot be closed', () => {
  const closingFails = () => on.simulator.faults.add({ kind: 'html', match: DELETE, times: 1000 });

  test('says after what: the configuration moved', async () => {
    closingFails();
    at(OPEN, 1, () =>
      on.simulator.setConfiguration('management/support_info', { uri: { selection: 'url', value: 'x:y' } }),
    );
    const ended = await reconcile(on.simulator, { closeTimeoutMs: 300 });
    expect(ended).toMatchObject({ end: 'rollbackFailed', record: { transaction: 'unknown' } });
    expect(ended.error?.message).toMatch(/, after: live-moved$/);
  });

  test('says after what: a failure of which nothing is known', async () => {
    closingFails();
    const stop = new AbortController();
    at({ method: 'PUT', path: SUPPORT }, 1, () => stop.abort('a text, as any code may throw one'));
    const ended = await reconcile(on.simulator, { closeTimeoutMs: 300, signal: stop.signal });
    expect(ended).toMatchObject({ end: 'rollbackFailed', record: { transaction: 'unknown' } });
    expect(ended.error?.message).toMatch(/, after: an unexpected failure$/);
  });
});

describe('the writer lock before the commit', () => {
  test.each([
    ['taken over', new SpsGitopsError('otherWriter', 'somebody has it'), 'another process took over'],
    ['that cannot be read', new Error('EIO: i/o error'), 'could not be checked'],
    [
      'that cannot be read by an error of ours',
      new SpsGitopsError('internal', 'the state directory cannot be used: EIO'),
      'could not be checked',
    ],
  ])('%s ends the run, and nothing is committed', async (_what, reason, words) => {
    const ended = await reconcile(on.simulator, { assertSoleWriter: () => Promise.reject(reason) });
    expect(ended).toMatchObject({ end: 'planChanged', record: { transaction: 'rolled-back', committed: 0 } });
    expect(ended.error?.message).toContain(words);
    expect(ended.error?.cause).toBe(reason);
    expect(committedState(on.simulator)).toBe('old');
  });
});
