/** Any value that JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [member: string]: Json;
}

/** Member names that reach into JavaScript's prototypes; refused wherever text becomes values. */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Far more levels than any appliance needs, and few enough for everything that walks a value. */
const DEEPEST = 500;

/** Tells whether a value is an object, as opposed to a list, a scalar or an instance of a class. */
export function isObject(value: unknown): value is JsonObject {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Tells whether a value is a list; keeps the element type that `Array.isArray` loses on readonly lists. */
export function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

/**
 * Parses JSON text. Throws `SyntaxError` when the text is not JSON, holds a member named in `FORBIDDEN_KEYS` at any depth,
 * or nests deeper than `DEEPEST`; the message never quotes the text.
 */
export function parseJson(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    // The engine's own message quotes the text, which may hold a secret.
    throw new SyntaxError('the text is not JSON');
  }
  refuseUnfit(value, 0);
  return value;
}

function refuseUnfit(value: Json, depth: number): void {
  if (depth > DEEPEST) throw new SyntaxError(`the text nests deeper than ${DEEPEST} levels`);
  if (isList(value)) value.forEach((item) => refuseUnfit(item, depth + 1));
  else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      if (FORBIDDEN_KEYS.has(key)) throw new SyntaxError(`the member name ${key} is not accepted`);
      refuseUnfit(value[key] as Json, depth + 1);
    }
  }
}

/** JSON text with members in the order of their UTF-16 units: equal values give equal text. */
export function canonicalJson(value: Json): string {
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (isObject(value)) {
    const members = Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] as Json)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}

/** Tells whether two JSON values are equal; the order of members does not count. */
export function equalJson(left: Json, right: Json): boolean {
  if (left === right) return true;
  if (isList(left)) {
    return isList(right) && left.length === right.length && left.every((v, i) => equalJson(v, right[i] as Json));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && equalJson(left[key] as Json, right[key] as Json))
  );
}
