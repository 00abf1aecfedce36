import type { Json } from '../shared/json.ts';
import type { ProfileFacts } from './profiles.ts';

/** How a locked configuration is refused (core.md §13 Q1: status and type are not known). */
export interface LockAnswer {
  readonly status: 403 | 409 | 423 | 503;
  readonly type: string;
  /** `{holder}` stands for the name of the one who holds the lock. */
  readonly message: string;
  /** The step at which the lock is noticed. A write that opens a transaction by itself counts as `open`. */
  readonly where: 'open' | 'write' | 'commit';
}

/** A consistency rule as data: the configuration is refused while the value equals `equals`, unless `unless` holds. */
interface SemanticRule {
  /** A path below `/api/configuration`. */
  readonly path: string;
  /** A JSON pointer into the body at `path`. */
  readonly pointer: string;
  readonly equals: Json;
  readonly unless?: { readonly path: string; readonly pointer: string; readonly equals: Json };
  readonly message: string;
}

/** When `on` is written, the value at `pointer` of `path` becomes `value`; with `path` equal to `on` it normalises. */
interface SideEffect {
  readonly on: string;
  readonly at: 'write' | 'commit';
  readonly path: string;
  readonly pointer: string;
  readonly value: Json;
}

/** A place that refers to other objects: a key that is written there is shown as a reference. */
export interface ReferenceField {
  /** A singleton, or a collection for its members; a path below `/api/configuration`. */
  readonly on: string;
  /** A JSON pointer into the body; the token `*` stands for every element or member. */
  readonly pointer: string;
  /** The collection that holds what is referred to. */
  readonly to: string;
}

/** How joining and leaving Starling are refused while a transaction is open; status and type are not known. */
interface StarlingInTransaction {
  readonly status: 400 | 403 | 409;
  readonly type: string;
  /** Whose transaction matters: that of the asking session, or anyone's. */
  readonly scope: 'session' | 'any';
}

