import { Scalar } from 'yaml';
import { describe, expect, it } from 'vitest';
import { convertScalar } from '../../../src/yaml/convert-scalar.ts';
import { canonicalYaml, readYaml, Tagged, type TagName, type YamlDocument } from '../../../src/yaml/read-yaml.ts';

const TAGS: readonly TagName[] = ['!env', '!env:int', '!env:bool', '!file', '!key', '!ref'];
const MARK = 'MARKED_SECRET';

function only(text: string): YamlDocument {
  const { documents, findings } = readYaml('f.yaml', text, { tags: TAGS });
  expect(findings).toEqual([]);
  const [document] = documents;
  if (document === undefined) throw new Error('there is no document');
  return document;
}

interface Case {
  readonly text: string;
  readonly code: string;
  readonly at: readonly [line: number, column: number];
  readonly pointer?: string;
}

const CASES: Readonly<Record<string, Case>> = {
  'an unclosed list': { text: `a: [${MARK}\n`, code: 'yaml-syntax', at: [2, 1] },
  'a tab as indentation': { text: `a:\n\tb: ${MARK}\n`, code: 'yaml-syntax', at: [2, 1] },
  'a bad escape': { text: `a: "${MARK}\\q"\n`, code: 'yaml-syntax', at: [1, 18] },
  'an unknown directive': { text: `%FOO ${MARK}\n---\na: 1\n`, code: 'directive', at: [1, 1] },
  'another YAML version': { text: `%YAML 1.1\n---\na: ${MARK}\n`, code: 'directive', at: [1, 1] },
  'a warning of the parser': { text: `- &a: ${MARK}\n- *a:\n`, code: 'yaml-syntax', at: [2, 5] },
  'deep nesting': { text: `${'['.repeat(101)}${MARK}${']'.repeat(101)}`, code: 'too-deep', at: [1, 101] },
  'an unknown tag': { text: `a: !secret ${MARK}\n`, code: 'unknown-tag', at: [1, 4], pointer: '/a' },
  'a tag of YAML 1.1': { text: `a: !!binary ${MARK}\n`, code: 'unknown-tag', at: [1, 4], pointer: '/a' },
  'a value that is not what its tag says': { text: `a: !!int ${MARK}\n`, code: 'tag-mismatch', at: [1, 4] },
  'a tag on a list': { text: `a:\n  - !env [${MARK}]\n`, code: 'tag-needs-scalar', at: [2, 5], pointer: '/a/0' },
  'a tag on nothing': { text: 'a: !env\n', code: 'tag-needs-scalar', at: [1, 4], pointer: '/a' },
  '!ref with other members': { text: `a: !ref {path: ${MARK}}\n`, code: 'tag-needs-scalar', at: [1, 4], pointer: '/a' },
  'a merge key': { text: `a: {<<: {b: ${MARK}}}\n`, code: 'merge-key', at: [1, 5], pointer: '/a/<<' },
  'a duplicate key': { text: `a: 1\nb: 1\na: ${MARK}\n`, code: 'duplicate-key', at: [3, 1], pointer: '/a' },
  'a key that reaches into prototypes': {
    text: `a:\n  __proto__: ${MARK}\n`,
    code: 'forbidden-key',
    at: [2, 3],
    pointer: '/a/__proto__',
  },
  'the key constructor': { text: 'constructor: 1\n', code: 'forbidden-key', at: [1, 1], pointer: '/constructor' },
  'the key prototype': { text: '"prototype": 1\n', code: 'forbidden-key', at: [1, 1], pointer: '/prototype' },
  'a number as key': { text: `5: ${MARK}\n`, code: 'key-not-string', at: [1, 1], pointer: '' },
  'null as key': { text: `a:\n  ~: ${MARK}\n`, code: 'key-not-string', at: [2, 3], pointer: '/a' },
  'a boolean as key': { text: `true: ${MARK}\n`, code: 'key-not-string', at: [1, 1], pointer: '' },
  'a mapping as key': { text: `? {${MARK}: 1}\n: 2\n`, code: 'key-not-string', at: [1, 3], pointer: '' },
  'a tagged key': { text: `!env ${MARK}: 1\n`, code: 'key-not-string', at: [1, 1], pointer: '' },
  'an alias as key': { text: `a: &${MARK} b\n*${MARK} : 1\n`, code: 'key-not-string', at: [2, 1], pointer: '' },
  'a member without colon': { text: `a: {b: 1, ${MARK}}\n`, code: 'value-missing', at: [1, 11], pointer: '/a' },
  'a token that is no pair': { text: `a: {b:${MARK}}\n`, code: 'value-missing', at: [1, 5], pointer: '/a' },
  NaN: { text: 'a: .nan\n', code: 'not-json-number', at: [1, 4], pointer: '/a' },
  infinity: { text: 'a: [1, -.inf]\n', code: 'not-json-number', at: [1, 8], pointer: '/a/1' },
  'a float beyond all': { text: 'a: 1e999\n', code: 'not-json-number', at: [1, 4], pointer: '/a' },
  'an integer of 2^53': { text: 'a: 9007199254740992\n', code: 'integer-too-large', at: [1, 4], pointer: '/a' },
  'a negative integer': { text: 'a: -9007199254740993\n', code: 'integer-too-large', at: [1, 4], pointer: '/a' },
  'a hexadecimal integer': { text: 'a: 0xFFFFFFFFFFFFFFFF\n', code: 'integer-too-large', at: [1, 4], pointer: '/a' },
  'an alias without anchor': { text: `a: *${MARK}\n`, code: 'alias-unknown', at: [1, 4], pointer: '/a' },
  'an alias before its anchor': { text: 'a: *x\nb: &x 1\n', code: 'alias-unknown', at: [1, 4], pointer: '/a' },
  'an alias inside of its anchor': { text: 'a: &x\n  b: *x\n', code: 'alias-recursive', at: [2, 6], pointer: '/a/b' },
};

