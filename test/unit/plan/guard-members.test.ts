import { describe, expect, test } from 'vitest';
import { brakesOf, type GuardLimits } from '../../../src/plan/guard.ts';
import type { Operation } from '../../../src/plan/operation.ts';
import type { Json } from '../../../src/shared/json.ts';
import { operationOn, updating } from './parts.ts';

const LIMITS: GuardLimits = { maxDeletes: 5, maxChangeRatio: 0.3, protect: [], allow: [], expectHostname: null };
const BOX = { hostname: 'sps1', roles: [] };

function doing(action: Operation['action'], resource: string, name: string | null = null, live?: Json): Operation {
  const { comparison, ...operation } = operationOn(resource);
  const before = live === undefined ? comparison : { ...comparison, live };
  return { ...operation, action, name, comparison: before } as Operation;
}

function brakes(operations: readonly Operation[], limits: Partial<GuardLimits> = {}, managedLive = 1) {
  return brakesOf(updating([], { operations, managedLive }), BOX, { ...LIMITS, ...limits });
}

function codes(...given: Parameters<typeof brakes>): readonly string[] {
  return brakes(...given).map(({ code }) => code);
}

describe('leaving Starling', () => {
  const leaving = doing('action', 'starling/join');

  test.each<readonly [allow: readonly string[], expected: readonly string[]]>([
    [[], ['irreversible']],
    [['starling'], ['irreversible']],
    [['starling/join2'], ['irreversible']],
    [['starling/join'], []],
    [['starling/*'], []],
    [['starling/**'], []],
    [['management/soap', '**/join'], []],
  ])('with safety.allow %j', (allow, expected) => {
    expect(codes([leaving], { allow })).toEqual(expected);
  });

  test('says where joining again is done, and what to list', () => {
    const [brake] = brakes([leaving]);
    expect(brake?.message).toContain('Basic Settings > Starling Integration');
    expect(brake?.hint).toContain('list starling/join in safety.allow');
  });

  test.each(['update', 'create', 'delete', 'upload'] as const)(
    '%s of the same resource can be taken back',
    (action) => {
      expect(codes([doing(action, 'starling/join')])).toEqual([]);
    },
  );

  test('allow lifts no protection, and no protection allows', () => {
    expect(codes([leaving], { allow: ['**'], protect: ['starling/**'] })).toEqual(['protected']);
    expect(codes([leaving], { protect: ['starling/**'] })).toEqual(['protected', 'irreversible']);
  });
});

describe('protected members', () => {
  test.each<readonly [protect: readonly string[], hit: readonly string[]]>([
    [['trust_stores/A'], ['trust_stores "A"']],
    [['trust_stores/*'], ['trust_stores "A"', 'trust_stores "B"', 'trust_stores ".hidden"']],
    [['trust_stores'], ['trust_stores "A"', 'trust_stores "B"', 'trust_stores ".hidden"']],
    [['trust_stores/**'], ['trust_stores "A"', 'trust_stores "B"', 'trust_stores ".hidden"']],
    [['**/A'], ['trust_stores "A"', 'others "A"']],
    [['trust_stores/a'], []],
    [['trust_stores/A2'], []],
    [['A'], []],
  ])('protect %j', (protect, hit) => {
    const operations = [
      doing('update', 'trust_stores', 'A'),
      doing('create', 'trust_stores', 'B'),
      doing('delete', 'trust_stores', '.hidden'),
      doing('update', 'others', 'A'),
    ];
    const found = brakes(operations, { protect });
    expect(found.map(({ message }) => message)).toEqual(
      hit.map((title) => `${title} is protected and the plan would change it`),
    );
  });

  test.each([
    'a/b',
    '/a',
    'a/',
    '//',
    '.',
    '..',
    '../others/A',
    './A',
    'a\\b',
    '*',
    '[a]',
    '{a,b}',
    '!(a)',
    '%2F',
    ' ',
  ])('are protected with the collection, whatever the name: %j', (name) => {
    for (const protect of ['trust_stores/*', 'trust_stores/**', 'trust_stores', '*', '**'])
      for (const action of ['update', 'create', 'delete'] as const) {
        expect(codes([doing(action, 'trust_stores', name)], { protect: [protect] }), protect).toEqual(['protected']);
      }
    expect(codes([doing('update', 'trust_stores', name)], { protect: ['others/*', 'others/**'] })).toEqual([]);
  });

  test.each([
    ['.', '%2E'],
    ['..', '%2E%2E'],
    ['a/b', 'a%2Fb'],
    ['/', '%2F'],
  ])('are protected by their step of the path, where a name is none: %j', (name, step) => {
    expect(codes([doing('update', 'trust_stores', name)], { protect: [`trust_stores/${step}`] })).toEqual([
      'protected',
    ]);
    expect(codes([doing('update', 'trust_stores', `${name}x`)], { protect: [`trust_stores/${step}`] })).toEqual([]);
  });

  test('are protected by a name with a slash as it is, and under the old one', () => {
    const renamed = doing('update', 'trust_stores', 'B', { name: 'a/b' });
    for (const operation of [doing('delete', 'trust_stores', 'a/b'), renamed]) {
      expect(codes([operation], { protect: ['trust_stores/a/b'] })).toEqual(['protected']);
      expect(codes([operation], { protect: ['trust_stores/*'] })).toEqual(['protected']);
      expect(codes([operation], { protect: ['trust_stores/a/c', 'trust_stores/b'] })).toEqual([]);
    }
  });

  test('are protected under the name that the plan takes from them', () => {
    const renamed = doing('update', 'trust_stores', 'B', { name: 'A' });
    expect(codes([renamed], { protect: ['trust_stores/A'] })).toEqual(['protected']);
    expect(codes([renamed], { protect: ['trust_stores/B'] })).toEqual(['protected']);
    expect(codes([renamed], { protect: ['trust_stores/C'] })).toEqual([]);
  });

  test('a single object is not called null', () => {
    expect(codes([doing('update', 'management/soap')], { protect: ['management/soap/*', '**/null'] })).toEqual([]);
  });
});

describe('numbers', () => {
  const times = (count: number, action: Operation['action']) =>
    Array.from({ length: count }, (_, index) => doing(action, 'things', `${action}${index}`));

  test.each<
    readonly [name: string, operations: readonly Operation[], managedLive: number, expected: readonly string[]]
  >([
    ['deletes at the limit', times(5, 'delete'), 9, []],
    ['deletes above the limit', times(6, 'delete'), 9, ['too-many-deletes']],
    [
      'deletes beside anything else',
      [...times(5, 'delete'), ...times(9, 'create'), ...times(1, 'action')],
      9,
      ['irreversible'],
    ],
    ['many creates', times(50, 'create'), 10, []],
    ['creates do not thin out changes', [...times(4, 'update'), ...times(50, 'create')], 10, ['too-much-change']],
    ['updates and deletes together', [...times(2, 'update'), ...times(2, 'delete')], 10, ['too-much-change']],
    ['updates and deletes at the limit', [...times(1, 'update'), ...times(2, 'delete')], 10, []],
    ['both limits', times(6, 'delete'), 12, ['too-many-deletes', 'too-much-change']],
    ['uploads and actions are no changes in this sense', times(9, 'upload'), 10, []],
  ])('%s', (_name, operations, managedLive, expected) => {
    expect(codes(operations, {}, managedLive)).toEqual(expected);
  });

  test('members of one collection count one by one, and cut off once', () => {
    const operations = [doing('update', 'x509', 'a'), doing('delete', 'x509', 'b')];
    expect(codes(operations)).toEqual(['may-cut-off']);
  });
});
