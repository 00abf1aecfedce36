import { describe, test } from 'vitest';
import { expectRefused, expectValidated, type BadInput } from './bad-input.ts';
import { FILES } from './harness.ts';
import { SECRETS } from './leaks.ts';
import { CERTIFICATE } from './trust-store.ts';

const SECRET = SECRETS.unknown;
const KEY = `-----BEGIN PRIVATE KEY-----\n${SECRETS.file}\n-----END PRIVATE KEY-----\n`;

/** A trust store with these authorities, one a line from line 6 on; the files are what they may name. */
function authorities(
  entries: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const head = 'resource: trust_stores\nname: A\nbody:\n  crl_urls: []\n  authorities:\n';
  return { 'a.yaml': `${head}${entries.map((entry) => `    - ${entry}\n`).join('')}`, 'ca.pem': CERTIFICATE, ...files };
}

const CERTIFICATES: readonly BadInput[] = [
  {
    name: 'no certificate, one that is cut off, one that is damaged',
    files: authorities(
      ['{ certificate: !file text.pem }', '{ certificate: !file short.pem }', '{ certificate: !file damaged.pem }'],
      {
        'text.pem': SECRETS.file,
        'short.pem': CERTIFICATE.slice(0, 200),
        'damaged.pem': CERTIFICATE.replace('\nMII', '\nAAA'),
      },
    ),
    code: 'certificate-invalid',
    findings: [6, 7, 8].map(
      (line, index) => `certificate-invalid a.yaml:${line}:22 /body/authorities/${index}/certificate`,
    ),
    next: /begins with -----BEGIN CERTIFICATE[^]*check that it is complete[^]*check that it is complete/,
  },
  {
    name: 'a text that is none, in the document itself and from a variable',
    files: authorities([`{ certificate: ${SECRET} }`, '{ certificate: !env TOKEN }', '{ certificate: 7 }']),
    code: 'certificate-invalid',
    findings: [
      'certificate-invalid a.yaml:6:22 /body/authorities/0/certificate',
      'certificate-invalid a.yaml:7:22 /body/authorities/1/certificate',
      'wrong-type a.yaml:8:22 /body/authorities/2/certificate',
    ],
    next: /-----BEGIN CERTIFICATE[^]*-----BEGIN CERTIFICATE[^]*must be a string/,
  },
  {
    name: 'a bundle, and a certificate with its private key',
    files: authorities(['{ certificate: !file bundle.pem }', '{ certificate: !file identity.pem }'], {
      'bundle.pem': CERTIFICATE + CERTIFICATE,
      'identity.pem': CERTIFICATE + KEY,
    }),
    code: 'certificate-bundle',
    findings: [
      'certificate-bundle a.yaml:6:22 /body/authorities/0/certificate',
      'certificate-with-key a.yaml:7:22 /body/authorities/1/certificate',
    ],
    next: /give each its own entry[^]*give the certificate alone/,
  },
  {
    name: 'a file that is not there, or outside of the roots',
    files: authorities(['{ certificate: !file nowhere.pem }', '{ certificate: !file /etc/hostname }']),
    code: 'file-missing',
    findings: [
      'file-missing a.yaml:6:22 /body/authorities/0/certificate',
      'file-outside-roots a.yaml:7:22 /body/authorities/1/certificate',
    ],
    next: /relative to the YAML file[^]*desiredState\.fileRoots/,
  },
  {
    name: 'the same one twice, written in two ways',
    files: authorities(['{ certificate: !file ca.pem }', '{ certificate: !file wide.pem }'], {
      'wide.pem': `a comment\n${CERTIFICATE.replaceAll('\n', '\r\n')}`,
    }),
    code: 'duplicate-item',
    findings: ['duplicate-item a.yaml:6:5 /body/authorities'],
    next: /the items 0 and 1 are the same/,
  },
  {
    name: 'members that an authority does not have, or that the appliance works out',
    files: authorities([`{ certificate: !file ca.pem, certificat: ${SECRET} }`, `{ subject: ${SECRET} }`, `${SECRET}`]),
    code: 'unknown-member',
    findings: [
      'unknown-member a.yaml:6:36 /body/authorities/0/certificat',
      'read-only a.yaml:7:9 /body/authorities/1/subject',
      'wrong-type a.yaml:8:7 /body/authorities/2',
    ],
    next: /did you mean "certificate"\?[^]*remove the member[^]*must be an object/,
  },
];

/** A trust store with this body, in one line. */
function store(file: string, body: string): Readonly<Record<string, string>> {
  return { [`${file}.yaml`]: `resource: trust_stores\nname: ${file}\nbody: { ${body} }\n` };
}

