import { X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';
import { beforeAll, describe, expect, test } from 'vitest';
import { describeCertificate, readCertificate } from '../../../src/shared/certificate.ts';
import { makeAuthorities } from '../../../src/simulator/certificates.ts';

// C=DE, O=Example, Inc., OU=Prüfstelle, CN=Root
const NAMED = `-----BEGIN CERTIFICATE-----
MIIB6jCCAY+gAwIBAgIUXkxrSTEjd4EbYtXu9iUiOP1OtdEwCgYIKoZIzj0EAwIw
SjELMAkGA1UEBhMCREUxFjAUBgNVBAoMDUV4YW1wbGUsIEluYy4xFDASBgNVBAsM
C1Byw7xmc3RlbGxlMQ0wCwYDVQQDDARSb290MB4XDTI2MTEyMjIyNTYyNloXDTMx
MDQzMDIyNTYyNlowSjELMAkGA1UEBhMCREUxFjAUBgNVBAoMDUV4YW1wbGUsIElu
Yy4xFDASBgNVBAsMC1Byw7xmc3RlbGxlMQ0wCwYDVQQDDARSb290MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAENWGg5DIb2VGWAEtaIKHvKgUpKXDzn5dWH+D4exY0
PInus1+zN0EcFNqzwMJolT+cJAUs8ja4gOaBx1pbNXYJEaNTMFEwHQYDVR0OBBYE
FD2hjaIc2bjgdfFhd68RDEpSz2i8MB8GA1UdIwQYMBaAFD2hjaIc2bjgdfFhd68R
DEpSz2i8MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAPVSEeGo
KKqElNv9HhCyCvGpf0neKzhpOzyaN+276TZoAiEAobiXxGos5nxPQrKss1iCJE0r
bnqvVHETycQG0se5VkY=
-----END CERTIFICATE-----
`;

// An empty subject, valid beyond the century.
const NAMELESS = `-----BEGIN CERTIFICATE-----
MIIBVTCB/aADAgECAhQZ1R3YX7wQgfaJrp5N5+5BOrDqWzAKBggqhkjOPQQDAjAA
MCAXDTI2MTEyMjIyNTYyNloYDzIxNTAwMjA1MjI1NjI2WjAAMFkwEwYHKoZIzj0C
AQYIKoZIzj0DAQcDQgAEOB0yBOg6tBTSz5DikM+h3dobonEIXMiKJuaKmgsUlpn3
YvpKQPaIEncWOtnohaeO4aCU4xarPlj0A3IeV8N7RaNTMFEwHQYDVR0OBBYEFB91
ykwE4W2R9vx7y1OZpc+sIsDBMB8GA1UdIwQYMBaAFB91ykwE4W2R9vx7y1OZpc+s
IsDBMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgVjiscKjfylOU
IzAMiDOqdqzvKpysC4pOUzBhB7prg2ACIAwKzfGqSddcdr6NAQmTew5iRo74Zl+J
ITEYIeIni+dR
-----END CERTIFICATE-----
`;

let one = '';
let two = '';
let key = '';

beforeAll(async () => {
  const [first = '', second = ''] = await makeAuthorities(2);
  one = pem(base64Of(first));
  two = pem(base64Of(second));
  key = (await generate([{ name: 'commonName', value: 'x' }], { keyType: 'ec' })).private;
});

function base64Of(text: string): string {
  return new X509Certificate(text).raw.toString('base64');
}

function pem(base64: string, columns = 64, label = 'CERTIFICATE'): string {
  const lines = base64.match(new RegExp(`.{1,${columns}}`, 'g')) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

describe('the same certificate', () => {
  test.each<[string, () => string]>([
    ['as it is', () => one],
    ['without a final newline', () => one.trimEnd()],
    ['with CRLF', () => one.replaceAll('\n', '\r\n')],
    ['indented', () => one.replaceAll(/^/gm, '    ')],
    ['in 76 columns', () => pem(base64Of(one), 76)],
    ['in one line', () => pem(base64Of(one), 10_000)],
    ['folded to one line', () => one.replaceAll('\n', ' ')],
    ['with blank lines', () => `\n\n${one.replaceAll('\n', '\n\n')}`],
    ['with lines around it', () => `subject=CN = Test\nissuer=CN = Test\n${one}---\nServer certificate\n`],
    ['with another label', () => pem(base64Of(one), 64, 'X509 CERTIFICATE')],
    ['with trust settings', () => pem(base64Of(one), 64, 'TRUSTED CERTIFICATE')],
    ['with bytes after it', () => pem(withBytesAfter(one))],
  ])('%s reads the same', (_name, text) => {
    expect(readCertificate(text())).toEqual({ kind: 'certificate', pem: one });
  });

  test('is not another one', () => {
    expect(readCertificate(two)).toEqual({ kind: 'certificate', pem: two });
    expect(two).not.toBe(one);
  });
});

function withBytesAfter(text: string): string {
  return Buffer.concat([new X509Certificate(text).raw, Buffer.from([0x30, 0])]).toString('base64');
}

test.each<[string, () => string, object]>([
  ['an empty text', () => '', { kind: 'none' }],
  ['another text', () => 'CN=Example', { kind: 'none' }],
  ['a request', () => pem(base64Of(one), 64, 'CERTIFICATE REQUEST'), { kind: 'none' }],
  ['an end without a beginning', () => one.replace(/^.*\n/, ''), { kind: 'none' }],
  ['a beginning without an end', () => one.replace(/-----END.*\n/, ''), { kind: 'invalid' }],
  ['an empty block', () => pem(''), { kind: 'invalid' }],
  ['a block of other bytes', () => pem('AAAA'), { kind: 'invalid' }],
  ['a cut block', () => pem(base64Of(one).slice(0, 200)), { kind: 'invalid' }],
  ['half a quantum', () => pem(base64Of(one).replace(/=*$/, '').slice(0, -1)), { kind: 'invalid' }],
  ['a foreign character', () => one.replace('\nMII', '\nMI!I'), { kind: 'invalid' }],
  ['a PEM inside of a PEM', () => pem(Buffer.from(one).toString('base64')), { kind: 'invalid' }],
  ['two', () => one + two, { kind: 'bundle', count: 2 }],
  ['the same one thrice', () => one + one + one, { kind: 'bundle', count: 3 }],
  ['a broken one beside another', () => one + pem('AAAA'), { kind: 'bundle', count: 2 }],
  ['a key beside it', () => one + key, { kind: 'with-key' }],
  ['a key beside a bundle', () => key + one + two, { kind: 'with-key' }],
  ['a key alone', () => key, { kind: 'with-key' }],
  ['an encrypted key', () => pem('AAAA', 64, 'ENCRYPTED PRIVATE KEY'), { kind: 'with-key' }],
])('%s', (_name, text, reading) => {
  expect(readCertificate(text())).toEqual(reading);
});

test.each([
  [
    NAMED,
    'certificate of C=DE, O=Example\\, Inc., OU=Prüfstelle, CN=Root, expires 2031-04-30, ' +
      'SHA-256 e526562bbe860ab00c6a683d2e860bfb2e50a76a8a161ecffb92043a874393a0',
  ],
  [
    NAMELESS,
    'certificate without a subject, expires 2150-02-05, ' +
      'SHA-256 cf2df8186f2cf218efeca9257eb09e20fc655d995ba4da6e7471c830bd113e4a',
  ],
  ['hunter2', 'a certificate that cannot be parsed'],
])('for people, case %#', (text, line) => {
  expect(describeCertificate(text)).toBe(line);
});
