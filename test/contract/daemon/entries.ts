import { EVENTS } from '../../../src/log/events.ts';
import { isList, isObject, parseJson, type Json, type JsonObject } from '../../../src/shared/json.ts';
import { OUTCOME_TABLE, type TransactionState } from '../../../src/shared/outcome.ts';
import { DEFAULT_PASSWORD } from '../../../src/simulator/simulator.ts';

/** One line of the log. */
export type Entry = JsonObject & { readonly event: string };

/** No entry may hold one of these: secrets of the tests begin with the first. */
const FORBIDDEN = ['MARKED', DEFAULT_PASSWORD, 'session_id='] as const;

const BESIDE_RUNS: ReadonlySet<string> = new Set(['request.sent', 'desired.uncommitted', 'warning.raised']);

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The entry of a line; throws where it is not one JSON object with an event. */
export function parseEntry(line: string): Entry {
  const entry = parseJson(line);
  if (!isObject(entry) || typeof entry['event'] !== 'string' || !line.endsWith('}\n')) {
    throw new Error(`not an entry: ${line}`);
  }
  return { ...entry, event: entry['event'] };
}

/**
 * Everything in which a log is not what the contract promises (section 8); empty when it is. `lives` says where in it each
 * daemon begins, which knows nothing of the conditions before.
 */
export function untruthsOf(entries: readonly Entry[], lives: readonly number[]): readonly string[] {
  const conditions = lives.flatMap((start, life) => conditionFaults(entries.slice(start, lives[life + 1])));
  return [...entries.flatMap(formFaults), ...runFaults(entries), ...conditions];
}

/** What `drift.detected` said among these entries, as `resource name: pointers`. */
export function driftOf({ entries }: { readonly entries: readonly Entry[] }): readonly string[] {
  return entries
    .filter(({ event }) => event === 'drift.detected')
    .map((entry) => `${textOf(entry, 'resource')} ${textOf(entry, 'name')}: ${listOf(entry['pointers']).join(' ')}`);
}

/** A member of an entry as text: a string as it is, everything else as JSON. */
export function textOf(entry: Entry | undefined, member: string): string {
  const value = entry?.[member];
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function listOf(value: Json | undefined): readonly string[] {
  return value !== undefined && isList(value) ? value.map(String) : [];
}

function formFaults(entry: Entry): readonly string[] {
  const { event, level, msg, time } = { ...entry, level: entry['level'], msg: entry['msg'], time: entry['time'] };
  const rows: Readonly<Record<string, { readonly level: string; readonly msg: string }>> = EVENTS;
  const row = rows[event];
  if (row === undefined) return [`${event} is not in the list`];
  const faults: string[] = [];
  if (row.level !== level || row.msg !== msg) faults.push(`${event} has another level or message`);
  if (typeof time !== 'string' || !TIME.test(time)) faults.push(`${event} has the time ${JSON.stringify(time)}`);
  const text = JSON.stringify(entry);
  if (FORBIDDEN.some((secret) => text.includes(secret))) faults.push(`${event} holds a secret`);
  return faults;
}

function runFaults(entries: readonly Entry[]): readonly string[] {
  const runs = new Map<unknown, Entry[]>();
  for (const entry of entries) {
    if (entry['runId'] === undefined) continue;
    const lines = runs.get(entry['runId']) ?? [];
    lines.push(entry);
    runs.set(entry['runId'], lines);
  }
  return [...runs.values()].flatMap((lines) => {
    const faults: string[] = [];
    const began = lines.findIndex(({ event }) => event === 'reconcile.started');
    const ends = lines.filter(({ event }) => event === 'reconcile.succeeded' || event === 'reconcile.failed');
    // A glance that led to nothing is no run: all that it says is what it asked, and what it saw in the files.
    if (began < 0) return lines.every(({ event }) => BESIDE_RUNS.has(event)) ? [] : ['entries of a run without begin'];
    if (ends.length !== 1) faults.push(`${ends.length} ends of one run`);
    if (lines.at(-1) !== ends[0]) faults.push('entries of a run after its end');
    if (new Set(lines.map(({ trigger }) => trigger)).size !== 1) faults.push('a run with several triggers');
    const commits = new Set(lines.slice(began).map(({ commit }) => commit));
    if (commits.size !== 1 || commits.has(undefined)) faults.push('a run with several commits, or none');
    const revisions = new Set(lines.slice(began).map(({ revision }) => JSON.stringify(revision ?? null)));
    if (revisions.size !== 1) faults.push('a run with several revisions');
    const isRead = lines.some(({ event }) => event === 'desired.loaded');
    if (isRead && !lines.slice(began).every(({ revision }) => isWholeRevision(revision)))
      faults.push('an incomplete revision');
    return [...faults, ...ends.flatMap(endFaults)];
  });
}

function isWholeRevision(revision: Json | undefined): boolean {
  return isObject(revision) && ['subject', 'author', 'dirty', 'digest'].every((name) => Object.hasOwn(revision, name));
}

function endFaults(end: Entry): readonly string[] {
  const { event } = end;
  const [outcome, transaction, reason] = [textOf(end, 'outcome'), textOf(end, 'transaction'), textOf(end, 'reason')];
  const rows = Object.values(OUTCOME_TABLE).filter((row) => row.outcome === outcome && row.reason === reason);
  const faults: string[] = [];
  if (!rows.some((row) => (row.transaction as readonly TransactionState[]).some((state) => state === transaction))) {
    faults.push(`an end without a row: ${outcome} ${transaction} ${reason}`);
  }
  const isFailure = outcome === 'failed' || outcome === 'blocked';
  if (isFailure !== (event === 'reconcile.failed')) faults.push(`${event} for ${outcome}`);
  if (isFailure && typeof end['code'] !== 'string') faults.push('a failure without a code');
  if (typeof end['durationMs'] !== 'number') faults.push('an end without its duration');
  return faults;
}

function conditionFaults(entries: readonly Entry[]): readonly string[] {
  const last = new Map<string, string>();
  return entries.flatMap((entry) => {
    if (entry.event !== 'condition.changed') return [];
    const condition = textOf(entry, 'condition');
    const now = `${textOf(entry, 'status')} ${textOf(entry, 'reason')}`;
    const before = last.get(condition);
    last.set(condition, now);
    return before === now ? [`${condition} changed from ${now} to ${now}`] : [];
  });
}
