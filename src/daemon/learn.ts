import { verifiedAfter, verifiedBy } from '../plan/drift.ts';
import { managedBy } from '../reconcile/plan-run.ts';
import type { RunEnd } from '../reconcile/run-end.ts';
import type { Run } from '../reconcile/run.ts';
import { settledBy } from '../reconcile/settled-plan.ts';
import type { SpsGitopsError } from '../shared/errors.ts';
import { LOGIN_PAUSE_MS, NO_DRIFT, type Memory } from './memory.ts';

/** How the details of an error name a login. */
const LOGIN = 'GET /api/authentication';

/** What there is to learn from. */
type FinishedRun = Pick<Run, 'record' | 'sealer' | 'desired'> & {
  readonly appliance: Pick<Run['appliance'], 'hasSession'>;
};

/** Times in ms; `now` by the daemon's clock. */
interface Times {
  readonly now: number;
  /** However long the appliance asks to be left alone, it is looked at again after this. */
  readonly longestRestMs: number;
}

/** What a finished run teaches. */
export function learn(
  memory: Memory,
  run: FinishedRun,
  fingerprint: string,
  { end, error }: Pick<RunEnd, 'end' | 'error'>,
  { now, longestRestMs }: Times,
): void {
  const { planned, warnings } = run.record;
  memory.fullRead = null;
  memory.settled = null;
  memory.managed = end === 'inSync' || end === 'applied' ? { fingerprint, resources: managedBy(run.desired) } : null;
  if (warnings.some(({ code }) => code === 'config-hash-unstable')) memory.trust = 'distrusted';
  if (isLoginRefused(run, end, error)) memory.loginGate = now + LOGIN_PAUSE_MS;
  if (isSessionDoubtful(end, error)) memory.session = 'doubtful';
  memory.restUntil = now + Math.min(restOf(error), longestRestMs);
  if (planned === null) return;
  const hash = planned.appliance.configHash;
  switch (end) {
    case 'inSync': {
      const settled = settledBy(planned);
      judgeHash(memory, fingerprint, hash);
      memory.fullRead = { fingerprint, hash, at: now };
      memory.lastHash = { fingerprint, hash };
      memory.settled = settled === null ? null : { fingerprint, ...settled };
      memory.verified = verifiedBy(planned.live);
      memory.toldDrift = NO_DRIFT;
      return;
    }
    case 'applied':
      // What is done after a transaction, or without one, need not move the hash.
      memory.hashBeforeCommit = run.record.transaction === 'committed' ? hash : null;
      memory.lastHash = null;
      memory.verified = verifiedAfter(planned.live, planned.plan.operations, (body) => run.sealer.reveal(body));
      memory.toldDrift = NO_DRIFT;
      return;
    default:
      // What may have been changed by us and was not verified is no ground to tell drift by.
      if (run.record.transaction === 'committed' || run.record.transaction === 'unknown') memory.verified = null;
      memory.lastHash = null;
  }
}

/**
 * A login may also end in a 403; in a session that lives, that is about a right of another kind. Every other answer that
 * gave no session counts as well, but for a 5xx: an appliance that starts up refuses nobody.
 */
function isLoginRefused({ appliance }: FinishedRun, end: RunEnd['end'], error: RunEnd['error']): boolean {
  if (end === 'authFailed' || (end === 'forbidden' && !appliance.hasSession)) return true;
  const { request, status } = error?.details ?? {};
  return request === LOGIN && typeof status === 'number' && status < 500;
}

/**
 * Rights that were granted count from the next login on (core.md §2.6). And an appliance, or what stands before it, may
 * show a login page instead of saying that a session has ended.
 */
function isSessionDoubtful(end: RunEnd['end'], error: RunEnd['error']): boolean {
  return end === 'forbidden' || error?.details['kind'] === 'shape';
}

/** How long the appliance asked to be left alone, in ms. core.md §13 Q14. */
function restOf(error: SpsGitopsError | null): number {
  const rest = error?.details['retryAfterMs'];
  return typeof rest === 'number' ? rest : 0;
}

/**
 * The hash is trusted once it was seen to move with a commit of ours, or to stand still between two full reads; one that
 * stood still over a commit tells nothing at all.
 */
function judgeHash(memory: Memory, fingerprint: string, hash: string | null): void {
  if (memory.trust === 'distrusted') return;
  if (hash === null) {
    memory.trust = 'unproved';
    return;
  }
  const { hashBeforeCommit, lastHash } = memory;
  memory.hashBeforeCommit = null;
  if (hashBeforeCommit !== null) memory.trust = hashBeforeCommit === hash ? 'distrusted' : 'trusted';
  else if (lastHash?.hash === hash && lastHash.fingerprint === fingerprint) memory.trust = 'trusted';
}
