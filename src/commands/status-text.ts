import type { Paint } from '../report/paint.ts';
import { printable } from '../report/printable.ts';
import { isList, isObject, type Json, type JsonObject } from '../shared/json.ts';

/** What the second column begins after. */
const WIDTH = 13;

/** Whether a document is a status that this version can show. */
export function isStatus(document: JsonObject): boolean {
  return document['version'] === 1 && typeof document['ready'] === 'boolean' && isList(document['conditions'] ?? null);
}

/** A status for a person: ready or not and why, the conditions, then what the daemon did last and does next. */
export function statusText(document: JsonObject, paint: Paint): string {
  const { ready, conditions, appliance, revision, running, runs, readiness } = document;
  const why = textAt(readiness, 'message');
  const [last] = list(runs);
  const lines = [
    ready === true ? `${paint.added('Ready')}: ${why}` : `${paint.removed('Not ready')}: ${why}`,
    '',
    ...list(conditions).map((condition) => conditionLine(condition, paint)),
    '',
    row('Appliance', `${textAt(appliance, 'url')}, mode ${text(document['mode'])}`),
    row('Attempted', revisionText(member(revision, 'attempted'))),
    row('Applied', revisionText(member(revision, 'applied'))),
    ...(last === undefined ? [row('Last run', 'none yet')] : runLines(last)),
    ...(isObject(running)
      ? [row('Running', `by ${textAt(running, 'trigger')} since ${textAt(running, 'startedAt')}`)]
      : []),
    ...(typeof document['pending'] === 'string' ? [row('Pending', `a run by ${text(document['pending'])}`)] : []),
    row('Next tick', text(document['nextTick'])),
    ...(typeof document['nextRetry'] === 'string' ? [row('Next retry', text(document['nextRetry']))] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function conditionLine(condition: Json, paint: Paint): string {
  const status = textAt(condition, 'status').padEnd(8);
  const shown = status.startsWith('True') ? paint.strong(status) : status;
  return row(
    textAt(condition, 'type'),
    `${shown}${textAt(condition, 'reason').padEnd(18)} since ${textAt(condition, 'since')}`,
  );
}

function runLines(run: Json): readonly string[] {
  const end = ['outcome', 'transaction', 'reason'].map((name) => textAt(run, name)).join(', ');
  const error = member(run, 'error');
  return [
    row(
      'Last run',
      `${end}; by ${textAt(run, 'trigger')}, ${textAt(run, 'endedAt')}, in ${textAt(run, 'durationMs')} ms`,
    ),
    ...(isObject(error) ? [row('', `${textAt(error, 'code')}: ${textAt(error, 'message')}`)] : []),
    ...(isObject(error) && typeof error['hint'] === 'string' ? [row('', `next: ${textAt(error, 'hint')}`)] : []),
  ];
}

function revisionText(revision: Json): string {
  if (!isObject(revision)) return '–';
  const { commit, subject, author, digest } = revision;
  if (typeof commit !== 'string') return text(digest);
  return `${commit.slice(0, 12)} ${text(author)}: ${text(subject)}`;
}

function row(name: string, value: string): string {
  return `${name.padEnd(WIDTH)}${value}`;
}

function list(value: Json | undefined): readonly Json[] {
  return value !== undefined && isList(value) ? value : [];
}

function member(value: Json | undefined, name: string): Json {
  return isObject(value) ? (value[name] ?? null) : null;
}

function textAt(value: Json | undefined, name: string): string {
  return text(member(value, name));
}

function text(value: Json | undefined): string {
  if (value === undefined || value === null) return '–';
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}
