import { describe, expect, it } from 'vitest';
import type { DesiredCollection, DesiredResource } from '../../../src/desired/desired-state.ts';
import { driftIn, verifiedAfter, verifiedBy, type VerifiedState } from '../../../src/plan/drift.ts';
import type { LiveResource } from '../../../src/plan/live-resource.ts';
import { computePlan } from '../../../src/plan/plan.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { Secret } from '../../../src/shared/secret.ts';
import {
  absentFrom,
  collectionOf,
  desiring,
  memberOf,
  present,
  pruning,
  registryOf,
  sealing,
  wanted,
} from './parts.ts';

const SINGLE: JsonObject = {
  properties: { a: {}, b: {}, list: { items: { properties: { x: {} } } }, token: { 'x-sps-secret': true } },
};
const COLLECTION: JsonObject = {
  'x-sps': { resource: 'things', kind: 'collection' },
  type: 'object',
  properties: { name: { type: 'string' }, a: {} },
};

type Live = ReadonlyMap<string, LiveResource>;

const single = (body: Json): Live => present({ 'test/thing': body });
const things = (members: Readonly<Record<string, JsonObject>>): Live =>
  new Map([['things', collectionOf('things', members)]]);
const thing = (name: string, a: number) => ({ name, a });

/** The operations that lead from there to what is wanted, and what becomes of the state that is verified. */
function step(live: Live, documents: readonly DesiredResource[], collections: readonly DesiredCollection[] = []) {
  const registry = registryOf(live.has('things') ? COLLECTION : SINGLE);
  const options = sealing();
  const { operations } = computePlan(desiring(documents, collections), live, registry, options);
  return {
    drift: (verified: VerifiedState) =>
      driftIn(operations, live, verified).map(({ resource, name, pointers }) => [resource, name, ...pointers]),
    verified: () => verifiedAfter(live, operations, (body) => options.sealer.reveal(body)),
  };
}

/** By resource and name, of which each is there once. */
function sorted(drift: readonly (readonly (string | null)[])[]): readonly (readonly (string | null)[])[] {
  return drift.toSorted((left, right) => (left.join('\n') < right.join('\n') ? -1 : 1));
}