const REVOCATION: readonly BadInput[] = [
  {
    name: 'places that are no URL of the web, one place twice',
    files: store(
      'a',
      `crl_urls: [ 'ldap://x.example.com/', ${SECRET}, 'http://x.example.com/', 'http://x.example.com/' ]`,
    ),
    code: 'duplicate-item',
    findings: [
      'duplicate-item a.yaml:3:19 /body/crl_urls',
      'wrong-value a.yaml:3:21 /body/crl_urls/0',
      'wrong-value a.yaml:3:46 /body/crl_urls/1',
    ],
    next: /the items 2 and 3 are the same[^]*an HTTP or HTTPS URL[^]*an HTTP or HTTPS URL/,
  },
  {
    name: 'URLs without a check, checks without a URL, a check that there is not',
    files: {
      ...store('a', `revocation_check: none, crl_urls: [ 'http://x.example.com/' ]`),
      ...store('b', `revocation_check: full, crl_urls: []`),
      ...store('c', `revocation_check: leaf, crl_urls: []`),
      ...store('d', `revocation_check: ${SECRET}`),
    },
    code: 'wrong-value',
    findings: [
      'wrong-value a.yaml:3:43 /body/crl_urls',
      'wrong-value b.yaml:3:43 /body/crl_urls',
      'wrong-value c.yaml:3:43 /body/crl_urls',
      'wrong-value d.yaml:3:27 /body/revocation_check',
    ],
    next: /must be empty where[^]*at least one URL[^]*at least one URL[^]*\["full","leaf","none"\]/,
  },
];

const UPLOADS: readonly BadInput[] = [
  {
    name: 'of files that are not there, outside of the roots, or folders',
    files: Object.fromEntries(
      ['nowhere.txt', '.', '/etc/hostname'].map((path, index) => [
        `${'abc'.charAt(index)}/license.yaml`,
        `resource: management/license\nbody: { serial: 123-456-789 }\nupload: ${path}\n`,
      ]),
    ),
    code: 'file-missing',
    findings: [
      'file-missing a/license.yaml:3:9 /upload',
      'duplicate-resource b/license.yaml:1:11 /resource',
      'not-a-file b/license.yaml:3:9 /upload',
      'duplicate-resource c/license.yaml:1:11 /resource',
      'file-outside-roots c/license.yaml:3:9 /upload',
    ],
    next: /relative to the YAML file[^]*name a file[^]*desiredState\.fileRoots/,
  },
  {
    name: 'where nothing can be uploaded, of no file, of a file by a tag',
    files: {
      'a.yaml': `${FILES.support}upload: b.yaml\n`,
      'b.yaml': `resource: starling\nbody: {}\nupload: ""\n`,
      'c.yaml': `resource: management/license\nbody: {}\nupload: !file ${SECRET}\n`,
      'd.yaml': `resource: management/soap\nbody: {}\nupload: [${SECRET}]\n`,
    },
    code: 'upload-not-possible',
    findings: [
      'upload-not-possible a.yaml:4:1 /upload',
      'wrong-value b.yaml:3:9 /upload',
      'wrong-type c.yaml:3:9 /upload',
      'wrong-type d.yaml:3:9 /upload',
    ],
    next: /files go to management\/license[^]*relative to the YAML file[^]*as it is[^]*"upload" is a string/,
  },
  {
    name: 'conditions that no license can meet',
    files: {
      'a.yaml': `resource: management/license\nbody:\n  serial: 7\n  valid_not_after: 1. 5. 2031\n  limit: -1\n  limit_type: ${SECRET}\n  seriall: ${SECRET}\n`,
      'b.yaml': 'resource: management/license\nbody: null\n',
    },
    code: 'wrong-type',
    findings: [
      'wrong-type a.yaml:3:11 /body/serial',
      'wrong-value a.yaml:4:20 /body/valid_not_after',
      'out-of-range a.yaml:5:10 /body/limit',
      'wrong-value a.yaml:6:15 /body/limit_type',
      'unknown-member a.yaml:7:3 /body/seriall',
      'duplicate-resource b.yaml:1:11 /resource',
      'wrong-type b.yaml:2:7 /body',
    ],
    next: /a string[^]*a date such as 2031-05-01[^]*>= 0[^]*did you mean "serial"\?[^]*merge[^]*an object/,
  },
];

describe('bodies of trust stores, and uploads', () => {
  test.each(CERTIFICATES)('certificates: $name', expectRefused);
  test.each(REVOCATION)('revocation: $name', expectRefused);
  test.each(UPLOADS)('uploads: $name', expectRefused);

  test('all of it, for a person', () => expectValidated([...CERTIFICATES, ...REVOCATION, ...UPLOADS]));
});
