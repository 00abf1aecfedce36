import { expect, test } from 'vitest';
import type { FailureCase } from '../../../src/shared/outcome.ts';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import { SecretBook, WITHHELD } from '../../../src/shared/secret-book.ts';
import { ApplianceError } from '../../../src/sps/appliance-error.ts';
import { failureAt, type Place } from '../../../src/transaction/failure-at.ts';
import { StartOver } from '../../../src/transaction/start-over.ts';

type ApplianceFailure = ConstructorParameters<typeof ApplianceError>[0];

const PLACES = ['read', 'open', 'first-write', 'write', 'commit'] as const;

function answered(status: number, about: Partial<ApplianceFailure> = {}): ApplianceError {
  const request = { method: 'PUT', path: '/api/configuration/management/soap' };
  return new ApplianceError({
    kind: 'status',
    request,
    text: `answered ${status}`,
    status,
    answered: status < 500,
    ...about,
  });
}

function at(place: Place, error: ApplianceError, secrets: readonly string[] = []): SpsGitopsError {
  const book = new SecretBook();
  for (const secret of secrets) book.add(secret);
  const failure = failureAt(place, error, book, { resource: 'management/soap' });
  return failure instanceof SpsGitopsError ? failure : expect.fail('not an error of ours');
}

type Rows = readonly [FailureCase, FailureCase, FailureCase, FailureCase, FailureCase];

const NO_ANSWER = 'targetUnreachable';
const DOWN: Rows = [NO_ANSWER, NO_ANSWER, NO_ANSWER, NO_ANSWER, NO_ANSWER];

// One column for each of PLACES.
test.each<[string, ApplianceError, Rows]>([
  [
    '400',
    answered(400),
    ['targetUnreachable', 'targetUnreachable', 'stageRejected', 'stageRejected', 'commitRejected'],
  ],
  [
    '400 SemanticError',
    answered(400, { type: 'SemanticError' }),
    ['targetUnreachable', 'targetUnreachable', 'stageRejected', 'stageRejected', 'commitRejected'],
  ],
  [
    '403 Unauthorized',
    answered(403, { type: 'Unauthorized', failure: 'forbidden' }),
    ['forbidden', 'forbidden', 'forbidden', 'forbidden', 'forbidden'],
  ],
  [
    '403 AuthenticationFailure',
    answered(403, { type: 'AuthenticationFailure', failure: 'authFailed' }),
    ['authFailed', 'forbidden', 'forbidden', 'forbidden', 'forbidden'],
  ],
  [
    '403 without a type',
    answered(403, { failure: 'forbidden' }),
    ['forbidden', 'locked', 'locked', 'locked', 'locked'],
  ],
  [
    '403 of another type',
    answered(403, { type: 'TransactionLocked', failure: 'forbidden' }),
    ['forbidden', 'locked', 'locked', 'locked', 'locked'],
  ],
  [
    '403 about Starling',
    answered(403, { type: 'StarlingNotJoined', failure: 'forbidden' }),
    ['forbidden', 'targetUnreachable', 'stageRejected', 'stageRejected', 'commitFailed'],
  ],
  [
    '403 about remote access',
    answered(403, { type: 'RemoteAccessDenied', failure: 'forbidden' }),
    ['forbidden', 'targetUnreachable', 'stageRejected', 'stageRejected', 'commitFailed'],
  ],
  [
    '404',
    answered(404, { failure: 'unsupported' }),
    ['targetUnreachable', 'targetUnreachable', 'stageRejected', 'stageRejected', 'commitFailed'],
  ],
  ['405', answered(405), ['targetUnreachable', 'targetUnreachable', 'stageRejected', 'stageRejected', 'commitFailed']],
  ['409', answered(409), ['targetUnreachable', 'locked', 'locked', 'locked', 'commitFailed']],
  [
    '409 that says locked',
    answered(409, { type: 'ConfigLocked' }),
    ['targetUnreachable', 'locked', 'locked', 'locked', 'locked'],
  ],
  [
    '409 that says busy',
    answered(409, { type: 'Busy' }),
    ['targetUnreachable', 'locked', 'locked', 'locked', 'locked'],
  ],
  [
    '409 of another type',
    answered(409, { type: 'Conflict' }),
    ['targetUnreachable', 'locked', 'locked', 'locked', 'commitFailed'],
  ],
  ['423', answered(423), ['targetUnreachable', 'locked', 'locked', 'locked', 'locked']],
  [
    '429',
    answered(429),
    ['targetUnreachable', 'targetUnreachable', 'targetUnreachable', 'targetUnreachable', 'commitFailed'],
  ],
  ['499', answered(499), ['targetUnreachable', 'targetUnreachable', 'stageRejected', 'stageRejected', 'commitFailed']],
  [
    '500 of a proxy',
    answered(500),
    ['targetUnreachable', 'targetUnreachable', 'targetUnreachable', 'targetUnreachable', 'commitFailed'],
  ],
  [
    '500 of the appliance',
    answered(500, { guideShaped: true }),
    ['targetUnreachable', 'locked', 'locked', 'targetUnreachable', 'commitFailed'],
  ],
  [
    '503 of the appliance',
    answered(503, { guideShaped: true }),
    ['targetUnreachable', 'locked', 'locked', 'targetUnreachable', 'commitFailed'],
  ],
  ['no answer', answered(0, { kind: 'network', status: null }), DOWN],
  ['a deadline', answered(0, { kind: 'timeout', status: null }), DOWN],
  ['a foreign certificate', answered(0, { kind: 'tls', status: null }), DOWN],
  ['nonsense with status 200', answered(200, { kind: 'shape' }), DOWN],
  ['nonsense with status 403', answered(403, { kind: 'shape' }), DOWN],
])('%s', (_name, error, rows) => {
  expect(PLACES.map((place) => at(place, error).failure)).toEqual(rows);
});