describe('findings of a YAML text', () => {
  it.each(Object.entries(CASES))(
    'has %s with its code and place, and no scalar',
    (_name, { text, code, at, pointer }) => {
      const { findings } = readYaml('f.yaml', text, { tags: TAGS });
      expect(findings.length).toBeGreaterThan(0);
      expect(findings).toContainEqual(
        expect.objectContaining({
          severity: 'error',
          code,
          pointer: pointer ?? '',
          position: { file: 'f.yaml', line: at[0], column: at[1] },
        }),
      );
      expect(JSON.stringify(findings)).not.toContain(MARK);
    },
  );

  it('has an alias bomb before it is expanded', () => {
    const level = (of: string, name: string): string => `${name}: &${name} [${Array(10).fill(of).join(', ')}]\n`;
    let text = level('x', 'a0');
    for (let i = 1; i < 30; i += 1) text += level(`*a${i - 1}`, `a${i}`);
    const { findings } = readYaml('f.yaml', text, { tags: TAGS });
    expect(new Set(findings.map(({ code }) => code))).toEqual(new Set(['alias-bomb']));
  });

  it('has all of them, in the order of the text, over several documents', () => {
    const text = 'a: .nan\na: !x 1\n---\nb: [\n---\nc: *d\n';
    const { documents, findings } = readYaml('f.yaml', text, { tags: TAGS });
    expect(findings.map(({ code, position }) => [code, position?.line])).toEqual([
      ['not-json-number', 1],
      ['duplicate-key', 2],
      ['unknown-tag', 2],
      ...findings.filter(({ code }) => code === 'yaml-syntax').map(({ code, position }) => [code, position?.line]),
      ['alias-unknown', 6],
    ]);
    expect(documents.map(({ value }) => value)).toEqual([{ a: null }, { c: null }]);
    expect(documents.map(({ damaged }) => damaged)).toEqual([['/a', '/a'], ['/c']]);
  });

  it('stops counting at a thousand', () => {
    const { findings } = readYaml('f.yaml', '- .nan\n'.repeat(1500), { tags: [] });
    expect(findings).toHaveLength(1001);
    expect(findings.at(-1)).toMatchObject({ code: 'too-many-findings', message: '500 more findings are left out' });
  });

  it('reads long inputs in a time that grows with their length', { timeout: 20_000 }, () => {
    const many = 100_000;
    for (const text of ['['.repeat(many), '- '.repeat(many), '{a: '.repeat(many), '- !x y\n'.repeat(many)]) {
      expect(readYaml('f.yaml', text, { tags: [] }).findings.length).toBeGreaterThan(0);
    }
  });

  it('are one for a document that nests too deeply, wherever it ends', () => {
    const deep = `${'['.repeat(101)}${']'.repeat(101)}\n...\n`;
    const { documents, findings } = readYaml('f.yaml', `${deep}${deep}a: 1\n...\n`, { tags: [] });
    expect(findings.map(({ code }) => code)).toEqual(['too-deep', 'too-deep']);
    expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }]);
  });

  it('shorten the names of members', () => {
    const name = 'k'.repeat(100);
    const { findings } = readYaml('f.yaml', `${name}: 1\n${name}: 2\n`, { tags: [] });
    expect(findings).toMatchObject([{ message: `the key "${'k'.repeat(80)}…" occurs twice in this mapping` }]);
  });

  it('are one for a damaged value, which is damaged where it is repeated, too', () => {
    const { documents, findings } = readYaml('f.yaml', 'a: &x {k: !bad y}\nb: *x\nc: *x\n', { tags: [] });
    expect(findings).toMatchObject([{ code: 'unknown-tag', pointer: '/a/k' }]);
    expect(documents.map(({ damaged }) => damaged)).toEqual([['/a/k', '/b', '/c']]);
  });

  it('refuse what JSON has no value for, should a schema of YAML ever give it', () => {
    const node = Object.assign(new Scalar(10n), { source: '10', range: [0, 2, 2] as const });
    expect(convertScalar(node as Scalar.Parsed)).toMatchObject({ value: null, fault: { code: 'not-json' } });
  });

  it('names the tags that are possible', () => {
    const { findings } = readYaml('f.yaml', 'a: !file x\n', { tags: ['!env'] });
    expect(findings).toMatchObject([{ code: 'unknown-tag', hint: 'the tags are !env' }]);
  });
});

