import { describe, expect, test } from 'vitest';
import type { DesiredCollection, DesiredResource } from '../../../src/desired/desired-state.ts';
import type { LiveCollection } from '../../../src/plan/live-resource.ts';
import { computePlan, type Plan } from '../../../src/plan/plan.ts';
import type { SealOptions } from '../../../src/plan/seal-body.ts';
import { shownOperation } from '../../../src/plan/show-operation.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { absentFrom, collectionOf, desiring, memberOf, pruning, registryOf, sealing } from './parts.ts';

const BLOCK = { resource: 'things', kind: 'collection', builtIn: ['-7001', 'admin'] };
const SCHEMA: JsonObject = {
  'x-sps': BLOCK,
  type: 'object',
  required: ['name', 'a'],
  additionalProperties: false,
  properties: {
    name: { type: 'string' },
    a: { type: 'integer' },
    l: { items: { type: 'integer' } },
    stamp: { readOnly: true },
  },
};

interface Setting {
  readonly live: LiveCollection;
  readonly documents?: readonly DesiredResource[];
  readonly collection?: DesiredCollection;
  readonly schema?: JsonObject | null;
}

function planned(
  { live, documents = [], collection, schema = SCHEMA }: Setting,
  options: SealOptions = sealing(),
): Plan {
  const registry = registryOf(schema ?? { 'x-sps': { resource: 'others', kind: 'singleton' } });
  const files = desiring(documents, collection === undefined ? [] : [collection]);
  return computePlan(files, new Map([[live.resource, live]]), registry, options);
}

function shown(plan: Plan, options: SealOptions): readonly Json[] {
  return plan.operations.map((operation) => shownOperation(operation, options.sealer));
}

/** Kind and name of every operation. */
function kinds(plan: Plan): readonly string[] {
  return plan.operations.map(({ action, name }) => `${action} ${name}`);
}

function told({ errors, warnings }: Plan): readonly string[] {
  return [...errors, ...warnings].map(({ code, pointer }) => `${code} ${pointer}`);
}

const thing = (name: string, body: JsonObject = { a: 1 }) => memberOf('things', name, body);
const things = (members: Readonly<Record<string, Json>>) => collectionOf('things', members);

describe('each kind of operation', () => {
  const live = things({ k1: { name: 'one', a: 1, odd: 'x' }, k2: { name: 'two', a: 1 } });

  test('a member that is not live is made: one add of the whole body, at the collection', () => {
    const options = sealing();
    const plan = planned({ live, documents: [thing('new', { a: 5, l: [1] })] }, options);
    expect(shown(plan, options)).toEqual([
      {
        action: 'create',
        resource: 'things',
        name: 'new',
        href: '/api/configuration/things',
        patch: [{ op: 'add', path: '', value: { a: 5, l: [1], name: 'new' } }],
      },
    ]);
    expect(plan.operations[0]).toMatchObject({ member: { key: null, siblings: ['k1', 'k2'] } });
    expect(options.sealer.reveal(plan.operations[0]?.comparison.target ?? null)).toEqual({ name: 'new', a: 5, l: [1] });
    expect(plan).toMatchObject({ managedLive: 0, unchanged: 0, misshapen: [], errors: [], warnings: [] });
  });

  test('a member that differs is updated under its key, with what nobody manages', () => {
    const options = sealing();
    const plan = planned({ live, documents: [thing('one', { a: 2 })] }, options);
    expect(shown(plan, options)).toEqual([
      {
        action: 'update',
        resource: 'things',
        name: 'one',
        href: '/api/configuration/things/k1',
        patch: [{ op: 'replace', path: '/a', value: 2, was: 1 }],
      },
    ]);
    expect(plan.operations[0]).toMatchObject({
      member: { key: 'k1', siblings: ['k1', 'k2'] },
      writeFallback: undefined,
    });
    expect(options.sealer.reveal(plan.operations[0]?.comparison.target ?? null)).toEqual({
      name: 'one',
      a: 2,
      odd: 'x',
    });
  });

  test('a renamed member keeps its key, and its new name is part of the patch', () => {
    const options = sealing();
    const document = memberOf('things', 'uno', { a: 1 }, { previousName: 'one' });
    expect(shown(planned({ live, documents: [document] }, options), options)).toMatchObject([
      {
        action: 'update',
        name: 'uno',
        href: '/api/configuration/things/k1',
        patch: [{ op: 'replace', path: '/name', value: 'uno', was: 'one' }],
      },
    ]);
  });

  test.each([
    ['absent', [absentFrom('things', 'two')], undefined, 3],
    ['pruned', [thing('one')], pruning('things'), 9],
  ] as const)('a member that is %s is removed as a whole', (reason, documents, collection, line) => {
    const options = sealing();
    const plan = planned({ live, documents, ...(collection && { collection }) }, options);
    expect(shown(plan, options)).toEqual([
      {
        action: 'delete',
        resource: 'things',
        name: 'two',
        href: '/api/configuration/things/k2',
        patch: [{ op: 'remove', path: '', was: { name: 'two', a: 1 }, reason }],
      },
    ]);
    expect(plan.operations[0]).toMatchObject({ member: { key: 'k2', siblings: ['k1', 'k2'] }, source: { line } });
    expect(plan.operations[0]?.comparison.target).toBeUndefined();
  });

  test('what is gone already is in sync', () => {
    expect(planned({ live, documents: [absentFrom('things', 'three')] })).toMatchObject({
      operations: [],
      unchanged: 1,
      managedLive: 0,
      errors: [],
    });
  });

  test('a target that the schema refuses is an error at its place, a new one is judged in full', () => {
    expect(told(planned({ live, documents: [thing('new', { l: [1] })] }))).toEqual(['missing-member /body']);
    expect(told(planned({ live, documents: [thing('one', { l: ['x'] })] }))).toEqual(['wrong-type /body/l/0']);
  });
});

