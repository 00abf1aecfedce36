import { describe, test } from 'vitest';
import { expectRefused, expectValidated, type BadInput } from './bad-input.ts';
import { SECRETS } from './leaks.ts';

const SECRET = SECRETS.unknown;

/** A document about support contact with this body. */
function support(body: string): Readonly<Record<string, string>> {
  return { 'a.yaml': `resource: management/support_info\nbody:\n${body}` };
}

const LEVELS = ['a', 'b', 'c', 'd', 'e', 'f'];

// Each line repeats the one before ten times.
const BOMB = LEVELS.map((name, level) => {
  const element = level === 0 ? 'x' : `*${LEVELS[level - 1]}`;
  return `  ${name}: &${name} [${Array.from({ length: 10 }, () => element).join(', ')}]\n`;
}).join('');

const ROWS: readonly BadInput[] = [
  {
    name: 'a bracket or a quote that is not closed, a tab as indentation, a member without a colon',
    files: {
      'a.yaml': `resource: x\nbody: { uri: ${SECRET}\n`,
      'b.yaml': `resource: x\nbody: "${SECRET}\n`,
      'c.yaml': `resource: x\nbody:\n\turi: ${SECRET}\n`,
      'd.yaml': `resource: x\nbody:\n  uri: null\n  ${SECRET}\n`,
    },
    code: 'yaml-syntax',
    findings: ['yaml-syntax a.yaml:3:1', 'yaml-syntax b.yaml:3:1', 'yaml-syntax c.yaml:3:1', 'yaml-syntax d.yaml:4:3'],
    next: /bracket[^]*quote[^]*spaces, not tabs[^]*colon/,
  },
  {
    name: 'the directive of another version',
    files: { 'a.yaml': `%YAML 1.1\n---\nresource: management/support_info\nbody: { uri: null }\n` },
    ...{ code: 'directive', findings: ['directive a.yaml:1:1'], next: /"%YAML 1.2"/ },
  },
  {
    name: 'a duplicate key',
    files: support(`  uri: null\n  uri: ${SECRET}\n`),
    ...{ code: 'duplicate-key', findings: ['duplicate-key a.yaml:4:3 /body/uri'], next: /remove one/ },
  },
  {
    name: '__proto__ and its like',
    files: support(`  uri: null\n  __proto__: { polluted: ${SECRET} }\n  constructor: ${SECRET}\n`),
    code: 'forbidden-key',
    findings: ['forbidden-key a.yaml:4:3 /body/__proto__', 'forbidden-key a.yaml:5:3 /body/constructor'],
    next: /remove the member[^]*remove the member/,
  },
  {
    name: 'a merge key',
    files: { 'a.yaml': `resource: x/undescribed\nbody:\n  a: &a { b: ${SECRET} }\n  <<: *a\n` },
    code: 'merge-key',
    findings: ['unknown-resource a.yaml:1:11 /resource', 'merge-key a.yaml:4:3 /body/<<'],
    next: /write the members out/,
  },
  {
    name: 'tags that nobody knows',
    files: support(`  uri: { selection: !vault ${SECRET}, value: !!js/function '${SECRET}' }\n`),
    code: 'unknown-tag',
    findings: ['unknown-tag a.yaml:3:21 /body/uri/selection', 'unknown-tag a.yaml:3:60 /body/uri/value'],
    next: /the tags are !env, [^]*the tags are !env, /,
  },
  {
    name: 'a tag before something other than a scalar',
    files: support(`  uri: !env [${SECRET}]\n`),
    ...{ code: 'tag-needs-scalar', findings: ['tag-needs-scalar a.yaml:3:8 /body/uri'], next: /takes one scalar/ },
  },
  {
    name: 'a tag that this version does not act on',
    files: support(`  uri: !ref ${SECRET}\n`),
    ...{ code: 'not-built', findings: ['not-built a.yaml:3:8 /body/uri'], next: /!key/ },
  },
  {
    name: 'an alias bomb',
    files: { 'a.yaml': `resource: x/undescribed\nbody:\n${BOMB}  g: [*f, *f]\n  note: ${SECRET}\n` },
    code: 'alias-bomb',
    findings: ['unknown-resource a.yaml:1:11 /resource', 'alias-bomb a.yaml:9:11 /body/g/1'],
    next: /write the values out/,
  },
  {
    name: 'an alias without an anchor, and one inside of its own',
    files: support(`  uri: &${SECRET} { selection: *liveToken, value: *${SECRET} }\n`),
    code: 'alias-unknown',
    findings: ['alias-unknown a.yaml:3:46 /body/uri/selection', 'alias-recursive a.yaml:3:65 /body/uri/value'],
    next: /in quotes[^]*write the value out/,
  },
  {
    name: 'an integer beyond 2^53, and a number that JSON does not have',
    files: support('  uri: { selection: .nan, value: 90071992547409931234 }\n'),
    code: 'not-json-number',
    findings: ['not-json-number a.yaml:3:21 /body/uri/selection', 'integer-too-large a.yaml:3:34 /body/uri/value'],
    next: /quotes[^]*quotes/,
  },
  {
    name: 'a key that is a list',
    files: support(`  uri: null\n  ? [${SECRET}]\n  : 1\n`),
    ...{ code: 'key-not-string', findings: ['key-not-string a.yaml:4:5 /body'], next: /quotes/ },
  },
  {
    name: 'nesting without end',
    files: support(`  uri: ${'['.repeat(20_000)}${SECRET}${']'.repeat(20_000)}\n`),
    ...{ code: 'too-deep', findings: ['too-deep a.yaml:3:109'], next: /too many/ },
  },
  {
    name: 'documents that are a text or a list, in a file with a good one',
    files: { 'a.yaml': `${SECRET}\n---\nresource: management/support_info\nbody: { uri: null }\n---\n- ${SECRET}\n` },
    code: 'document-not-object',
    findings: ['document-not-object a.yaml:1:1', 'document-not-object a.yaml:6:1'],
    next: /not a string[^]*not a list/,
  },
  {
    name: 'several faults in several files, all in one go',
    files: {
      'b.yaml': `resource: [${SECRET}\n`,
      ...support(`  uri: { selection: url, selection: ${SECRET}, value: 99999999999999999999 }\n`),
    },
    code: 'duplicate-key',
    findings: [
      'duplicate-key a.yaml:3:26 /body/uri/selection',
      'integer-too-large a.yaml:3:69 /body/uri/value',
      'yaml-syntax b.yaml:2:1',
    ],
    next: /quotes/,
  },
];

describe('YAML that cannot be read', () => {
  test.each(ROWS)('$name', expectRefused);

  test('all of it, for a person', () => expectValidated(ROWS));
});
