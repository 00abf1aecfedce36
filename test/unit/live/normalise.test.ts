import { expect, test } from 'vitest';
import { normalise } from '../../../src/live/normalise.ts';
import { fieldNodeOf } from '../../../src/resources/field-node.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';

const REFERENCE = { key: '-100', meta: { href: '/api/configuration/policies/time_policies/-100' } };

const SCHEMA: JsonObject = {
  properties: {
    known: {},
    sum: { 'x-sps-derived': true },
    list: { items: { properties: { sum: { 'x-sps-derived': true }, a: {} } } },
  },
  additionalProperties: { properties: { sum: { 'x-sps-derived': true } } },
};

test.each<[string, Json, Json]>([
  ['a scalar', 'Etc/UTC', 'Etc/UTC'],
  ['null', null, null],
  ['an empty list', [], []],
  ['a reference', { policy: REFERENCE }, { policy: '-100' }],
  ['a reference with the body of its target', { policy: { ...REFERENCE, body: { name: 'x' } } }, { policy: '-100' }],
  ['references in a list', [REFERENCE, [REFERENCE]], ['-100', ['-100']]],
  ['a whole body that is a reference', REFERENCE, '-100'],
  [
    'a dotted key',
    { key: 'nic1.interfaces.a', meta: { href: '/api/configuration/network/nics/nic1#interfaces/a' } },
    'nic1.interfaces.a',
  ],
  ['something with a key of its own', { key: 'k', value: 1 }, { key: 'k', value: 1 }],
  ['a key and a meta without an address', { key: 'k', meta: {} }, { key: 'k', meta: {} }],
  ['a key and a meta that is null', { key: 'k', meta: null }, { key: 'k', meta: null }],
  ['a key that is a number', { key: 1, meta: { href: '/x' } }, { key: 1, meta: { href: '/x' } }],
  ['a reference with more to it', { ...REFERENCE, extra: 1 }, { ...REFERENCE, extra: 1 }],
])('%s', (_name, body, normal) => {
  expect(normalise(body, undefined)).toEqual(normal);
});

test('derived members are left out, at any depth and in every element', () => {
  const body = { known: 1, sum: 2, list: [{ sum: 3, a: 4 }], other: { sum: 5, b: REFERENCE } };
  expect(normalise(body, fieldNodeOf(SCHEMA))).toEqual({ known: 1, list: [{ a: 4 }], other: { b: '-100' } });
});

test.each<[string, Json]>([
  ['what is a reference once a derived member is gone', { ...REFERENCE, sum: 1 }],
  ['what is a reference once its address is one', { key: 'k', meta: { href: REFERENCE } }],
])('normalising again changes nothing: %s', (_name, body) => {
  const node = fieldNodeOf(SCHEMA);
  const once = normalise(body, node);
  expect(normalise(once, node)).toEqual(once);
});
