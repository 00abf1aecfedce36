import { describe, expect, it } from 'vitest';
import { Tagged } from '../../../src/yaml/read-yaml.ts';
import { parse, parseThing } from './parse.ts';

const MARK = 'MARKED_SECRET';

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
  'a member in another case': {
    text: `resource: r\n${BODY}\nIGNORE: [${MARK}]\n`,
    code: 'unknown-member',
    pointer: '/IGNORE',
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

  it('has "order", which is not built, by name, and asks for no body beside it', () => {
    const { findings } = parse(`resource: r\norder: [${MARK}]\n`);
    expect(findings).toMatchObject([{ code: 'not-built', pointer: '/order', position: { line: 2, column: 1 } }]);
    expect(findings[0]?.message).toContain('"order"');
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
    const { findings } = parse('resource: /r\nbdy: 1\norder: x\nname: 5\noptional: 3\nignore: [x]\n');
    expect(findings.map(({ code }) => code).sort()).toEqual(
      ['not-built', 'pointer-malformed', 'resource-path', 'unknown-member', 'wrong-type', 'wrong-type'].sort(),
    );
  });

  it('do not follow from what could not be read', () => {
    const { findings } = parse('resource: !x r\nbody: .nan\noptional: !x y\nignore: !x z\n');
    expect(findings.map(({ code }) => code)).toEqual(['unknown-tag', 'not-json-number', 'unknown-tag', 'unknown-tag']);
  });

  it.each(['', 'body: .nan\n'])('do not have what is ignored as set by a body that is not there: %j', (body) => {
    expect(parse(`resource: r\n${body}ignore: [/a]\n`).findings).toHaveLength(1);
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
    const text = `resource: r\nbody: ${body}\nignore: [${JSON.stringify(pointer)}]\n`;
    expect(parse(text).findings.map(({ code }) => code)).toEqual(conflict ? ['ignored-and-set'] : []);
    expect(parseThing(text).ignore).toEqual(conflict ? [] : [pointer]);
  });

  it('has the finding at the pointer', () => {
    const { findings } = parse('resource: r\nbody: {a: 1}\nignore:\n  - /b\n  - /a\n');
    expect(findings).toMatchObject([{ pointer: '/ignore/1', position: { line: 5, column: 5 } }]);
  });
});

describe('a document in order', () => {
  it('gives its members, with their tags', () => {
    const text = 'resource: r\nbody: {k: !key "-100", e: [!env X]}\noptional: true\nignore: [/b]\n';
    const { parsed, findings } = parse(`# comment\n${text}`);
    expect(findings).toEqual([]);
    expect(parsed).toMatchObject([
      {
        resource: 'r',
        body: { k: new Tagged('!key', '-100'), e: [new Tagged('!env', 'X')] },
        optional: true,
        ignore: ['/b'],
      },
    ]);
    expect(parsed[0]?.document.line).toBe(2);
  });

  it.each(['null', '5', 'text', '[1]', '{}'])('may have the body %s', (body) => {
    expect(parse(`resource: r\nbody: ${body}\n`)).toMatchObject({ parsed: [{ resource: 'r' }], findings: [] });
  });
});
