import { isList, isObject, type Json, type JsonObject } from '../shared/json.ts';
import { childPointer, splitPointer, valueAt } from '../shared/pointer.ts';
import { Refusal, syntacticError } from './answer.ts';
import type { Configuration } from './configuration.ts';

interface Reference {
  readonly key: string;
  readonly href: string;
}

/** A reference in the body at `path`. */
export interface PlacedReference extends Reference {
  /** The JSON pointer inside of the body. */
  readonly pointer: string;
  /** The path below `/api/configuration` of the object that it names. */
  readonly target: string;
}

const ROOT = '/api/configuration/';

/** Refuses a body that holds a reference as GET shows it: 400 `SyntacticError`, because writes take the key (core.md §4). */
export function refuseReferenceObjects(value: Json, path: string): void {
  if (isList(value)) value.forEach((element, index) => refuseReferenceObjects(element, childPointer(path, index)));
  if (!isObject(value)) return;
  if (referenceOf(value) !== undefined) throw syntacticError(path, 'A reference is written as the key alone.');
  for (const [name, member] of Object.entries(value)) refuseReferenceObjects(member, childPointer(path, name));
}

/**
 * The body as GET shows it afterwards: a key that stands where the stored body has a reference is a reference. Elements
 * that a list did not have take the first one as their pattern.
 */
export function withReferences(body: Json, stored: Json | undefined): Json {
  const reference = stored === undefined ? undefined : referenceOf(stored);
  if (typeof body === 'string' && reference !== undefined)
    return { key: body, meta: { href: hrefFor(body, reference) } };
  if (isList(body)) {
    const pattern = stored !== undefined && isList(stored) ? stored : [];
    return body.map((element, index) => withReferences(element, pattern[index] ?? pattern[0]));
  }
  if (!isObject(body)) return body;
  const members = isObject(stored) ? stored : {};
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, withReferences(value, members[name])]));
}

/** The body with the keys at a place turned into references; `*` in `pointer` stands for every element or member. */
export function withReferencesAt(body: Json, pointer: string, collection: string): Json {
  return replaceKeys(body, splitPointer(pointer), `${ROOT}${collection}`);
}

/** Every reference of a body. */
export function referencesIn(body: Json, pointer = ''): readonly PlacedReference[] {
  if (isList(body)) return body.flatMap((element, index) => referencesIn(element, childPointer(pointer, index)));
  if (!isObject(body)) return [];
  const reference = referenceOf(body);
  if (reference === undefined)
    return Object.entries(body).flatMap(([name, member]) => referencesIn(member, childPointer(pointer, name)));
  if (!reference.href.startsWith(ROOT)) return [];
  return [{ ...reference, pointer, target: (reference.href.split('#')[0] ?? '').slice(ROOT.length) }];
}

/** Tells whether the configuration has what a reference names, the place inside of the object included. */
export function isSatisfied(reference: PlacedReference, configuration: Configuration): boolean {
  const inside = reference.href.split('#')[1];
  const body = configuration.bodies.get(reference.target);
  return inside === undefined ? body !== undefined : valueAt(body, `/${inside}`) !== undefined;
}

/** Refuses a write-once object that is sent back where it is already (Q12): 400 `SemanticError` naming the place. */
export function refuseUnchangedSecrets(body: Json, stored: Json, path: string): void {
  const before = referencesIn(stored);
  const kept = referencesIn(body).find(
    ({ pointer, target }) =>
      isWriteOnce(target) && before.some((old) => old.pointer === pointer && old.target === target),
  );
  if (kept === undefined) return;
  const errors = [`${path}${kept.pointer}: the object is in use already`];
  throw new Refusal(400, 'SemanticError', 'The configuration is inconsistent.', { errors, path: path + kept.pointer });
}

/** Tells whether a path is that of an object that only one place may refer to (core.md §9). */
export function isWriteOnce(path: string): boolean {
  return path.startsWith('passwords/') || path.startsWith('private_keys/');
}

function replaceKeys(value: Json, tokens: readonly string[], collection: string): Json {
  const [token, ...rest] = tokens;
  if (token === undefined) {
    return typeof value === 'string' ? { key: value, meta: { href: hrefIn(collection, value) } } : value;
  }
  if (isList(value)) {
    return value.map((element, index) =>
      token === '*' || token === String(index) ? replaceKeys(element, rest, collection) : element,
    );
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      token === '*' || token === name ? replaceKeys(member, rest, collection) : member,
    ]),
  );
}

function referenceOf(value: Json): Reference | undefined {
  if (!isObject(value)) return undefined;
  const { key, meta }: JsonObject = value;
  const href = isObject(meta) ? meta['href'] : undefined;
  if (typeof key !== 'string' || typeof href !== 'string') return undefined;
  return Object.keys(value).every((name) => ['key', 'meta', 'body'].includes(name)) ? { key, href } : undefined;
}

function hrefFor(key: string, pattern: Reference): string {
  if (key === pattern.key) return pattern.href;
  return hrefIn(pattern.href.slice(0, pattern.href.split('#')[0]?.lastIndexOf('/')), key);
}

function hrefIn(collection: string, key: string): string {
  // A dotted key names a place inside of a member: nic1.interfaces.X is nic1#interfaces/X (core.md §4).
  const [member, ...inside] = key.split('.');
  return inside.length === 0 ? `${collection}/${key}` : `${collection}/${member}#${inside.join('/')}`;
}
