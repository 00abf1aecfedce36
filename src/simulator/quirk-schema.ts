import type { JsonObject } from '../shared/json.ts';
import type { JsonQuirks } from './quirks.ts';

function oneOf(...values: readonly (string | number | null)[]): JsonObject {
  return { enum: [...values] };
}

/** An object without other members; all are required unless named in `optional`. */
export function closedObject(properties: JsonObject, optional: readonly string[] = []): JsonObject {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

const TEXT: JsonObject = { type: 'string' };
const PLACE: JsonObject = { path: TEXT, pointer: TEXT, equals: {} };

/** The schema of each switch that the control interface can set. */
export const QUIRK_SCHEMAS: { readonly [Name in keyof JsonQuirks]: JsonObject } = {
  sessionSeconds: { type: 'number', minimum: 0 },
  sessionExpiry: oneOf('inactivity', 'absolute'),
  remainingSeconds: oneOf('always', 'in-transaction', 'never'),
  cookieExpiresSkewSeconds: { type: 'number' },
  loginMethodShape: oneOf('objects', 'names'),
  userInfoPath: oneOf('/api/user_info', '/api/user/info', '/api/userinfo', null),
  setupStatus: oneOf('completed', 'uninitialized', 'booting'),
  configHash: oneOf('committed', 'with-pending', 'volatile', 'absent', 'moves-on-open'),
  errorShape: oneOf('full', 'no-message', 'no-details', 'type-only'),
  writeStatus: oneOf(200, 201),
  writeAnswer: oneOf('meta', 'resource', 'empty'),
  listingBodies: oneOf('with', 'without'),
  transactionShape: oneOf('transaction', 'body'),
  writeMode: oneOf('explicit', 'implicit'),
  parallelTransactions: oneOf('allowed', 'refused'),
  reopen: oneOf('conflict', 'accept'),
  rollbackWhenClosed: oneOf(200, 404, 409),
  pendingVisible: oneOf('own-session', 'nobody'),
  transactionView: oneOf('live', 'snapshot'),
  failedCommit: oneOf('stays-open', 'closes'),
  secondWriter: oneOf('reject', 'merge', 'overwrite'),
  lockAnswer: closedObject({
    status: oneOf(403, 409, 423, 503),
    type: TEXT,
    message: TEXT,
    where: oneOf('open', 'write', 'commit'),
  }),
  commitMessage: oneOf('absent', 'optional', 'required'),
  commitMessageField: oneOf('accept', 'ignore', 'refuse'),
  commitMessageMaxLength: { type: ['integer', 'null'], minimum: 0 },
  commitMessageError: oneOf('SyntacticError', 'SemanticError', 'IncompleteRequestBodyError'),
  semanticCheck: oneOf('write', 'commit'),
  semanticRules: {
    type: 'array',
    items: closedObject({ ...PLACE, unless: closedObject(PLACE), message: TEXT }, ['unless']),
  },
  sideEffects: {
    type: 'array',
    items: closedObject({ on: TEXT, at: oneOf('write', 'commit'), path: TEXT, pointer: TEXT, value: {} }),
  },
  changePath: oneOf('object', 'property', 'fragment', 'relative'),
  changeValues: oneOf('json', 'string'),
  extraChanges: { type: 'array' },
  hiddenChanges: { type: 'array', items: TEXT },
  splunkMethod: oneOf('PUT', 'POST'),
  splunkDisabled: oneOf('bare', 'keeps-settings'),
  createAnswer: oneOf('key', 'href', 'location', 'location-url', 'none'),
  putCreates: oneOf('refused', 'accepted'),
  deleteInUse: oneOf('semantic-error', 'conflict', 'at-commit'),
  uniqueNames: oneOf('enforced', 'free'),
  collectionOrder: oneOf('refused', 'list', 'order-member'),
  incompleteListing: { type: ['integer', 'null'], minimum: 0 },
  listingCounts: oneOf('both', 'limit', 'match-count'),
  references: {
    type: 'array',
    items: closedObject({ on: TEXT, pointer: { type: 'string', pattern: '^(/.*)?$' }, to: TEXT }),
  },
  unchangedSecret: oneOf('accepted', 'refused'),
  authorityNames: { type: 'string', minLength: 1 },
  authorityDerived: oneOf('ignored', 'refused'),
  pemLineWidth: oneOf(64, 76),
  pemFinalNewline: oneOf('present', 'absent'),
  licenseDates: oneOf('-', '/'),
  licenseWhenNone: oneOf('null', 'absent'),
  licensePending: oneOf('like-others', 'hidden'),
  starlingJoinShape: oneOf('bare', 'body'),
  starlingNotJoined: oneOf('members', 'nulls', 'nothing'),
  starlingInTransaction: closedObject({ status: oneOf(400, 403, 409), type: TEXT, scope: oneOf('session', 'any') }),
  unjoinErrorType: TEXT,
};
