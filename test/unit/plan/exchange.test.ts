import { describe, expect, test } from 'vitest';
import type { DesiredResource } from '../../../src/desired/desired-state.ts';
import { computePlan, type Plan } from '../../../src/plan/plan.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { collectionOf, desiring, memberOf, registryOf, sealing } from './parts.ts';

const SCHEMA: JsonObject = {
  'x-sps': { resource: 'things', kind: 'collection' },
  properties: {
    name: {},
    a: {},
    b: {},
    deep: { properties: { p: {}, q: {}, stamp: { readOnly: true } } },
    stamp: { readOnly: true },
  },
};

function planned(members: Readonly<Record<string, Json>>, documents: readonly DesiredResource[]): Plan {
  const live = new Map([['things', collectionOf('things', members)]]);
  return computePlan(desiring(documents), live, registryOf(SCHEMA), sealing());
}

function told({ errors, warnings }: Plan): readonly string[] {
  return [...errors, ...warnings].map(({ severity, code, position }) => `${severity} ${code} ${position?.file}`);
}

const thing = (name: string, previousName: string | null, body: JsonObject): DesiredResource =>
  memberOf('things', name, body, { previousName });
const LIVE = { 1: { name: 'A', a: 1, b: 1, stamp: 5 }, 2: { name: 'B', a: 2, b: 2, stamp: 6 } };
const ONE = { a: 1, b: 1 };
const TWO = { a: 2, b: 2 };
const PARTIAL = (name: string) => `warning partial-exchange things ${name}.yaml`;

describe('documents that exchange their names', () => {
  test('and ask for nothing of a text are fine', () => {
    const live = { 1: { name: 'A', a: 'text' }, 2: { name: 'B', a: 'other' } };
    expect(told(planned(live, [thing('B', 'A', { a: {} }), thing('A', 'B', { a: {} })]))).toEqual([]);
  });

  test('and set every member are fine: the bodies move whole', () => {
    const plan = planned(LIVE, [thing('B', 'A', ONE), thing('A', 'B', TWO)]);
    expect(told(plan)).toEqual([]);
    expect(plan.operations.map(({ name, href }) => `${name} ${href}`)).toEqual([
      'A /api/configuration/things/1',
      'B /api/configuration/things/2',
    ]);
  });

  test('and leave something out are told what, each for itself', () => {
    const plan = planned(LIVE, [thing('B', 'A', { a: 1 }), thing('A', 'B', TWO)]);
    expect(told(plan)).toEqual([PARTIAL('B')]);
    expect(plan.warnings[0]).toMatchObject({ pointer: '/previousName' });
    expect(plan.warnings[0]?.message).toMatch(/ does not set b$/);
    const both = planned(LIVE, [thing('B', 'A', {}), thing('A', 'B', { b: 2 })]);
    expect(told(both)).toEqual([PARTIAL('A'), PARTIAL('B')]);
    expect(both.warnings.map(({ message }) => message.split(' set ')[1])).toEqual(['a', 'a, b']);
  });

  test('and ignore a member leave it where it is', () => {
    const ignoring = memberOf('things', 'B', { a: 1 }, { previousName: 'A', ignore: ['/b'] });
    expect(told(planned(LIVE, [ignoring, thing('A', 'B', TWO)]))).toEqual([PARTIAL('B')]);
  });

  test.each<readonly [name: string, body: JsonObject, unset: string | null]>([
    ['a member of an object', { ...ONE, deep: { p: 1 } }, 'deep/q'],
    ['all of an object', ONE, 'deep'],
    ['nothing of an object, by asking for nothing', { ...ONE, deep: {} }, 'deep/p, deep/q'],
    ['nothing', { ...ONE, deep: { p: 1, q: 1 } }, null],
    ['nothing, as the object becomes something else', { ...ONE, deep: null }, null],
  ])('and leave out %s', (_name, body, unset) => {
    const live = { ...LIVE, 2: { ...LIVE[2], deep: { p: 1, q: 1, stamp: 7 } } };
    const { warnings } = planned(live, [thing('B', 'A', body), thing('A', 'B', TWO)]);
    expect(warnings.map(({ message }) => message.split(' set ')[1])).toEqual(unset === null ? [] : [unset]);
  });

  test('in a ring of three', () => {
    const live = { ...LIVE, 3: { name: 'C', a: 3 } };
    const ring = [thing('B', 'A', ONE), thing('C', 'B', { a: 2 }), thing('A', 'C', { a: 3 })];
    expect(told(planned(live, ring))).toEqual([PARTIAL('A')]);
  });
});

describe('what is no exchange leaves members to what is there without a word', () => {
  test.each<readonly [name: string, documents: readonly DesiredResource[]]>([
    ['documents that keep their names', [thing('A', null, {}), thing('B', null, {})]],
    ['a rename', [thing('C', 'A', {})]],
    ['a chain', [thing('B', 'A', {}), thing('C', 'B', {})]],
    ['a chain that begins at a name which stays', [thing('A', null, {}), thing('B', 'A', {}), thing('C', 'B', {})]],
    ['one beside an exchange', [thing('A', 'B', TWO), thing('B', 'A', ONE), thing('C', 'D', { a: 5 })]],
  ])('%s', (_name, documents) => {
    expect(told(planned(LIVE, documents)).filter((one) => one.includes('partial-exchange'))).toEqual([]);
  });

  test('an exchange of which one is not there yet: it is made, and the other stays', () => {
    const plan = planned({ 1: LIVE[1] }, [thing('A', 'B', ONE), thing('B', 'A', TWO)]);
    expect(told(plan)).toEqual([]);
    expect(plan.operations.map(({ action, name }) => `${action} ${name}`)).toEqual(['create B']);
  });
});
