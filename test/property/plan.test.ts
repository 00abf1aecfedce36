import fc from 'fast-check';
import jsonPatch from 'fast-json-patch';
import { expect, test } from 'vitest';
import { normalise } from '../../src/live/normalise.ts';
import { diff, type PatchEntry } from '../../src/plan/diff.ts';
import { mergeTarget } from '../../src/plan/merge.ts';
import { pairUp } from '../../src/plan/pair-up.ts';
import { fieldNodeOf } from '../../src/resources/field-node.ts';
import type { FieldNode } from '../../src/resources/resource-type.ts';
import { canonicalJson, isList, isObject, type Json } from '../../src/shared/json.ts';
import { planOf } from '../unit/plan/parts.ts';
import { body, schema } from './plan-bodies.ts';

const fields: fc.Arbitrary<FieldNode | undefined> = fc.option(schema.map(fieldNodeOf), { nil: undefined });
const same = (value: Json) => value;

function applied(live: Json, patch: readonly PatchEntry[]): unknown {
  const steps = patch.map((entry) => ({ ...entry, path: `/body${entry.path}` }));
  return jsonPatch.applyPatch({ body: structuredClone(live) }, steps, true).newDocument.body;
}

/** The same value with the members of every object the other way round. */
function turned(value: Json): Json {
  if (isList(value)) return value.map(turned);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, member]) => [name, turned(member)]),
  );
}

test('applying the patch to the live body gives the target', () => {
  fc.assert(
    fc.property(body, body, fields, (live, desired, node) => {
      const target = mergeTarget(live, desired, node, [], same);
      expect(applied(live, diff(live, target))).toEqual(target);
      expect(applied(live, diff(live, desired))).toEqual(desired);
    }),
  );
});

test('every step says what was there before', () => {
  fc.assert(
    fc.property(body, body, (live, target) => {
      const back = diff(live, target).flatMap((entry) => (entry.op === 'add' ? [] : [entry]));
      const { newDocument } = jsonPatch.applyPatch(
        { body: structuredClone(live) },
        back.map(({ path, was }) => ({ op: 'test' as const, path: `/body${path}`, value: was })),
      );
      expect(newDocument.body).toEqual(live);
    }),
  );
});

test('merging a body with itself changes nothing', () => {
  fc.assert(
    fc.property(body, fields, (live, node) => {
      expect(diff(live, live)).toEqual([]);
      expect(canonicalJson(mergeTarget(live, live, node, [], same))).toBe(
        canonicalJson(withoutOffSettings(live, node)),
      );
    }),
  );
});

/** What a body is when it is wanted as it is: only a block's settings beside a switch that is off are not. */
function withoutOffSettings(live: Json, node: FieldNode | undefined): Json {
  return mergeTarget(mergeTarget(live, live, node, [], same), live, node, [], same);
}

test('merging twice is merging once', () => {
  fc.assert(
    fc.property(body, body, fields, (live, desired, node) => {
      const once = mergeTarget(live, desired, node, [], same);
      expect(mergeTarget(once, desired, node, [], same)).toEqual(once);
    }),
    { numRuns: 2000 },
  );
});

const OPEN = { properties: { a: {}, enabled: {} } };

test('the order of members changes neither the patch nor the target nor the digest', () => {
  fc.assert(
    fc.property(body, body, schema, (live, desired, described) => {
      const node = fieldNodeOf(described);
      const target = mergeTarget(live, desired, node, [], same);
      const other = mergeTarget(turned(live), turned(desired), node, [], same);
      expect(canonicalJson(other)).toBe(canonicalJson(target));
      expect(JSON.stringify(diff(turned(live), other))).toBe(JSON.stringify(diff(live, target)));
      expect(planOf(turned(live), turned(desired), OPEN).digest).toBe(planOf(live, desired, OPEN).digest);
    }),
  );
});

test('ignored members are neither planned nor lost', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), body, { noNullPrototype: true }),
      fc.dictionary(fc.constantFrom('a', 'b'), body, { noNullPrototype: true }),
      fields,
      (live, desired, node) => {
        fc.pre(Object.hasOwn(live, 'c') && !Object.hasOwn(desired, 'selection'));
        const target = mergeTarget(live, desired, node, ['/c'], same);
        expect(target).toHaveProperty('c', live['c']);
        expect(diff(live, target).filter((entry) => entry.path.startsWith('/c'))).toEqual([]);
      },
    ),
  );
});

test('normalising twice is normalising once', () => {
  fc.assert(
    fc.property(body, fields, (live, node) => {
      const once = normalise(live, node);
      expect(normalise(once, node)).toEqual(once);
    }),
    { numRuns: 3000 },
  );
});

test('normalising keeps what is neither a reference nor derived', () => {
  const plain = fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes('"meta"'));
  fc.assert(
    fc.property(plain, (live) => {
      expect(normalise(live as Json, undefined)).toEqual(live);
    }),
  );
});

test('a pairing is found exactly when there is one, whatever the order', () => {
  const table = fc.array(fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), { minLength: 4, maxLength: 4 });
  const orders = permutations([0, 1, 2, 3]);
  fc.assert(
    fc.property(table, (fits) => {
      const pairs = pairUp([0, 1, 2, 3], [0, 1, 2, 3], (want, offer) => fits[want]?.[offer] === true);
      expect(pairs !== undefined).toBe(
        orders.some((order) => order.every((offer, want) => fits[want]?.[offer] === true)),
      );
      if (pairs === undefined) return;
      expect(new Set(pairs).size).toBe(4);
      expect(pairs.every((offer, want) => fits[want]?.[offer] === true)).toBe(true);
    }),
  );
});

function permutations(items: readonly number[]): readonly (readonly number[])[] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}
