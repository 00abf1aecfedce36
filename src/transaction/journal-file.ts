import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SpsGitopsError } from '../shared/errors.ts';
import { isList, isObject, parseJson, type Json } from '../shared/json.ts';
import { Secret } from '../shared/secret.ts';
import { systemCode } from '../shared/system-code.ts';
import { hasCode } from './lock-record.ts';

/** One transaction that was opened, or was about to be, and is not proved closed. */
export interface JournalEntry {
  /** The appliance, as the settings name it. */
  readonly url: string;
  /** RFC 3339 in UTC, by our clock. */
  readonly openedAt: string;
  /** 32 hex digits: the run that opened it. One run has one transaction at a time. */
  readonly runId: string;
  /** What the run applied, 40 hex digits; null without git. */
  readonly commit: string | null;
  /** The value of the session's cookie. */
  readonly session: Secret<string>;
  readonly pid: number;
  readonly host: string;
  /** Seconds that the session had left at the opening; null when the appliance did not tell. */
  readonly sessionSeconds: number | null;
}

/** The journal as it was found; no file is no entries. `why` quotes nothing of the file. */
export type FoundJournal =
  | { readonly kind: 'entries'; readonly entries: readonly JournalEntry[] }
  | { readonly kind: 'damaged'; readonly why: string };

const NAME = 'transaction.json';
const VERSION = 1;

// RFC 6265 §4.1.1, as in the cookies that we take from the appliance: nothing that could end the header.
const COOKIE = /^[\x21-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;

/** Reads the journal of a state directory. Never throws: what cannot be read or understood is `damaged`. */
export async function readJournal(stateDirectory: string): Promise<FoundJournal> {
  let text: string;
  try {
    text = await readFile(pathIn(stateDirectory), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { kind: 'entries', entries: [] };
    return { kind: 'damaged', why: `it cannot be read (${systemCode(error)})` };
  }
  return parseJournal(text);
}

/**
 * Writes an entry, in the place of the run's earlier one if there is one; others stay. Resolves once it is on disk: whoever
 * is killed at any moment leaves the old journal or the new one. Throws `SpsGitopsError` with the code `state-directory`.
 */
export async function putEntry(stateDirectory: string, entry: JournalEntry): Promise<void> {
  await write(stateDirectory, [...(await othersThan(stateDirectory, entry.runId)), entry]);
}

/** Takes the run's entry away, and the file with the last one. Without an entry it does nothing. Throws as `putEntry`. */
export async function removeEntry(stateDirectory: string, runId: string): Promise<void> {
  const found = await readJournal(stateDirectory);
  if (found.kind === 'damaged' || !found.entries.some((entry) => entry.runId === runId)) return;
  const others = found.entries.filter((entry) => entry.runId !== runId);
  if (others.length > 0) await write(stateDirectory, others);
  else await change(stateDirectory, (path) => rm(path, { force: true }));
}

/** Puts a journal that cannot be understood aside, so that it is told of once; gives where it is now. Throws as `putEntry`. */
export async function setAside(stateDirectory: string): Promise<string> {
  const aside = `${pathIn(stateDirectory)}.damaged`;
  await change(stateDirectory, (path) => rename(path, aside));
  return aside;
}

function pathIn(stateDirectory: string): string {
  return join(stateDirectory, NAME);
}

async function othersThan(stateDirectory: string, runId: string): Promise<readonly JournalEntry[]> {
  const found = await readJournal(stateDirectory);
  return found.kind === 'damaged' ? [] : found.entries.filter((entry) => entry.runId !== runId);
}

async function write(stateDirectory: string, entries: readonly JournalEntry[]): Promise<void> {
  const transactions = entries.map((entry) => ({ ...entry, session: entry.session.reveal() }));
  const text = `${JSON.stringify({ version: VERSION, transactions })}\n`;
  await change(stateDirectory, async (path) => {
    // A name that is always the same: a process that is killed here leaves one file, and the next one takes its place.
    const draft = `${path}.tmp`;
    await rm(draft, { force: true });
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  });
}

/** Does one change and makes the folder remember it. */
async function change(stateDirectory: string, act: (path: string) => Promise<void>): Promise<void> {
  const path = pathIn(stateDirectory);
  try {
    await act(path);
    const folder = await open(stateDirectory, 'r');
    try {
      await folder.sync();
    } catch (error) {
      // Some network file systems cannot sync a folder, and do without.
      if (!hasCode(error, 'EINVAL') && !hasCode(error, 'ENOTSUP')) throw error;
    } finally {
      await folder.close();
    }
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, cause: unknown): SpsGitopsError {
  const code = systemCode(cause);
  // A disk that is full or fails may get well by itself; what belongs to somebody else stays that way.
  const passing = ['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'unknown'].includes(code);
  const message = `the journal of transactions cannot be written: ${code} at ${path}`;
  return new SpsGitopsError(passing ? 'internal' : 'inputInvalid', message, {
    code: 'state-directory',
    hint: 'Set state.directory (or SPS_STATE) to a folder that this account may write to.',
    cause,
  });
}

function parseJournal(text: string): FoundJournal {
  let value: Json;
  try {
    value = parseJson(text);
  } catch {
    return { kind: 'damaged', why: 'it is not JSON' };
  }
  const { version, transactions } = isObject(value) ? value : {};
  if (version !== VERSION) return { kind: 'damaged', why: 'another version of the program wrote it' };
  const entries = transactions !== undefined && isList(transactions) ? transactions.map(parseEntry) : [null];
  const good = entries.filter((entry) => entry !== null);
  if (good.length < entries.length) return { kind: 'damaged', why: 'a member is missing or of a wrong type' };
  return { kind: 'entries', entries: good };
}

function parseEntry(value: Json): JournalEntry | null {
  if (!isObject(value)) return null;
  const { url, openedAt, runId, commit, session, pid, host, sessionSeconds } = value;
  if (typeof url !== 'string' || !URL.canParse(url)) return null;
  if (typeof openedAt !== 'string' || !/^\d{4}-[\d:T.-]+Z$/.test(openedAt) || Number.isNaN(Date.parse(openedAt)))
    return null;
  if (typeof runId !== 'string' || !/^[0-9a-f]{32}$/.test(runId)) return null;
  if (commit !== null && (typeof commit !== 'string' || !/^[0-9a-f]{40,64}$/.test(commit))) return null;
  if (typeof session !== 'string' || !COOKIE.test(session)) return null;
  if (typeof pid !== 'number' || typeof host !== 'string') return null;
  if (sessionSeconds !== null && !isSeconds(sessionSeconds)) return null;
  return { url, openedAt, runId, commit, session: new Secret(session), pid, host, sessionSeconds };
}

function isSeconds(value: Json | undefined): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1e9;
}
