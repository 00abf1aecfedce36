import type { OutcomeCase } from '../../src/shared/outcome.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import { DEFAULT_PASSWORD } from '../../src/simulator/simulator.ts';
import type { LockAnswer, Quirks } from '../../src/simulator/quirks.ts';
import type { Phase, Place } from './places.ts';

type Match = Fault['match'];

/** What goes wrong at one request, and what a run may then say: the rows of the contract that can be true. */
export interface FaultKind {
  readonly name: string;
  readonly limits: 'roomy' | 'short';
  /** The answer; `undefined` where the appliance itself is changed instead. */
  readonly fault?: (match: Match, phase: Phase) => Fault;
  /** The refusal that the appliance itself gives when it is the commit that is struck, so that Q3 has its say. */
  readonly refusesCommit?: Pick<LockAnswer, 'status' | 'type'>;
  readonly ends: Readonly<Record<Phase, readonly OutcomeCase[]>>;
  /** For writes, where it depends on which one it is. */
  readonly write?: (place: Place) => readonly OutcomeCase[];
}

const APPLIED = ['applied'] as const;
const UNREACHABLE = ['targetUnreachable'] as const;
const LOST = ['commitFailed'] as const;
const NOT_LEFT = ['actionFailed'] as const;

/** Where nothing is said, the request is read again or the fault does no harm. */
function ends(at: Partial<Record<Phase, readonly OutcomeCase[]>>): FaultKind['ends'] {
  return {
    login: APPLIED,
    plan: APPLIED,
    status: APPLIED,
    open: APPLIED,
    'read inside': APPLIED,
    write: APPLIED,
    commit: APPLIED,
    'read after': APPLIED,
    action: APPLIED,
    look: APPLIED,
    ...at,
  };
}

// What a refusal repeats has to be withheld; the password is a secret of every run.
const refusal = (type: string) => ({ error: { type, message: `no: ${DEFAULT_PASSWORD}`, details: {} } });

const NO_EFFECT = ends({ open: UNREACHABLE, write: UNREACHABLE, commit: LOST, action: NOT_LEFT });
const HIDDEN_EFFECT = ends({ open: UNREACHABLE, write: UNREACHABLE });
const NO_JSON = ends({
  login: UNREACHABLE,
  plan: UNREACHABLE,
  status: UNREACHABLE,
  open: UNREACHABLE,
  'read inside': UNREACHABLE,
  write: UNREACHABLE,
});
/** A server error in the appliance's own words is a lock at the open and at the first write (Q1). */
const SERVER_ERROR = ends({ open: ['locked'], commit: LOST, action: NOT_LEFT });
const lockedFirst = ({ write }: Place) => (write === 1 ? (['locked'] as const) : UNREACHABLE);

