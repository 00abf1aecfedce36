import type { LiveSource } from '../live/read-live.ts';
import type { EventName } from '../log/events.ts';
import type { Sealer } from '../plan/seal.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import type { Log } from '../shared/log.ts';
import type { TransactionState } from '../shared/outcome.ts';
import type { SecretBook } from '../shared/secret-book.ts';
import type { ApplianceWriter } from './appliance-writer.ts';

/** How far a run has come. The transaction writes it as it goes, so that a report is true wherever the run ends. */
export interface RunProgress {
  transaction: TransactionState;
  /** Operations written into the transaction that was opened last. */
  staged: number;
  /** Operations whose commit is certain. */
  committed: number;
  /** From the sending of an open to the proof that the transaction was closed, in ms; summed over repeats. */
  lockHeldMs: number;
  readonly warnings: Diagnostic[];
}

/** Everything that a transaction works with. */
export interface TransactionContext {
  readonly appliance: ApplianceWriter;
  readonly live: LiveSource;
  readonly sealer: Sealer;
  readonly secrets: SecretBook;
  readonly progress: RunProgress;
  readonly log: Log<EventName>;
  /** Stops the run until the commit is sent; from then on the run is seen through. */
  readonly signal: AbortSignal;
  /** How long the fate of a commit is waited for, in ms. */
  readonly commitTimeoutMs: number;
  /** How long closing a transaction may take, in ms. */
  readonly closeTimeoutMs: number;
  /** Throws when the writer lock was lost. Asked right before the commit. */
  readonly assertSoleWriter: () => Promise<void>;
  /** Monotonic, in ms. */
  readonly clock: () => number;
}
