import { expect, test } from 'vitest';
import { nearest } from '../../../src/shared/nearest.ts';

test('two edits at most, the closest first', () => {
  expect(nearest('abcd', ['abcdefg', 'abxy', 'abcx'])).toBe('abcx');
  expect(nearest('Management/Soap', ['management/soap'])).toBe('management/soap');
  expect([nearest('abcd', ['abxy']), nearest('abcd', ['axyz']), nearest('a', [])]).toEqual([
    'abxy',
    undefined,
    undefined,
  ]);
});

test('a name that is two characters longer or shorter, but no more', () => {
  expect([nearest('abcdef', ['abcd']), nearest('ab', ['abcd']), nearest('abcdefg', ['abcd'])]).toEqual([
    'abcd',
    'abcd',
    undefined,
  ]);
});
