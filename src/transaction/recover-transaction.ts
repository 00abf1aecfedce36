import type { EventLog } from '../log/events.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import type { SecretBook } from '../shared/secret-book.ts';
import type { Secret } from '../shared/secret.ts';
import type { ApplianceWriter } from './appliance-writer.ts';
import { closeTransaction, isSessionEnded } from './close-transaction.ts';
import { putEntry, readJournal, removeEntry, setAside, type JournalEntry } from './journal-file.ts';

/** A client that goes on with the session of an earlier process, and never logs in. */
export interface LeftSession extends Pick<ApplianceWriter, 'transactionStatus' | 'rollback'> {
  /** The session that requests are sent with now. */
  readonly session: Secret<string> | null;
  close(): Promise<void>;
}

/** What recovery works with. */
export interface RecoveryParts {
  /** Its writer lock is held by the caller. */
  readonly stateDirectory: string;
  /** The appliance of the settings: others' entries are left alone. */
  readonly url: string;
  readonly makeAppliance: (session: Secret<string>) => LeftSession;
  readonly secrets: SecretBook;
  /** How long the closing of one transaction may take, in ms. */
  readonly closeTimeoutMs: number;
  readonly log: EventLog;
}

/** What became of the transactions that earlier processes left. Empty when there were none. */
export interface Recovery {
  /** `closed`: it was open, and is so no more. `gone`: it had ended, or its session had. */
  readonly recovered: readonly ('closed' | 'gone')[];
  /** One `transaction-left` for each that may still be open; they stay in the journal for the next attempt. */
  readonly warnings: readonly Diagnostic[];
}

/** What the appliance's web UI has unless it is set otherwise; core.md §2.3. */
const USUAL_LIFE = '10 minutes unless set otherwise';

/** Seconds after which a transaction of another appliance is forgotten that nobody can ask about: no sample has more. */
const LONGEST_LIFE_S = 86_400;

/**
 * Closes what a killed process left open, in that process's own session, and tells of what it cannot close. To be called under
 * the writer lock before anything is opened. Never logs in. Throws the signal's reason, or `SpsGitopsError` with the code
 * `state-directory` when the journal cannot be changed.
 */
export async function recoverTransaction(parts: RecoveryParts, signal: AbortSignal): Promise<Recovery> {
  const found = await readJournal(parts.stateDirectory);
  if (found.kind === 'damaged')
    return { recovered: [], warnings: [damaged(found.why, await setAside(parts.stateDirectory))] };
  const recovered: ('closed' | 'gone')[] = [];
  const warnings: Diagnostic[] = [];
  for (const entry of found.entries) {
    parts.secrets.add(entry.session.reveal());
    const fate = entry.url === parts.url ? await recoverOne(entry, parts, signal) : fateElsewhere(entry);
    if (fate === 'closed' || fate === 'gone') {
      const { runId, openedAt, commit } = entry;
      parts.log('transaction.recovered', { outcome: fate, openedAt, openedBy: runId, openedFor: commit });
      recovered.push(fate);
    }
    if (typeof fate === 'object') warnings.push(left(entry, fate.why));
    else await removeEntry(parts.stateDirectory, entry.runId);
  }
  return { recovered, warnings };
}

type Fate = 'closed' | 'gone' | 'forgotten' | { readonly why: string };

function fateElsewhere(entry: JournalEntry): Fate {
  // Requests may have prolonged it after the opening; twice its life is long enough for any.
  const life = entry.sessionSeconds === null ? LONGEST_LIFE_S : entry.sessionSeconds * 2;
  if (Date.now() > Date.parse(entry.openedAt) + life * 1000) return 'forgotten';
  return { why: `the settings now name another appliance than ${entry.url}` };
}

async function recoverOne(entry: JournalEntry, parts: RecoveryParts, signal: AbortSignal): Promise<Fate> {
  const appliance = parts.makeAppliance(entry.session);
  try {
    const fate = await closeLeft(appliance, parts, signal);
    const { session } = appliance;
    // The next attempt needs the id that the appliance knows by then.
    if (typeof fate === 'object' && session !== null) await putEntry(parts.stateDirectory, { ...entry, session });
    return fate;
  } finally {
    await appliance.close();
  }
}

async function closeLeft(appliance: LeftSession, parts: RecoveryParts, signal: AbortSignal): Promise<Fate> {
  let status: 'open' | 'closed';
  try {
    ({ status } = await appliance.transactionStatus(signal));
  } catch (error) {
    signal.throwIfAborted();
    if (isSessionEnded(error)) return 'gone';
    return { why: 'the appliance does not tell' };
  }
  const context = { appliance, closeTimeoutMs: parts.closeTimeoutMs };
  // The last request of a process that was killed may still be on its way.
  const end = await closeTransaction(status === 'open' ? 'delete' : 'ask', context, 'lost', signal);
  signal.throwIfAborted();
  if (end === 'unproved') return { why: 'the appliance does not close it' };
  return end === 'rolled-back' ? 'closed' : 'gone';
}

function left(entry: JournalEntry, why: string): Diagnostic {
  const { runId, openedAt, sessionSeconds } = entry;
  const end = sessionSeconds === null ? null : new Date(Date.parse(openedAt) + sessionSeconds * 1000).toISOString();
  const until =
    end === null
      ? `the appliance drops it when its session times out, ${USUAL_LIFE}`
      : `the appliance drops it when its session times out, at about ${end}`;
  const message = `run ${runId} left a transaction that may be open since ${openedAt}: ${why}; ${until}`;
  return { severity: 'warning', code: 'transaction-left', message };
}

function damaged(why: string, aside: string): Diagnostic {
  return {
    severity: 'warning',
    code: 'transaction-left',
    message:
      `the journal of transactions cannot be used: ${why}; a transaction that it names stays open until its session times ` +
      `out, ${USUAL_LIFE}. It was put aside as ${aside}`,
  };
}
