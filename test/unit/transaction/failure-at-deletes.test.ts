import { describe, expect, test } from 'vitest';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import type { FailureCase } from '../../../src/shared/outcome.ts';
import { SecretBook, WITHHELD } from '../../../src/shared/secret-book.ts';
import { ApplianceError } from '../../../src/sps/appliance-error.ts';
import { failureAt, speaksOfLock, type Place } from '../../../src/transaction/failure-at.ts';
import { StartOver } from '../../../src/transaction/start-over.ts';

type ApplianceFailure = ConstructorParameters<typeof ApplianceError>[0];

const request = { method: 'DELETE', path: '/api/configuration/trust_stores/5' };

function answered(status: number, about: Partial<ApplianceFailure> = {}): ApplianceError {
  return new ApplianceError({
    kind: 'status',
    request,
    text: `answered ${status}`,
    status,
    answered: status < 500,
    ...about,
  });
}

function at(place: Place, error: ApplianceError, secrets = new SecretBook()): SpsGitopsError {
  const failure = failureAt(place, error, secrets, { resource: 'trust_stores', name: 'old' });
  return failure instanceof SpsGitopsError ? failure : expect.fail('not an error of ours');
}

type Row = readonly [name: string, error: ApplianceError, first: FailureCase, later: FailureCase];

const LOCK = { applianceMessage: 'The configuration is locked by admin' };
const USE = { applianceMessage: 'The object is in use' };

describe('a DELETE, as the first write and later', () => {
  test.each<Row>([
    ['400', answered(400), 'stageRejected', 'stageRejected'],
    ['400 about use', answered(400, USE), 'stageRejected', 'stageRejected'],
    // No document tells of a lock that answers 400; the words alone are not believed.
    ['400 about a lock', answered(400, LOCK), 'stageRejected', 'stageRejected'],
    ['409 without a word', answered(409), 'locked', 'stageRejected'],
    ['409 of a type that says nothing', answered(409, { type: 'Conflict' }), 'locked', 'stageRejected'],
    ['409 about use', answered(409, USE), 'stageRejected', 'stageRejected'],
    ['409 about a lock', answered(409, LOCK), 'locked', 'locked'],
    ['409 about both', answered(409, { applianceMessage: 'locked: in use by another session' }), 'locked', 'locked'],
    ['409 of a type about use', answered(409, { type: 'ReferencedObjectError' }), 'stageRejected', 'stageRejected'],
    ['409 of a type about a lock', answered(409, { type: 'ConfigLocked' }), 'locked', 'locked'],
    [
      '409 that names the referrers in its details alone',
      answered(409, { type: 'Conflict', applianceDetails: { reason: ['referenced by a connection'] } }),
      'stageRejected',
      'stageRejected',
    ],
    ['423', answered(423), 'locked', 'locked'],
    ['423 about use', answered(423, USE), 'locked', 'locked'],
    ['403 of no type', answered(403, { failure: 'forbidden' }), 'locked', 'locked'],
    ['403 Unauthorized', answered(403, { type: 'Unauthorized', failure: 'forbidden' }), 'forbidden', 'forbidden'],
    [
      '403 about Starling',
      answered(403, { type: 'StarlingJoined', failure: 'forbidden' }),
      'stageRejected',
      'stageRejected',
    ],
    ['404', answered(404, { failure: 'unsupported' }), 'stageRejected', 'stageRejected'],
    ['405', answered(405), 'stageRejected', 'stageRejected'],
    ['429', answered(429), 'targetUnreachable', 'targetUnreachable'],
    ['500 of a proxy', answered(500), 'targetUnreachable', 'targetUnreachable'],
    ['500 of the appliance', answered(500, { guideShaped: true }), 'locked', 'targetUnreachable'],
    ['no answer', answered(0, { kind: 'network', status: null }), 'targetUnreachable', 'targetUnreachable'],
    ['nonsense', answered(200, { kind: 'shape' }), 'targetUnreachable', 'targetUnreachable'],
  ])('%s', (_name, error, first, later) => {
    expect([at('first-delete', error).failure, at('delete', error).failure]).toEqual([first, later]);
  });

  test.each([
    'in use',
    'is IN USE by 3 connections',
    'used by x',
    'still referenced',
    'referencing object',
    'policy refers to it',
    'cannot: dependency',
    'objects depend on it',
  ])('%j speaks of use', (applianceMessage) => {
    expect(at('first-delete', answered(409, { applianceMessage })).failure).toBe('stageRejected');
  });

  test.each(['another transaction was faster', 'conflict', 'unused', 'independent', 'preference'])(
    '%j does not',
    (applianceMessage) => {
      expect(at('first-delete', answered(409, { applianceMessage })).failure).toBe('locked');
    },
  );
});

test.each<readonly [about: Partial<ApplianceFailure>, expected: boolean]>([
  [{ type: 'TransactionLocked' }, true],
  [{ type: 'Busy' }, true],
  [{ applianceMessage: 'Somebody is locking it' }, true],
  [{ applianceMessage: 'lock' }, true],
  [{ applianceMessage: 'clockwork' }, false],
  [{ applianceMessage: 'Blocker' }, false],
  [{ applianceDetails: 'locked' }, false],
  [{}, false],
])('%j speaks of a lock: %s', (about, expected) => {
  expect(speaksOfLock(answered(409, about))).toBe(expected);
});

test.each<readonly [Place, RegExp]>([
  ['first-delete', /remove or re-point what refers to it/],
  ['delete', /remove or re-point what refers to it/],
  ['first-write', /correct the value/],
  ['write', /correct the value/],
])('what to do after a refusal at %s', (place, hint) => {
  const failure = at(place, answered(400));
  expect(failure.hint).toMatch(hint);
  expect(failure.message).toBe(
    'the appliance refused a change (DELETE /api/configuration/trust_stores/5 answered 400)',
  );
  expect(failure.details).toMatchObject({ resource: 'trust_stores', name: 'old', status: 400 });
});

test('a session that is gone is that at a DELETE as well', () => {
  for (const place of ['first-delete', 'delete'] as const) {
    expect(failureAt(place, answered(401, { failure: 'authFailed' }), new SecretBook())).toEqual(
      new StartOver('session-lost'),
    );
  }
});

test('words that decide and hold a secret decide, and are withheld', () => {
  const secrets = new SecretBook();
  secrets.add('hunter2');
  const failure = at('first-delete', answered(409, { applianceMessage: 'hunter2 is in use' }), secrets);
  expect(failure.failure).toBe('stageRejected');
  expect(failure.details).toMatchObject({ message: WITHHELD });
  expect(JSON.stringify([failure.message, failure.details, failure.hint])).not.toContain('hunter2');
});