/** What a request may be answered with. */
export const ANSWERS: readonly FaultKind[] = [
  { name: 'drop before', limits: 'roomy', fault: (match) => ({ kind: 'drop-before', match }), ends: NO_EFFECT },
  { name: 'drop after', limits: 'roomy', fault: (match) => ({ kind: 'drop-after', match }), ends: HIDDEN_EFFECT },
  {
    name: '500',
    limits: 'roomy',
    fault: (match) => ({ kind: 'status', status: 500, json: refusal('InternalError'), match }),
    ends: SERVER_ERROR,
    write: lockedFirst,
  },
  {
    name: '500, carried out',
    limits: 'roomy',
    fault: (match) => ({
      ...{ kind: 'status', status: 500, json: refusal('InternalError'), effect: 'applied', match },
    }),
    ends: ends({ open: ['locked'] }),
    write: lockedFirst,
  },
  {
    name: '503 Retry-After',
    limits: 'roomy',
    fault: (match) => ({
      ...{ kind: 'status', status: 503, json: refusal('Busy'), headers: { 'Retry-After': '1' }, match },
    }),
    // Its type speaks of somebody who is busy.
    ends: { ...SERVER_ERROR, write: ['locked'], commit: ['locked'] },
  },
  {
    name: '401, session ends',
    limits: 'roomy',
    fault: (match) => ({ kind: 'expire-session', match }),
    ends: ends({}),
  },
  {
    name: '403 lock',
    limits: 'roomy',
    fault: (match) => ({ kind: 'status', status: 403, json: refusal('ConfigurationLocked'), match }),
    refusesCommit: { status: 403, type: 'ConfigurationLocked' },
    ends: ends({
      login: ['forbidden'],
      plan: ['forbidden'],
      status: ['locked'],
      open: ['locked'],
      'read inside': ['forbidden'],
      write: ['locked'],
      commit: ['locked'],
      action: NOT_LEFT,
      look: ['applied'],
    }),
  },
  {
    name: '409',
    limits: 'roomy',
    fault: (match) => ({ kind: 'status', status: 409, json: refusal('Conflict'), match }),
    refusesCommit: { status: 409, type: 'Conflict' },
    ends: ends({
      login: UNREACHABLE,
      plan: UNREACHABLE,
      status: ['locked'],
      open: ['locked'],
      'read inside': UNREACHABLE,
      commit: LOST,
      action: NOT_LEFT,
    }),
    // To a DELETE after other writes, 409 says that the object is in use (Q18).
    write: ({ method, write }) => (method === 'DELETE' && write > 1 ? ['stageRejected'] : ['locked']),
  },
  { name: 'HTML 502', limits: 'roomy', fault: (match) => ({ kind: 'html', match }), ends: NO_EFFECT },
  {
    name: 'HTML 200, carried out',
    limits: 'roomy',
    fault: (match) => ({ kind: 'html', status: 200, effect: 'applied', match }),
    ends: NO_JSON,
  },
  { name: 'truncated', limits: 'roomy', fault: (match) => ({ kind: 'truncate', match }), ends: HIDDEN_EFFECT },
  {
    name: 'wrong shape',
    limits: 'roomy',
    fault: (match) => ({ kind: 'wrong-shape', match }),
    ends: ends({
      login: UNREACHABLE,
      plan: ['applied', 'targetUnreachable'],
      status: UNREACHABLE,
      'read inside': ['applied', 'targetUnreachable'],
    }),
  },
  {
    name: 'hang',
    limits: 'short',
    fault: (match) => ({ kind: 'hang', match }),
    ends: { ...NO_EFFECT, login: UNREACHABLE },
  },
  {
    name: 'hang, carried out',
    limits: 'short',
    fault: (match) => ({ kind: 'hang', effect: 'applied', match }),
    ends: { ...HIDDEN_EFFECT, login: UNREACHABLE },
  },
  {
    name: 'duplicate',
    limits: 'roomy',
    fault: (match) => ({ kind: 'duplicate', match }),
    // The answer to the second open is that there is one already; to the second create, that the name is taken, at the
    // write or (Q17) not before the commit: then the second member is seen, rolled back, and made once.
    ends: ends({ open: ['locked'] }),
    write: ({ method, path }) =>
      method === 'POST' && !path.test('/api/upload/license') ? ['stageRejected', 'applied'] : ['applied'],
  },
];

/** One of the open questions, answered otherwise than the profile does. */
export interface Variant {
  readonly name: string;
  readonly quirks: Partial<Quirks>;
}

export const DEFAULTS: Variant = { name: 'defaults', quirks: {} };

/** Every answer to Q3, Q8 and Q17 that is not the default. */
export const OTHERWISE: readonly Variant[] = [
  { name: 'Q3 closes', quirks: { failedCommit: 'closes' } },
  { name: 'Q8 nobody', quirks: { pendingVisible: 'nobody' } },
  { name: 'Q17 commit', quirks: { semanticCheck: 'commit' } },
];

/** Every answer to Q1: four statuses at three places. */
export const LOCKS: readonly Variant[] = ([403, 409, 423, 503] as const).flatMap((status) =>
  (['open', 'write', 'commit'] as const).map((where) => ({
    name: `Q1 ${status} ${where}`,
    quirks: { lockAnswer: { status, type: 'Busy', message: 'The configuration is locked by {holder}.', where } },
  })),
);

/** Every answer to Q2. */
export const WRITERS: readonly Variant[] = (['reject', 'merge', 'overwrite'] as const).map((secondWriter) => ({
  name: `Q2 ${secondWriter}`,
  quirks: { secondWriter },
}));

/** A commit that is refused by a lock, for the questions beside Q1. */
export const LOCKED_COMMIT: Partial<Quirks> = {
  lockAnswer: { status: 409, type: 'Conflict', message: 'Locked by {holder}.', where: 'commit' },
};
