import { isScalar, Scalar, type ParsedNode } from 'yaml';
import { FORBIDDEN_KEYS } from '../shared/json.ts';
import type { Fault } from './fault.ts';
import type { Span } from './excerpt.ts';
import { quoteName } from './quote-name.ts';

const STRING_TAGS: ReadonlySet<string | undefined> = new Set([undefined, '!', 'tag:yaml.org,2002:str']);

/** A key that is a string. */
export type NamedKey = Scalar.Parsed & { readonly value: string };

/** What is said of a key that is no string. */
export const KEY_NOT_STRING: Fault = {
  code: 'key-not-string',
  message: 'a key has to be a string',
  hint: 'put the key in quotes',
};

/** Tells whether a key is a string. */
export function isNamed(key: ParsedNode): key is NamedKey {
  return isScalar(key) && STRING_TAGS.has(key.tag) && typeof key.value === 'string';
}

/** What forbids a key: `forbidden-key`, `merge-key` or `duplicate-key`. `seen` are the names that the mapping has had so far. */
export function refuseKey(key: NamedKey, seen: ReadonlySet<string>): Fault | undefined {
  const name = key.value;
  if (FORBIDDEN_KEYS.has(name)) {
    return { code: 'forbidden-key', message: `the key ${quoteName(name)} is not accepted`, hint: 'remove the member' };
  }
  if (name === '<<' && key.type === Scalar.PLAIN) {
    return { code: 'merge-key', message: 'the merge key "<<" is not accepted', hint: 'write the members out' };
  }
  if (!seen.has(name)) return undefined;
  const message = `the key ${quoteName(name)} occurs twice in this mapping`;
  return { code: 'duplicate-key', message, hint: 'remove one of the two' };
}

/** Where a key stands, if excerpts may show it: only what is surely a key and on one line. */
export function spanOfKey(key: NamedKey): Span | undefined {
  if (key.type === Scalar.BLOCK_LITERAL || key.type === Scalar.BLOCK_FOLDED) return undefined;
  const [from, to] = key.range;
  return to > from ? { from, to } : undefined;
}
