import type { VerifiedState } from '../plan/drift.ts';
import type { SettledPlan } from '../reconcile/settled-plan.ts';

/** Whether `config_hash` may stand for a full read (core.md §13 Q16). */
export type HashTrust = 'unproved' | 'trusted' | 'distrusted';

/** Logins that were refused are at least this far apart, in ms. The contract, section 2. */
export const LOGIN_PAUSE_MS = 60_000;

/** A failure that is not worth repeating until something moves. */
export interface Verdict {
  readonly fingerprint: string;
  readonly commit: string | null;
  /** The live configuration's hash when it failed; null when it does not tell. */
  readonly hash: string | null;
  /** By the daemon's clock, in ms. */
  readonly at: number;
}

/** A full read that found everything as it is wanted. */
export interface FullRead {
  readonly fingerprint: string;
  readonly hash: string | null;
  /** By the daemon's clock, in ms. */
  readonly at: number;
}

/** What the daemon knows from one run to the next. Losing it costs one full read. */
export interface Memory {
  /** Of the desired state that was reconciled last, however that ended. */
  seen: { readonly fingerprint: string; readonly commit: string | null } | null;
  /** Of the findings that made the desired state invalid last. */
  invalid: string | null;
  verdict: Verdict | null;
  trust: HashTrust;
  /** The hash before our last commit, while it is not known whether that moved it. */
  hashBeforeCommit: string | null;
  /** What the last full read saw that found everything in sync, while nothing was written since. */
  lastHash: { readonly fingerprint: string; readonly hash: string | null } | null;
  fullRead: FullRead | null;
  /** What the files manage, while the last run went well: the next one will probably want to read the same. */
  managed: { readonly fingerprint: string; readonly resources: readonly string[] } | null;
  /** The plan of the last run, while it found nothing to do: of an appliance that answers the same it needs not be made again. */
  settled: (SettledPlan & { readonly fingerprint: string }) | null;
  verified: VerifiedState | null;
  /** The drift that was logged last, as text. */
  toldDrift: string;
  /** The warnings that were logged last, as text: about the files, and about what a run found. */
  toldWarnings: { readonly files: readonly string[]; readonly run: readonly string[] };
  /** No login before this time, by the daemon's clock, in ms. */
  loginGate: number;
  /** The appliance asked to be left alone until this time, by the daemon's clock, in ms. */
  restUntil: number;
  /** Whether the session that is kept between runs is worth keeping. */
  session: 'good' | 'doubtful';
}

/** `toldDrift` when there is nothing to tell, or what was told has been put right. */
export const NO_DRIFT = '[]';

/** The memory of a daemon that has just started. */
export function newMemory(): Memory {
  return {
    seen: null,
    invalid: null,
    verdict: null,
    trust: 'unproved',
    hashBeforeCommit: null,
    lastHash: null,
    fullRead: null,
    managed: null,
    settled: null,
    verified: null,
    toldDrift: NO_DRIFT,
    toldWarnings: { files: [], run: [] },
    loginGate: 0,
    restUntil: 0,
    session: 'good',
  };
}
