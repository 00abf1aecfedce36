import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DesiredResource } from '../../src/desired/desired-state.ts';
import type { LiveMember } from '../../src/plan/live-resource.ts';
import { computePlan, type Plan } from '../../src/plan/plan.ts';
import { isObject, type Json, type JsonObject } from '../../src/shared/json.ts';
import { collectionOf, desiring, memberOf, pruning, registryOf, sealing } from '../unit/plan/parts.ts';

const SCHEMA: JsonObject = {
  'x-sps': { resource: 'things', kind: 'collection', builtIn: ['admin'] },
  properties: {
    name: {},
    a: {},
    l: { 'x-sps-set': true },
    secret: { 'x-sps-secret': true },
    stamp: { readOnly: true },
    block: { 'x-sps-optional-block': true, properties: { enabled: {}, port: {} } },
  },
};

// Few names, so that documents, their previous names and what is live meet often.
const NAMES = ['A', 'B', 'C', 'D', 'E', 'F', 'G'];
const name = fc.constantFrom(...NAMES);
const value = fc.constantFrom<Json>(0, 1, null, 'x');
const wish: fc.Arbitrary<JsonObject> = fc.record(
  {
    a: value,
    l: fc.array(value, { maxLength: 2 }),
    secret: value,
    block: fc.record({ enabled: fc.boolean(), port: value }, { requiredKeys: ['enabled'], noNullPrototype: true }),
  },
  { requiredKeys: [], noNullPrototype: true },
);

type Members = Readonly<Record<string, Json>>;

const member: fc.Arbitrary<JsonObject> = fc
  .tuple(wish, fc.option(name, { nil: undefined, freq: 8 }), value)
  .map(([body, given, odd]) => ({ ...body, odd, stamp: odd, ...(given === undefined ? {} : { name: given }) }));

/** Live members under keys of all kinds; names may occur twice or be missing. */
const members: fc.Arbitrary<Members> = fc.dictionary(fc.constantFrom('1', '2', '3', '4', '-5', 'admin'), member, {
  noNullPrototype: true,
});

/** Documents as the loader lets them through: names differ, and so do previous names. */
const documents: fc.Arbitrary<readonly DesiredResource[]> = fc
  .tuple(
    fc.shuffledSubarray(NAMES, { maxLength: 5 }),
    fc.shuffledSubarray(NAMES, { minLength: 7 }),
    fc.array(fc.tuple(wish, fc.constantFrom('plain', 'renamed', 'renamed', 'absent')), { minLength: 5, maxLength: 5 }),
  )
  .map(([names, previous, rest]) =>
    names.map((given, index) => {
      const [body, kind] = rest[index] ?? expect.fail();
      if (kind === 'absent') return memberOf('things', given, {}, { state: 'absent' });
      const previousName = kind === 'renamed' ? (previous[index] ?? null) : null;
      return memberOf('things', given, body, { previousName });
    }),
  );

const options = sealing();

function planOf(live: Members, wanted: readonly DesiredResource[], prune: boolean): Plan {
  const collections = prune ? [pruning('things')] : [];
  const state = new Map([['things', collectionOf('things', live)]]);
  return computePlan(desiring(wanted, collections), state, registryOf(SCHEMA), options);
}

function namesIn(live: Members): readonly Json[] {
  return Object.values(live).flatMap((body) => (isObject(body) && 'name' in body ? [body['name'] as Json] : []));
}

/** What the appliance has after each operation of the plan, one after the other. */
function* applying(live: Members, plan: Plan): Generator<Members> {
  let now = live;
  for (const [index, operation] of plan.operations.entries()) {
    const key = operation.member?.key ?? `new-${index}`;
    const { [key]: before, ...others } = now;
    expect(before === undefined).toBe(operation.action === 'create');
    const { target } = operation.comparison;
    now = target === undefined ? others : { ...others, [key]: options.sealer.reveal(target) };
    yield now;
  }
}

function applied(live: Members, plan: Plan): Members {
  return [...applying(live, plan)].at(-1) ?? live;
}

test('after a plan is carried out, the next one is empty', () => {
  let carriedOut = 0;
  fc.assert(
    fc.property(members, documents, fc.boolean(), (live, wanted, prune) => {
      const plan = planOf(live, wanted, prune);
      fc.pre(plan.errors.length === 0);
      const next = planOf(applied(live, plan), wanted, prune);
      expect(next).toMatchObject({ operations: [], errors: [], unchanged: wanted.length });
      carriedOut += plan.operations.length;
    }),
    { numRuns: 2000 },
  );
  expect(carriedOut).toBeGreaterThan(1000);
});

