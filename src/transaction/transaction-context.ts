import type { LiveSource } from '../live/read-live.ts';
import type { EventLog } from '../log/events.ts';
import type { Sealer } from '../plan/seal.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
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
  /** A commit was sent: the run is seen through, whoever stops it. */
  commitSent: boolean;
  readonly warnings: Diagnostic[];
}

/**
 * What a process that is killed leaves for the next one: that it opened a transaction, and in which session. Methods throw
 * `SpsGitopsError` with the code `state-directory` when the journal cannot be written.
 */
export interface TransactionJournal {
  /** Before the open: resolves once the entry is on disk. Seconds as `TransactionStatus.remainingSeconds`. */
  opening(remainingSeconds: number | null): Promise<void>;
  /** Before each write: resolves once the entry holds the session that the write will be sent with. */
  current(): Promise<void>;
  /** After the proof that the transaction is closed or committed: takes the entry away. Without one it does nothing. */
  closed(): Promise<void>;
}

/** Everything that a transaction works with. */
export interface TransactionContext {
  readonly appliance: ApplianceWriter;
  readonly live: LiveSource;
  readonly sealer: Sealer;
  readonly secrets: SecretBook;
  readonly progress: RunProgress;
  readonly log: EventLog;
  /** Stops the run until the commit is sent; from then on the run is seen through. */
  readonly signal: AbortSignal;
  /** How long the fate of a commit is waited for, in ms. */
  readonly commitTimeoutMs: number;
  /** How long closing a transaction may take, in ms. */
  readonly closeTimeoutMs: number;
  /** Written where a kill is to be survived: in `run` and `apply`. */
  readonly journal?: TransactionJournal;
  /** Throws when the writer lock was lost. Asked right before the commit. */
  readonly assertSoleWriter: () => Promise<void>;
  /** Monotonic, in ms. */
  readonly clock: () => number;
}
