import { describe, expect, it } from 'vitest';
import { resolveValues, type ValueOrigin } from '../../../src/desired/resolve-values.ts';
import type { ValueFile } from '../../../src/desired/value-files.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { revealTree } from '../../../src/shared/secret-tree.ts';
import { Tagged, type TagName, type YamlValue } from '../../../src/yaml/read-yaml.ts';

function bytes(text: string): ValueFile {
  return { kind: 'bytes', bytes: new TextEncoder().encode(text) };
}

const VARIABLES: Readonly<Record<string, string>> = {
  TEXT: 'MARKED_SECRET',
  EMPTY: '',
  FORTY: '40',
  MINUS: '-7',
  BIG: '9007199254740993',
  FLOAT: '1.5',
  YES: 'true',
  NO: 'false',
  ONE: '1',
  ZERO: '0',
  UPPER: 'TRUE',
};

function origin(file: ValueFile = { kind: 'missing' }): ValueOrigin {
  return { variable: (name) => VARIABLES[name], file: () => Promise.resolve(file) };
}

async function resolveOne(tag: TagName, argument: string, file?: ValueFile) {
  const { tree, open, findings } = await resolveValues({ v: new Tagged(tag, argument) }, origin(file), undefined);
  const secret = typeof tree === 'object' && tree !== null && 'v' in tree ? tree['v'] : undefined;
  if (!(secret instanceof Secret)) throw new Error('the value is no secret');
  return { value: secret.reveal(), open, codes: findings.map(({ finding }) => finding.code), findings };
}

describe('values of tags', () => {
  it.each([
    ['!env', 'TEXT', 'MARKED_SECRET'],
    ['!env', 'EMPTY', ''],
    ['!env', 'FORTY', '40'],
    ['!env:int', 'FORTY', 40],
    ['!env:int', 'MINUS', -7],
    ['!env:bool', 'YES', true],
    ['!env:bool', 'ONE', true],
    ['!env:bool', 'NO', false],
    ['!env:bool', 'ZERO', false],
  ] as const)('%s %s is a secret of its value', async (tag, name, value) => {
    expect(await resolveOne(tag, name)).toMatchObject({ value, open: [], codes: [] });
  });

  it.each([
    ['!env', 'NOT_SET', 'env-unset'],
    ['!env:int', 'NOT_SET', 'env-unset'],
    ['!env:bool', 'NOT_SET', 'env-unset'],
    ['!env:int', 'EMPTY', 'env-not-int'],
    ['!env:int', 'TEXT', 'env-not-int'],
    ['!env:int', 'FLOAT', 'env-not-int'],
    ['!env:int', 'BIG', 'env-not-int'],
    ['!env:bool', 'UPPER', 'env-not-bool'],
    ['!env:bool', 'TEXT', 'env-not-bool'],
  ] as const)('%s %s has no value: %s', async (tag, name, code) => {
    const answer = await resolveOne(tag, name);
    expect(answer).toMatchObject({ value: null, open: ['/v'], codes: [code] });
    expect(JSON.stringify(answer.findings)).not.toMatch(/MARKED_SECRET|NOT_SET|TRUE/);
  });

  it.each([
    ['text', 'text'],
    ['text\n', 'text'],
    ['text\r\n', 'text'],
    ['text\n\n', 'text\n'],
    ['\ntext', '\ntext'],
    ['\n', ''],
    ['', ''],
  ])('!file with %j is %j', async (content, value) => {
    expect(await resolveOne('!file', 'f', bytes(content))).toMatchObject({ value, open: [], codes: [] });
  });

  it.each([
    [{ kind: 'missing' }, 'file-missing'],
    [{ kind: 'outside' }, 'file-outside-roots'],
    [{ kind: 'loop' }, 'link-loop'],
    [{ kind: 'not-a-file' }, 'not-a-file'],
    [{ kind: 'submodule' }, 'not-a-file'],
    [{ kind: 'unreadable' }, 'file-unreadable'],
    [{ kind: 'too-large' }, 'file-too-large'],
    [{ kind: 'bytes', bytes: new Uint8Array([0x61, 0xff]) }, 'not-utf8'],
  ] as const)('!file that is %j: %s', async (file, code) => {
    const answer = await resolveOne('!file', 'MARKED_NAME', file);
    expect(answer).toMatchObject({ value: null, open: ['/v'], codes: [code] });
    expect(JSON.stringify(answer.findings)).not.toContain('MARKED_NAME');
  });

  it('stand where the tags stood, and leave the rest as it is', async () => {
    const body: YamlValue = { a: [1, { 'b/c': new Tagged('!env', 'TEXT') }], d: null, e: 'x' };
    const { tree } = await resolveValues(body, origin(), undefined);
    expect(revealTree(tree)).toEqual({ a: [1, { 'b/c': 'MARKED_SECRET' }], d: null, e: 'x' });
    expect(JSON.stringify(tree)).not.toContain('MARKED_SECRET');
  });

  it('of keys are what stands there, with and without an origin', async () => {
    const body: YamlValue = { a: new Tagged('!key', '-100'), b: [new Tagged('!key', '7')] };
    for (const from of [origin(), undefined]) {
      const { tree, open } = await resolveValues(body, from, undefined);
      expect(tree).toEqual({ a: '-100', b: ['7'] });
      expect(open).toEqual([]);
    }
  });

  it('are left out without an origin, and that is no finding', async () => {
    const body: YamlValue = { a: [new Tagged('!env', 'NOT_SET')], 'b/c': new Tagged('!file', 'x') };
    const { tree, open, findings } = await resolveValues(body, undefined, undefined);
    expect(open).toEqual(['/a/0', '/b~1c']);
    expect(findings).toEqual([]);
    expect(revealTree(tree)).toEqual({ a: [null], 'b/c': null });
  });
});
