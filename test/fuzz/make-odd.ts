import { isList, isObject, type Json } from '../../src/shared/json.ts';
import type { Filling, Odd, WireForm } from './odd-answers.ts';

/** An answer before it goes onto the wire. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** The answer with one thing odd about it, and the form in which it is sent. */
export function madeOdd(
  answer: PlainAnswer,
  one: Odd,
): { readonly answer: PlainAnswer; readonly form: WireForm | 'plain' } {
  const { body, headers } = answer;
  const plain = (changes: Partial<PlainAnswer>) => ({ answer: { ...answer, ...changes }, form: 'plain' as const });
  switch (one.kind) {
    case 'value':
      return plain({ body: Buffer.from(withOddValue(body.toString(), one)) });
    case 'body':
      return plain({ body: filled(one.body) });
    case 'cut':
      return plain({ body: body.subarray(0, Math.floor((body.length * one.at) / 1001)) });
    case 'flip': {
      const flipped = Buffer.from(body);
      if (flipped.length > 0) flipped[Math.floor((flipped.length * one.at) / 1001)] = one.byte;
      return plain({ body: flipped });
    }
    case 'status':
      return plain({ status: one.status, ...(one.body === null ? {} : { body: filled(one.body) }) });
    case 'headers':
      return plain({ headers: [...headers, ...one.headers] });
    case 'wire':
      return { answer, form: one.form };
  }
}

function filled(filling: Filling): Buffer {
  return Buffer.from(textOf(filling));
}

function textOf({ before, text, times, after }: Filling): string {
  return before + text.repeat(times) + after;
}

const PLACE = '@place@';

/** The JSON text with one of its values changed, which need not be JSON afterwards. */
function withOddValue(text: string, { at, how, value: filling }: Extract<Odd, { kind: 'value' }>): string {
  const put = textOf(filling);
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch {
    return put;
  }
  const chosen = at % countOf(json);
  const marked = JSON.stringify(markedAt(json, { left: chosen }, how));
  const original = JSON.stringify(valueNumber(json, { left: chosen }));
  if (how === 'twice') return marked.replace(`"${PLACE}"`, () => `${original},"key":${put},"key":${put}`);
  return marked.replace(`"${PLACE}"`, () => put);
}

function countOf(json: Json): number {
  let count = 1;
  for (const child of childrenOf(json)) count += countOf(child);
  return count;
}

function childrenOf(json: Json): readonly Json[] {
  if (isList(json)) return json;
  return isObject(json) ? Object.values(json) : [];
}

function valueNumber(json: Json, count: { left: number }): Json {
  if (count.left === 0) return json;
  for (const child of childrenOf(json)) {
    count.left -= 1;
    const found = valueNumber(child, count);
    if (count.left <= 0) return found;
  }
  return null;
}

function markedAt(
  json: Json,
  count: { left: number },
  how: 'replace' | 'remove' | 'twice' | 'beside',
): Json | undefined {
  if (count.left === 0) {
    count.left = -1;
    if (how === 'remove') return undefined;
    if (how !== 'beside') return PLACE;
    return isObject(json) ? { ...json, odd: PLACE } : isList(json) ? [...json, PLACE] : PLACE;
  }
  const inside = (child: Json): Json | undefined => {
    if (count.left < 0) return child;
    count.left -= 1;
    return markedAt(child, count, how);
  };
  if (isList(json)) return json.map(inside).filter((item) => item !== undefined);
  if (!isObject(json)) return json;
  const members = Object.entries(json).map(([name, child]) => [name, inside(child)] as const);
  return Object.fromEntries(members.filter((member): member is [string, Json] => member[1] !== undefined));
}
