import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Secret, SECRET_MASK } from '../../../src/shared/secret.ts';
import { SecretBook, WITHHELD } from '../../../src/shared/secret-book.ts';
import { isTreeObject, replaceSecrets } from '../../../src/shared/secret-tree.ts';
import type { Json } from '../../../src/shared/json.ts';

describe('a secret', () => {
  const secret = new Secret('hunter2');

  test.each<[string, string]>([
    ['a list', [secret].join('')],
    ['String', String(secret)],
    ['JSON', JSON.stringify(secret).slice(1, -1)],
    ['inspect', inspect(secret)],
    ['inspect in an object', inspect({ secret }, { depth: null, showHidden: true }).replace(/^.*secret: | }$/g, '')],
  ])('is a mask in %s', (_name, text) => {
    expect(text).toBe(SECRET_MASK);
  });

  test('has nothing to enumerate or clone, and reveals itself only when asked', () => {
    expect([Object.keys(secret), Object.getOwnPropertyNames(secret)]).toEqual([[], []]);
    expect(structuredClone({ secret })).toEqual({ secret: {} });
    expect(secret.reveal()).toBe('hunter2');
  });
});

test('trees tell objects from secrets, and replace every secret', () => {
  expect([{}, [], null, undefined, 'x', new Secret(1)].map((tree) => isTreeObject(tree))).toEqual([
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
  const tree = { a: new Secret(1), b: [new Secret('x'), { c: null, d: true }], e: 'e' };
  expect(replaceSecrets(tree, (secret) => [secret.reveal()])).toEqual({
    a: [1],
    b: [['x'], { c: null, d: true }],
    e: 'e',
  });
});

const PEM = '-----BEGIN KEY-----\r\nQUJDREVGR0hJSktMTU5PUA==\r\nshort\r\n-----END KEY-----';

describe('the book of secrets', () => {
  test.each<[string, Json, string, boolean]>([
    ['as such', 'hunter2', 'password hunter2 is wrong', true],
    ['in JSON', 'a"b\\c', String.raw`{"x":"a\"b\\c"}`, true],
    ['in a URL', 'p@ss word', 'https://x/?p=p%40ss%20word', true],
    ['in Base64', 'hunter2', `Basic ${Buffer.from('hunter2').toString('base64')}`, true],
    ['in Base64 without padding', 'hunter22', 'x aHVudGVyMjI x', true],
    ['a number', 12345678, 'port 12345678', true],
    ['in a list', ['hunter2'], 'hunter2', true],
    ['in an object', { a: { b: 'hunter2' } }, 'hunter2', true],
    ['the name of a member is no secret', { hunter2: 'x9y8z7' }, 'hunter2', false],
    ['one line of several', PEM, 'line QUJDREVGR0hJSktMTU5PUA== found', true],
    ['a short line of several', PEM, 'too short', false],
    ['another text', 'hunter2', 'hunter1', false],
    ['half a surrogate pair', 'key-\ud800-end', 'the key-\ud800-end', true],
    ['half a pair, as the wire has it', 'key-\ud800-end', 'the key-\ufffd-end', true],
    ['half a pair, in JSON', 'key-\ud800-end', String.raw`"key-\ud800-end"`, true],
    ['the empty text', '', 'anything', false],
    ['true', true, 'true', false],
    ['null', null, 'null', false],
  ])('recognises: %s', (_name, secret, text, expected) => {
    const book = new SecretBook();
    book.add(secret);
    expect(book.isIn(text)).toBe(expected);
  });

  test('only long enough secrets, when asked for', () => {
    const book = new SecretBook();
    book.add('1234567');
    book.add('12345678x');
    const found = [
      book.isSecretIn('a 1234567 b', 8),
      book.isSecretIn('a 1234567 b', 7),
      book.isSecretIn('12345678x', 8),
    ];
    expect(found).toEqual([false, true, true]);
    // The Base64 form is longer than the secret; the secret's own length counts.
    expect(book.isSecretIn(Buffer.from('1234567').toString('base64'), 8)).toBe(false);
  });

  test('a text that is a form of two secrets counts with the longer one', () => {
    const book = new SecretBook();
    book.add('YWJjZGVm');
    book.add('abcdef');
    expect(book.isSecretIn('YWJjZGVm', 8)).toBe(true);
    const other = new SecretBook();
    other.add('abcdef');
    other.add('YWJjZGVm');
    expect(other.isSecretIn('YWJjZGVm', 8)).toBe(true);
  });

  test('values that no schema describes withhold text from outside, and hide no values', () => {
    const book = new SecretBook();
    for (const value of ['splunk.example.com', 12345, 123456, false, 'short', null]) book.addUndescribed(value);
    const texts = ['at splunk.example.com', 'is 12345', 'is 123456', 'is false', 'too short', 'null'];
    expect(texts.map((text) => book.isIn(text))).toEqual([true, false, true, false, false, false]);
    expect(texts.some((text) => book.isSecretIn(text))).toBe(false);
  });

  test.each<[Json, Json]>([
    ['fine', 'fine'],
    ['with hunter2 in it', WITHHELD],
    [{ a: ['x', { b: 'hunter2' }] }, WITHHELD],
    [{ hunter2: 1 }, WITHHELD],
    [{ a: 4711471 }, WITHHELD],
    [
      { a: 4711, b: null, c: true },
      { a: 4711, b: null, c: true },
    ],
    [null, null],
  ])('withholds the whole or nothing: %j', (value, shown) => {
    const book = new SecretBook();
    book.add(['hunter2', 4711471]);
    expect(book.withhold(value)).toEqual(shown);
  });
});
