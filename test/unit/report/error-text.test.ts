import { expect, test } from 'vitest';
import { errorText } from '../../../src/report/error-text.ts';
import { findingsText } from '../../../src/report/findings-text.ts';
import { COLOURS, PLAIN } from '../../../src/report/paint.ts';
import { printable } from '../../../src/report/printable.ts';
import type { Diagnostic } from '../../../src/shared/diagnostic.ts';
import { SpsGitopsError } from '../../../src/shared/errors.ts';

test('an error says its reason, what became of the transaction, the details and the next step', () => {
  const details = { request: 'PUT /api/x', status: 400, list: ['a', { b: 'c', d: 1 }], none: null, nested: [[1]] };
  const error = new SpsGitopsError('stageRejected', 'refused', { details, hint: 'correct it' });
  expect(errorText(error, 'rolled-back', PLAIN).split('\n')).toEqual([
    'error StageRejected: refused',
    '  request: PUT /api/x',
    '  status: 400',
    '  list: a',
    '  list: b c, d 1',
    '  nested: [1]',
    '  transaction: the transaction was rolled back; nothing was changed',
    '  next: correct it',
    '',
  ]);
});

test('a code of its own stands beside the reason', () => {
  const error = new SpsGitopsError('inputInvalid', 'no', { code: 'not-built' });
  expect(errorText(error, null, PLAIN)).toBe('error InputInvalid not-built: no\n');
});

test.each([
  ['none', 'nothing was changed'],
  ['rolled-back', 'rolled back'],
  ['committed', 'was committed'],
  ['unknown', 'not known'],
] as const)('a transaction that is %s is told as %s', (transaction, text) => {
  expect(errorText(new SpsGitopsError('internal', 'x'), transaction, PLAIN)).toContain(text);
});

const FINDING: Diagnostic = {
  severity: 'error',
  code: 'wrong-type',
  message: 'must be an integer',
  hint: 'write a number',
  pointer: '/body/port',
  position: { file: 'a.yaml', line: 4, column: 9 },
  excerpt: ['  4 | port: …', '    |       ^'],
};

test('findings come before the error, each with its place, its excerpt and its next step', () => {
  const error = new SpsGitopsError('inputInvalid', 'one finding', { code: 'wrong-type', findings: [FINDING] });
  expect(errorText(error, null, PLAIN).split('\n')).toEqual([
    'a.yaml:4:9  /body/port  wrong-type  must be an integer',
    '  4 | port: …',
    '    |       ^',
    '    next: write a number',
    'error InputInvalid wrong-type: one finding',
    '',
  ]);
});

test('a finding may have neither place nor step, and a warning says that it is one', () => {
  expect(findingsText([{ severity: 'warning', code: 'c', message: 'm', pointer: '' }], PLAIN)).toBe('warning c  m\n');
  expect(findingsText([], PLAIN)).toBe('');
});

test('colours only surround', () => {
  const error = new SpsGitopsError('inputInvalid', 'm', {
    findings: [FINDING, { severity: 'warning', code: 'c', message: 'm' }],
  });
  const coloured = errorText(error, 'none', COLOURS);
  expect(coloured).toContain('\u001b[');
  // oxlint-disable-next-line no-control-regex
  expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(errorText(error, 'none', PLAIN));
  expect(COLOURS.added('x') + COLOURS.faint('x')).toBe('\u001b[32mx\u001b[39m\u001b[2mx\u001b[22m');
});

const BAD = 'a\u001b[2J\r\nb\u0000\u009b\u202e\u2066\u2028c\u007f\t';

test('control characters are written as escapes, other text is left alone', () => {
  expect(printable(BAD)).toBe(String.raw`a\u001b[2J\u000d\u000ab\u0000\u009b\u202e\u2066\u2028c\u007f\u0009`);
  expect(printable('Grüße → 👍 ~ \\u001b')).toBe('Grüße → 👍 ~ \\u001b');
});

test('nothing in an error can steer the terminal or begin a line', () => {
  const position = { file: BAD, line: 1, column: 1 };
  const finding: Diagnostic = {
    severity: 'error',
    code: 'c',
    message: BAD,
    hint: BAD,
    pointer: `/${BAD}`,
    position,
    excerpt: [BAD],
  };
  const details = { [BAD]: BAD, list: [BAD, { [BAD]: BAD }, [BAD]] };
  const error = new SpsGitopsError('stageRejected', BAD, { code: BAD, hint: BAD, details, findings: [finding] });
  const text = errorText(error, null, PLAIN);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u202e\u2066]/u);
  expect(text.trimEnd().split('\n')).toHaveLength(9);
});