describe('a singleton', () => {
  const want = (body: JsonObject) => [wanted('test/thing', body)];

  it.each<[string, Json, Json, JsonObject, readonly string[]]>([
    ['nothing moved', { a: 1 }, { a: 1 }, { a: 1 }, []],
    ['only the files moved', { a: 1 }, { a: 1 }, { a: 2 }, []],
    ['only the live value moved', { a: 1 }, { a: 2 }, { a: 1 }, ['/a']],
    ['both moved', { a: 1 }, { a: 2 }, { a: 3 }, ['/a']],
    ['both moved to the same', { a: 1 }, { a: 2 }, { a: 2 }, []],
    ['each moved another member', { a: 1, b: 1 }, { a: 1, b: 2 }, { a: 3, b: 1 }, ['/b']],
    ['what nobody manages moved', { a: 1, b: 1 }, { a: 1, b: 2 }, { a: 2 }, []],
    ['a member went away', { a: 1, b: 1 }, { a: 1 }, { b: 1 }, ['/b']],
    ['a member that is new to the files was never there', { a: 1 }, { a: 1 }, { b: 1 }, []],
    [
      'an element went away',
      { list: [{ x: 1 }, { x: 2 }] },
      { list: [{ x: 1 }] },
      { list: [{ x: 1 }, { x: 2 }] },
      ['/list/1'],
    ],
    ['an element came', { list: [{ x: 1 }] }, { list: [{ x: 1 }, { x: 2 }] }, { list: [{ x: 1 }] }, ['/list/1']],
    ['the files add an element', { list: [{ x: 1 }] }, { list: [{ x: 1 }] }, { list: [{ x: 1 }, { x: 2 }] }, []],
    ['null became something', { a: null }, { a: 0 }, { a: null }, ['/a']],
    ['members stand in another order', { a: { p: 1, q: 2 } }, { a: { q: 2, p: 1 } }, { a: { p: 1, q: 3 } }, []],
  ])('%s', (_what, verified, live, files, pointers) => {
    const drift = step(single(live), want(files)).drift(verifiedBy(single(verified)));
    expect(drift).toEqual(pointers.length === 0 ? [] : [['test/thing', null, ...pointers]]);
  });

  it('of which nothing is verified has no drift', () => {
    expect(step(single({ a: 2 }), want({ a: 1 })).drift(new Map())).toEqual([]);
    expect(step(single({ a: 2 }), want({ a: 1 })).drift(verifiedBy(things({})))).toEqual([]);
  });

  it('that was not there has none when it comes', () => {
    const missing: Live = new Map([['test/thing', { resource: 'test/thing', state: 'unsupported' }]]);
    expect(step(single({ a: 2 }), want({ a: 1 })).drift(verifiedBy(missing))).toEqual([]);
  });

  it('that an upload changes has drift like any other', () => {
    const block = { resource: 'test/thing', kind: 'singleton', upload: { path: '/api/upload/thing', field: 'data' } };
    const registry = registryOf({ 'x-sps': block, type: 'object', properties: { a: { readOnly: true } } });
    const upload = { name: 'thing.txt', bytes: new Uint8Array() };
    const documents = [wanted('test/thing', { a: 1 }, { upload })];
    const { operations } = computePlan(desiring(documents), single({ a: 2 }), registry, sealing());
    expect(operations.map(({ action }) => action)).toEqual(['upload']);
    expect(driftIn(operations, single({ a: 2 }), verifiedBy(single({ a: 1 })))).toEqual([
      { resource: 'test/thing', name: null, pointers: ['/a'] },
    ]);
    expect(driftIn(operations, single({ a: 2 }), verifiedBy(single({ a: 2 })))).toEqual([]);
  });

  it('that an action changes has drift like any other', () => {
    const registry = registryOf({ 'x-sps': { resource: 'test/thing', kind: 'singleton', action: 'unjoin' } });
    const documents = [wanted('test/thing', { joined: false })];
    const { operations } = computePlan(desiring(documents), single({ joined: true }), registry, sealing());
    expect(operations.map(({ action }) => action)).toEqual(['action']);
    expect(driftIn(operations, single({ joined: true }), verifiedBy(single({ joined: false })))).toEqual([
      { resource: 'test/thing', name: null, pointers: ['/joined'] },
    ]);
    expect(driftIn(operations, single({ joined: true }), verifiedBy(single({ joined: true })))).toEqual([]);
  });

  it('that is not in what was read moved by nobody’s hand', () => {
    const { operations } = computePlan(desiring(want({ a: 1 })), single({ a: 2 }), registryOf(SINGLE), sealing());
    const missing: Live = new Map([['test/thing', { resource: 'test/thing', state: 'unsupported' }]]);
    for (const live of [new Map(), missing, things({ k: thing('x', 1) })]) {
      expect(driftIn(operations, live, verifiedBy(single({ a: 1 })))).toEqual([]);
    }
  });

  it('has its secrets compared by what they are', () => {
    const token = (text: string) => [wanted('test/thing', { token: new Secret(text) })];
    expect(step(single({ token: 'x' }), token('new')).drift(verifiedBy(single({ token: 'x' })))).toEqual([]);
    expect(step(single({ token: 'y' }), token('x')).drift(verifiedBy(single({ token: 'x' })))).toEqual([
      ['test/thing', null, '/token'],
    ]);
    // Another run seals with another key.
    const applied = step(single({ token: 'x' }), token('new')).verified();
    expect(step(single({ token: 'new' }), token('newer')).drift(applied)).toEqual([]);
    expect(step(single({ token: 'x' }), token('new')).drift(applied)).toEqual([['test/thing', null, '/token']]);
  });

  it('that was written may have been completed by the appliance', () => {
    const written = step(single({ list: [] }), want({ list: [{ x: 1 }] })).verified();
    const completed = single({ list: [{ x: 1, port: 514 }], b: 5 });
    expect(step(completed, want({ list: [{ x: 2 }], b: 6 })).drift(written)).toEqual([]);
    const foreign = single({ list: [{ x: 3, port: 514 }, { x: 9 }] });
    expect(step(foreign, want({ list: [{ x: 1 }] })).drift(written)).toEqual([
      ['test/thing', null, '/list/1', '/list/0/x'],
    ]);
  });

  it('that was read is known whole', () => {
    const verified = verifiedBy(single({ list: [{ x: 1 }] }));
    const live = single({ list: [{ x: 1, port: 514 }] });
    expect(step(live, want({ list: [{ x: 2 }] })).drift(verified)).toEqual([['test/thing', null, '/list/0/port']]);
  });
});

