import { isIP } from 'node:net';
import { isList, isObject, type Json, type JsonObject } from '../shared/json.ts';
import { syntacticError } from './answer.ts';

/**
 * Checks one value and gives what is kept of it: unknown members are gone (core.md §5). `path` names the value in the
 * refusal, 400 `SyntacticError`.
 */
export type Check = (value: Json, path: string) => Json;

const FQDN =
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;

/** `true` or `false`, nothing that resembles them. */
export const isBoolean: Check = (value, path) => {
  if (typeof value === 'boolean') return value;
  throw syntacticError(path, 'The value must be a boolean.');
};

/** Any string, the empty one included. */
export const isString: Check = (value, path) => {
  if (typeof value === 'string') return value;
  throw syntacticError(path, 'The value must be a string.');
};

/** A whole number; the facts give no other limits for most of them. */
export function isInteger(minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER): Check {
  return (value, path) => {
    if (Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum) return value;
    throw syntacticError(path, 'The value must be an integer in the permitted range.');
  };
}

/** A string that fits a test; `what` completes the sentence "The value must be …". */
export function isText(fits: (text: string) => boolean, what: string): Check {
  return (value, path) => {
    if (typeof value === 'string' && fits(value)) return value;
    throw syntacticError(path, `The value must be ${what}.`);
  };
}

/** A list whose elements the other check accepts. */
export function isListOf(check: Check): Check {
  return (value, path) => {
    if (isList(value)) return value.map((element, index) => check(element, `${path}/${index}`));
    throw syntacticError(path, 'The value must be a list.');
  };
}

/** A string that is not empty. */
export const isName: Check = isText((text) => text !== '', 'a string that is not empty');

/** `null`, or what the other check accepts. */
export function isNullOr(check: Check): Check {
  return (value, path) => (value === null ? null : check(value, path));
}

/** An object with exactly these members, all required; others are dropped silently. */
export function isRecord(members: Readonly<Record<string, Check>>): Check {
  return (value, path) => {
    const object = requireObject(value, path);
    return Object.fromEntries(
      Object.entries(members).map(([name, check]) => [
        name,
        check(requireMember(object, name, path), `${path}/${name}`),
      ]),
    );
  };
}

/** A union of the form `{selection, value}` with the given tags. */
export function isUnion(payloads: Readonly<Record<string, Check>>): Check {
  return (value, path) => {
    const object = requireObject(value, path);
    const selection = requireMember(object, 'selection', path);
    const payload =
      typeof selection === 'string' && Object.hasOwn(payloads, selection) ? payloads[selection] : undefined;
    if (payload === undefined) throw syntacticError(`${path}/selection`, 'The selection is not one of the known ones.');
    return { selection, value: payload(requireMember(object, 'value', path), `${path}/value`) };
  };
}

/** Accepts an object with any text as its `selection`, for unions whose values the guide lists only in part. Keeps all members. */
export const isOpenUnion: Check = (value, path) => {
  const object = requireObject(value, path);
  isString(requireMember(object, 'selection', path), `${path}/selection`);
  return object;
};

/** The address union of endpoints-basic.md §0. */
export const isAddress: Check = isUnion({
  ip: isText((text) => isIP(text) !== 0, 'an IP address'),
  fqdn: isText((text) => FQDN.test(text) && isIP(text) === 0, 'a domain name'),
});

/** The value as an object, or 400. */
export function requireObject(value: Json, path: string): JsonObject {
  if (isObject(value)) return value;
  throw syntacticError(path, 'The value must be an object.');
}

/** A member that must be there, or 400 that names it. */
export function requireMember(object: JsonObject, name: string, path: string): Json {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  if (value !== undefined) return value;
  throw syntacticError(`${path}/${name}`, 'The value is required.');
}

/** Tells whether a text is an HTTP or HTTPS URL with a host. */
export function isWebLink(text: string): boolean {
  return /^https?:\/\/[^/\s]/i.test(text) && URL.canParse(text);
}