test.each(PLACES)('at %s, a 401 means that the session is gone, unless it is the login that is refused', (place) => {
  expect(failureAt(place, answered(401, { failure: 'authFailed' }), new SecretBook())).toEqual(
    new StartOver('session-lost'),
  );
  const request = { method: 'GET', path: '/api/authentication' };
  const login = failureAt(place, answered(401, { failure: 'authFailed', request }), new SecretBook());
  expect(login).not.toBeInstanceOf(StartOver);
});

test('a refused login is that at its place', () => {
  const request = { method: 'GET', path: '/api/authentication' };
  expect(at('read', answered(401, { failure: 'authFailed', request })).failure).toBe('authFailed');
});

test.each([new Error('other'), new StartOver('session-lost'), new SpsGitopsError('otherWriter', 'x'), undefined])(
  'what is not of the appliance goes on as it is',
  (error) => {
    expect(failureAt('write', error, new SecretBook())).toBe(error);
  },
);

test('the error says where, what the appliance said, and what to do', () => {
  const error = answered(400, {
    type: 'SyntacticError',
    applianceMessage: 'wrong port',
    applianceDetails: { path: '/port' },
  });
  const failure = at('write', error);
  expect(failure.message).toBe('the appliance refused a change (PUT /api/configuration/management/soap answered 400)');
  expect(failure.details).toEqual({
    resource: 'management/soap',
    request: 'PUT /api/configuration/management/soap',
    kind: 'status',
    status: 400,
    type: 'SyntacticError',
    message: 'wrong port',
    details: { path: '/port' },
  });
  expect(failure.hint).toContain('correct the value');
  expect(failure.cause).toBe(error);
});

test('what the appliance did not say is not made up', () => {
  expect(at('write', answered(400)).details).toEqual({
    resource: 'management/soap',
    request: 'PUT /api/configuration/management/soap',
    kind: 'status',
    status: 400,
  });
});

test.each<[Partial<ApplianceFailure>, object]>([
  [
    { type: 'hunter2', applianceMessage: 'm' },
    { type: WITHHELD, message: 'm' },
  ],
  [
    { applianceMessage: 'is hunter2', type: 'T' },
    { type: 'T', message: WITHHELD },
  ],
  [{ applianceDetails: { a: [{ hunter2: 1 }] } }, { details: WITHHELD }],
  [
    { applianceDetails: { a: 'hunter2' }, applianceMessage: 'm' },
    { message: 'm', details: WITHHELD },
  ],
])('text that contains a secret is withheld whole', (about, expected) => {
  for (const place of PLACES) {
    const failure = at(place, answered(409, about), ['hunter2']);
    expect(failure.details).toMatchObject(expected);
    expect(JSON.stringify([failure.details, failure.message, failure.hint])).not.toContain('hunter2');
  }
});

test('hints: of the row, or else of the request', () => {
  expect(at('open', answered(423)).hint).toContain('other user');
  expect(at('open', answered(423)).message).toContain('locked by someone else');
  expect(at('write', answered(403, { type: 'Unauthorized' })).hint).toContain('REST privilege');
  expect(at('commit', answered(500, { hint: 'wait' })).hint).toBe('wait');
  expect(at('commit', answered(500)).hint).toBeUndefined();
});
