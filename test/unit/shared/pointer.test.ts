import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/shared/json.ts';
import { childPointer, isAtOrBelow, splitPointer, valueAt, withValueAt } from '../../../src/shared/pointer.ts';

test.each([
  ['', []],
  ['/', ['']],
  ['/a/b', ['a', 'b']],
  ['/a//b', ['a', '', 'b']],
  ['/a~1b/c~0d', ['a/b', 'c~d']],
  ['/~01', ['~1']],
  ['/~10', ['/0']],
])('%j has the tokens %j', (pointer, tokens) => {
  expect(splitPointer(pointer)).toEqual(tokens);
  expect(tokens.reduce((parent, token) => childPointer(parent, token), '')).toBe(pointer);
});

test.each(['a', 'a/b', '#/a', '/~', '/~2', '/a~'])('%j is no pointer', (pointer) => {
  expect(() => splitPointer(pointer)).toThrow(SyntaxError);
});

test('an index becomes a token', () => {
  expect(childPointer('/l', 3)).toBe('/l/3');
});

test.each([
  ['/a', '/a', true],
  ['/a/b', '/a', true],
  ['/a/b', '', true],
  ['', '', true],
  ['/ab', '/a', false],
  ['/a', '/a/b', false],
  ['', '/a', false],
])('%j is at or below %j: %s', (pointer, ancestor, expected) => {
  expect(isAtOrBelow(pointer, ancestor)).toBe(expected);
});

const DOCUMENT: Json = { a: { b: [10, { c: null }] }, '': 1, 'x/y': 2, 0: 'zero' };

test.each<[string, Json | undefined]>([
  ['', DOCUMENT],
  ['/a/b/0', 10],
  ['/a/b/1/c', null],
  ['/a/b/2', undefined],
  ['/a/b/-', undefined],
  ['/a/b/01', undefined],
  ['/a/b/', undefined],
  ['/a/b/length', undefined],
  ['/a/b/1/c/d', undefined],
  ['/a/b/0/x', undefined],
  ['/', 1],
  ['/0', 'zero'],
  ['/x~1y', 2],
  ['/none', undefined],
  ['/none/deeper', undefined],
  ['/toString', undefined],
  ['/a/constructor', undefined],
])('the value at %j', (pointer, value) => {
  expect(valueAt(DOCUMENT, pointer)).toEqual(value);
});

test('nothing has no values', () => {
  expect([valueAt(undefined, ''), valueAt(undefined, '/a')]).toEqual([undefined, undefined]);
});

describe('replacing', () => {
  test.each<[string, Json | undefined, string, Json | undefined, Json | undefined]>([
    ['the whole', { a: 1 }, '', 2, 2],
    ['the whole by nothing', { a: 1 }, '', undefined, undefined],
    ['a member', { a: 1, b: 2 }, '/a', 3, { a: 3, b: 2 }],
    ['a member that is new', { a: 1 }, '/b', null, { a: 1, b: null }],
    ['a member by nothing', { a: 1, b: 2 }, '/a', undefined, { b: 2 }],
    ['what is not there by nothing', { a: 1 }, '/b', undefined, { a: 1 }],
    ['deep inside', { a: [{ b: 1 }, 2] }, '/a/0/b', 3, { a: [{ b: 3 }, 2] }],
    ['an element', [1, 2, 3], '/1', 9, [1, 9, 3]],
    ['an element by nothing', [1, 2, 3], '/1', undefined, [1, 3]],
    ['below what is not there', { a: 1 }, '/b/c', 1, { a: 1 }],
    ['below a scalar', { a: 1 }, '/a/b', 2, { a: 1 }],
    ['below null', { a: null }, '/a/b', 2, { a: null }],
    ['an index beyond the end', [1], '/1', 2, [1]],
    ['a negative index', [1], '/-1', 2, [1]],
    ['an index that is no number', [1], '/x', 2, [1]],
    ['an empty index', [1], '/', 2, [1]],
    ['an index with a leading zero', [1, 2], '/01', 9, [1, 2]],
    ['an index in another notation', [1, 2], '/1e0', 9, [1, 2]],
    ['a fraction as an index', [1], '/0.5', 2, [1]],
    ['a member of nothing', undefined, '/a', 1, undefined],
    ['an inherited name', {}, '/toString/x', 1, {}],
    ['a name that objects inherit', {}, '/toString', 1, { toString: 1 }],
  ])('%s', (_name, document, pointer, value, expected) => {
    const before = structuredClone(document);
    expect(withValueAt(document, pointer, value)).toEqual(expected);
    expect(document).toEqual(before);
  });
});
