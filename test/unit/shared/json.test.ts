import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import {
  canonicalJson,
  equalJson,
  FORBIDDEN_KEYS,
  isList,
  isObject,
  parseJson,
  type Json,
} from '../../../src/shared/json.ts';
import { Secret } from '../../../src/shared/secret.ts';

test.each<[unknown, boolean]>([
  [{}, true],
  [Object.create(null), true],
  [[], false],
  [null, false],
  [undefined, false],
  ['x', false],
  [1, false],
  [new Map(), false],
  [new Secret('x'), false],
  [Object.create({}), false],
])('%o is an object: %s', (value, expected) => {
  expect(isObject(value)).toBe(expected);
});

test('a list is a list', () => {
  expect([isList([1]), isList('x'), isList({ length: 0 })]).toEqual([true, false, false]);
});

describe('parsing', () => {
  test.each<[string, Json]>([
    ['{"a":[1,null,"x"]}', { a: [1, null, 'x'] }],
    ['"x"', 'x'],
    ['{"proto":1,"Constructor":2}', { proto: 1, Constructor: 2 }],
    ['"__proto__"', '__proto__'],
  ])('%s is accepted', (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  test.each([...FORBIDDEN_KEYS])('a member called %s is refused at any depth', (name) => {
    expect(() => parseJson(`{"${name}": 1}`)).toThrow(SyntaxError);
    expect(() => parseJson(`[{"a": [{"${name}": {}}]}]`)).toThrow(name);
    expect(() => parseJson(`{"\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}": 1}`)).toThrow(name);
  });

  test.each(['', '{', 'hunter2', '{"a": hunter2}', '{"a":1}}', "{'a':1}", '\ufeff{}'])(
    '%j is not JSON, and not quoted',
    (text) => {
      const failure = thrownBy(() => parseJson(text));
      expect(failure).toBeInstanceOf(SyntaxError);
      expect(String(failure)).not.toContain('hunter2');
    },
  );

  test('text that nests without end is refused, not a crash', () => {
    const text = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    expect(thrownBy(() => parseJson(text))).toBeInstanceOf(SyntaxError);
    expect(thrownBy(() => parseJson(`${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`))).toBeInstanceOf(SyntaxError);
  });

  test('what appliances nest is accepted', () => {
    expect(() => parseJson(`${'['.repeat(60)}${']'.repeat(60)}`)).not.toThrow();
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

test('canonical text has its members in order, and nothing else', () => {
  expect(canonicalJson({ b: [1, { d: 1, c: null }], a: 'ä"\n', 10: 1, 9: 1 })).toBe(
    String.raw`{"10":1,"9":1,"a":"ä\"\n","b":[1,{"c":null,"d":1}]}`,
  );
});

test.each<[Json, Json, boolean]>([
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [{ a: 1, b: 2 }, { a: 1 }, false],
  [{ a: null }, { b: null }, false],
  [{ toString: 1 }, { valueOf: 1 }, false],
  [[1, 2], [1, 2], true],
  [[1, 2], [2, 1], false],
  [[1], [1, 2], false],
  [[], {}, false],
  [{}, [], false],
  [{ 0: 1 }, [1], false],
  [null, {}, false],
  [null, null, true],
  [1, '1', false],
  ['', null, false],
  [0, false, false],
])('%j equals %j: %s', (left, right, expected) => {
  expect(equalJson(left, right)).toBe(expected);
  expect(equalJson(right, left)).toBe(expected);
});

test('an object of another realm is no plain object', () => {
  expect(isObject(runInNewContext('({})'))).toBe(false);
});
