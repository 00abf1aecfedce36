import { isList, isObject, type Json, type JsonObject } from './json.ts';

/** The only way to write an index in a JSON pointer. */
const INDEX = /^(?:0|[1-9]\d*)$/;

/** Splits a JSON pointer (RFC 6901) into its unescaped tokens; `""` gives none. Throws `SyntaxError` on other text. */
export function splitPointer(pointer: string): readonly string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw new SyntaxError('a JSON pointer is empty or begins with "/"');
  if (/~(?![01])/.test(pointer)) throw new SyntaxError('in a JSON pointer "~" is written "~0"');
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The pointer of a member or element of the value that `pointer` names. */
export function childPointer(pointer: string, token: string | number): string {
  return `${pointer}/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Tells whether `pointer` names the value at `ancestor` or something inside of it. */
export function isAtOrBelow(pointer: string, ancestor: string): boolean {
  return pointer === ancestor || pointer.startsWith(`${ancestor}/`);
}

/** A pointer and those of all values around it, the whole document `""` last. */
export function placesAbove(pointer: string): readonly string[] {
  const places = [pointer];
  for (let end = pointer.lastIndexOf('/'); end >= 0; end = pointer.lastIndexOf('/', end - 1)) {
    places.push(pointer.slice(0, end));
    if (end === 0) break;
  }
  return places;
}

/** The value at a pointer, or `undefined` where the document has none. */
export function valueAt(document: Json | undefined, pointer: string): Json | undefined {
  let value: Json | undefined = document;
  for (const token of splitPointer(pointer)) {
    if (value === undefined) return undefined;
    if (isList(value)) value = INDEX.test(token) ? value[Number(token)] : undefined;
    else if (isObject(value)) value = Object.hasOwn(value, token) ? value[token] : undefined;
    else return undefined;
  }
  return value;
}

/**
 * A copy of the document with the value at the pointer replaced, or removed when `value` is `undefined`. A pointer whose
 * parent does not exist leaves the document as it is.
 */
export function withValueAt(document: Json | undefined, pointer: string, value: Json | undefined): Json | undefined {
  return replaceAt(document, splitPointer(pointer), value);
}

function replaceAt(current: Json | undefined, tokens: readonly string[], value: Json | undefined): Json | undefined {
  const [token, ...rest] = tokens;
  if (token === undefined) return value;
  if (current !== undefined && isList(current)) {
    const index = Number(token);
    if (!INDEX.test(token) || index >= current.length) return current;
    const replaced = replaceAt(current[index], rest, value);
    return replaced === undefined ? current.toSpliced(index, 1) : current.with(index, replaced);
  }
  if (!isObject(current)) return current;
  if (rest.length > 0 && !Object.hasOwn(current, token)) return current;
  const replaced = replaceAt(current[token], rest, value);
  const { [token]: _removed, ...others } = current as Record<string, Json>;
  return replaced === undefined ? others : ({ ...current, [token]: replaced } satisfies JsonObject);
}
