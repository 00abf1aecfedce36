import { describe, expect, test } from 'vitest';
import { Sealer, UNKNOWN_MASK } from '../../../src/plan/seal.ts';
import { bodySealer } from '../../../src/plan/seal-body.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { Secret, SECRET_MASK } from '../../../src/shared/secret.ts';
import { revealTree, type SecretTree } from '../../../src/shared/secret-tree.ts';
import { node, sealing } from './parts.ts';

describe('the sealer', () => {
  const sealer = new Sealer(new Uint8Array(32).fill(1));

  test.each<Json>([null, true, false, 0, 1, '1', '', 'true', 'null', 'sealed:x', 1.5])(
    '%j comes back as it was',
    (value) => {
      expect(sealer.reveal({ a: [sealer.seal(value, 'secret')] })).toEqual({ a: [value] });
    },
  );

  test('equal values are sealed alike, unequal ones are not, types count', () => {
    const sealed = [1, '1', true, 'true', null, 'null', ''].map((value) => sealer.seal(value, 'secret'));
    expect(new Set(sealed).size).toBe(sealed.length);
    expect(sealer.seal('1', 'unknown')).toBe(sealer.seal('1', 'secret'));
  });

  test('another key gives other strings, and knows nothing of these', () => {
    const other = new Sealer(new Uint8Array(32).fill(2));
    const sealed = sealer.seal('value', 'secret');
    expect(other.seal('value', 'secret')).not.toBe(sealed);
    expect(other.reveal(sealer.seal('only here', 'secret'))).not.toBe('only here');
  });

  test('a value that is secret anywhere is masked as a secret everywhere', () => {
    const first = sealer.seal('both', 'unknown');
    expect(sealer.mask(first)).toBe(UNKNOWN_MASK);
    sealer.seal('both', 'secret');
    sealer.seal('both', 'unknown');
    expect(sealer.mask({ a: [first, 'plain', 1, null] })).toEqual({ a: [SECRET_MASK, 'plain', 1, null] });
  });
});

const SCHEMA: JsonObject = {
  properties: {
    token: { type: 'string', 'x-sps-secret': true },
    keys: { 'x-sps-secret': true },
    name: { type: 'string' },
    list: { items: { properties: { a: {}, b: {} } } },
    plain: { items: {} },
    any: { additionalProperties: { properties: { s: { 'x-sps-secret': true }, n: {} } } },
    free: { properties: { k: { properties: { v: {} } } } },
  },
};

function masked(tree: SecretTree, desired: SecretTree = tree, options = sealing()): Json {
  return options.sealer.mask(bodySealer(desired, node(SCHEMA), options).live(tree as Json));
}

test.each<[string, SecretTree, Json]>([
  ['a schema secret', { token: 'x', name: 'n' }, { token: SECRET_MASK, name: 'n' }],
  [
    'every leaf below a schema secret',
    { keys: { a: ['x', { b: 1 }], c: null } },
    { keys: { a: [SECRET_MASK, { b: SECRET_MASK }], c: SECRET_MASK } },
  ],
  ['an !env at a described place', { name: new Secret('x') }, { name: SECRET_MASK }],
  [
    'an !env in a list hides its place in every element',
    {
      list: [
        { a: new Secret('x'), b: 1 },
        { a: 'y', b: 2 },
      ],
    },
    {
      list: [
        { a: SECRET_MASK, b: 1 },
        { a: SECRET_MASK, b: 2 },
      ],
    },
  ],
  ['an !env among scalars hides all of them', { plain: ['a', new Secret('b')] }, { plain: [SECRET_MASK, SECRET_MASK] }],
  ['members of a described map', { any: { x: { s: 'x', n: 1 } } }, { any: { x: { s: SECRET_MASK, n: 1 } } }],
  ['what no schema describes', { odd: { a: [1, 'x'] } }, { odd: { a: [UNKNOWN_MASK, UNKNOWN_MASK] } }],
  ['an undescribed member of a described one', { list: [{ c: 1 }] }, { list: [{ c: UNKNOWN_MASK }] }],
  ['an !env at an undescribed place', { odd: new Secret(7) }, { odd: SECRET_MASK }],
  ['an !env:bool', { name: new Secret(true) }, { name: SECRET_MASK }],
])('%s is sealed', (_name, tree, shown) => {
  expect(masked(tree)).toEqual(shown);
});

