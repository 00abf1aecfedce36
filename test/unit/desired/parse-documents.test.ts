import { describe, expect, it } from 'vitest';
import { checkDocuments } from '../../../src/desired/check-documents.ts';
import { parseDocument } from '../../../src/desired/parse-documents.ts';
import type { ParsedDocument } from '../../../src/desired/parsed-document.ts';
import { DESIRED_TAGS } from '../../../src/desired/plain-tags.ts';
import type { Diagnostic } from '../../../src/shared/diagnostic.ts';
import { readYaml, Tagged } from '../../../src/yaml/read-yaml.ts';
import { fakeRegistry, fakeType } from './fake-registry.ts';

const MARK = 'MARKED_SECRET';

function parse(text: string, file = 'f.yaml'): { parsed: readonly ParsedDocument[]; findings: readonly Diagnostic[] } {
  const reading = readYaml(file, text, { tags: DESIRED_TAGS });
  const answers = reading.documents.map((document) => parseDocument(file, document));
  return {
    parsed: answers.flatMap(({ parsed }) => (parsed === undefined ? [] : [parsed])),
    findings: [...reading.findings, ...answers.flatMap(({ findings }) => findings)],
  };
}

interface Case {
  readonly text: string;
  readonly code: string;
  readonly pointer: string;
  readonly at: readonly [line: number, column: number];
  readonly says?: RegExp;
}

const BODY = `body: {a: ${MARK}}`;
const CASES: Readonly<Record<string, Case>> = {
  'a list': { text: `- ${MARK}\n`, code: 'document-not-object', pointer: '', at: [1, 1], says: /list/ },
  'a scalar': { text: `${MARK}\n`, code: 'document-not-object', pointer: '', at: [1, 1], says: /string/ },
  'a tag': { text: `!env ${MARK}\n`, code: 'document-not-object', pointer: '', at: [1, 1], says: /tag/ },
  'a misspelt member': {
    text: `resource: r\n${BODY}\nignor: [${MARK}]\n`,
    code: 'unknown-member',
    pointer: '/ignor',
    at: [3, 1],
    says: /did you mean "ignore"/,
  },
  'a member unlike any': {
    text: `resource: r\n${BODY}\nspecification: ${MARK}\n`,
    code: 'unknown-member',
    pointer: '/specification',
    at: [3, 1],
    says: /the members of a document are/,
  },
  'no resource': { text: `${BODY}\n`, code: 'member-missing', pointer: '', at: [1, 1], says: /"resource"/ },
  'no body': { text: `resource: r\n`, code: 'member-missing', pointer: '', at: [1, 1], says: /"body"/ },
  'a resource that is a number': {
    text: `resource: 5\n${BODY}\n`,
    code: 'wrong-type',
    pointer: '/resource',
    at: [1, 11],
  },
  'a resource from elsewhere': {
    text: `resource: !env ${MARK}\n${BODY}\n`,
    code: 'wrong-type',
    pointer: '/resource',
    at: [1, 11],
  },
  'an optional that is text': {
    text: `resource: r\n${BODY}\noptional: "${MARK}"\n`,
    code: 'wrong-type',
    pointer: '/optional',
    at: [3, 11],
  },
  'an ignore that is text': {
    text: `resource: r\n${BODY}\nignore: /${MARK}\n`,
    code: 'wrong-type',
    pointer: '/ignore',
    at: [3, 9],
  },
  'an ignore of numbers': {
    text: `resource: r\n${BODY}\nignore: [1]\n`,
    code: 'wrong-type',
    pointer: '/ignore/0',
    at: [3, 10],
  },
  'an ignore that is no pointer': {
    text: `resource: r\n${BODY}\nignore: [/b, ${MARK}]\n`,
    code: 'pointer-malformed',
    pointer: '/ignore/1',
    at: [3, 14],
  },
  'a pointer with a bad escape': {
    text: `resource: r\n${BODY}\nignore: [/a~2]\n`,
    code: 'pointer-malformed',
    pointer: '/ignore/0',
    at: [3, 10],
  },
  '!ref': {
    text: `resource: r\nbody:\n  - !ref ${MARK}/x\n`,
    code: 'not-built',
    pointer: '/body/0',
    at: [3, 5],
    says: /!ref/,
  },
};

const NOT_BUILT = ['name: x', 'previousName: x', 'state: absent', 'prune: true', 'order: [x]', 'upload: x'];

