import type { DesiredState } from '../desired/desired-state.ts';
import type { LiveSource } from '../live/read-live.ts';
import type { EventLog } from '../log/events.ts';
import type { Brake, GuardLimits } from '../plan/guard.ts';
import type { LiveResource } from '../plan/live-resource.ts';
import type { Plan } from '../plan/plan.ts';
import type { Sealer } from '../plan/seal.ts';
import type { Registry } from '../resources/resource-type.ts';
import type { SecretBook } from '../shared/secret-book.ts';
import type { ApplianceInfo } from '../sps/message.ts';
import type { ApplianceWriter } from '../transaction/appliance-writer.ts';
import type { RunProgress, TransactionJournal } from '../transaction/transaction-context.ts';
import type { ReadAhead } from './read-ahead.ts';
import type { SettledPlan } from './settled-plan.ts';

/** A plan beside the appliance that it was made for. */
export interface PlannedRun {
  readonly plan: Plan;
  readonly appliance: ApplianceInfo;
  readonly brakes: readonly Brake[];
  /** What the plan was made from. */
  readonly live: ReadonlyMap<string, LiveResource>;
}

/** What a run has come to know; written as it goes, so that a report is as complete as the run got. */
export interface RunRecord extends RunProgress {
  planned: PlannedRun | null;
  /** What was read before the run began, until it is used. */
  ahead: ReadAhead | null;
}

/** The record of a run that has not begun. */
export function newRecord(): RunRecord {
  return {
    transaction: 'none',
    staged: 0,
    committed: 0,
    lockHeldMs: 0,
    commitSent: false,
    warnings: [],
    planned: null,
    ahead: null,
  };
}

/** One run from files to report: what it works on and with. */
export interface Run {
  /** 32 hex digits. */
  readonly id: string;
  readonly desired: DesiredState;
  readonly registry: Registry;
  readonly appliance: ApplianceWriter & { readonly hasSession: boolean };
  readonly live: LiveSource;
  readonly limits: GuardLimits;
  readonly commitTemplate: string;
  readonly commitTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly sealer: Sealer;
  readonly secrets: SecretBook;
  /** Whether values that no schema describes may be shown. */
  readonly unknown: 'hide' | 'show';
  readonly record: RunRecord;
  /** What the last plan of the same files came to; none unless given. */
  readonly settled?: SettledPlan | null;
  readonly journal?: TransactionJournal;
  readonly log: EventLog;
  readonly signal: AbortSignal;
  /** Monotonic, in ms. */
  readonly clock: () => number;
}