test.each<[string, SecretTree, Json]>([
  ['a scalar where the file has a secret', { name: new Secret('n') }, { name: 'old' }],
  ['an object where the file has a secret', { free: new Secret('n') }, { free: { k: { v: 'old' } } }],
  ['a list where the file has a secret', { plain: new Secret('n') }, { plain: ['old'] }],
  ['a scalar where the file has a secret further in', { free: { k: { v: new Secret('n') } } }, { free: 'old' }],
  ['a list where the file has an object with a secret', { list: { a: new Secret('n') } }, { list: [{ a: 'old' }] }],
  [
    'an object where the file has a list with a secret',
    { free: [{ v: new Secret('n') }] },
    { free: { k: { v: 'old' } } },
  ],
  [
    'an element of a list with a secret, anywhere',
    { list: [{ b: 1 }, { a: new Secret('n') }] },
    { list: [{ a: 'old' }, { b: 2 }] },
  ],
])('the live side is sealed too: %s', (_name, desired, live) => {
  expect(JSON.stringify(masked(live, desired))).not.toContain('old');
});

test('what stands beside a secret is shown', () => {
  const desired = { free: { k: { v: new Secret('n') } }, name: 'n', list: [{ b: 1 }] };
  const live = { free: { k: { v: 'old' } }, name: 'm', list: [{ b: 2 }], plain: ['p'] };
  expect(masked(live, desired)).toEqual({ ...live, free: { k: { v: SECRET_MASK } } });
});

test('both sides seal a value alike, with and without a tag', () => {
  const sealer = bodySealer({ name: new Secret('v'), list: [{ a: new Secret(1) }] }, node(SCHEMA), sealing());
  expect(sealer.desired({ name: new Secret('v'), list: [{ a: new Secret(1) }] })).toEqual(
    sealer.live({ name: 'v', list: [{ a: 1 }] }),
  );
});

test('values that no schema describes are readable on request, secrets are not', () => {
  const options = sealing({ unknown: 'show' });
  expect(masked({ odd: [1, new Secret('x')], even: 'e' }, { odd: [new Secret('x')] }, options)).toEqual({
    odd: [SECRET_MASK, SECRET_MASK],
    even: 'e',
  });
});

test('text that contains a secret of the run is withheld whole wherever it stands', () => {
  const options = sealing({ containsSecret: (text) => text.includes('hunter2') });
  expect(masked({ name: 'is hunter2', plain: ['hunter2', 'x'] }, {}, options)).toEqual({
    name: SECRET_MASK,
    plain: [SECRET_MASK, 'x'],
  });
});

test('revealing gives the exact body back', () => {
  const body = { token: 't', keys: { a: [1, '1', null, true, 1.5] }, odd: { '': [], o: {} }, name: 'n' };
  const options = sealing();
  expect(options.sealer.reveal(bodySealer(body, node(SCHEMA), options).desired(body))).toEqual(body);
});

test('a scalar root is sealed as any other place', () => {
  const options = sealing();
  expect(options.sealer.mask(bodySealer('x', undefined, options).live('y'))).toBe(UNKNOWN_MASK);
  expect(options.sealer.mask(bodySealer(new Secret('x'), node({}), options).live('y'))).toBe(SECRET_MASK);
  expect(bodySealer('x', node({}), options).live('y')).toBe('y');
});

test('a tree with secrets reveals its values', () => {
  expect(revealTree({ a: [new Secret(1), null, 'x'], b: { c: new Secret(null) } })).toEqual({
    a: [1, null, 'x'],
    b: { c: null },
  });
});
