import { beforeEach, describe, expect, test } from 'vitest';
import type { Fault } from '../../../src/simulator/faults.ts';
import type { RecordedRequest } from '../../../src/simulator/requests.ts';
import { COMMIT, committedState, DELETE, OPEN, reconcile, SPLUNK, STATUS } from './harness.ts';
import { oneSimulator } from './one-simulator.ts';

const on = oneSimulator();
const { at, count, answer } = on;

const READ = { method: 'GET', path: SPLUNK } as const;
const LOGIN = { method: 'GET', path: '/api/authentication' } as const;

/** Acts when the first commit comes. */
function atCommit(act: () => void): void {
  at(COMMIT, 1, act);
}

/** When the first commit comes, the transaction is over, and somebody else makes something of it that nobody planned. */
function endElsewhere(): void {
  atCommit(() => {
    on.simulator.expireSessions();
    on.simulator.setConfiguration('management/support_info', {
      uri: { selection: 'url', value: 'https://x.example.com' },
    });
    answer(STATUS, 200, { body: { status: 'closed' } });
  });
}

/** Bodies of the commits that were sent. */
function messages(): readonly (string | null)[] {
  return on.simulator.requests.filter(isCommit).map(({ body }) => JSON.stringify(body));
}

function isCommit({ method, path }: RecordedRequest): boolean {
  return method === COMMIT.method && path === COMMIT.path;
}

describe('a commit that is answered with yes, while the transaction stays open', () => {
  beforeEach(() => answer(COMMIT, 200, {}));

  test('is closed, and nothing was committed', async () => {
    const ended = await reconcile(on.simulator, { commitTimeoutMs: 300 });
    expect(ended).toMatchObject({ end: 'commitFailed', record: { transaction: 'rolled-back', committed: 0 } });
    expect(ended.error?.details).toEqual({});
    expect([count(COMMIT), on.simulator.openTransactions()]).toEqual([1, 0]);
    expect(committedState(on.simulator)).toBe('old');
  });

  test('and then ends with its session, is not proved by what was only pending', async () => {
    at(STATUS, 3, () => {
      // What was read beside the status before, while the transaction was open, showed the writes.
      expect(count(READ)).toBe(4);
      on.simulator.expireSessions();
      answer(STATUS, 200, { body: { status: 'closed' } });
    });
    const ended = await reconcile(on.simulator, { commitTimeoutMs: 300 });
    expect(ended.end).toBe('notIdempotent');
    expect(committedState(on.simulator)).toBe('old');
    expect(count(READ)).toBeGreaterThan(4);
  });

  test('and cannot be closed either, is of unknown fate', async () => {
    atCommit(() => on.simulator.faults.add({ kind: 'html', match: DELETE, times: 1000 }));
    const ended = await reconcile(on.simulator, { commitTimeoutMs: 200, closeTimeoutMs: 300 });
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
    on.simulator.faults.add({ kind: 'status', status, json, match: COMMIT, effect: 'applied' });
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'applied', record: { transaction: 'committed', committed: 2 } });
    expect(committedState(on.simulator)).toBe('new');
  });

  test('is refused when they are as before', async () => {
    answer(COMMIT, 404, { error: { type: 'NotFound' } });
    atCommit(() => answer(STATUS, 200, { body: { status: 'closed' } }));
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'commitFailed', record: { transaction: 'rolled-back' } });
    expect(on.simulator.openTransactions()).toBe(0);
  });

  test('is refused at once while the transaction is open', async () => {
    answer(COMMIT, 409, { error: { type: 'Conflict' } });
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'commitFailed', record: { transaction: 'rolled-back' } });
    expect(count(READ)).toBe(3);
  });

  test('is of unknown fate when they are neither', async () => {
    answer(COMMIT, 404, { error: { type: 'NotFound' } });
    endElsewhere();
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'commitUnknown', record: { transaction: 'unknown' } });
    expect(ended.error?.details).toMatchObject({ status: 404 });
  });

  test('any other refusal is believed without a look', async () => {
    answer(COMMIT, 400, { error: { type: 'SemanticError', message: 'no' } });
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'commitRejected', record: { transaction: 'rolled-back' } });
    expect(count(READ)).toBe(3);
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
    on.simulator.faults.add(lost);
    const ended = await reconcile(on.simulator, { commitTimeoutMs: 200 });
    expect(ended).toMatchObject({ end, record: { transaction: 'rolled-back', committed: 0 } });
    expect(ended.error?.message).toContain('nothing was committed');
    expect(count(COMMIT)).toBe(1);
  });
});

