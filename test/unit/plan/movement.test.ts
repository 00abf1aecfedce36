import { expect, test } from 'vitest';
import { movementBetween, sideEffects, stoodStill } from '../../../src/plan/movement.ts';
import { compareAbsent, compareCondition, comparePresent } from '../../../src/plan/comparison.ts';
import { UNDESCRIBED_MEMBER } from '../../../src/resources/undescribed-member.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { node, sealing } from './parts.ts';

const SCHEMA: JsonObject = {
  properties: {
    a: {},
    b: { properties: { c: {} } },
    list: { items: { properties: { x: {} } } },
    bare: {},
    map: { additionalProperties: { properties: { x: {} } } },
    stamp: { readOnly: true },
  },
};

function readings(
  desired: Json,
  before: Json,
  after: Json,
  ignore: readonly string[] = [],
  schema: JsonObject | null = SCHEMA,
) {
  const fields = schema === null ? undefined : node(schema);
  const first = comparePresent({ body: desired, ignore, node: fields }, before, sealing());
  return [first, first.again(after)] as const;
}

test.each<[string, Json, Json, Json, readonly string[], boolean]>([
  ['nothing', { a: 1 }, { a: 1, odd: 1 }, { odd: 1, a: 1 }, [], false],
  ['a managed member', { a: 2 }, { a: 1 }, { a: 3 }, ['/a'], false],
  [
    'a described member that no document manages',
    { a: 1 },
    { a: 1, b: { c: 1 } },
    { a: 1, b: { c: 2 } },
    ['/b/c'],
    false,
  ],
  ['an unknown member', { a: 1 }, { a: 1, odd: 1 }, { a: 1, odd: 2 }, ['/odd'], true],
  ['an unknown member that appears', { a: 1 }, { a: 1 }, { a: 1, odd: 2 }, ['/odd'], true],
  [
    'an unknown member of a list element',
    { a: 1 },
    { a: 1, list: [{ odd: 1 }] },
    { a: 1, list: [{ odd: 2 }] },
    ['/list/0/odd'],
    true,
  ],
  [
    'a described member of a list element',
    { a: 1 },
    { a: 1, list: [{ x: 1 }] },
    { a: 1, list: [{ x: 2 }] },
    ['/list/0/x'],
    false,
  ],
  [
    'an element of a list without a schema for elements',
    { a: 1 },
    { a: 1, bare: [1] },
    { a: 1, bare: [2] },
    ['/bare/0'],
    true,
  ],
  [
    'a described member of a map',
    { a: 1 },
    { a: 1, map: { k: { x: 1 } } },
    { a: 1, map: { k: { x: 2 } } },
    ['/map/k/x'],
    false,
  ],
  ['an unknown and a known one', { a: 1 }, { a: 1, odd: 1, b: 1 }, { a: 1, odd: 2, b: 2 }, ['/b', '/odd'], false],
  ['an unknown member that the file manages', { odd: 1 }, { odd: 1 }, { odd: 2 }, ['/odd'], false],
  [
    'an unknown member below a managed one',
    { odd: { p: 1 } },
    { odd: { p: 1, q: 1 } },
    { odd: { p: 1, q: 2 } },
    ['/odd/q'],
    true,
  ],
  [
    'inside a list that the file manages',
    { odd: [{ p: 1 }] },
    { odd: [{ p: 1, q: 1 }] },
    { odd: [{ p: 1, q: 2 }] },
    ['/odd/0/q'],
    false,
  ],
  [
    'an unknown member that goes with its parent',
    { odd: { p: { r: 1 } } },
    { odd: { p: { r: 1 } } },
    { odd: 1 },
    ['/odd'],
    false,
  ],
  ['the whole body', { a: 1 }, { a: 1 }, 'x', [''], false],
])('movement of %s', (_name, desired, before, after, pointers, onlyUnknown) => {
  const [first, second] = readings(desired, before, after);
  expect(movementBetween(first, second)).toEqual({ pointers, onlyUnknown });
  expect(stoodStill(first, second, [])).toBe(pointers.length === 0);
  expect(stoodStill(first, second, pointers)).toBe(true);
});

test('in a resource without a schema, what the file does not manage is unknown', () => {
  const [first, second] = readings({ a: 1 }, { a: 1, z: 1 }, { a: 1, z: 2 }, [], null);
  expect(movementBetween(first, second)).toEqual({ pointers: ['/z'], onlyUnknown: true });
  const [third, fourth] = readings('x', 'x', 'y', [], null);
  expect(movementBetween(third, fourth)).toEqual({ pointers: [''], onlyUnknown: false });
});

