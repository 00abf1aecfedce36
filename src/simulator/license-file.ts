import { isObject, parseJson, type Json, type JsonObject } from '../shared/json.ts';
import { Refusal, syntacticError } from './answer.ts';
import { isInteger, isName, isRecord, isText } from './checks.ts';

/** What a license says (endpoints-basic.md §1.2). */
export interface LicenseMembers {
  readonly customer: string;
  /** At least 0. */
  readonly limit: number;
  readonly limit_type: 'host' | 'session';
  /** A UUID, or a number of the form `123-456-789`. */
  readonly serial: string;
  /** `YYYY-MM-DD` or `YYYY/MM/DD`, like `valid_not_before`. */
  readonly valid_not_after: string;
  readonly valid_not_before: string;
}

const SERIAL = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{3}-\d{3}-\d{3})$/i;
const DATE = /^(\d{4})([-/])(\d{2})\2(\d{2})$/;

const isDate = isText((text) => canonicalDate(text) !== undefined, 'a date');
const isLicense = isRecord({
  customer: isName,
  limit: isInteger(0),
  limit_type: isText((text) => text === 'host' || text === 'session', 'host or session'),
  serial: isText((text) => SERIAL.test(text), 'a serial number'),
  valid_not_after: isDate,
  valid_not_before: isDate,
});

/** A license file of the simulator: one `key: value` line per member. The vendor's own format is not documented. */
export function licenseFile(members: LicenseMembers): string {
  return Object.entries(members)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

/**
 * The license in a file of the simulator, JSON or lines of `key: value`; dates are kept with `-`. 400 `SyntacticError` for
 * anything else; the refusal names a member and quotes nothing.
 */
export function parseLicense(file: Uint8Array, path: string): JsonObject {
  const license = isLicense(membersOf(file, path), path);
  if (!isObject(license)) throw syntacticError(path, 'The file is not a license.');
  return Object.fromEntries(
    Object.entries(license).map(([name, value]) => [
      name,
      name.startsWith('valid_') ? withSeparator(value, '-') : value,
    ]),
  );
}

/** A license as GET shows it: its dates with the separator of the quirk; `null`, for none, stays. */
export function shownLicense(body: Json, separator: '-' | '/'): Json {
  if (!isObject(body)) return body;
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name,
      name.startsWith('valid_') ? withSeparator(value, separator) : value,
    ]),
  );
}

function membersOf(file: Uint8Array, path: string): Json {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(file);
    return text.trimStart().startsWith('{') ? parseJson(text) : Object.fromEntries(text.trim().split('\n').map(lineOf));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw syntacticError(path, 'The file is not a license.');
  }
}

function lineOf(line: string): [string, Json] {
  const [, name = '', value = ''] = /^\s*([a-z_]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
  if (name === '') throw new SyntaxError('a line is not of the form "key: value"');
  return [name, name === 'limit' && /^\d+$/.test(value) ? Number(value) : value];
}

function withSeparator(value: Json, separator: '-' | '/'): Json {
  return typeof value === 'string' && DATE.test(value) ? value.replaceAll(/[-/]/g, separator) : value;
}

function canonicalDate(text: string): string | undefined {
  const [, year, , month, day] = DATE.exec(text) ?? [];
  const date = `${year}-${month}-${day}`;
  const parsed = new Date(`${date}T00:00:00Z`);
  // A day that the month does not have rolls over into the next one.
  return Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== date ? undefined : date;
}
