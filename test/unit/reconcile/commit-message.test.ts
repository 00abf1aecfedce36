import { expect, test } from 'vitest';
import { commitMessage } from '../../../src/reconcile/commit-message.ts';
import { SecretBook } from '../../../src/shared/secret-book.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const REVISION = {
  commit: 'c0ffee1234'.padEnd(40, '0'),
  subject: 'Subject',
  author: 'Ann',
  dirty: false,
  digest: DIGEST,
};
const IDS = 'sps-gitops c0ffee1 0123456789ab feedbeef';

function message(
  template: string,
  revision: Partial<typeof REVISION> | object = {},
  secrets: readonly string[] = [],
): string {
  const book = new SecretBook();
  for (const secret of secrets) book.add(secret);
  const facts = { revision: { ...REVISION, ...revision }, planDigest: DIGEST, runId: 'feedbeef'.repeat(4) };
  return commitMessage(template, facts, book);
}

test.each<[string, object, string]>([
  ['sps-gitops {shortSha} {plan12} {run8} {author}: {subject}', {}, `${IDS} Ann: Subject`],
  ['no placeholders', {}, 'no placeholders'],
  ['{subject}{subject}', {}, 'SubjectSubject'],
  [
    '{unknown} {Subject} {constructor} {toString} {__proto__}',
    {},
    '{unknown} {Subject} {constructor} {toString} {__proto__}',
  ],
  ['{subject}', { subject: '{author} $& $1' }, '{author} $& $1'],
  ['{shortSha}|{author}|{subject}', { commit: null, author: null, subject: null }, '0123456||'],
  ['{subject}', { subject: 'one\ntwo\r\n\tthree  four ' }, 'one two three four'],
  ['{subject}', { subject: 'nul\0 esc\u001b[31m del\u007f' }, 'nul? esc?[31m del?'],
  ['{subject}', { subject: 'Grüße 👍 e\u0301 ~!' }, 'Gr??e ? e? ~!'],
  ['{subject}', { subject: 'half \ud83d' }, 'half ?'],
  ['{subject}', { subject: 'line\u2028separator\u00a0space' }, 'line separator space'],
])('%j with %j', (template, revision, expected) => {
  expect(message(template, revision)).toBe(expected);
});

test.each([
  [199, 199],
  [200, 200],
  [201, 200],
  [5000, 200],
])('%i characters become %i, cut at the end', (length, cut) => {
  expect(message('{subject}', { subject: `${'x'.repeat(length - 1)}y` })).toBe(
    `${'x'.repeat(length - 1)}y`.slice(0, cut),
  );
});

test('characters beyond the basic plane count once', () => {
  expect(message('{subject}', { subject: '👍'.repeat(300) })).toBe('?'.repeat(200));
});

test.each<[string, string, object]>([
  ['in the subject', 'hunter2', { subject: 'set hunter2' }],
  ['in the author', 'hunter2', { author: 'hunter2' }],
  ['whose own letters become ?', 'pässwört', { subject: 'set pässwört' }],
  ['whose spaces are joined', 'correct  horse', { subject: 'set correct  horse' }],
  ['across two lines', 'correct\nhorse', { subject: 'set correct\nhorse' }],
  ['that the cut goes through', 'hunter2hunter2', { subject: `${'x'.repeat(190)}hunter2hunter2` }],
  ['that only appears when the message is in shape', 'ab cd', { subject: 'ab\n\ncd' }],
])('a secret %s leaves only the ids', (_name, secret, revision) => {
  expect(message('{shortSha} {subject} {author}', revision, [secret])).toBe(IDS);
});

test('other secrets of the run change nothing', () => {
  expect(message('{subject}', {}, ['hunter2'])).toBe('Subject');
});
