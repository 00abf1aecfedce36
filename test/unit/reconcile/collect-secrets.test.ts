import { expect, test } from 'vitest';
import { collectDesiredSecrets, collectLiveSecrets } from '../../../src/reconcile/collect-secrets.ts';
import type { Json } from '../../../src/shared/json.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { SecretBook } from '../../../src/shared/secret-book.ts';
import type { SecretTree } from '../../../src/shared/secret-tree.ts';
import { present, registryOf, wanted } from '../plan/parts.ts';

const registry = registryOf({
  properties: {
    token: { 'x-sps-secret': true },
    name: {},
    list: { items: { properties: { pin: { 'x-sps-secret': true } } } },
    map: { additionalProperties: { properties: { pin: { 'x-sps-secret': true } } } },
    bare: {},
  },
});

function bookOf(desired: SecretTree, live: Json, resource = 'test/thing'): SecretBook {
  const book = new SecretBook();
  collectDesiredSecrets([wanted(resource, desired)], registry, book);
  collectLiveSecrets(present({ [resource]: live }), registry, book);
  return book;
}

test.each<[string, SecretTree, Json]>([
  ['an !env at a described place', { name: new Secret('kept1') }, {}],
  ['an !env in a list', { list: [{ x: new Secret('kept1') }] }, {}],
  ['an !env that is the body', new Secret('kept1'), {}],
  ['a number from !env:int', { name: new Secret(4711) }, {}],
  ['a plain value in the file where the schema has a secret', { token: 'kept1' }, {}],
  ['a live value where the schema has a secret', {}, { token: 'kept1' }],
  ['anything below a schema secret', { token: { a: [new Secret('x'), 'kept1'] } }, {}],
  ['a secret in a list', {}, { list: [{ pin: 'kept1' }] }],
  ['a secret in a map', {}, { map: { any: { pin: 'kept1' } } }],
])('%s is a secret of the run', (_name, desired, live) => {
  expect(bookOf(desired, live).isSecretIn('so kept1 or 4711')).toBe(true);
});

test.each<[string, SecretTree, Json, string]>([
  ['a live member', {}, { odd: 'undescribed' }, 'test/thing'],
  ['a member of the file', { odd: ['undescribed'] }, {}, 'test/thing'],
  ['a member of a bare list', { bare: ['undescribed'] }, {}, 'test/thing'],
  ['a resource', 'undescribed', 'other', 'other/thing'],
])('%s that no schema describes is withheld from outside only', (_name, desired, live, resource) => {
  const book = bookOf(desired, live, resource);
  expect([book.isIn('so undescribed'), book.isSecretIn('so undescribed')]).toEqual([true, false]);
});

test('described values and the names of members are no secrets', () => {
  const book = bookOf({ name: 'described', list: [{ x: 1 }] }, { name: 'described too', token: { secretname: 1 } });
  expect(['described', 'described too', 'secretname', 'name'].some((text) => book.isIn(text))).toBe(false);
});

test('a resource that is not there has no secrets', () => {
  const book = new SecretBook();
  collectLiveSecrets(new Map([['a/b', { resource: 'a/b', state: 'unsupported' }]]), registry, book);
  expect(book.isIn('a/b')).toBe(false);
});
