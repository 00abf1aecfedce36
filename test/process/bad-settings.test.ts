import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { issue, makeAuthority } from '../contract/sps/certificates.ts';
import { expectRefused, type BadInput } from './bad-input.ts';
import { SECRETS } from './leaks.ts';

const SECRET = SECRETS.unknown;
const FILE = 'given/settings.yaml';

/** Settings that name a certificate and a key instead of the harness's password. */
const CERTIFICATE_LOGIN = 'appliance:\n  login:\n    certificate: cert.pem\n    key: key.pem\n';
const NO_PASSWORD = { SPS_USERNAME: undefined, SPS_PASSWORD: undefined };

const IN_THE_FILE: readonly BadInput[] = [
  {
    name: 'YAML syntax',
    settings: `appliance: { url: ${SECRET}\n`,
    ...{ code: 'yaml-syntax', findings: [`yaml-syntax ${FILE}:2:1`], next: /bracket/ },
  },
  {
    name: 'a list',
    settings: `- ${SECRET}\n`,
    ...{ code: 'wrong-type', findings: [`wrong-type ${FILE}:1:1`], next: /must be of type object/ },
  },
  {
    name: 'two documents',
    settings: 'log: { level: debug }\n---\nlog: { level: info }\n',
    ...{ code: 'several-documents', findings: [`several-documents ${FILE}:3:1`], next: /Keep one/ },
  },
  {
    name: 'a duplicate key',
    settings: `appliance:\n  login: { method: a }\n  login: { password: ${SECRET} }\n`,
    ...{
      code: 'duplicate-key',
      findings: [`duplicate-key ${FILE}:3:3 /appliance/login`],
      next: /remove one of the two/,
    },
  },
  {
    name: '__proto__',
    settings: `__proto__: { password: ${SECRET} }\n`,
    ...{ code: 'forbidden-key', findings: [`forbidden-key ${FILE}:1:1 /__proto__`], next: /remove the member/ },
  },
  {
    name: 'members that do not exist',
    settings: `appliance:\n  login:\n    pasword: ${SECRET}\nsecrets: ${SECRET}\n`,
    code: 'unknown-member',
    findings: [`unknown-member ${FILE}:3:5 /appliance/login/pasword`, `unknown-member ${FILE}:4:1 /secrets`],
    next: /Did you mean "password"\?[^]*Known here: appliance, /,
  },
  {
    name: 'an address to listen at that is none, among members that are in order',
    settings: `reconcile: { mode: enforce }\nhttp: { listen: '${SECRET}:9470' }\nshutdown: { drainTimeout: 1s }\n`,
    code: 'listen-malformed',
    findings: [`listen-malformed ${FILE}:2:17 /http/listen`],
    next: /Write it as 127\.0\.0\.1:9470, .* null turns it off/,
  },
  {
    name: 'values of wrong types, forms and sizes, all in one go',
    settings: [
      `safety: { maxDeletes: ${SECRET}, maxChangeRatio: 1.5 }`,
      `desiredState: { read: ${SECRET}, fileRoots: ${SECRET} }`,
      "appliance: { requests: { timeout: '30', commitTimeout: 0s, concurrency: 0 } }",
      '',
    ].join('\n'),
    code: 'wrong-type',
    findings: [
      `wrong-type ${FILE}:1:23 /safety/maxDeletes`,
      `out-of-range ${FILE}:1:64 /safety/maxChangeRatio`,
      `wrong-value ${FILE}:2:23 /desiredState/read`,
      `wrong-type ${FILE}:2:59 /desiredState/fileRoots`,
      `wrong-value ${FILE}:3:35 /appliance/requests/timeout`,
      `out-of-range ${FILE}:3:56 /appliance/requests/commitTimeout`,
      `out-of-range ${FILE}:3:73 /appliance/requests/concurrency`,
    ],
    next: /type integer[^]*<= 1[^]*commit, worktree[^]*type array[^]*such as 500ms[^]*longer than nothing[^]*>= 1/,
  },
  {
    name: 'a tag that nobody knows',
    settings: `appliance: { login: { method: !vault ${SECRET} } }\n`,
    ...{
      code: 'unknown-tag',
      findings: [`unknown-tag ${FILE}:1:31 /appliance/login/method`],
      next: /the tags are !env/,
    },
  },
  {
    name: '!env of a variable that is not set, its name perhaps a secret',
    settings: `appliance: { login: { method: !env ${SECRET} } }\n`,
    ...{ code: 'env-unset', findings: [`env-unset ${FILE}:1:31 /appliance/login/method`], next: /correct the name/ },
  },
  {
    name: '!file of a file that is not there',
    settings: 'appliance: { login: { password: !file nowhere } }\n',
    env: { SPS_PASSWORD: undefined },
    code: 'file-unreadable',
    findings: [`file-unreadable ${FILE}:1:33 /appliance/login/password`],
    next: /relative to the settings file/,
  },
  {
    name: 'a URL that holds a password',
    settings: `appliance: { url: 'https://admin:${SECRET}@sps.example.com' }\n`,
    env: { SPS_URL: undefined },
    ...{ code: 'url-not-origin', findings: [`url-not-origin ${FILE}:1:19 /appliance/url`], next: /Write it as https/ },
  },
  {
    name: 'a URL without TLS',
    settings: 'appliance: { url: http://sps.example.com }\n',
    env: { SPS_URL: undefined },
    ...{ code: 'url-not-https', findings: [`url-not-https ${FILE}:1:19 /appliance/url`], next: /Write it as https/ },
  },
  {
    name: 'a CA file that is not there',
    settings: 'appliance: { tls: { ca: nowhere.pem } }\n',
    env: { SPS_CA: undefined },
    ...{
      code: 'file-unreadable',
      findings: [`file-unreadable ${FILE}:1:25 /appliance/tls/ca`],
      next: /Correct the path/,
    },
  },
  {
    name: 'a CA file that holds no certificate',
    settings: 'appliance: { tls: { ca: ca.pem } }\n',
    env: { SPS_CA: undefined },
    arrange: async (w) => {
      await w.give('ca.pem', `-----BEGIN CERTIFICATE-----\n${SECRETS.file}\n-----END CERTIFICATE-----\n`);
    },
    ...{
      code: 'not-a-certificate',
      findings: [`not-a-certificate ${FILE}:1:25 /appliance/tls/ca`],
      next: /BEGIN CERTIFICATE/,
    },
  },
  {
    name: 'a password and a client certificate',
    settings: CERTIFICATE_LOGIN,
    ...{ code: 'login-ambiguous', findings: [`login-ambiguous ${FILE}:3:5 /appliance/login`], next: /Keep one/ },
  },
  {
    name: 'a client certificate and key that are none',
    settings: CERTIFICATE_LOGIN,
    env: NO_PASSWORD,
    arrange: async (w) => {
      await w.give('cert.pem', SECRETS.file);
      await w.give('key.pem', SECRETS.file);
    },
    code: 'not-a-certificate',
    findings: [
      `not-a-certificate ${FILE}:3:18 /appliance/login/certificate`,
      `not-a-key ${FILE}:4:10 /appliance/login/key`,
    ],
    next: /BEGIN CERTIFICATE[^]*key in PEM, without a passphrase/,
  },
  {
    name: 'the key of another certificate',
    settings: CERTIFICATE_LOGIN,
    env: NO_PASSWORD,
    arrange: async (w) => {
      const authority = await makeAuthority('clients');
      await w.give('cert.pem', (await issue(authority)).certificate);
      await w.give('key.pem', (await issue(authority)).key);
    },
    ...{ code: 'key-mismatch', findings: [`key-mismatch ${FILE}:4:10 /appliance/login/key`], next: /Name the key/ },
  },
];

