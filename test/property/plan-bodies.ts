import fc from 'fast-check';
import type { Json, JsonObject } from '../../src/shared/json.ts';

// Few names and values, so that two bodies often meet at the same place.
const NAMES = ['a', 'b', 'enabled', 'selection', 'type', 'key', 'meta', 'href', '', 'x/y', '~', '10', 'body'];
const scalar = fc.constantFrom<Json>(null, true, false, 0, 1, '1', 'a', '', 'b');
const name = fc.constantFrom(...NAMES);

/** Any body: scalars, lists and objects, a few levels deep. */
export const body: fc.Arbitrary<Json> = fc.letrec<{ body: Json; list: Json; object: Json; reference: Json }>((tie) => ({
  body: fc.oneof({ depthSize: 'small' }, scalar, tie('list'), tie('object'), tie('reference')),
  // What may look like a reference before or after something in it became one.
  reference: fc.record(
    { key: tie('body'), meta: fc.record({ href: tie('body') }), body: tie('body'), a: tie('body') },
    { requiredKeys: ['key', 'meta'], noNullPrototype: true },
  ),
  list: fc.array(tie('body'), { maxLength: 4 }),
  object: fc.dictionary(name, tie('body'), { maxKeys: 5, noNullPrototype: true }),
})).body;

const rarely = fc.constantFrom(false, false, true);

function schemaAround(inner: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> {
  return fc.record({
    properties: fc.dictionary(name, inner, { maxKeys: 4, noNullPrototype: true }),
    items: inner,
    'x-sps-set': rarely,
    'x-sps-optional-block': rarely,
    'x-sps-derived': rarely,
    'x-sps-secret': rarely,
    'x-sps-identity': fc.constantFrom<Json>('a', null, null),
    'x-sps-tag': fc.constantFrom<Json>('type', null),
  });
}

/** A schema of annotations only, three levels deep: it accepts everything. */
export const schema: fc.Arbitrary<JsonObject> = schemaAround(schemaAround(schemaAround(fc.constant({}))));
