import { beforeAll, describe, expect, test } from 'vitest';
import { normalise, referencesIn } from '../../../src/live/normalise.ts';
import { fieldNodeOf } from '../../../src/resources/field-node.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { makeAuthorities } from '../../../src/simulator/certificates.ts';
import { realRegistry } from '../../resource-schemas.ts';

let one = '';
let two = '';

beforeAll(async () => {
  // Canonical: 64 columns, LF, one final newline.
  [one = '', two = ''] = (await makeAuthorities(2)).map((pem) => `${pem.replaceAll('\r', '').trim()}\n`);
});

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

describe('a date', () => {
  const node = fieldNodeOf({ properties: { day: { 'x-sps-date': true }, text: {} } });

  test.each<[Json, Json]>([
    ['2031/05/01', '2031-05-01'],
    ['2031-05-01', '2031-05-01'],
    ['2031/5/1', '2031/5/1'],
    ['until 2031/05/01', 'until 2031/05/01'],
    [20_310_501, 20_310_501],
    [null, null],
  ])('%j is %j', (shown, normal) => {
    expect(normalise({ day: shown, text: shown }, node)).toEqual({ day: normal, text: shown });
  });
});

describe('a certificate', () => {
  const node = fieldNodeOf({ properties: { pem: { 'x-sps-certificate': true }, text: {} } });

  test.each<[string, () => string]>([
    ['as it is', () => one],
    ['with CRLF and no final newline', () => one.trim().replaceAll('\n', '\r\n')],
    ['in one line', () => one.replaceAll(/(?<!-)\n(?!-)/g, '')],
    ['below its subject', () => `subject=CN = x\n${one}`],
  ])('%s is canonical PEM', (_name, text) => {
    expect(normalise({ pem: text(), text: text() }, node)).toEqual({ pem: one, text: text() });
  });

  test.each<[string, () => Json]>([
    ['two of them', () => one + two],
    ['something else', () => 'CN=x'],
    ['null', () => null],
    ['an object', () => ({ pem: one.trim() })],
  ])('%s stays as it is', (_name, value) => {
    expect(normalise({ pem: value() }, node)).toEqual({ pem: value() });
  });
});

describe('a member whose name is not certain', () => {
  const uncertain = (schema: JsonObject = {}) =>
    fieldNodeOf({
      properties: {
        name: { 'x-sps-aliases': ['title', 'label', ''] },
        sum: { 'x-sps-derived': true, 'x-sps-aliases': ['total'] },
        label: {},
        ...schema,
      },
    });

  test.each<[string, Json, Json]>([
    ['under its own name', { name: 'a', title: 'b' }, { name: 'a', title: 'b' }],
    ['under another one', { title: 'b', x: 1 }, { name: 'b', x: 1 }],
    ['under another one, whatever its value', { title: null }, { name: null }],
    ['never under the name of another', { label: 'a' }, { label: 'a' }],
    ['not where an empty name is', { '': 'a' }, { '': 'a' }],
    ['not at all when it is derived', { total: 1, sum: 2 }, { total: 1 }],
    ['without an object', 'a', { name: 'a' }],
    ['without an object, as a reference', REFERENCE, { name: '-100' }],
    ['without an object, unless it is no text', 1, 1],
  ])('is found %s', (_name, body, normal) => {
    expect(normalise(body, uncertain())).toEqual(normal);
    expect(normalise(normal, uncertain())).toEqual(normal);
  });

  test('is one member, of several the first by the order of the aliases', () => {
    const node = fieldNodeOf({
      properties: { a: { 'x-sps-aliases': ['x', 'y'] }, b: { 'x-sps-aliases': ['x', 'z'] } },
    });
    expect(normalise({ z: 3, y: 2, x: 1 }, node)).toEqual({ a: 1, b: 3, y: 2 });
    expect(normalise({ y: 2, x: 1 }, node)).toEqual({ a: 1, y: 2 });
  });

  test('brings its normal form along', () => {
    const node = fieldNodeOf({ properties: { a: { 'x-sps-aliases': ['x', ''], 'x-sps-date': true } } });
    expect(normalise([{ x: '2031/05/01' }, '2031/05/01'], fieldNodeOf({ items: {} }))).toEqual([
      { x: '2031/05/01' },
      '2031/05/01',
    ]);
    expect(normalise({ x: '2031/05/01' }, node)).toEqual({ a: '2031-05-01' });
    expect(normalise('2031/05/01', node)).toEqual({ a: '2031-05-01' });
  });
});

describe('an authority of a trust store', () => {
  const { fields } = realRegistry().find('trust_stores') ?? expect.fail();
  const store = (authority: Json) => normalise({ name: 'a', authorities: [authority] }, fields);
  const derived = { issuer: 'CN=x', subject: 'CN=x', fingerprint: { digest: 'ab', hash_algorithm: 'sha256' } };

  test.each<[string, () => Json]>([
    ...['certificate', 'x509_certificate', 'pem', 'cert', 'certificate_pem', 'x509', 'body', 'ca_certificate'].map(
      (name): [string, () => Json] => [name, () => ({ ...derived, [name]: one.trim() })],
    ),
    ['no object', () => one.trim()],
    ['certificate beside others', () => ({ serial: 1, valid: { from: 'x' }, certificate: one, pem: two })],
    ['an alias beside others', () => ({ key: '1', meta: { href: '/x' }, body: one })],
    ['an alias beside one that holds no text', () => ({ x509: { version: 3 }, body: one })],
    ['an unheard-of name beside texts', () => ({ id: 'x', ca: one, chain: one + two, issuer: two })],
  ])('is its certificate: %s', (_name, authority) => {
    const normal = { name: 'a', authorities: [{ certificate: one }] };
    expect(store(authority())).toEqual(normal);
    expect(normalise(normal, fields)).toEqual(normal);
  });

  test.each<[string, () => Json]>([
    ['two unheard-of certificates', () => ({ ca: one, issuing_ca: two })],
    ['no certificate', () => ({ id: 'x', ca: 'CN=x' })],
    ['a certificate that has a name already', () => ({ issuer: one })],
  ])('is nothing that could be told: %s', (_name, authority) => {
    expect(store(authority())).toEqual({ name: 'a', authorities: [{}] });
  });
});

test.each<[string, Json, readonly { pointer: string; href: string }[]]>([
  ['no references', { a: [1, { key: 'k' }], key: 'k', meta: null }, []],
  ['a scalar', 'x', []],
  ['a whole body', REFERENCE, [{ pointer: '', href: REFERENCE.meta.href }]],
  [
    'references anywhere',
    { b: [REFERENCE, { 'x/y': { key: 'k', meta: { href: '/nics/nic1#interfaces/a' }, body: { c: REFERENCE } } }] },
    [
      { pointer: '/b/0', href: REFERENCE.meta.href },
      { pointer: '/b/1/x~1y', href: '/nics/nic1#interfaces/a' },
    ],
  ],
  [
    'something with more to it',
    { a: { ...REFERENCE, extra: REFERENCE } },
    [{ pointer: '/a/extra', href: REFERENCE.meta.href }],
  ],
])('what is referred to in %s', (_name, body, references) => {
  expect(referencesIn(body)).toEqual(references);
});