describe('a commit message that is refused', () => {
  const REFUSED = { error: { type: 'SyntacticError', message: 'bad' } };

  test('is left out, once', async () => {
    answer(COMMIT, 400, REFUSED);
    expect(await reconcile(on.simulator)).toMatchObject({ end: 'applied', record: { transaction: 'committed' } });
    expect(messages()).toHaveLength(2);
    expect(count(OPEN)).toBe(1);
    expect(messages()[0]).toContain('sps-gitops');
    expect(messages()[1]).not.toContain('sps-gitops');
  });

  test.each([
    ['is refused, is refused', () => answer({ ...COMMIT, nth: 2 }, 400, REFUSED), 'commitRejected'],
    [
      'is lost, is settled',
      () => on.simulator.faults.add({ kind: 'html', match: { ...COMMIT, nth: 2 } }),
      'commitFailed',
    ],
  ] as const)('and without which the commit %s', async (_what, second, end) => {
    second();
    answer(COMMIT, 400, REFUSED);
    const ended = await reconcile(on.simulator, { commitTimeoutMs: 300 });
    expect(ended).toMatchObject({ end, record: { transaction: 'rolled-back' } });
    expect(count(COMMIT)).toBe(2);
    expect(committedState(on.simulator)).toBe('old');
  });

  test.each([
    ['a SemanticError that does not speak of it', { type: 'SemanticError', message: 'no' }],
    ['a SemanticError without words', { type: 'SemanticError' }],
  ])('is not what %s is about', async (_what, error) => {
    answer(COMMIT, 400, { error });
    expect((await reconcile(on.simulator)).end).toBe('commitRejected');
    expect(count(COMMIT)).toBe(1);
  });

  test.each([
    ['by its message', { type: 'SemanticError', message: 'the commit Message is too long' }],
    ['by its details', { type: 'SemanticError', message: 'no', details: { member: 'commit_message' } }],
  ])('is what a SemanticError may be about: %s', async (_what, error) => {
    answer(COMMIT, 400, { error });
    expect((await reconcile(on.simulator)).end).toBe('applied');
    expect(count(COMMIT)).toBe(2);
  });

  test('and closes the transaction, begins anew without one', async () => {
    on.simulator.quirks.failedCommit = 'closes';
    on.simulator.quirks.commitMessageField = 'refuse';
    expect(await reconcile(on.simulator)).toMatchObject({ end: 'applied', record: { transaction: 'committed' } });
    expect(count(COMMIT)).toBe(2);
    expect(messages()[1]).not.toContain('sps-gitops');
  });

  test.each([
    ['one', 'required', 1],
    ['none', 'optional', 2],
  ] as const)('while it is required: the report says that %s was sent', async (sent, policy, attempts) => {
    on.simulator.quirks.failedCommit = 'closes';
    on.simulator.quirks.commitMessageField = 'refuse';
    on.simulator.quirks.commitMessage = policy;
    // Required only from the second attempt on, which comes without a message.
    atCommit(() => (on.simulator.quirks.commitMessage = 'required'));
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'commitRejected', record: { transaction: 'rolled-back' } });
    expect(ended.error?.message).toContain(`, and ${sent} was sent`);
    expect(count(COMMIT)).toBe(attempts);
  });
});

describe('a lost commit that was carried out', () => {
  beforeEach(() => on.simulator.faults.add({ kind: 'drop-after', match: COMMIT }));

  test('is settled in spite of looks that fail', async () => {
    atCommit(() => {
      on.simulator.faults.add({ kind: 'html', match: STATUS, times: 4 });
      on.simulator.faults.add({ kind: 'html', match: READ, times: 4 });
    });
    const ended = await reconcile(on.simulator, { commitTimeoutMs: 5000 });
    expect(ended).toMatchObject({ end: 'applied', record: { transaction: 'committed', committed: 2 } });
    expect(count(LOGIN)).toBe(1);
  });

  test.each([
    ['whose transaction is not told of any more', STATUS, 'could not be reached again'],
    ['after which nothing can be read', READ, 'not as planned'],
  ] as const)('and %s is of unknown fate', async (_what, match, words) => {
    atCommit(() => on.simulator.faults.add({ kind: 'html', match, times: 1000 }));
    const ended = await reconcile(on.simulator, { commitTimeoutMs: 200 });
    expect(ended).toMatchObject({ end: 'commitUnknown', record: { transaction: 'unknown', committed: 0 } });
    expect(ended.error?.message).toContain(words);
    expect(committedState(on.simulator)).toBe('new');
  });
});

describe('after a commit that is certain', () => {
  test('one reading that fails is not the last', async () => {
    atCommit(() => on.simulator.faults.add({ kind: 'html', match: READ, times: 4 }));
    expect((await reconcile(on.simulator, { commitTimeoutMs: 5000 })).end).toBe('applied');
  });

  test.each<readonly [string, Fault, object]>([
    ['answer', { kind: 'html', match: READ, times: 1000 }, { request: `GET ${SPLUNK}`, status: 502 }],
    ['listing', { kind: 'status', status: 200, json: { items: [] }, match: READ, times: 1000 }, {}],
  ])('readings that all fail (%s) are told, and that it is committed', async (_what, fault, details) => {
    atCommit(() => on.simulator.faults.add(fault));
    const ended = await reconcile(on.simulator, { commitTimeoutMs: 200 });
    expect(ended).toMatchObject({ end: 'committedUnread', record: { transaction: 'committed', committed: 2 } });
    expect(ended.error?.details).toEqual(expect.objectContaining(details));
  });
});

describe('a lost commit is settled by reading', () => {
  beforeEach(() => on.simulator.faults.add({ kind: 'html', match: COMMIT }));

  test('a login that is refused meanwhile is not tried again', async () => {
    atCommit(() => {
      on.simulator.faults.add({ kind: 'expire-session', match: STATUS });
      answer(LOGIN, 401, { error: { type: 'Unauthorized' } }, 1000);
    });
    const ended = await reconcile(on.simulator, { commitTimeoutMs: 3000 });
    expect(ended).toMatchObject({ end: 'commitUnknown', record: { transaction: 'unknown' } });
    // That of the run, and one.
    expect(count(LOGIN)).toBe(2);
  });

  test('neither as planned nor as before is unknown', async () => {
    endElsewhere();
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'commitUnknown', record: { transaction: 'unknown' } });
    expect(ended.error?.message).toContain('not as planned');
    expect(ended.error?.details).toMatchObject({ status: 502 });
  });
});
