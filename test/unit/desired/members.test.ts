import { describe, expect, it } from 'vitest';
import { parse, parseThing, told, type Told } from './parse.ts';

const MARK = 'MARKED_SECRET';

describe('a member of a collection', () => {
  it('is present unless its document says otherwise', () => {
    const text = 'resource: c\nname: Öne two\npreviousName: "5"\nbody: {a: 1}\nignore: [/b]\nupload: a/b.txt\n';
    expect(parse(text).findings).toEqual([]);
    const wanted = { kind: 'thing', name: 'Öne two', previousName: '5', state: 'present', upload: 'a/b.txt' };
    expect(parseThing(text)).toMatchObject({ ...wanted, body: { a: 1 }, ignore: ['/b'] });
    expect(parseThing(`${text}state: present\n`)).toMatchObject(wanted);
  });

  it('is gone with a name and nothing else', () => {
    const text = 'resource: c\nname: x\nstate: absent\noptional: true\n';
    expect(parse(text).findings).toEqual([]);
    const nothing = { body: {}, ignore: [], previousName: null, upload: null };
    expect(parseThing(text)).toMatchObject({ name: 'x', state: 'absent', optional: true, ...nothing });
  });

  it('has none of this when it is a singleton', () => {
    const nothing = { name: null, previousName: null, state: 'present', upload: null };
    expect(parseThing('resource: s\nbody: 1\n')).toMatchObject(nothing);
  });
});

describe('the name of a member', () => {
  it.each([
    ['/name', true],
    ['', true],
    ['/name/x', true],
    ['/name2', false],
    ['/names', false],
    ['/b', false],
  ])('is managed, so that it cannot be ignored: %j, %s', (pointer, conflict) => {
    for (const body of ['{}', '{a: 1}']) {
      const text = `resource: c\nname: x\nbody: ${body}\nignore: [${JSON.stringify(pointer)}]\n`;
      expect(told(parse(text).findings)).toEqual(conflict ? [['ignored-and-set', '/ignore/0', 4, 10]] : []);
      expect(parseThing(text).ignore).toEqual(conflict ? [] : [pointer]);
    }
  });

  it('that could not be read sets nothing that follows from it', () => {
    expect(parse('resource: c\nname: 5\nbody: {}\nignore: [/name]\n').findings.map(({ code }) => code)).toEqual([
      'wrong-type',
    ]);
  });

  it('is nothing of a single object', () => {
    expect(parse('resource: s\nbody: {a: 1}\nignore: [/name]\n').findings).toEqual([]);
    expect(parse('resource: s\nbody: {}\nignore: [""]\n').findings).toEqual([]);
  });
});

describe('a collection as a whole', () => {
  it.each([true, false])('has prune: %s', (prune) => {
    const { parsed, findings } = parse(`resource: c\nprune: ${prune}\noptional: true\n`);
    expect(findings).toEqual([]);
    expect(parsed).toMatchObject([{ kind: 'collection', resource: 'c', name: null, prune, optional: true }]);
  });
});