/** The switches that JSON can carry; all may be changed while the simulator runs. */
export interface JsonQuirks {
  /** Life of a session in seconds; the guide's samples show 600 (core.md §2.3). */
  sessionSeconds: number;
  /** Q15: whether requests extend the session. */
  sessionExpiry: 'inactivity' | 'absolute';
  /** Where `meta.remaining_seconds` appears; core.md §3.2 allows it to be absent. */
  remainingSeconds: 'always' | 'in-transaction' | 'never';
  /** Added to the cookie's `expires`; a large negative value gives a cookie that looks expired at once. */
  cookieExpiresSkewSeconds: number;
  /** Form of the elements of `login_methods`, which the facts do not show. */
  loginMethodShape: 'objects' | 'names';
  /** Q19: where the user information is; `null` for nowhere. */
  userInfoPath: '/api/user_info' | '/api/user/info' | '/api/userinfo' | null;
  setupStatus: 'completed' | 'uninitialized' | 'booting';
  /** Q16: what `config_hash` covers. `with-pending` includes what the asking session has staged. */
  configHash: 'committed' | 'with-pending' | 'volatile' | 'absent' | 'moves-on-open';
  /** Which optional members errors have (core.md §8). */
  errorShape: 'full' | 'no-message' | 'no-details' | 'type-only';
  /** Status of a successful write; the guide prints 201 even for singletons. */
  writeStatus: 200 | 201;
  /** Body of the answer to a successful write, which the facts do not show. */
  writeAnswer: 'meta' | 'resource' | 'empty';
  /** Whether listings of collections carry bodies (core.md §3.3). */
  listingBodies: 'with' | 'without';
  /** Shape of `GET /api/transaction` (core.md §6.1). */
  transactionShape: 'transaction' | 'body';
  /** Whether a write without a transaction is refused with 409 or opens one (core.md §6.2). */
  writeMode: 'explicit' | 'implicit';
  /** Whether several REST transactions may be open at once (core.md §6.3). */
  parallelTransactions: 'allowed' | 'refused';
  /** What `POST /api/transaction` answers when this session has one open; not documented. */
  reopen: 'conflict' | 'accept';
  /** What `DELETE /api/transaction` answers when none is open; not documented. */
  rollbackWhenClosed: 200 | 404 | 409;
  /** Q8: who sees pending values. */
  pendingVisible: 'own-session' | 'nobody';
  /** Whether a transaction's own view follows what others commit meanwhile, or stands still from the open on. */
  transactionView: 'live' | 'snapshot';
  /** Q3: what a refused commit does to the transaction. */
  failedCommit: 'stays-open' | 'closes';
  /** Q2: what a commit does when the configuration moved since the open. */
  secondWriter: 'reject' | 'merge' | 'overwrite';
  /** Q1. */
  lockAnswer: LockAnswer;
  /** Q5: the policy on commit messages; `absent` announces none and demands none. */
  commitMessage: 'absent' | 'optional' | 'required';
  /** Q5: what becomes of the member `commit_message`. */
  commitMessageField: 'accept' | 'ignore' | 'refuse';
  /** Q5: the longest message in characters, `null` for no limit. */
  commitMessageMaxLength: number | null;
  /** Q5: the error type for a missing, refused or overlong message. */
  commitMessageError: 'SyntacticError' | 'SemanticError' | 'IncompleteRequestBodyError';
  /** Q17: when the consistency of the configuration is checked. */
  semanticCheck: 'write' | 'commit';
  semanticRules: readonly SemanticRule[];
  sideEffects: readonly SideEffect[];
  /** Form and granularity of `path` in the change list (core.md §7.1). */
  changePath: 'object' | 'property' | 'fragment' | 'relative';
  /** Whether values in the change list are JSON or JSON text. */
  changeValues: 'json' | 'string';
  /** Entries added to every non-empty change list: foreign ones, or ones of unknown type. */
  extraChanges: readonly Json[];
  /** Paths below `/api/configuration` that the change list leaves out. */
  hiddenChanges: readonly string[];
  /** The method that writes `management/splunk_forwarder`; the other one gets 405 (endpoints-basic.md §1.4). */
  splunkMethod: 'PUT' | 'POST';
  /** What a disabled Splunk forwarder shows. */
  splunkDisabled: 'bare' | 'keeps-settings';
  /**
   * Q6: what the 201 of a POST to a collection holds: `key` with `meta`, only `meta.href`, only `Location` as a path or as
   * a whole URL, nothing.
   */
  createAnswer: 'key' | 'href' | 'location' | 'location-url' | 'none';
  /** Q7: whether PUT to a key that no member has is refused with 404 or creates. */
  putCreates: 'refused' | 'accepted';
  /** Q18: how the DELETE of an object in use is refused: at once by 400 or 409, or by the commit with 400. */
  deleteInUse: 'semantic-error' | 'conflict' | 'at-commit';
  /** Whether members of collections beside `trust_stores` need names of their own. */
  uniqueNames: 'enforced' | 'free';
  /** Q4: what PUT on a collection takes for its new order: nothing (405), a list of keys, or `{"@order": keys}`. */
  collectionOrder: 'refused' | 'list' | 'order-member';
  /** How many members a listing shows at most, with the members of `listingCounts`; `null` for all and without them. */
  incompleteListing: number | null;
  /** How a listing with a limit says so: by `meta.limit`, `meta.match_count` or both. */
  listingCounts: 'both' | 'limit' | 'match-count';
  /** Places that refer to other objects, beside those that the facts name. */
  references: readonly ReferenceField[];
  /** Q12: whether PUT may send back a password or private key that stands there already; else 400 `SemanticError`. */
  unchangedSecret: 'accepted' | 'refused';
  /**
   * The name of the member that holds an authority's certificate, which the facts lost (endpoints-basic.md §1.6), such as
   * `certificate` or `pem`; `bare` for the PEM without an object.
   */
  authorityNames: string;
  /** What becomes of an authority's issuer, subject and fingerprint when they are written. */
  authorityDerived: 'ignored' | 'refused';
  /** Characters per line of the PEM that comes back. */
  pemLineWidth: 64 | 76;
  /** Whether the PEM that comes back ends with a line break. */
  pemFinalNewline: 'present' | 'absent';
  /** The separator in the dates of the license; the guide prints both. */
  licenseDates: '-' | '/';
  /** What `management/license` shows where the stored body is `null`: an appliance without license, in demo mode. */
  licenseWhenNone: 'null' | 'absent';
  /** Q8, for the license alone: whether it is seen like other pending values, or never before the commit. */
  licensePending: 'like-others' | 'hidden';
  /** Whether `/api/starling/join` shows its members beside `meta` or under `body`. */
  starlingJoinShape: 'bare' | 'body';
  /** What stands beside `joined: false`: the members as before, `null` in their places, or nothing. */
  starlingNotJoined: 'members' | 'nulls' | 'nothing';
  starlingInTransaction: StarlingInTransaction;
  /** The type of the 403 for leaving Starling while remote access is on. */
  unjoinErrorType: string;
}

