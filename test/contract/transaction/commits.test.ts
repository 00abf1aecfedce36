import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from '../../../src/shared/json.ts';
import type { Fault } from '../../../src/simulator/faults.ts';
import type { Quirks } from '../../../src/simulator/quirks.ts';
import type { RecordedRequest } from '../../../src/simulator/requests.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { startSimulator } from '../../simulated.ts';
import { COMMIT, committedState, OLD, reconcile, reset, SPLUNK, TRANSACTION } from './harness.ts';

let simulator: Simulator;
let plain: Quirks;
const forget: (() => void)[] = [];

beforeAll(async () => {
  simulator = await startSimulator({ profile: '8.0', configuration: OLD });
  plain = { ...simulator.quirks };
});

beforeEach(() => {
  for (const one of forget.splice(0)) one();
  Object.assign(simulator.quirks, plain);
  reset(simulator);
});

afterAll(() => simulator.stop());

const STATUS = { method: 'GET', path: TRANSACTION } as const;
const DELETE = { method: 'DELETE', path: TRANSACTION } as const;

/** Instead of the appliance, and without effect. */
function answer(match: Fault['match'], status: number, json: Json, times = 1): void {
  simulator.faults.add({ kind: 'status', status, json, match, times });
}

/** Acts when the commit number `nth` comes. */
function atCommit(act: () => void, nth = 1): void {
  let commits = 0;
  forget.push(
    simulator.onRequest(({ method, path }) => {
      if (method === COMMIT.method && path === COMMIT.path && (commits += 1) === nth) act();
    }),
  );
}

/** Bodies of the commits that were sent. */
function messages(): readonly (string | null)[] {
  return simulator.requests.filter(isCommit).map(({ body }) => JSON.stringify(body));
}

function isCommit({ method, path }: RecordedRequest): boolean {
  return method === COMMIT.method && path === COMMIT.path;
}

function count({ method, path }: { readonly method: string; readonly path: string }): number {
  return simulator.requests.filter((request) => request.method === method && request.path === path).length;
}

describe('a commit that is answered with yes, while the transaction stays open', () => {
  beforeEach(() => answer(COMMIT, 200, {}));

  test('is closed, and nothing was committed', async () => {
    const ended = await reconcile(simulator, { commitTimeoutMs: 300 });
    expect(ended).toMatchObject({ end: 'commitFailed', record: { transaction: 'rolled-back', committed: 0 } });
    expect(ended.error?.details).toEqual({});
    expect([count(COMMIT), simulator.openTransactions()]).toEqual([1, 0]);
    expect(committedState(simulator)).toBe('old');
  });

  test('and cannot be closed either, is of unknown fate', async () => {
    atCommit(() => simulator.faults.add({ kind: 'html', match: DELETE, times: 1000 }));
    const ended = await reconcile(simulator, { commitTimeoutMs: 200, closeTimeoutMs: 300 });
    expect(ended).toMatchObject({ end: 'commitUnknown', record: { transaction: 'unknown', committed: 0 } });
    expect(ended.error?.message).toBe(
      'it is not known whether the commit took effect: the transaction can be neither committed nor closed',
    );
    expect(ended.error?.hint).toContain('sps-gitops plan');
    expect(ended.error?.details).toEqual({});
  });
});

describe('a commit that is refused although it may have taken effect', () => {
  test.each([404, 409])('%i to one that did is believed when the touched resources are as planned', async (status) => {
    const json = { error: { type: 'Conflict', message: 'no open transaction' } };
    simulator.faults.add({ kind: 'status', status, json, match: COMMIT, effect: 'applied' });
    const ended = await reconcile(simulator);
    expect(ended).toMatchObject({ end: 'applied', record: { transaction: 'committed', committed: 2 } });
    expect(committedState(simulator)).toBe('new');
  });

  test('is refused when they are as before', async () => {
    answer(COMMIT, 404, { error: { type: 'NotFound' } });
    atCommit(() => answer(STATUS, 200, { body: { status: 'closed' } }));
    const ended = await reconcile(simulator);
    expect(ended).toMatchObject({ end: 'commitFailed', record: { transaction: 'rolled-back' } });
    expect(simulator.openTransactions()).toBe(0);
  });

  test('is refused at once while the transaction is open', async () => {
    answer(COMMIT, 409, { error: { type: 'Conflict' } });
    const ended = await reconcile(simulator);
    expect(ended).toMatchObject({ end: 'commitFailed', record: { transaction: 'rolled-back' } });
    expect(count({ method: 'GET', path: SPLUNK })).toBe(3);
  });

  test('is of unknown fate when they are neither', async () => {
    answer(COMMIT, 404, { error: { type: 'NotFound' } });
    atCommit(() => {
      simulator.expireSessions();
      simulator.setConfiguration('management/support_info', {
        uri: { selection: 'url', value: 'https://x.example.com' },
      });
      answer(STATUS, 200, { body: { status: 'closed' } });
    });
    const ended = await reconcile(simulator);
    expect(ended).toMatchObject({ end: 'commitUnknown', record: { transaction: 'unknown' } });
    expect(ended.error?.details).toMatchObject({ status: 404 });
  });

  test('any other refusal is believed without a look', async () => {
    answer(COMMIT, 400, { error: { type: 'SemanticError', message: 'no' } });
    const ended = await reconcile(simulator);
    expect(ended).toMatchObject({ end: 'commitRejected', record: { transaction: 'rolled-back' } });
    expect(count({ method: 'GET', path: SPLUNK })).toBe(3);
  });
});

