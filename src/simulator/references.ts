import { isList, isObject, type Json, type JsonObject } from '../shared/json.ts';
import { childPointer } from '../shared/pointer.ts';
import { syntacticError } from './answer.ts';

interface Reference {
  readonly key: string;
  readonly href: string;
}

/** Refuses a body that holds a reference as GET shows it: 400 `SyntacticError`, because writes take the key (core.md §4). */
export function refuseReferenceObjects(value: Json, path: string): void {
  if (isList(value)) value.forEach((element, index) => refuseReferenceObjects(element, childPointer(path, index)));
  if (!isObject(value)) return;
  if (referenceOf(value) !== undefined) throw syntacticError(path, 'A reference is written as the key alone.');
  for (const [name, member] of Object.entries(value)) refuseReferenceObjects(member, childPointer(path, name));
}

/**
 * The body as GET shows it afterwards: a key that stands where the stored body has a reference is a reference. Elements
 * that a list did not have take the first one as their pattern. Whether the target exists is not checked.
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

function referenceOf(value: Json): Reference | undefined {
  if (!isObject(value)) return undefined;
  const { key, meta }: JsonObject = value;
  const href = isObject(meta) ? meta['href'] : undefined;
  if (typeof key !== 'string' || typeof href !== 'string') return undefined;
  return Object.keys(value).every((name) => ['key', 'meta', 'body'].includes(name)) ? { key, href } : undefined;
}

function hrefFor(key: string, pattern: Reference): string {
  if (key === pattern.key) return pattern.href;
  const collection = pattern.href.slice(0, pattern.href.split('#')[0]?.lastIndexOf('/'));
  if (!pattern.href.includes('#')) return `${collection}/${key}`;
  // A dotted key names a place inside of a member: nic1.interfaces.X is nic1#interfaces/X (core.md §4).
  const [member, ...inside] = key.split('.');
  return `${collection}/${member}#${inside.join('/')}`;
}
