import { describe, test } from 'vitest';
import { expectRefused, expectValidated, type BadInput } from './bad-input.ts';
import { FILES } from './harness.ts';
import { SECRETS } from './leaks.ts';

const SECRET = SECRETS.unknown;

/** A document about the Splunk forwarder with this body. */
function splunk(body: string, more = ''): Readonly<Record<string, string>> {
  return { 'sub/a.yaml': `resource: management/splunk_forwarder\n${more}body:\n  ${body}\n` };
}

const MANY = 10_000;

const ROWS: readonly BadInput[] = [
  {
    name: 'members of the document that do not exist',
    files: { 'a.yaml': `resource: management/support_info\nbdy: { uri: ${SECRET} }\nspec: 1\nbody: { uri: null }\n` },
    code: 'unknown-member',
    findings: ['unknown-member a.yaml:2:1 /bdy', 'unknown-member a.yaml:3:1 /spec'],
    next: /did you mean "body"\?[^]*the members of a document are/,
  },
  {
    name: 'a member of the document that this version does not act on',
    files: { 'a.yaml': `resource: trust_stores\norder: [${SECRET}]\n` },
    ...{ code: 'not-built', findings: ['not-built a.yaml:2:1 /order'], next: /leave the member out/ },
  },
  {
    name: 'members of the body that do not exist',
    files: splunk(`tokn: ${SECRET}\n  password: ${SECRET}`),
    code: 'unknown-member',
    findings: ['unknown-member sub/a.yaml:3:3 /body/tokn', 'unknown-member sub/a.yaml:4:3 /body/password'],
    next: /did you mean "token"\?[^]*known are enabled/,
  },
  {
    name: 'values of wrong types, words, forms and sizes, all in one go',
    files: splunk(
      [
        `port: 65536`,
        `flush_interval: ${SECRET}`,
        `token: [${SECRET}]`,
        `host: { selection: ip, value: ${SECRET} }`,
        `pam_address: { selection: ${SECRET}, value: x }`,
      ].join('\n  '),
    ),
    code: 'out-of-range',
    findings: [
      'out-of-range sub/a.yaml:3:9 /body/port',
      'wrong-type sub/a.yaml:4:19 /body/flush_interval',
      'wrong-type sub/a.yaml:5:10 /body/token',
      'wrong-value sub/a.yaml:6:33 /body/host/value',
      'wrong-value sub/a.yaml:7:29 /body/pam_address/selection',
    ],
    next: /<= 65535[^]*an integer[^]*a string[^]*an IP address[^]*\["ip","fqdn"\]/,
  },
  {
    name: 'a misspelt resource',
    files: { 'a.yaml': `resource: management/suport_info\nbody: { uri: ${SECRET} }\n` },
    code: 'unknown-resource',
    findings: ['unknown-resource a.yaml:1:11 /resource'],
    next: /did you mean "management\/support_info"\?/,
  },
  {
    name: 'a resource that no schema describes, under strict',
    files: { 'a.yaml': `resource: x/undescribed\nbody: ${SECRET}\n` },
    settings: 'desiredState: { strict: true }\n',
    ...{ code: 'unknown-resource', findings: ['unknown-resource a.yaml:1:11 /resource'], next: /check the path/ },
  },
  {
    name: 'paths that are none: as the REST guide writes it, one that climbs, one with a query',
    files: {
      'a.yaml': 'resource: /api/configuration/management/support_info\nbody: { uri: null }\n',
      'b.yaml': 'resource: management/../transaction\nbody: { status: commit }\n',
      'c.yaml': `resource: management/support_info?${SECRET}\nbody: { uri: null }\n`,
    },
    code: 'resource-path',
    findings: ['a', 'b', 'c'].map((file) => `resource-path ${file}.yaml:1:11 /resource`),
    next: /leave the leading "\/" out[^]*path below \/api\/configuration[^]*path below/,
  },
  {
    name: 'members of the document that are missing or of a wrong type',
    files: {
      'a.yaml': `resource: [${SECRET}]\nbody: { uri: null }\n`,
      'b.yaml': `\nbody: { uri: ${SECRET} }\n`,
      'c.yaml': 'resource: management/support_info\n',
      'd.yaml': 'resource: management/support_info\noptional: yes\nbody: { uri: null }\n',
    },
    code: 'wrong-type',
    findings: [
      'wrong-type a.yaml:1:11 /resource',
      'member-missing b.yaml:2:1',
      'member-missing c.yaml:1:1',
      'wrong-type d.yaml:2:11 /optional',
    ],
    next: /"resource" is a string[^]*"resource" is the path[^]*"body" is the managed[^]*"optional" is true or false/,
  },
  {
    name: 'one pointer in ignore and in body, and one that is none',
    files: splunk(`token: ${SECRET}`, `ignore: [/port, /token, ${SECRET}]\n`),
    code: 'ignored-and-set',
    findings: ['ignored-and-set sub/a.yaml:2:17 /ignore/1', 'pointer-malformed sub/a.yaml:2:25 /ignore/2'],
    next: /leave it out of one[^]*begins with "\/"/,
  },
  {
    name: 'the same resource in two files',
    files: { 'a.yaml': FILES.support, 'z/b.yml': `# a comment\n${FILES.support}` },
    code: 'duplicate-resource',
    findings: ['duplicate-resource z/b.yml:2:11 /resource'],
    next: /merge the two documents/,
  },
  {
    name: '10,000 documents about one resource',
    files: { 'a.yaml': Array.from({ length: MANY }, () => FILES.support).join('---\n') },
    code: 'duplicate-resource',
    findings: [
      ...Array.from({ length: 1000 }, (_, index) => `duplicate-resource a.yaml:${4 * index + 5}:11 /resource`),
      'too-many-findings',
    ],
    next: /merge the two documents/,
  },
];

describe('documents that do not say what is wanted', () => {
  test.each(ROWS)('$name', expectRefused);
});

describe('values from elsewhere', () => {
  const env = { PORT: SECRETS.token };
  const rows: readonly BadInput[] = [
    {
      name: '!env of variables that are not set, perhaps with the secret itself for a name',
      files: splunk(`token: !env NOPE\n  host: { selection: fqdn, value: !env ${SECRET} }`),
      code: 'env-unset',
      findings: ['env-unset sub/a.yaml:3:10 /body/token', 'env-unset sub/a.yaml:4:35 /body/host/value'],
      next: /set it for the process[^]*correct the name/,
    },
    {
      name: 'variables of wrong types',
      files: splunk('port: !env:int PORT\n  enabled: !env:bool PORT\n  flush_interval: !env PORT'),
      env,
      code: 'env-not-int',
      findings: [
        'env-not-int sub/a.yaml:3:9 /body/port',
        'env-not-bool sub/a.yaml:4:12 /body/enabled',
        'wrong-type sub/a.yaml:5:19 /body/flush_interval',
      ],
      next: /not an integer below 2\^53[^]*not true, false, 1 or 0[^]*must be an integer/,
    },
  ];
  test.each(rows)('$name', expectRefused);

  test('all of it, for a person', () => {
    const short = ROWS.filter(({ settings, findings = [] }) => settings === undefined && findings.length < MANY / 2);
    return expectValidated([...short, ...rows]);
  });
});