/** Every text follows `resource: c`, so that its first line is line 2. */
const CASES: Readonly<Record<string, readonly [text: string, says: RegExp, ...findings: readonly Told[]]>> = {
  'a name that is a number': ['name: 5\nbody: {}', /not a number.*quotes/, ['wrong-type', '/name', 2, 7]],
  'a name that is a truth value': ['name: true\nbody: {}', /not a boolean.*quotes/, ['wrong-type', '/name', 2, 7]],
  'a name that is not written': ['name:\nbody: {}', /"name" is a string, not a null/, ['wrong-type', '/name', 2, 6]],
  'a name from elsewhere': [`name: !env ${MARK}\nbody: {}`, /not a tag/, ['wrong-type', '/name', 2, 7]],
  'an empty name': ['name: ""\nbody: {}', /empty/, ['name-malformed', '/name', 2, 7]],
  'a blank name': ['name: " \u00a0"\nbody: {}', /blank/, ['name-malformed', '/name', 2, 7]],
  'a name with a line break': [`name: "${MARK}\\n"\nbody: {}`, /control/, ['name-malformed', '/name', 2, 7]],
  'a name with half a character': ['name: "a\\ud800"\nbody: {}', /surrogate/, ['name-malformed', '/name', 2, 7]],
  'a previous name that is a number': [
    'name: x\nbody: {}\npreviousName: 5',
    /quotes/,
    ['wrong-type', '/previousName', 4, 15],
  ],
  'an empty previous name': [
    'name: x\npreviousName: ""\nbody: {}',
    /"previousName" is empty/,
    ['name-malformed', '/previousName', 3, 15],
  ],
  'a previous name without a name': [
    'previousName: x\nbody: {}',
    /"name" too/,
    ['previous-name-without-name', '/previousName', 2, 1],
  ],
  'a previous name that is the name': [
    `name: ${MARK}\npreviousName: ${MARK}\nbody: {}`,
    /same/,
    ['same-name', '/previousName', 3, 15],
  ],
  'a name in the body': ['name: x\nbody:\n  name: x', /beside "resource"/, ['name-in-body', '/body/name', 4, 3]],
  'another state': [`name: x\nstate: ${MARK}`, /present or absent/, ['wrong-value', '/state', 3, 8]],
  'a state that is a truth value': [
    'name: x\nstate: false\nbody: {}',
    /present or absent, not a boolean/,
    ['wrong-type', '/state', 3, 8],
  ],
  'a prune that is text': ['prune: "yes"', /true or false/, ['wrong-type', '/prune', 2, 8]],
  'a prune that is null': ['prune: null', /true or false/, ['wrong-type', '/prune', 2, 8]],
  'an optional that is null': ['name: x\nbody: {}\noptional:', /true or false/, ['wrong-type', '/optional', 4, 10]],
  'an upload that is a list': ['upload: [a]\nbody: {}', /not a list/, ['wrong-type', '/upload', 2, 9]],
  'an upload with a tag': [`upload: !file ${MARK}\nbody: {}`, /as it is/, ['wrong-type', '/upload', 2, 9]],
  'an empty upload': ['upload: ""\nbody: {}', /empty/, ['wrong-value', '/upload', 2, 9]],
  'neither body, absence nor pruning': ['name: x\nstate: present', /"body"/, ['member-missing', '', 1, 1]],
  'absence of something without a name': ['state: absent', /"name"/, ['member-missing', '', 1, 1]],
  'absence with all that it has no use for': [
    'name: x\nstate: absent\nbody: {name: x}\nignore: [/a]\nupload: 5\npreviousName: ""',
    /does not go with "state: absent"/,
    ['absent-with-body', '/body', 4, 1],
    ['absent-with-ignore', '/ignore', 5, 1],
    ['absent-with-upload', '/upload', 6, 1],
    ['absent-with-previous-name', '/previousName', 7, 1],
  ],
  'pruning with all that it has no use for': [
    'prune: true\nname: 5\npreviousName: ""\nbody: {}\nstate: absent\nignore: x\nupload: 5',
    /does not go with "prune"/,
    ['prune-with-name', '/name', 3, 1],
    ['prune-with-previous-name', '/previousName', 4, 1],
    ['prune-with-body', '/body', 5, 1],
    ['prune-with-state', '/state', 6, 1],
    ['prune-with-ignore', '/ignore', 7, 1],
    ['prune-with-upload', '/upload', 8, 1],
  ],
  'a state of pruning': ['prune: false\nstate: present', /prune/, ['prune-with-state', '/state', 3, 1]],
};

describe('findings about members', () => {
  it.each(Object.entries(CASES))('have %s with its code and place, and no scalar', (_name, [text, says, ...wanted]) => {
    const { findings } = parse(`resource: c\n${text}\n`);
    expect(told(findings)).toEqual(wanted);
    for (const { severity, message, hint } of findings) {
      expect(severity).toBe('error');
      expect(`${message}; ${hint}`).toMatch(says);
    }
    expect(JSON.stringify(findings)).not.toContain(MARK);
  });

  it.each([
    'name: !x y\npreviousName: a\nbody: {}',
    'name: a\npreviousName: !x y\nbody: {}',
    'name: a\nstate: !x y',
    'state: !x y',
    'prune: !x y',
    'upload: !x y\nbody: {}',
  ])('do not follow from what could not be read: %j', (text) => {
    expect(parse(`resource: c\n${text}\n`).findings.map(({ code }) => code)).toEqual(['unknown-tag']);
  });

  it('do not keep a document with an unfit name from being checked further', () => {
    expect(parseThing('resource: c\nname: 5\nbody: {a: 1}\n')).toMatchObject({ name: undefined, body: { a: 1 } });
    expect(parseThing('resource: c\nname: ""\nstate: absent\n')).toMatchObject({ name: undefined, state: 'absent' });
  });
});
