import { isAlias, isScalar, Scalar, type ParsedNode } from 'yaml';
import { FORBIDDEN_KEYS } from '../shared/json.ts';
import type { Fault } from './fault.ts';
import type { Span } from './excerpt.ts';
import { quoteName } from './quote-name.ts';

const STRING_TAGS: ReadonlySet<string | undefined> = new Set([undefined, '!', 'tag:yaml.org,2002:str']);

/** A key's name, where it has one, and what forbids it. `seen` are the names that the mapping has had so far. */
export function checkKey(
  key: ParsedNode,
  seen: ReadonlySet<string>,
): { readonly name: string | undefined; readonly fault: Fault | undefined } {
  const name = nameOf(key);
  if (name === undefined) {
    const hint = 'put the key in quotes';
    return { name, fault: { code: 'key-not-string', message: 'a key has to be a string', hint } };
  }
  return { name, fault: refuseName(name, key, seen) };
}

function nameOf(key: ParsedNode): string | undefined {
  if (isAlias(key) || !isScalar(key) || !STRING_TAGS.has(key.tag)) return undefined;
  return typeof key.value === 'string' ? key.value : undefined;
}

function refuseName(name: string, key: ParsedNode, seen: ReadonlySet<string>): Fault | undefined {
  if (FORBIDDEN_KEYS.has(name)) {
    return { code: 'forbidden-key', message: `the key ${quoteName(name)} is not accepted`, hint: 'remove the member' };
  }
  if (name === '<<' && isScalar(key) && key.type === Scalar.PLAIN) {
    return { code: 'merge-key', message: 'the merge key "<<" is not accepted', hint: 'write the members out' };
  }
  if (!seen.has(name)) return undefined;
  const message = `the key ${quoteName(name)} occurs twice in this mapping`;
  return { code: 'duplicate-key', message, hint: 'remove one of the two' };
}

/** Where a key stands, if excerpts may show it: only what is surely a key and on one line. */
export function spanOfKey(key: ParsedNode): Span | undefined {
  if (!isScalar(key) || key.source === undefined) return undefined;
  if (key.type === Scalar.BLOCK_LITERAL || key.type === Scalar.BLOCK_FOLDED) return undefined;
  const [from, to] = key.range ?? [0, 0];
  return to > from ? { from, to } : undefined;
}