describe('a settings file with', () => {
  test.each(IN_THE_FILE)('$name', expectRefused);
});

const OUTSIDE: readonly BadInput[] = [
  {
    name: 'both SPS_PASSWORD and SPS_PASSWORD_FILE',
    env: { SPS_PASSWORD_FILE: 'ca.pem' },
    ...{ code: 'password-twice', findings: ['password-twice'], next: /Unset one of them/ },
  },
  {
    name: 'SPS_PASSWORD_FILE of a file that is not there',
    env: { SPS_PASSWORD: undefined, SPS_PASSWORD_FILE: 'nowhere' },
    ...{ code: 'file-unreadable', findings: ['file-unreadable'], next: /relative to the working folder/ },
  },
  {
    name: 'SPS_URL that is no URL, SPS_USERNAME with a colon, SPS_CA of a file that is not there',
    env: { SPS_URL: SECRET, SPS_USERNAME: `admin:${SECRET}`, SPS_CA: 'nowhere.pem' },
    code: 'wrong-value',
    findings: ['wrong-value', 'url-not-https', 'file-unreadable'],
    next: /SPS_USERNAME: [^]*nor hold a colon[^]*Write it as https[^]*Correct the path/,
  },
  {
    name: 'neither URL nor login',
    env: { SPS_URL: undefined, ...NO_PASSWORD },
    code: 'missing-member',
    findings: [
      'missing-member sps-gitops.yaml:1:1 /appliance/url',
      'missing-member sps-gitops.yaml:1:1 /appliance/login/username',
      'missing-member sps-gitops.yaml:1:1 /appliance/login/password',
    ],
    next: /SPS_URL[^]*SPS_USERNAME[^]*SPS_PASSWORD_FILE/,
  },
  {
    name: 'a settings file that is not there',
    env: { SPS_GITOPS_SETTINGS: 'nowhere.yaml' },
    ...{ code: 'settings-unreadable', findings: ['settings-unreadable'], next: /Correct the path/ },
  },
  {
    name: 'a settings file that is a folder',
    env: { SPS_GITOPS_SETTINGS: 'config' },
    ...{ code: 'settings-unreadable', findings: ['settings-unreadable'], next: /Correct the path/ },
  },
  {
    name: 'a settings file that is not UTF-8',
    settings: '',
    arrange: async (w) => {
      const bytes = Buffer.concat([Buffer.from(`log: ${SECRET}`), Buffer.from([0xff])]);
      await writeFile(join(w.folder, FILE), bytes);
    },
    ...{ code: 'settings-unreadable', findings: ['settings-unreadable'], next: /what the file holds/ },
  },
  {
    name: 'a settings file over 1 MiB',
    settings: `# ${SECRET}\n`.repeat(50_000),
    ...{ code: 'settings-unreadable', findings: ['settings-unreadable'], next: /what the file holds/ },
  },
];

describe('settings from elsewhere:', () => {
  test.each(OUTSIDE)('$name', expectRefused);
});