test('what is live in the end is what the documents say, and nothing else moves', () => {
  fc.assert(
    fc.property(members, documents, fc.boolean(), (live, wanted, prune) => {
      const plan = planOf(live, wanted, prune);
      fc.pre(plan.errors.length === 0);
      const after = applied(live, plan);
      const names = namesIn(after);
      for (const { name: given, state } of wanted) {
        expect(names.filter((one) => one === given)).toHaveLength(state === 'present' ? 1 : 0);
      }
      const touched = new Set(plan.operations.map((operation) => operation.member?.key));
      for (const [key, body] of Object.entries(live)) if (!touched.has(key)) expect(after[key]).toEqual(body);
      expect(touched.has('admin')).toBe(false);
      for (const body of Object.values(after))
        if (isObject(body) && 'odd' in body) expect(body['stamp']).toBe(body['odd']);
    }),
    { numRuns: 2000 },
  );
});

test('no two members have one name at any moment, if they had not before', () => {
  let renamed = 0;
  fc.assert(
    fc.property(members, documents, fc.boolean(), (live, wanted, prune) => {
      fc.pre(new Set(namesIn(live)).size === namesIn(live).length);
      const plan = planOf(live, wanted, prune);
      fc.pre(plan.errors.length === 0);
      for (const now of applying(live, plan)) expect(new Set(namesIn(now)).size).toBe(namesIn(now).length);
      renamed += plan.operations.filter(({ comparison }) =>
        comparison.patch.some(({ path }) => path === '/name'),
      ).length;
    }),
    { numRuns: 2000 },
  );
  expect(renamed).toBeGreaterThan(50);
});

test('what is pruned is what no document names, never more', () => {
  fc.assert(
    fc.property(members, documents, (live, wanted) => {
      const all = collectionOf('things', live).members;
      const twice = (one: LiveMember) => all.filter((other) => other.name === one.name).length > 1;
      const mentioned = new Set(wanted.flatMap(({ name: given, previousName }) => [given, previousName]));
      const plan = planOf(live, wanted, true);
      const pruned = plan.operations.filter(({ comparison }) =>
        comparison.patch.some((entry) => entry.op === 'remove' && entry.path === '' && entry.reason === 'pruned'),
      );
      for (const operation of pruned) {
        const one = all.find(({ key }) => key === operation.member?.key) ?? expect.fail();
        expect(wanted.some((document) => document.name === one.name)).toBe(false);
        expect([one.name === null, twice(one), /^-\d|^admin$/.test(one.key)]).toEqual([false, false, false]);
      }
      const kept = (one: LiveMember) => one.name === null || mentioned.has(one.name) || twice(one);
      const expected = all.filter((one) => !kept(one) && !/^-\d|^admin$/.test(one.key)).map(({ key }) => key);
      expect(pruned.map((operation) => operation.member?.key)).toEqual(expect.arrayContaining(expected));
    }),
  );
});

test('neither the order of documents nor that of differently named members changes the plan', () => {
  fc.assert(
    fc.property(members, documents, fc.boolean(), (live, wanted, prune) => {
      fc.pre(new Set(namesIn(live)).size === namesIn(live).length);
      const plan = planOf(live, wanted, prune);
      const turned = Object.fromEntries(
        Object.entries(live)
          .map(([key, body]) => [`0${key}`, body] as const)
          .toReversed(),
      );
      const back = Object.fromEntries(Object.entries(turned).map(([key, body]) => [key.slice(1), body]));
      expect(planOf(back, wanted.toReversed(), prune).digest).toBe(plan.digest);
    }),
  );
});

test('an exchange of names needs no memory: the bodies move and the keys stay', () => {
  const cycle = fc.shuffledSubarray(NAMES, { minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(cycle, fc.array(wish, { minLength: 5, maxLength: 5 }), (names, bodies) => {
      const live = Object.fromEntries(names.map((given, index) => [`k${index}`, { name: given, ...bodies[index] }]));
      const wanted = names.map((given, index) => {
        const from = (index + 1) % names.length;
        return memberOf('things', given, bodies[from] ?? {}, { previousName: names[from] ?? null });
      });
      const plan = planOf(live, wanted, true);
      expect(plan.errors).toEqual([]);
      expect(plan.operations.every(({ action }) => action === 'update')).toBe(true);
      expect(Object.keys(applied(live, plan)).toSorted()).toEqual(Object.keys(live).toSorted());
      expect(planOf(applied(live, plan), wanted, true).operations).toEqual([]);
    }),
  );
});