describe('members', () => {
  const two = { k1: thing('one', 1), k2: thing('two', 1) };
  const both = [memberOf('things', 'one', { a: 1 }), memberOf('things', 'two', { a: 1 })];
  const prune = [pruning('things')];

  it('are compared each for itself', () => {
    const live = things({ ...two, k2: thing('two', 9) });
    expect(step(live, both).drift(verifiedBy(things(two)))).toEqual([['things', 'two', '/a']]);
  });

  it('one that went away is drift as a whole', () => {
    expect(step(things({ k1: two.k1 }), both).drift(verifiedBy(things(two)))).toEqual([['things', 'two', '']]);
  });

  it('one that the files are about to make is not', () => {
    expect(step(things({ k1: two.k1 }), both).drift(verifiedBy(things({ k1: two.k1 })))).toEqual([]);
  });

  it('one that came is drift where it is pruned or to be absent', () => {
    const live = things({ ...two, k3: thing('three', 1) });
    expect(step(live, both, prune).drift(verifiedBy(things(two)))).toEqual([['things', 'three', '']]);
    expect(step(live, [...both, absentFrom('things', 'three')]).drift(verifiedBy(things(two)))).toEqual([
      ['things', 'three', ''],
    ]);
    expect(step(live, both).drift(verifiedBy(things(two)))).toEqual([]);
  });

  it('one that was there is not, whoever did not manage it', () => {
    const three = { ...two, k3: thing('three', 1) };
    expect(step(things(three), both, prune).drift(verifiedBy(things(three)))).toEqual([]);
    expect(step(things(three), [absentFrom('things', 'one')]).drift(verifiedBy(things(three)))).toEqual([]);
  });

  it('of a collection that was never read are not drift', () => {
    expect(step(things(two), [], prune).drift(verifiedBy(single({ a: 1 })))).toEqual([]);
  });

  it('one that came into an empty collection is', () => {
    expect(step(things(two), [], prune).drift(verifiedBy(things({})))).toEqual([
      ['things', 'one', ''],
      ['things', 'two', ''],
    ]);
  });

  it('one that was renamed by hand is gone under one name and there under another', () => {
    const live = things({ k1: thing('uno', 1), k2: two.k2 });
    const drift = step(live, both, prune).drift(verifiedBy(things(two)));
    expect(sorted(drift)).toEqual([
      ['things', 'one', ''],
      ['things', 'uno', ''],
    ]);
  });

  it('one that the files rename is known by its old name', () => {
    const rename = [memberOf('things', 'uno', { a: 1 }, { previousName: 'one' })];
    expect(step(things(two), rename).drift(verifiedBy(things(two)))).toEqual([]);
    const live = things({ ...two, k1: thing('one', 5) });
    expect(step(live, rename).drift(verifiedBy(things(two)))).toEqual([['things', 'one', '/a']]);
  });

  it('one that is not in what was read moved by nobody’s hand', () => {
    const live = things(two);
    const { operations } = computePlan(
      desiring([memberOf('things', 'one', { a: 9 })]),
      live,
      registryOf(COLLECTION),
      sealing(),
    );
    expect(driftIn(operations, things({ k2: two.k2 }), verifiedBy(live))).toEqual([]);
    // It is known by the name that the file has for it.
    const state = verifiedAfter(things({ k2: two.k2 }), operations, (body) => body);
    expect([...state.values()]).toContainEqual({ body: thing('one', 9), as: 'written' });
  });

  it('without a name are left out', () => {
    const live = new Map([['things', collectionOf('things', { k1: two.k1, k2: { a: 1 } })]]);
    expect([...verifiedBy(live).keys()].filter((key) => key.includes('k2'))).toEqual([]);
    // That the members were read, and the one with a name.
    expect(verifiedBy(live).size).toBe(2);
  });
});

describe('after a run has applied its plan', () => {
  it('what it made, changed, renamed and deleted is verified as it wanted it', () => {
    const before = things({ k1: thing('one', 1), k2: thing('two', 1), k3: thing('three', 1), k4: thing('other', 1) });
    const documents = [
      memberOf('things', 'uno', { a: 1 }, { previousName: 'one' }),
      memberOf('things', 'two', { a: 2 }),
      memberOf('things', 'new', { a: 3 }),
      absentFrom('things', 'three'),
    ];
    const verified = step(before, documents).verified();
    const after = things({ k1: thing('uno', 1), k2: thing('two', 2), k5: thing('new', 3), k4: thing('other', 1) });
    expect(step(after, documents).drift(verified)).toEqual([]);
    const meddled = things({ k1: thing('uno', 9), k2: thing('two', 1), k3: thing('three', 1), k4: thing('other', 1) });
    expect(sorted(step(meddled, documents).drift(verified))).toEqual([
      ['things', 'new', ''],
      ['things', 'three', ''],
      ['things', 'two', '/a'],
      ['things', 'uno', '/a'],
    ]);
  });

  it('names that were swapped are those of the other', () => {
    const before = things({ k1: thing('one', 1), k2: thing('two', 2) });
    const swap = [
      memberOf('things', 'one', { a: 2 }, { previousName: 'two' }),
      memberOf('things', 'two', { a: 1 }, { previousName: 'one' }),
    ];
    const verified = step(before, swap).verified();
    const after = things({ k1: thing('two', 1), k2: thing('one', 2) });
    const want = [memberOf('things', 'one', { a: 5 }), memberOf('things', 'two', { a: 6 })];
    expect(step(after, want).drift(verified)).toEqual([]);
  });
});
