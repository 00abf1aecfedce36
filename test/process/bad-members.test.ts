import { describe, test } from 'vitest';
import { expectRefused, expectValidated, type BadInput } from './bad-input.ts';
import { SECRETS } from './leaks.ts';
import { CERTIFICATE, storeDocument } from './trust-store.ts';

const SECRET = SECRETS.unknown;

/** Documents about trust stores, each in a file of its own, from `a.yaml` on, beside the certificate that they name. */
function stores(...documents: readonly string[]): Readonly<Record<string, string>> {
  const files = documents.map((text, index) => [`${'abcdefgh'.charAt(index)}.yaml`, text] as const);
  return { ...Object.fromEntries(files), 'ca.pem': CERTIFICATE };
}

const NAMES: readonly BadInput[] = [
  {
    name: 'no name where one is needed',
    files: stores(`# its place\nresource: trust_stores\nbody: { revocation_check: none }\n`),
    ...{ code: 'name-missing', findings: ['name-missing a.yaml:2:1'], next: /write "name" beside "resource"/ },
  },
  {
    name: 'a name, or a previous one, where there are no members',
    files: stores(
      `resource: management/support_info\nname: ${SECRET}\nbody: { uri: null }\n`,
      `resource: management/soap\npreviousName: ${SECRET}\nbody: { enabled: false }\n`,
      `resource: starling/join\nname: ${SECRET}\nstate: absent\n`,
    ),
    code: 'name-on-singleton',
    findings: [
      'name-on-singleton a.yaml:2:1 /name',
      'previous-name-without-name b.yaml:2:1 /previousName',
      'name-on-singleton c.yaml:2:1 /name',
    ],
    next: /leave "name" out[^]*write the new name as "name"[^]*leave "name" out/,
  },
  {
    name: 'the name inside of the body',
    files: stores(`resource: trust_stores\nname: A\nbody:\n  revocation_check: none\n  name: ${SECRET}\n`),
    ...{ code: 'name-in-body', findings: ['name-in-body a.yaml:5:3 /body/name'], next: /beside "resource" alone/ },
  },
  {
    name: 'names that are a number, a truth, a list, a tag, nothing, blank, not printable',
    files: stores(
      storeDocument('2026'),
      storeDocument('true'),
      storeDocument(`[${SECRET}]`),
      storeDocument('!env TOKEN'),
      storeDocument('""'),
      storeDocument('"  "'),
      storeDocument('"a\\u0007"'),
      storeDocument('H', 'previousName: 8\n'),
    ),
    code: 'wrong-type',
    findings: [
      ...['a', 'b', 'c', 'd'].map((file) => `wrong-type ${file}.yaml:2:7 /name`),
      ...['e', 'f', 'g'].map((file) => `name-malformed ${file}.yaml:2:7 /name`),
      'wrong-type h.yaml:3:15 /previousName',
    ],
    next: /put the name in quotes[^]*"name" is empty[^]*is blank[^]*control character[^]*put the name in quotes/,
  },
  {
    name: 'a previous name that is the name',
    files: stores(storeDocument('Corporate', 'previousName: Corporate\n')),
    ...{ code: 'same-name', findings: ['same-name a.yaml:3:15 /previousName'], next: /leave "previousName" out/ },
  },
  {
    name: 'two documents about one member, one of which wants it gone',
    files: stores(storeDocument('Corporate'), 'resource: trust_stores\nname: Corporate\nstate: absent\n'),
    code: 'duplicate-resource',
    findings: ['duplicate-resource b.yaml:2:7 /name'],
    next: /merge the two documents/,
  },
  {
    name: 'two documents that take over one member',
    files: stores(storeDocument('A', 'previousName: Old\n'), storeDocument('B', 'previousName: Old\n')),
    code: 'duplicate-previous-name',
    findings: ['duplicate-previous-name b.yaml:3:15 /previousName'],
    next: /out of one of the two/,
  },
];

const SHAPES: readonly BadInput[] = [
  {
    name: 'a state that is misspelt, or none',
    files: stores(storeDocument('A', 'state: abscent\n'), storeDocument('B', 'state: true\n')),
    code: 'wrong-value',
    findings: ['wrong-value a.yaml:3:8 /state', 'wrong-type b.yaml:3:8 /state'],
    next: /present or absent[^]*present or absent/,
  },
  {
    name: 'what is to be gone, described',
    files: stores(storeDocument('A', 'state: absent\npreviousName: B\nignore: []\nupload: ca.pem\n')),
    code: 'absent-with-previous-name',
    findings: [
      'absent-with-previous-name a.yaml:4:1 /previousName',
      'absent-with-ignore a.yaml:5:1 /ignore',
      'absent-with-upload a.yaml:6:1 /upload',
      'absent-with-body a.yaml:7:1 /body',
    ],
    next: /(?:leave it out[^]*){4}/,
  },
  {
    name: 'a singleton that is to be gone',
    files: stores('resource: management/support_info\nstate: absent\n'),
    ...{ code: 'member-missing', findings: ['member-missing a.yaml:1:1'], next: /"state: absent" deletes a member/ },
  },
  {
    name: 'a collection as a whole, described like a member',
    files: stores(`resource: trust_stores\nprune: true\nname: A\nstate: present\nbody: { crl_urls: [] }\n`),
    code: 'prune-with-name',
    findings: [
      'prune-with-name a.yaml:3:1 /name',
      'prune-with-state a.yaml:4:1 /state',
      'prune-with-body a.yaml:5:1 /body',
    ],
    next: /(?:a document of its own[^]*){3}/,
  },
  {
    name: 'prune that is neither true nor false, prune twice, prune of what has no members',
    files: stores(
      'resource: trust_stores\nprune: all\n',
      'resource: trust_stores\nprune: true\n',
      'resource: management/support_info\nprune: true\n',
    ),
    code: 'wrong-type',
    findings: [
      'wrong-type a.yaml:2:8 /prune',
      'duplicate-resource b.yaml:1:11 /resource',
      'prune-on-singleton c.yaml:2:1 /prune',
    ],
    next: /"prune" is true or false[^]*merge the two documents[^]*leave "prune" out/,
  },
];

describe('members of collections', () => {
  test.each(NAMES)('$name', expectRefused);
  test.each(SHAPES)('$name', expectRefused);

  test('all of it, for a person', () => expectValidated([...NAMES, ...SHAPES]));
});
