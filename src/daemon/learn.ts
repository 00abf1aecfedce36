import { verifiedAfter, verifiedBy } from '../plan/drift.ts';
import type { RunEnd } from '../reconcile/run-end.ts';
import type { Run } from '../reconcile/run.ts';
import { LOGIN_PAUSE_MS, NO_DRIFT, type Memory } from './memory.ts';

/** What there is to learn from. */
type FinishedRun = Pick<Run, 'record' | 'sealer'> & { readonly appliance: Pick<Run['appliance'], 'hasSession'> };

/** What a finished run teaches; `now` by the daemon's clock. */
export function learn(
  memory: Memory,
  run: FinishedRun,
  fingerprint: string,
  { end }: Pick<RunEnd, 'end'>,
  now: number,
): void {
  const { planned, warnings } = run.record;
  memory.fullRead = null;
  if (warnings.some(({ code }) => code === 'config-hash-unstable')) memory.trust = 'distrusted';
  if (isLoginRefused(run, end)) memory.loginGate = now + LOGIN_PAUSE_MS;
  if (planned === null) return;
  const hash = planned.appliance.configHash;
  switch (end) {
    case 'inSync':
      judgeHash(memory, fingerprint, hash);
      memory.fullRead = { fingerprint, hash, at: now };
      memory.lastHash = { fingerprint, hash };
      memory.verified = verifiedBy(planned.live);
      memory.toldDrift = NO_DRIFT;
      return;
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

/** A login may also end in a 403; in a session that lives, that is about a right of another kind. */
function isLoginRefused({ appliance }: FinishedRun, end: RunEnd['end']): boolean {
  return end === 'authFailed' || (end === 'forbidden' && !appliance.hasSession);
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