describe('a lost commit that was not carried out', () => {
  const fault = (parts: object) => ({ kind: 'status', match: COMMIT, ...parts }) as Fault;
  const said = { error: { type: 'Oops', message: 'locked by anna' } };

  test.each<readonly [what: string, fault: Fault, end: string]>([
    ['words of a lock', fault({ status: 503, json: said }), 'locked'],
    ['423 from who is not the appliance', fault({ status: 423, html: '<h1>locked</h1>' }), 'locked'],
    ['words of a lock that are not the appliance’s', fault({ status: 503, html: '<h1>locked</h1>' }), 'commitFailed'],
    ['words of anything else', fault({ status: 500, json: { error: { type: 'Oops' } } }), 'commitFailed'],
    ['no words', { kind: 'drop-before', match: COMMIT }, 'commitFailed'],
  ])('%s', async (_what, lost, end) => {
    simulator.faults.add(lost);
    const ended = await reconcile(simulator, { commitTimeoutMs: 200 });
    expect(ended).toMatchObject({ end, record: { transaction: 'rolled-back', committed: 0 } });
    expect(ended.error?.message).toContain('nothing was committed');
    expect(count(COMMIT)).toBe(1);
  });
});

describe('a commit message that is refused', () => {
  const REFUSED = { error: { type: 'SyntacticError', message: 'bad' } };

  test('is left out, once', async () => {
    answer(COMMIT, 400, REFUSED);
    expect(await reconcile(simulator)).toMatchObject({ end: 'applied', record: { transaction: 'committed' } });
    expect(messages()).toHaveLength(2);
    expect(count({ method: 'POST', path: TRANSACTION })).toBe(1);
    expect(messages()[0]).toContain('sps-gitops');
    expect(messages()[1]).not.toContain('sps-gitops');
  });

  test.each([
    ['is refused, is refused', () => answer({ ...COMMIT, nth: 2 }, 400, REFUSED), 'commitRejected'],
    ['is lost, is settled', () => simulator.faults.add({ kind: 'html', match: { ...COMMIT, nth: 2 } }), 'commitFailed'],
  ] as const)('and without which the commit %s', async (_what, second, end) => {
    second();
    answer(COMMIT, 400, REFUSED);
    const ended = await reconcile(simulator, { commitTimeoutMs: 300 });
    expect(ended).toMatchObject({ end, record: { transaction: 'rolled-back' } });
    expect(count(COMMIT)).toBe(2);
    expect(committedState(simulator)).toBe('old');
  });

  test.each([
    ['a SemanticError that does not speak of it', { type: 'SemanticError', message: 'no' }],
    ['a SemanticError without words', { type: 'SemanticError' }],
  ])('is not what %s is about', async (_what, error) => {
    answer(COMMIT, 400, { error });
    expect((await reconcile(simulator)).end).toBe('commitRejected');
    expect(count(COMMIT)).toBe(1);
  });

  test.each([
    ['by its message', { type: 'SemanticError', message: 'the commit Message is too long' }],
    ['by its details', { type: 'SemanticError', message: 'no', details: { member: 'commit_message' } }],
  ])('is what a SemanticError may be about: %s', async (_what, error) => {
    answer(COMMIT, 400, { error });
    expect((await reconcile(simulator)).end).toBe('applied');
    expect(count(COMMIT)).toBe(2);
  });

  test('and closes the transaction, begins anew without one', async () => {
    simulator.quirks.failedCommit = 'closes';
    simulator.quirks.commitMessageField = 'refuse';
    expect(await reconcile(simulator)).toMatchObject({ end: 'applied', record: { transaction: 'committed' } });
    expect(count(COMMIT)).toBe(2);
    expect(messages()[1]).not.toContain('sps-gitops');
  });

  test.each([
    ['one', 'required', 1],
    ['none', 'optional', 2],
  ] as const)('while it is required: the report says that %s was sent', async (sent, policy, attempts) => {
    simulator.quirks.failedCommit = 'closes';
    simulator.quirks.commitMessageField = 'refuse';
    simulator.quirks.commitMessage = policy;
    // Required only from the second attempt on, which comes without a message.
    atCommit(() => (simulator.quirks.commitMessage = 'required'));
    const ended = await reconcile(simulator);
    expect(ended).toMatchObject({ end: 'commitRejected', record: { transaction: 'rolled-back' } });
    expect(ended.error?.message).toContain(`, and ${sent} was sent`);
    expect(count(COMMIT)).toBe(attempts);
  });
});