test('a member that the plan is to remove is managed', () => {
  const schema: JsonObject = { 'x-sps-optional-block': true, properties: { enabled: {} } };
  const [first, second] = readings(
    { enabled: false },
    { enabled: true, odd: 1 },
    { enabled: true, odd: 2 },
    [],
    schema,
  );
  expect(movementBetween(first, second).onlyUnknown).toBe(false);
});

test('ignored places may move, their neighbours of a common prefix may not', () => {
  const [first, second] = readings({ a: 1 }, { a: 1, odd: { p: 1 }, odd2: 1 }, { a: 1, odd: { p: 2 }, odd2: 2 }, [
    '/odd',
  ]);
  expect(movementBetween(first, second).pointers).toEqual(['/odd2']);
});

test('what is apart is named exactly', () => {
  const [first, second] = readings({ a: 1 }, { a: 1, odd: 1, odd2: 1 }, { a: 1, odd: 2, odd2: 2 });
  expect(stoodStill(first, second, ['/odd'])).toBe(false);
  expect(stoodStill(first, second, ['/odd', '/odd2'])).toBe(true);
});

test.each(['absent', 'pruned'] as const)('what is %s and moves by itself is volatile, and may go', (reason) => {
  const before = compareAbsent(reason, UNDESCRIBED_MEMBER, { name: 'x', polls: 1 }, sealing());
  const after = before.again({ name: 'x', polls: 2 });
  expect(movementBetween(before, after)).toEqual({ pointers: ['/polls'], onlyUnknown: true });
  const renamed = before.again({ name: 'y', polls: 2 });
  expect(movementBetween(before, renamed).onlyUnknown).toBe(false);
  expect(movementBetween(before, before.again(undefined))).toEqual({ pointers: [''], onlyUnknown: false });
});

test('what was to go and is gone is no side effect', () => {
  const before = compareAbsent('absent', UNDESCRIBED_MEMBER, { name: 'x' }, sealing());
  expect(sideEffects(before, before.again(undefined))).toEqual([]);
});

test('what only the appliance sets may move, but where it is the condition', () => {
  const [first, second] = readings({ a: 1 }, { a: 1, stamp: 1 }, { a: 1, stamp: 2 });
  expect(movementBetween(first, second)).toEqual({ pointers: [], onlyUnknown: false });
  const wanted = { body: { stamp: 3 }, ignore: [], node: node(SCHEMA) };
  const condition = compareCondition(wanted, { stamp: 1 }, sealing());
  expect(movementBetween(condition, condition.again({ stamp: 2 })).pointers).toEqual(['/stamp']);
  expect(sideEffects(condition, condition.again({ stamp: 2 }))).toEqual([]);
});

test('what is not there, twice, did not move', () => {
  const [first] = readings({ a: 1 }, { a: 1 }, { a: 1 });
  const absent = first.again(undefined);
  expect(movementBetween(absent, first.again(undefined))).toEqual({ pointers: [], onlyUnknown: false });
  expect(movementBetween(absent, first)).toEqual({ pointers: [''], onlyUnknown: false });
});

test('what no schema knows moves as a whole, down to what a document manages or a schema knows', () => {
  const moved = (before: JsonObject, after: JsonObject, desired: JsonObject = {}) => {
    const [first, second] = readings({ a: 1, ...desired }, { a: 1, ...before }, { a: 1, ...after });
    return movementBetween(first, second);
  };
  const whole = { pointers: ['/odd'], onlyUnknown: true };
  expect(moved({ odd: { p: [1] } }, { odd: { p: [1, 2] } })).toEqual(whole);
  expect(moved({ odd: { p: { q: 1 }, r: 1 } }, { odd: { p: { q: 2 }, r: 2 } })).toEqual(whole);
  expect(moved({ odd: { p: { q: 1 } } }, { odd: { p: { q: 2 } } }, { odd: { r: 1 } }).pointers).toEqual(['/odd/p']);
  expect(moved({ b: { odd: { p: 1 } } }, { b: { odd: { p: 2 } } }).pointers).toEqual(['/b/odd']);
});

test('what is to be gone, and is, differs in nothing', () => {
  const before = compareAbsent('absent', UNDESCRIBED_MEMBER, { name: 'x' }, sealing());
  expect(before.patch).toMatchObject([{ op: 'remove', path: '', reason: 'absent' }]);
  expect(before.again(undefined)).toMatchObject({ patch: [], live: undefined, target: undefined });
});

test('side effects are the moves of what nobody manages', () => {
  const [first, second] = readings({ a: 2 }, { a: 1, b: { c: 1 }, odd: 1 }, { a: 2, b: { c: 2 }, odd: 2 });
  expect(sideEffects(first, second)).toEqual(['/b/c', '/odd']);
});
