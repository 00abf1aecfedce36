import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/shared/duration.ts';

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['0s', 0],
    ['596h', 2_145_600_000],
    ['2147483647ms', 2_147_483_647],
  ])('%s is %i ms', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each([
    '',
    '1',
    '1 s',
    '1S',
    '1.5s',
    '-1s',
    '+1s',
    '01s',
    '1d',
    '1h30m',
    's',
    '1min',
    '597h',
    '2147483648ms',
    '1s\n',
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each([
    [0, '0ms'],
    [150, '150ms'],
    [1_500, '1500ms'],
    [30_000, '30s'],
    [90_000, '90s'],
    [180_000, '3m'],
    [7_200_000, '2h'],
  ])('of %i ms reads %s', (milliseconds, expected) => {
    expect(formatDuration(milliseconds)).toBe(expected);
  });
});