describe('numbers for the brakes and the summary', () => {
  const live = things({
    k1: { name: 'same', a: 1 },
    k2: { name: 'other', a: 1 },
    k3: { name: 'old' },
    k4: { name: 'x' },
  });
  const documents = [thing('same'), thing('other', { a: 2 }), thing('new'), absentFrom('things', 'old')];

  test('count what the documents describe and what is live of it', () => {
    const plan = planned({ live, documents: [...documents, absentFrom('things', 'gone')] });
    expect(kinds(plan)).toEqual(['create new', 'update other', 'delete old']);
    expect(plan).toMatchObject({ managedLive: 3, unchanged: 2 });
  });

  test('count what is pruned as managed', () => {
    const plan = planned({ live, documents, collection: pruning('things') });
    expect(kinds(plan)).toEqual(['create new', 'update other', 'delete old', 'delete x']);
    expect(plan).toMatchObject({ managedLive: 4, unchanged: 1 });
  });
});

describe('pruning', () => {
  const all = pruning('things');

  test.each<readonly [name: string, members: Readonly<Record<string, Json>>, pruned: readonly string[]]>([
    ['takes what no document names', { 1: { name: 'x' }, 2: { name: 'y' } }, ['delete x', 'delete y']],
    ['leaves what a document names', { 1: { name: 'kept', a: 1 }, 2: { name: 'y' } }, ['delete y']],
    [
      'leaves what the schema calls built in',
      { '-7001': { name: 'b' }, admin: { name: 'c' }, 1: { name: 'x' } },
      ['delete x'],
    ],
    [
      'leaves negative keys',
      { '-1': { name: 'b' }, '-200': { name: 'c' }, '1-2': { name: 'x' }, '-3x': { name: 'y' } },
      ['delete x', 'delete y'],
    ],
    ['has nothing to do in an empty collection', {}, []],
  ])('%s', (_name, members, pruned) => {
    const plan = planned({ live: things(members), documents: [thing('kept')], collection: all });
    expect(kinds(plan).filter((kind) => kind !== 'create kept')).toEqual(pruned);
    expect(told(plan)).toEqual([]);
  });

  test.each<readonly [name: string, members: Readonly<Record<string, Json>>, pruned: readonly string[], words: string]>(
    [
      ['one without a name', { 1: null, 2: { name: 'x' } }, ['delete x'], '1 member has'],
      ['some without a name', { 1: {}, 2: { name: 'x' }, 3: 'text' }, ['delete x'], '2 members have'],
      [
        'a name that occurs twice',
        { 1: { name: 'd' }, 2: { name: 'x' }, 3: { name: 'd' } },
        ['delete x'],
        '2 members have',
      ],
    ],
  )('leaves %s, and says so', (_name, members, pruned, words) => {
    const plan = planned({ live: things(members), collection: all });
    expect(kinds(plan)).toEqual(pruned);
    expect(plan.errors).toEqual([]);
    expect(plan.warnings).toMatchObject([{ code: 'not-pruned', pointer: '/prune', position: { file: 'things.yaml' } }]);
    expect(plan.warnings[0]?.message).toContain(words);
  });

  test('what is built in and has no name is nothing to tell of', () => {
    expect(told(planned({ live: things({ '-1': {}, 2: { name: 'x' } }), collection: all }))).toEqual([]);
  });

  test('takes neither end of a rename, nor what a document with a fault names', () => {
    const live = things({ 1: { name: 'A', a: 1 }, 2: { name: 'B', a: 1 }, 3: { name: 'C' } });
    const chain = [
      memberOf('things', 'B2', { a: 1 }, { previousName: 'A' }),
      memberOf('things', 'D', { a: 1 }, { previousName: 'B' }),
    ];
    expect(kinds(planned({ live, documents: chain, collection: all }))).toEqual(['update B2', 'update D', 'delete C']);
    const faulty = memberOf('things', 'A', { a: 1 }, { previousName: 'B' });
    expect(told(planned({ live, documents: [faulty], collection: all }))).toEqual(['previous-name-live /previousName']);
  });

  test('an old name that is no longer live, or that another document describes, prunes nothing of it', () => {
    const live = things({ 1: { name: 'A', a: 1 } });
    const document = memberOf('things', 'B', { a: 1 }, { previousName: 'A' });
    expect(kinds(planned({ live, documents: [document, thing('A')], collection: all }))).toEqual(['create B']);
  });

  test('prune: false takes nothing', () => {
    const plan = planned({ live: things({ 1: { name: 'x' } }), collection: pruning('things', { prune: false }) });
    expect(plan).toMatchObject({ operations: [], managedLive: 0, errors: [], warnings: [] });
  });
});