describe('documents', () => {
  it('keep what JSON has, and nothing of YAML 1.1', () => {
    const text = 'a: yes\nb: 0o17\nc: 1e3\nd: ~\ne: !!str 5\nf: "1"\ng: 012\nh: true\ni: 2001-01-01\n';
    expect(only(text).value).toEqual({
      a: 'yes',
      b: 15,
      c: 1000,
      d: null,
      e: '5',
      f: '1',
      g: 12,
      h: true,
      i: '2001-01-01',
    });
  });

  it('are several in a file; empty ones are left out', () => {
    const { documents, findings } = readYaml('f.yaml', '# x\n---\n---\na: 1\n---\n~\n--- # y\n...\n---\n\nb: 2\n', {
      tags: [],
    });
    expect(findings).toEqual([]);
    expect(documents.map(({ value, line }) => [value, line])).toEqual([
      [{ a: 1 }, 4],
      [{ b: 2 }, 11],
    ]);
  });

  it('are none in a text without content', () => {
    for (const text of ['', '\uFEFF', '# x\n', '---\n']) {
      expect(readYaml('f.yaml', text, { tags: [] })).toEqual({ documents: [], findings: [] });
    }
  });

  it('may begin with a byte order mark, and end lines with CR LF', () => {
    const document = only('\uFEFFa: 1\r\nb: x\r\n');
    expect(document.value).toEqual({ a: 1, b: 'x' });
    expect(document.place('/b', 'value', { severity: 'error', code: 'x', message: 'm' })).toMatchObject({
      position: { line: 2, column: 4 },
      excerpt: ['   2 | b: …', '     |    ^'],
    });
  });

  it('resolve anchors, also those of keys', () => {
    expect(only('&k a: &v {x: [1]}\nb: *v\nc: *k\nd: [*v, &v 2, *v]\n').value).toEqual({
      a: { x: [1] },
      b: { x: [1] },
      c: 'a',
      d: [{ x: [1] }, 2, 2],
    });
  });

  it('keep members with names of Object.prototype as members', () => {
    expect(only('toString: 1\nhasOwnProperty: 2\n').value).toEqual({ toString: 1, hasOwnProperty: 2 });
  });

  it('hold tags as instances', () => {
    expect(
      only('a: !env X\nb: !env:int "5"\nc: !key |\n  d\ne: !ref {resource: r, name: n}\nf: [!file x]\n').value,
    ).toEqual({
      a: new Tagged('!env', 'X'),
      b: new Tagged('!env:int', '5'),
      c: new Tagged('!key', 'd\n'),
      e: new Tagged('!ref', { resource: 'r', name: 'n' }),
      f: [new Tagged('!file', 'x')],
    });
  });
});

describe('places', () => {
  const text = 'a:\n  b:\n    - x: 1\n    - !env Y\n  "c/d": 2\nz: &z {q: 1}\ny: *z\n';
  const cases: readonly (readonly [pointer: string, at: 'key' | 'value', line: number, column: number])[] = [
    ['', 'value', 1, 1],
    ['/a', 'key', 1, 1],
    ['/a/b/0', 'value', 3, 7],
    ['/a/b/0/x', 'value', 3, 10],
    ['/a/b/1', 'value', 4, 7],
    ['/a/b/1', 'key', 4, 7],
    ['/a/c~1d', 'value', 5, 10],
    ['/a/c~1d', 'key', 5, 3],
    ['/a/missing', 'value', 1, 1],
    ['/a/b/0/missing/more', 'value', 3, 7],
    ['/a/b/7', 'value', 2, 3],
    ['/missing', 'key', 1, 1],
    ['/y/q', 'value', 7, 1],
    ['/y', 'value', 7, 4],
  ];

  it.each(cases)('find %s (%s)', (pointer, at, line, column) => {
    const placed = only(text).place(pointer, at, { severity: 'warning', code: 'x', message: 'm', hint: 'h' });
    expect(placed).toMatchObject({
      severity: 'warning',
      code: 'x',
      message: 'm',
      hint: 'h',
      pointer,
      position: { file: 'f.yaml', line, column },
    });
  });
});

describe('canonicalYaml', () => {
  it('tells tags from plain values that look like them', () => {
    const texts = [
      canonicalYaml(new Tagged('!env', 'X')),
      canonicalYaml({ '!env': 'X' }),
      canonicalYaml({ '!!env': 'X' }),
      canonicalYaml('!env X'),
      canonicalYaml(new Tagged('!env:int', 'X')),
    ];
    expect(new Set(texts).size).toBe(texts.length);
    for (const text of texts) expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  it('does not depend on the order of members', () => {
    expect(canonicalYaml({ b: [1, { d: null, c: 'x' }], a: true })).toBe('{"a":true,"b":[1,{"c":"x","d":null}]}');
  });
});