describe('a lost commit that was carried out', () => {
  beforeEach(() => simulator.faults.add({ kind: 'drop-after', match: COMMIT }));

  test('is settled in spite of looks that fail', async () => {
    atCommit(() => {
      simulator.faults.add({ kind: 'html', match: STATUS, times: 4 });
      simulator.faults.add({ kind: 'html', match: { method: 'GET', path: SPLUNK }, times: 4 });
    });
    const ended = await reconcile(simulator, { commitTimeoutMs: 5000 });
    expect(ended).toMatchObject({ end: 'applied', record: { transaction: 'committed', committed: 2 } });
    expect(count({ method: 'GET', path: '/api/authentication' })).toBe(1);
  });

  test.each([
    ['whose transaction is not told of any more', STATUS, 'could not be reached again'],
    ['after which nothing can be read', { method: 'GET', path: SPLUNK }, 'not as planned'],
  ] as const)('and %s is of unknown fate', async (_what, match, words) => {
    atCommit(() => simulator.faults.add({ kind: 'html', match, times: 1000 }));
    const ended = await reconcile(simulator, { commitTimeoutMs: 200 });
    expect(ended).toMatchObject({ end: 'commitUnknown', record: { transaction: 'unknown', committed: 0 } });
    expect(ended.error?.message).toContain(words);
    expect(committedState(simulator)).toBe('new');
  });
});

describe('after a commit that is certain', () => {
  const read = { method: 'GET', path: SPLUNK } as const;

  test('one reading that fails is not the last', async () => {
    atCommit(() => simulator.faults.add({ kind: 'html', match: read, times: 4 }));
    expect((await reconcile(simulator, { commitTimeoutMs: 5000 })).end).toBe('applied');
  });

  test.each<readonly [string, Fault, object]>([
    ['answer', { kind: 'html', match: read, times: 1000 }, { request: `GET ${SPLUNK}`, status: 502 }],
    ['listing', { kind: 'status', status: 200, json: { items: [] }, match: read, times: 1000 }, {}],
  ])('readings that all fail (%s) are told, and that it is committed', async (_what, fault, details) => {
    atCommit(() => simulator.faults.add(fault));
    const ended = await reconcile(simulator, { commitTimeoutMs: 200 });
    expect(ended).toMatchObject({ end: 'committedUnread', record: { transaction: 'committed', committed: 2 } });
    expect(ended.error?.details).toEqual(expect.objectContaining(details));
  });
});

describe('a lost commit is settled by reading', () => {
  beforeEach(() => simulator.faults.add({ kind: 'html', match: COMMIT }));

  test('a login that is refused meanwhile is not tried again', async () => {
    atCommit(() => {
      simulator.faults.add({ kind: 'expire-session', match: STATUS });
      answer({ method: 'GET', path: '/api/authentication' }, 401, { error: { type: 'Unauthorized' } }, 1000);
    });
    const ended = await reconcile(simulator, { commitTimeoutMs: 3000 });
    expect(ended).toMatchObject({ end: 'commitUnknown', record: { transaction: 'unknown' } });
    // That of the run, and one.
    expect(count({ method: 'GET', path: '/api/authentication' })).toBe(2);
  });

  test('neither as planned nor as before is unknown', async () => {
    atCommit(() => {
      simulator.expireSessions();
      simulator.setConfiguration('management/support_info', {
        uri: { selection: 'url', value: 'https://x.example.com' },
      });
      answer(STATUS, 200, { body: { status: 'closed' } });
    });
    const ended = await reconcile(simulator);
    expect(ended).toMatchObject({ end: 'commitUnknown', record: { transaction: 'unknown' } });
    expect(ended.error?.message).toContain('not as planned');
    expect(ended.error?.details).toMatchObject({ status: 502 });
  });
});