describe('built-in members', () => {
  const live = things({ '-7001': { name: 'built-in', a: 1 }, '-5': { name: 'default', a: 1 } });

  test.each<readonly [name: string, document: DesiredResource, told: readonly string[], kinds: readonly string[]]>([
    ['that are as wanted are in sync', thing('built-in'), [], []],
    ['may not be changed', thing('built-in', { a: 2 }), ['built-in /name'], []],
    ['may not be renamed', memberOf('things', 'x', { a: 1 }, { previousName: 'built-in' }), ['built-in /name'], []],
    ['may not be deleted', absentFrom('things', 'built-in'), ['built-in /state'], []],
    ['of negative keys may be changed', thing('default', { a: 2 }), [], ['update default']],
    ['of negative keys may not be deleted', absentFrom('things', 'default'), ['built-in /state'], []],
  ])('%s', (_name, document, findings, operations) => {
    const plan = planned({ live, documents: [document] });
    expect(told(plan)).toEqual(findings);
    expect(kinds(plan)).toEqual(operations);
    expect(plan.managedLive).toBe(1);
  });
});

describe('numbers that cannot be sent back', () => {
  const exact = things({ 1: { name: 'A', a: 1 } });
  const inexact = collectionOf('things', { 2: { name: 'B', a: 1, odd: 2 ** 60 } }, { numbers: 'inexact' });
  const live = { ...exact, members: [...exact.members, ...inexact.members], keys: ['1', '2'] };

  test.each<readonly [name: string, documents: readonly DesiredResource[], misshapen: readonly string[]]>([
    ['in a member that nobody manages', [thing('A', { a: 2 })], []],
    ['in a member that is as wanted', [thing('A', { a: 2 }), thing('B')], []],
    ['in a member that is to be gone', [thing('A', { a: 2 }), absentFrom('things', 'B')], []],
    ['in a member that is written', [thing('A', { a: 2 }), thing('B', { a: 2 })], ['things 2: a number beyond 2^53']],
  ])('%s', (_name, documents, misshapen) => {
    const plan = planned({ live, documents });
    expect(plan.misshapen).toEqual(misshapen);
    expect(kinds(plan)).toContain('update A');
  });
});

describe('without a schema', () => {
  test('members are told by name and their other values not shown', () => {
    const options = sealing();
    const live = collectionOf('policies/odd', { 1: { name: 'A', x: 'text' }, 2: { name: 'B', x: 'text' } });
    const documents = [
      memberOf('policies/odd', 'A', { x: 'word' }),
      memberOf('policies/odd', 'N', { x: 'word' }),
      memberOf('policies/odd', 'M', { x: 'text' }, { previousName: 'B' }),
    ];
    const plan = planned({ live, documents, schema: null }, options);
    const masked = '(not shown: no schema)';
    expect(shown(plan, options)).toMatchObject([
      {
        action: 'create',
        name: 'N',
        href: '/api/configuration/policies/odd',
        patch: [{ value: { name: 'N', x: masked } }],
      },
      { action: 'update', name: 'A', patch: [{ op: 'replace', path: '/x', value: masked, was: masked }] },
      { action: 'update', name: 'M', patch: [{ op: 'replace', path: '/name', value: 'M', was: 'B' }] },
    ]);
  });
});
