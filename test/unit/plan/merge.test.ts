import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { merged } from './parts.ts';

const LIST: JsonObject = { properties: { list: { items: { properties: { a: {}, b: {} } } } } };

test.each<[string, Json, Json, Json]>([
  ['a member is laid over', { a: 1, b: 2 }, { a: 3 }, { a: 3, b: 2 }],
  ['members that no schema knows are sent back', { x: { y: [1] }, a: 1 }, { a: 2 }, { x: { y: [1] }, a: 2 }],
  ['nested members merge', { a: { b: 1, c: 2 } }, { a: { c: 3 } }, { a: { b: 1, c: 3 } }],
  ['a new member is added', { a: 1 }, { b: 2 }, { a: 1, b: 2 }],
  ['null is a value', { a: 1, b: 1 }, { a: null }, { a: null, b: 1 }],
  ['null over null', { a: null }, { a: null }, { a: null }],
  ['null over an object', { a: { b: 1 } }, { a: null }, { a: null }],
  ['null where nothing was', {}, { a: null }, { a: null }],
  ['{} changes nothing', { a: { b: 1 } }, { a: {} }, { a: { b: 1 } }],
  ['{} where nothing was asks for nothing', { a: 1 }, { b: {} }, { a: 1 }],
  ['{} changes no text', { a: 'x' }, { a: {} }, { a: 'x' }],
  ['{} changes no null', { a: null }, { a: {} }, { a: null }],
  ['{} at the root changes no text', 'x', {}, 'x'],
  ['{} at the root changes nothing', { a: 1 }, {}, { a: 1 }],
  ['[] empties', { a: [1, 2] }, { a: [] }, { a: [] }],
  ['a scalar root', 'Etc/UTC', 'Europe/Vienna', 'Europe/Vienna'],
  ['a null root', { a: 1 }, null, null],
  ['a list root', [1, 2], [2, 1], [2, 1]],
  ['an empty list root', [1, 2], [], []],
  ['a list root from an object', { a: 1 }, [1], [1]],
  ['an object root from a list', [1], { a: 1 }, { a: 1 }],
  ['object over null', { a: null }, { a: { b: 1 } }, { a: { b: 1 } }],
  ['object over a list', { a: [1] }, { a: { b: 1 } }, { a: { b: 1 } }],
  ['list over an object', { a: { b: 1 } }, { a: [1] }, { a: [1] }],
  ['list over null', { a: null }, { a: [{ b: 1 }] }, { a: [{ b: 1 }] }],
  ['scalar over a list', { a: [1] }, { a: 1 }, { a: 1 }],
  ['"1" is not 1', { a: 1 }, { a: '1' }, { a: '1' }],
  ['false is not null', { a: null }, { a: false }, { a: false }],
  ['0 is not false', { a: false }, { a: 0 }, { a: 0 }],
])('%s', (_name, live, desired, target) => {
  expect(merged(live, desired)).toEqual(target);
});

test.each<[string, Json, Json, Json]>([
  ['members that the file does not mention stay', [{ a: 1, b: 9 }], [{ a: 1 }], [{ a: 1, b: 9 }]],
  ['unknown members of elements stay too', [{ a: 1, z: 9 }], [{ a: 1 }], [{ a: 1, z: 9 }]],
  [
    'one difference: exactly as the file has it',
    [
      { a: 1, b: 9 },
      { a: 2, b: 8 },
    ],
    [{ a: 1 }, { a: 3 }],
    [{ a: 1 }, { a: 3 }],
  ],
  ['length counts: shorter', [{ a: 1, b: 9 }, { a: 1 }], [{ a: 1 }], [{ a: 1 }]],
  ['length counts: longer', [{ a: 1, b: 9 }], [{ a: 1 }, { a: 1 }], [{ a: 1 }, { a: 1 }]],
  ['elements meet by position', [{ a: 1, b: 9 }, { a: 2 }], [{ a: 2 }, { a: 1 }], [{ a: 2 }, { a: 1 }]],
  ['{} meets any object', [{ a: 1 }], [{}], [{ a: 1 }]],
  ['null does not meet an object', [{ a: 1 }], [null], [null]],
  ['lists in lists', [[1, 2], [3]], [[1, 2], [3]], [[1, 2], [3]]],
  ['a changed list in a list', [[{ a: 1, b: 2 }]], [[{ a: 2 }]], [[{ a: 2 }]]],
])('in a list, %s', (_name, live, desired, target) => {
  expect(merged({ list: live }, { list: desired }, LIST)).toEqual({ list: target });
  expect(merged(live, desired)).toEqual(target);
});

const SET: JsonObject = { properties: { list: { 'x-sps-set': true, items: { properties: { a: {}, b: {} } } } } };

