import type { DesiredState } from '../desired/desired-state.ts';
import type { EventLog } from '../log/events.ts';
import type { ReadAhead } from '../reconcile/read-ahead.ts';
import type { Run } from '../reconcile/run.ts';
import type { SettledPlan } from '../reconcile/settled-plan.ts';
import type { ApplianceGlance } from './glance.ts';
import type { DesiredStateSource } from './load-files.ts';
import type { Memory } from './memory.ts';
import type { BegunRun } from './observer.ts';
import type { Trigger } from './run-queue.ts';

/** What a reconciler works with. */
export interface ReconcilerParts {
  readonly source: DesiredStateSource;
  readonly appliance: ApplianceGlance;
  /** A run on the connection of the daemon. */
  readonly newRun: (parts: {
    readonly id: string;
    readonly desired: DesiredState;
    readonly settled: SettledPlan | null;
    readonly log: EventLog;
    readonly signal: AbortSignal;
  }) => Run;
  /** Begins to read these resources, or the information alone, in the session that there is. */
  readonly readAhead: (resources: readonly string[] | null, signal: AbortSignal) => ReadAhead;
  readonly newId: () => string;
  /** The log of one run, and from then on of the connection's requests. */
  readonly logFor: (run: {
    readonly runId: string;
    readonly trigger: Trigger;
    /** What is known of the files: all of it, or the commit that could not be made sense of; null while nothing is. */
    readonly files: DesiredState | { readonly commit: string } | null;
  }) => RunLog;
  readonly onBegin: (run: BegunRun) => void;
  /** Takes the writer lock where it is not held, and closes what a killed process left open. Throws `otherWriter`. */
  readonly becomeWriter: (run: Run) => Promise<void>;
  readonly assertSoleWriter: () => Promise<void>;
  readonly mode: 'enforce' | 'observe';
  readonly quickTick: 'on' | 'off';
  readonly fullReadIntervalMs: number;
  readonly memory: Memory;
  /** Random; keys the fingerprints of this process. */
  readonly key: Uint8Array;
  /** Monotonic, in ms. */
  readonly clock: () => number;
}

/** The log of a run, and the revision as its entries tell it. */
export interface RunLog {
  readonly log: EventLog;
  readonly revision: BegunRun['revision'];
}