describe('findings of a document', () => {
  it.each(Object.entries(CASES))('has %s with its code and place, and no scalar', (_name, wanted) => {
    const { findings } = parse(wanted.text);
    expect(findings).toMatchObject([
      {
        severity: 'error',
        code: wanted.code,
        pointer: wanted.pointer,
        position: { file: 'f.yaml', line: wanted.at[0], column: wanted.at[1] },
      },
    ]);
    expect(`${findings[0]?.message} ${findings[0]?.hint}`).toMatch(wanted.says ?? /./);
    expect(JSON.stringify(findings)).not.toContain(MARK);
  });

  it.each(NOT_BUILT)('has "%s", which is not built, by name', (member) => {
    const { findings } = parse(`resource: r\n${BODY}\n${member}\n`);
    const name = member.split(':')[0] ?? '';
    expect(findings).toMatchObject([{ code: 'not-built', pointer: `/${name}`, position: { line: 3, column: 1 } }]);
    expect(findings[0]?.message).toContain(`"${name}"`);
  });

  it('is not asked for a body that what is not built would not have', () => {
    const { findings } = parse('resource: r\nname: x\nstate: absent\n');
    expect(findings.map((finding) => finding.code)).toEqual(['not-built', 'not-built']);
  });

  it.each(['', '/a', 'a/', 'a//b', '.', 'a/../b', 'a/./b', 'a b', 'ä', 'a?b', 'a%2fb', 'a\\b', 'a#b'])(
    'refuse the resource %j',
    (resource) => {
      const { parsed, findings } = parse(`resource: ${JSON.stringify(resource)}\n${BODY}\n`);
      expect(findings).toMatchObject([
        { code: 'resource-path', pointer: '/resource', position: { line: 1, column: 11 } },
      ]);
      expect(parsed).toEqual([]);
    },
  );

  it.each(['a', 'management/splunk_forwarder', 'a-b/c.d/e@f/..g/G0'])('accept the resource %j', (resource) => {
    expect(parse(`resource: ${resource}\n${BODY}\n`)).toMatchObject({ parsed: [{ resource }], findings: [] });
  });

  it('come all at once', () => {
    const { findings } = parse('resource: /r\nbdy: 1\nname: x\noptional: 3\nignore: [x]\n');
    expect(findings.map(({ code }) => code).sort()).toEqual(
      ['not-built', 'pointer-malformed', 'resource-path', 'unknown-member', 'wrong-type'].sort(),
    );
  });

  it('do not follow from what could not be read', () => {
    const { findings } = parse('resource: !x r\nbody: .nan\noptional: !x y\nignore: !x z\n');
    expect(findings.map(({ code }) => code)).toEqual(['unknown-tag', 'not-json-number', 'unknown-tag', 'unknown-tag']);
  });
});

describe('ignore', () => {
  const body = '{a: {b: 1, e: {}}, l: [{x: 1}], t: !env T}';
  const cases: readonly (readonly [pointer: string, conflict: boolean])[] = [
    ['', true],
    ['/a', true],
    ['/a/b', true],
    ['/a/b/c', true],
    ['/l/0/y', true],
    ['/t/x', true],
    ['/a/e', false],
    ['/a/e/f', false],
    ['/a/c', false],
    ['/z', false],
    ['/a~1b', false],
  ];

  it.each(cases)('%j beside a body: conflict %s', (pointer, conflict) => {
    const { parsed, findings } = parse(`resource: r\nbody: ${body}\nignore: [${JSON.stringify(pointer)}]\n`);
    expect(findings.map(({ code }) => code)).toEqual(conflict ? ['ignored-and-set'] : []);
    expect(parsed[0]?.ignore).toEqual(conflict ? [] : [pointer]);
  });

  it('has the finding at the pointer', () => {
    const { findings } = parse('resource: r\nbody: {a: 1}\nignore:\n  - /b\n  - /a\n');
    expect(findings).toMatchObject([{ pointer: '/ignore/1', position: { line: 5, column: 5 } }]);
  });
});

describe('a document in order', () => {
  it('gives its members, with !key resolved', () => {
    const text = 'resource: r\nbody: {k: !key "-100", e: [!env X]}\noptional: true\nignore: [/b]\n';
    const { parsed, findings } = parse(`# comment\n${text}`);
    expect(findings).toEqual([]);
    expect(parsed).toMatchObject([
      { resource: 'r', body: { k: '-100', e: [new Tagged('!env', 'X')] }, optional: true, ignore: ['/b'] },
    ]);
    expect(parsed[0]?.document.line).toBe(2);
  });

  it.each(['null', '5', 'text', '[1]', '{}'])('may have the body %s', (body) => {
    expect(parse(`resource: r\nbody: ${body}\n`)).toMatchObject({ parsed: [{ resource: 'r' }], findings: [] });
  });
});

describe('between documents', () => {
  const registry = fakeRegistry(fakeType('known'));

  it('a resource described twice is found at the later one and names the earlier', () => {
    const later = parse('---\nresource: known\nbody: {}\n', 'b.yaml').parsed;
    const earlier = parse('# c\n\nresource: known\nbody: {}\n', 'a.yaml').parsed;
    const findings = checkDocuments([...later, ...earlier], registry, 'warn');
    expect(findings).toMatchObject([
      { severity: 'error', code: 'duplicate-resource', position: { file: 'b.yaml', line: 2, column: 11 } },
    ]);
    expect(findings[0]?.message).toContain('a.yaml:3');
  });

  it.each([
    ['knownx', 'warn', 'error', 'did you mean "known"?'],
    ['knownx', 'refuse', 'error', 'did you mean "known"?'],
    ['other', 'warn', 'warning', 'check the path'],
    ['other', 'refuse', 'error', 'check the path'],
  ] as const)('%s is unknown (%s): %s', (resource, unknown, severity, hint) => {
    const findings = checkDocuments(parse(`resource: ${resource}\nbody: {}\n`).parsed, registry, unknown);
    expect(findings).toMatchObject([
      { severity, code: 'unknown-resource', pointer: '/resource', position: { line: 1 } },
    ]);
    expect(findings[0]?.hint).toContain(hint);
  });
});
