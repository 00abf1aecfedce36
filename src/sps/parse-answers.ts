import { isList, isObject, type Json, type JsonObject } from '../shared/json.ts';
import { shapeError, type ApplianceError, type RequestName } from './appliance-error.ts';
import type { ApplianceInfo, ChangeEntry, ListingItem, Reading, TransactionStatus } from './message.ts';
import { isRequestPath } from './request-path.ts';

/** Where an answer came from, for the error that it may become. */
export interface Origin {
  readonly request: RequestName;
  readonly status: number;
}

/**
 * Reads `GET /api/info`; members that are missing or null are null, members of a wrong type a shape error, but for the
 * hash: it is only ever compared, and what it is like is not documented. core.md §11.1.
 */
export function parseInfo(origin: Origin, answer: Json): ApplianceInfo {
  const body = isObject(answer) ? answer['body'] : undefined;
  if (!isObject(body)) throw wrong(origin, 'without an object "body"');
  const given = body['roles'] ?? [];
  const roles = typeof given === 'string' ? [given] : given;
  if (!isList(roles) || !roles.every((role) => typeof role === 'string'))
    throw wrong(origin, 'with "roles" not a list of strings');
  return {
    hostname: optionalString(origin, body, 'hostname'),
    firmware: optionalString(origin, body, 'firmware_version'),
    roles,
    configHash: hashOf(body['config_hash']),
  };
}

function hashOf(value: Json | undefined): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : null;
}

/**
 * Reads a configuration endpoint: a leaf has `body`, a listing has `items`. A listing that says of itself that it is not
 * whole, or names a key twice, is a shape error: missing members must never look like deleted ones. core.md §3.1, §3.3.
 */
export function parseReading(origin: Origin, answer: Json): Reading {
  if (!isObject(answer)) throw wrong(origin, 'with JSON that is not an object');
  const { body, items } = answer;
  if (body !== undefined && items !== undefined) throw wrong(origin, 'with both "body" and "items"');
  if (body !== undefined) return { kind: 'leaf', body };
  if (items === undefined) throw wrong(origin, 'with neither "body" nor "items"');
  if (!isList(items)) throw wrong(origin, 'with "items" that are not a list');
  requireWhole(origin, answer['meta'], items.length);
  const parsed = items.map((item, index) => parseItem(origin, item, index));
  if (new Set(parsed.map((item) => item.key)).size !== parsed.length)
    throw wrong(origin, 'with a key that occurs twice');
  return { kind: 'listing', items: parsed };
}

function requireWhole(origin: Origin, meta: Json | undefined, count: number): void {
  const { match_count: matches, limit } = isObject(meta) ? meta : {};
  if (typeof matches === 'number') {
    if (matches <= count) return;
    throw wrong(origin, `with an incomplete listing: ${count} of ${matches} items`);
  }
  // With nothing to say how many there are, a listing that is full to its limit may go on.
  if (typeof limit !== 'number' || count < limit) return;
  throw wrong(origin, `with a listing that may be incomplete: ${count} items at a limit of ${limit}`);
}

function parseItem(origin: Origin, item: Json, index: number): ListingItem {
  if (!isObject(item)) throw wrong(origin, `with item ${index} not an object`);
  const { key, meta, body } = item;
  const href = isObject(meta) ? meta['href'] : undefined;
  if (typeof key !== 'string' || key === '') throw wrong(origin, `with item ${index} without a "key"`);
  if (typeof href !== 'string' || !isRequestPath(href)) {
    throw wrong(origin, `with item ${index} without a "meta.href" that is a path below /api`);
  }
  return { key, href, body };
}

/**
 * Reads a resource that shows its members under `body`, which may be null, or bare beside `key` and `meta`; without any
 * it is an empty object. A listing is a shape error. endpoints-basic.md §1.2, §1.8.
 */
export function parseStatus(origin: Origin, answer: Json): Json {
  if (!isObject(answer)) throw wrong(origin, 'with JSON that is not an object');
  const { body, key: _key, meta: _meta, ...members } = answer;
  if (isList(members['items'])) throw wrong(origin, 'with a listing');
  return body === undefined ? members : body;
}

/** Reads `GET /api/transaction` in its old (`transaction`) and new (`body`) shape. core.md §6.1. */
export function parseTransactionStatus(origin: Origin, answer: Json): TransactionStatus {
  const { body, transaction, meta } = isObject(answer) ? answer : {};
  for (const place of [body, transaction]) {
    if (!isObject(place)) continue;
    const { status, commit_message: policy } = place;
    if (status !== 'open' && status !== 'closed') continue;
    const commitMessage = policy === 'required' || policy === 'optional' ? policy : null;
    return { status, commitMessage, remainingSeconds: remainingSeconds(meta) };
  }
  throw wrong(origin, 'without a transaction status of "open" or "closed"');
}

/** A hint only: a value that no session can have (more than 30 years) counts as none. */
function remainingSeconds(meta: Json | undefined): number | null {
  const seconds = isObject(meta) ? meta['remaining_seconds'] : undefined;
  return typeof seconds === 'number' && seconds >= 0 && seconds <= 1e9 ? seconds : null;
}

/** Reads `GET /api/transaction/changes`: the list at the top, in `body.changes`, or the body itself. core.md §7.1. */
export function parseChanges(origin: Origin, answer: Json): readonly ChangeEntry[] {
  const list = changeList(answer);
  if (list === null) throw wrong(origin, 'without a list "changes"');
  return list.map((entry, index) => {
    const { type, path } = isObject(entry) ? entry : {};
    if (typeof type === 'string' && typeof path === 'string') return { type, path };
    throw wrong(origin, `with change ${index} without a "type" and a "path"`);
  });
}

function changeList(answer: Json): readonly Json[] | null {
  if (!isObject(answer)) return null;
  const { changes, body } = answer;
  const nested = isObject(body) ? body['changes'] : body;
  const list = changes ?? nested;
  return list !== undefined && isList(list) ? list : null;
}

function optionalString(origin: Origin, body: JsonObject, member: string): string | null {
  const value = body[member] ?? null;
  if (value === null || typeof value === 'string') return value;
  throw wrong(origin, `with "${member}" not a string`);
}

function wrong(origin: Origin, expected: string): ApplianceError {
  return shapeError(origin.request, origin.status, expected);
}
