import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diff } from '../../src/plan/diff.ts';
import { mergeTarget } from '../../src/plan/merge.ts';
import { fieldNodeOf } from '../../src/resources/field-node.ts';
import { isObject, type Json, type JsonObject } from '../../src/shared/json.ts';
import { isAtOrBelow, splitPointer, valueAt, withValueAt } from '../../src/shared/pointer.ts';
import { checkIgnore } from '../../src/desired/ignore-pointers.ts';
import type { YamlValue } from '../../src/yaml/read-yaml.ts';

const NAMES = ['a', 'b', 'c', 'selection', 'x/y', '~'];
const name = fc.constantFrom(...NAMES);
const scalar = fc.constantFrom<Json>(null, true, 0, 1, 'a', 'b', '');
const { body } = fc.letrec<{ body: Json; object: JsonObject }>((tie) => ({
  body: fc.oneof({ depthSize: 'small' }, scalar, fc.array(scalar, { maxLength: 3 }), tie('object'), tie('object')),
  object: fc.dictionary(name, tie('body'), { maxKeys: 5, noNullPrototype: true }),
}));
const object = fc.dictionary(name, body, { maxKeys: 5, noNullPrototype: true });
const pointer = fc
  .array(name, { minLength: 1, maxLength: 3 })
  .map((tokens) => tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''));

/** Sets and tags, two levels deep; what a switch decides about is not here: being off hides the rest by intention. */
const schema: fc.Arbitrary<JsonObject | undefined> = fc.option(
  fc.constant({
    'x-sps-tag': 'a',
    properties: {
      b: { 'x-sps-set': true },
      c: { 'x-sps-tag': 'b', properties: { a: { 'x-sps-secret': true }, c: { 'x-sps-identity': 'a' } } },
    },
  }),
  { nil: undefined },
);

const same = (value: Json) => value;

/** The pointers that a document with that body may ignore. */
function accepted(pointers: readonly string[], desired: JsonObject): readonly string[] {
  return checkIgnore(pointers as YamlValue, desired as YamlValue, () => undefined);
}

/** The parent of a place that is there. */
function hasParent(live: Json, place: string): boolean {
  return isObject(valueAt(live, place.slice(0, place.lastIndexOf('/'))));
}

test('what is live in an ignored place changes no step of the plan', () => {
  let looked = 0;
  fc.assert(
    fc.property(
      object,
      object,
      fc.array(pointer, { minLength: 1, maxLength: 3 }),
      body,
      schema,
      (live, desired, wanted, other, described) => {
        const node = described && fieldNodeOf(described);
        const ignore = accepted(wanted, desired);
        const place = ignore.find((one) => hasParent(live, one));
        fc.pre(place !== undefined);
        if (place === undefined) return;
        const moved = withValueAt(live, place, other) ?? null;
        const steps = (body: Json) =>
          diff(body, mergeTarget(body, desired, node, ignore, same)).filter(
            ({ path }) => splitPointer(path).length > 0,
          );
        // A step above the place carries what is in it, the live value, along.
        const beside = (all: ReturnType<typeof steps>) => all.filter(({ path }) => !isAtOrBelow(place, path));
        expect(beside(steps(moved))).toEqual(beside(steps(live)));
        expect(steps(moved).map(({ op, path }) => [op, path])).toEqual(steps(live).map(({ op, path }) => [op, path]));
        looked += 1;
      },
    ),
    { numRuns: 3000 },
  );
  expect(looked).toBeGreaterThan(500);
});

test('what is written has in an ignored place what was live there', () => {
  let kept = 0;
  fc.assert(
    fc.property(
      object,
      object,
      fc.array(pointer, { minLength: 1, maxLength: 3 }),
      schema,
      (live, desired, wanted, described) => {
        const ignore = accepted(wanted, desired);
        const target = mergeTarget(live, desired, described && fieldNodeOf(described), ignore, same);
        for (const place of ignore) {
          if (!hasParent(live, place) || !hasParent(target, place)) continue;
          expect(valueAt(target, place)).toEqual(valueAt(live, place));
          kept += 1;
        }
        for (const { path } of diff(live, target)) {
          for (const place of ignore) expect(isAtOrBelow(path, place) && hasParent(live, place)).toBe(false);
        }
      },
    ),
    { numRuns: 3000 },
  );
  expect(kept).toBeGreaterThan(500);
});