/** Reads a committed or pending configuration: path below `/api/configuration` → body. */
export type Bodies = ReadonlyMap<string, Json>;

/** All switches; the hooks are for tests in the same process. */
export interface Quirks extends JsonQuirks {
  /** Q17: gives the errors of a configuration, none when it is consistent. */
  semanticRule: ((bodies: Bodies) => readonly string[]) | null;
  /** Changes a body when it is written. */
  normalise: ((path: string, body: Json) => Json) | null;
  /** Changes a written body when it is committed. */
  normaliseAtCommit: ((path: string, body: Json) => Json) | null;
}

/** The documented or, where nothing is documented, most plausible behaviour of a profile. */
export function defaultQuirks(facts: ProfileFacts): Quirks {
  return {
    sessionSeconds: 600,
    sessionExpiry: 'inactivity',
    remainingSeconds: 'always',
    cookieExpiresSkewSeconds: 0,
    loginMethodShape: 'objects',
    userInfoPath: '/api/user_info',
    setupStatus: 'completed',
    configHash: 'committed',
    errorShape: 'full',
    writeStatus: 200,
    writeAnswer: 'meta',
    listingBodies: facts.listingBodies,
    transactionShape: facts.transactionShape,
    writeMode: facts.writeMode,
    parallelTransactions: facts.parallelTransactions,
    reopen: 'conflict',
    rollbackWhenClosed: 409,
    pendingVisible: 'own-session',
    transactionView: 'live',
    failedCommit: 'stays-open',
    secondWriter: 'reject',
    lockAnswer: {
      status: 409,
      type: 'Conflict',
      message: 'The configuration is locked by {holder}.',
      where: 'open',
    },
    commitMessage: facts.commitMessage,
    commitMessageField: 'accept',
    commitMessageMaxLength: null,
    commitMessageError: 'SyntacticError',
    semanticCheck: 'write',
    semanticRules: [],
    sideEffects: [],
    changePath: 'object',
    changeValues: 'json',
    extraChanges: [],
    hiddenChanges: [],
    splunkMethod: 'PUT',
    splunkDisabled: 'bare',
    createAnswer: 'key',
    putCreates: 'refused',
    deleteInUse: 'semantic-error',
    uniqueNames: 'enforced',
    collectionOrder: 'refused',
    incompleteListing: null,
    listingCounts: 'both',
    references: [],
    unchangedSecret: 'accepted',
    authorityNames: 'certificate',
    authorityDerived: 'ignored',
    pemLineWidth: 64,
    pemFinalNewline: 'present',
    licenseDates: '-',
    licenseWhenNone: 'null',
    licensePending: 'like-others',
    starlingJoinShape: 'body',
    starlingNotJoined: 'members',
    starlingInTransaction: { status: 409, type: 'Conflict', scope: 'session' },
    unjoinErrorType: 'RemoteAccessDependsOnStarlingJoinError',
    semanticRule: null,
    normalise: null,
    normaliseAtCommit: null,
  };
}
