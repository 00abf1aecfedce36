import { hostname } from 'node:os';
import { pid } from 'node:process';
import type { Secret } from '../shared/secret.ts';
import { putEntry, removeEntry, type JournalEntry } from './journal-file.ts';
import type { TransactionJournal } from './transaction-context.ts';

/** What the journal of a run notes beside the time. */
export interface JournalFacts {
  /** The appliance, as the settings name it. */
  readonly url: string;
  /** 32 hex digits. */
  readonly runId: string;
  readonly commit: string | null;
  /** The session that requests are sent with now, null without one. */
  readonly session: () => Secret<string> | null;
}

/**
 * The journal of one run, in the file `transaction.json` (0600) of a state directory whose writer lock the caller holds.
 * Nothing is written before a transaction is opened.
 */
export function openJournal(stateDirectory: string, facts: JournalFacts): TransactionJournal {
  const { url, runId, commit } = facts;
  let written: JournalEntry | null = null;
  // One after the other, also when nobody waits any more for the one before.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const next = last.then(work, work);
    last = next;
    return next;
  };
  const put = async (entry: JournalEntry): Promise<void> => {
    await putEntry(stateDirectory, entry);
    written = entry;
  };
  return {
    opening: (sessionSeconds) =>
      inTurn(async () => {
        const session = facts.session();
        // Without a session nothing can be opened.
        if (session === null) return;
        const openedAt = new Date().toISOString();
        await put({ url, openedAt, runId, commit, session, pid, host: hostname(), sessionSeconds });
      }),
    current: () =>
      inTurn(async () => {
        const session = facts.session();
        if (written === null || session === null || session.reveal() === written.session.reveal()) return;
        await put({ ...written, session });
      }),
    closed: () =>
      inTurn(async () => {
        if (written === null) return;
        await removeEntry(stateDirectory, runId);
        written = null;
      }),
  };
}