test.each<[string, Json, Json, Json]>([
  ['order does not count', ['x', 'y'], ['y', 'x'], ['x', 'y']],
  ['elements meet by best match', [{ a: 1, b: 2 }, { a: 1 }], [{ a: 1 }, { b: 2 }], [{ a: 1, b: 2 }, { a: 1 }]],
  ['each element meets one', ['x', 'y'], ['x', 'x'], ['x', 'x']],
  ['length counts', ['x', 'y'], ['y'], ['y']],
  ['a difference: as the file has it', ['x', 'y'], ['z', 'x'], ['z', 'x']],
  ['[] empties', ['x'], [], []],
  ['not a list before', null, ['x'], ['x']],
])('in a set, %s', (_name, live, desired, target) => {
  expect(merged({ list: live }, { list: desired }, SET)).toEqual({ list: target });
});

test('elements of a set find the only pairing there is, whichever way round they come', () => {
  // By the first fit, {a: 1} would take the element that {a: 1, b: 2} needs.
  const live = [
    { a: 1, b: 2 },
    { a: 1, b: 3 },
  ];
  expect(merged({ list: live }, { list: [{ a: 1 }, { a: 1, b: 2 }] }, SET)).toEqual({ list: live });
  expect(merged({ list: live.toReversed() }, { list: [{ a: 1 }, { b: 2 }] }, SET)).toEqual({ list: live.toReversed() });
});

const NAMED: JsonObject = {
  properties: { list: { 'x-sps-identity': 'name', items: { properties: { name: {}, a: {}, b: {} } } } },
};

test.each<[string, Json, Json, Json]>([
  ['elements merge by name', [{ name: 'x', a: 1, b: 2 }], [{ name: 'x', a: 3 }], [{ name: 'x', a: 3, b: 2 }]],
  ['elements that are not named are removed', [{ name: 'x' }, { name: 'y' }], [{ name: 'y' }], [{ name: 'y' }]],
  [
    'a new element is added',
    [{ name: 'x', b: 1 }],
    [{ name: 'x' }, { name: 'n', a: 1 }],
    [
      { name: 'x', b: 1 },
      { name: 'n', a: 1 },
    ],
  ],
  [
    'position does not decide',
    [
      { name: 'x', b: 1 },
      { name: 'y', b: 2 },
    ],
    [{ name: 'y' }, { name: 'x' }],
    [
      { name: 'y', b: 2 },
      { name: 'x', b: 1 },
    ],
  ],
  ['an element without a name is as the file has it', [{ name: 'x', b: 1 }, { b: 2 }], [{ a: 1 }], [{ a: 1 }]],
  ['scalars among elements', ['s', { name: 'x', b: 1 }], [{ name: 'x' }, 's'], [{ name: 'x', b: 1 }, 's']],
  [
    'the same name twice takes each element once',
    [
      { name: 'x', b: 1 },
      { name: 'x', b: 2 },
    ],
    [
      { name: 'x', a: 3 },
      { name: 'x', a: 4 },
    ],
    [
      { name: 'x', a: 3, b: 1 },
      { name: 'x', a: 4, b: 2 },
    ],
  ],
])('in a list with an identity, %s', (_name, live, desired, target) => {
  const once = merged({ list: live }, { list: desired }, NAMED);
  expect(once).toEqual({ list: target });
  expect(merged(once, { list: desired }, NAMED)).toEqual(once);
});

test('a set with an identity keeps its live order while nothing else differs', () => {
  const schema: JsonObject = {
    properties: { list: { 'x-sps-set': true, 'x-sps-identity': 'name', items: { properties: { name: {}, b: {} } } } },
  };
  const live = {
    list: [
      { name: 'x', b: 1 },
      { name: 'y', b: 2 },
    ],
  };
  expect(merged(live, { list: [{ name: 'y' }, { name: 'x' }] }, schema)).toEqual(live);
  expect(merged(live, { list: [{ name: 'y', b: 3 }, { name: 'x' }] }, schema)).toEqual({
    list: [
      { name: 'y', b: 3 },
      { name: 'x', b: 1 },
    ],
  });
});

test('members of a map are merged by the schema that describes all of them', () => {
  const schema: JsonObject = { additionalProperties: { 'x-sps-set': true } };
  expect(merged({ any: [1, 2] }, { any: [2, 1] }, schema)).toEqual({ any: [1, 2] });
});

test('a member called like something of every object is only a member', () => {
  expect(merged({}, { toString: { valueOf: 1 }, hasOwnProperty: [1] })).toEqual({
    toString: { valueOf: 1 },
    hasOwnProperty: [1],
  });
});
