import { OUTCOME_TABLE, type OutcomeCase } from '../shared/outcome.ts';

/** The conditions of the daemon, in the manner of Kubernetes. */
export const CONDITION_TYPES = ['Ready', 'Reconciling', 'Stalled', 'Blocked', 'Drifted'] as const;

/** One of them. */
export type ConditionType = (typeof CONDITION_TYPES)[number];

/** What is known of one condition. */
export interface Condition {
  readonly status: 'True' | 'False' | 'Unknown';
  /** `Progressing`, or a reason of the outcome table. */
  readonly reason: string;
  /** When status or reason changed last; RFC 3339. */
  readonly since: string;
}

/** All of them. */
export type Conditions = Readonly<Record<ConditionType, Condition>>;

/** What a run means for the conditions. */
export interface RunFacts {
  readonly end: OutcomeCase;
  /** A managed place differs because of a change outside of git, and was not put right. */
  readonly drift: 'none' | 'left';
}

/** Before the first run nothing is known. */
export function initialConditions(now: string): Conditions {
  const unknown: Condition = { status: 'Unknown', reason: 'Progressing', since: now };
  return { Ready: unknown, Reconciling: unknown, Stalled: unknown, Blocked: unknown, Drifted: unknown };
}

/** The conditions after a run; what did not change keeps its time. */
export function conditionsAfter(before: Conditions, { end, drift }: RunFacts, now: string): Conditions {
  const { outcome, reason, retry } = OUTCOME_TABLE[end];
  const isGood = outcome !== 'failed' && outcome !== 'blocked';
  const isRetried = retry === 'transient' || retry === 'fatal';
  const next = (type: ConditionType, holds: boolean, why: string = reason) =>
    // Why trouble is absent is of no interest, why the daemon is not ready is.
    changed(before[type], { status: holds ? 'True' : 'False', reason: why }, type !== 'Ready' && !holds, now);
  return {
    Ready: next('Ready', isGood),
    Reconciling: next('Reconciling', isRetried, isRetried ? 'Progressing' : reason),
    Stalled: next('Stalled', outcome === 'failed' && retry === 'terminal'),
    Blocked: next('Blocked', outcome === 'blocked'),
    // A run that never came to look says nothing about drift.
    Drifted: isGood || drift === 'left' ? next('Drifted', drift === 'left') : before.Drifted,
  };
}

/** The conditions whose status or reason differs. */
export function changedConditions(before: Conditions, after: Conditions): readonly ConditionType[] {
  return CONDITION_TYPES.filter((type) => before[type] !== after[type]);
}

function changed(
  before: Condition,
  { status, reason }: Omit<Condition, 'since'>,
  isQuiet: boolean,
  now: string,
): Condition {
  return before.status === status && (before.reason === reason || isQuiet) ? before : { status, reason, since: now };
}
