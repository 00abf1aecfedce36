import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadDesiredState, type LoadOptions } from '../../../src/desired/load-desired-state.ts';
import { plainNode } from '../../../src/resources/plain-node.ts';
import type { Registry, SchemaFinding } from '../../../src/resources/resource-type.ts';
import { Secret } from '../../../src/shared/secret.ts';
import type { Json } from '../../../src/shared/json.ts';
import { fakeCollection, fakeRegistry, fakeType } from './fake-registry.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sps-gitops-load-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function load(
  text: string,
  registry: Registry,
  changes: Partial<LoadOptions> = {},
  variables: Readonly<Record<string, string>> = {},
) {
  await writeFile(join(directory, 'f.yaml'), text);
  const options: LoadOptions = {
    directory,
    read: 'worktree',
    fileRoots: [],
    strict: false,
    values: 'resolve',
    ...changes,
  };
  return loadDesiredState(options, registry, (name) => variables[name], new AbortController().signal);
}

function finding(pointer: string, at: 'key' | 'value' = 'value'): SchemaFinding {
  return { pointer, at, code: 'type', message: `wrong at ${pointer}` };
}

describe('validation by the schema', () => {
  it('sees the values behind the tags, and its findings have places in the file', async () => {
    const seen: Json[] = [];
    const type = fakeType('r', (body) => {
      seen.push(body);
      return [{ ...finding('/b/c'), hint: 'h' }, finding('/x', 'key'), finding('')];
    });
    const text = 'resource: r\nbody:\n  x: !env X\n  b: { c: !env:int N }\n';
    const result = await load(text, fakeRegistry(type), {}, { X: 'MARKED_SECRET', N: '5' });
    expect(seen).toEqual([{ x: 'MARKED_SECRET', b: { c: 5 } }]);
    expect(result.state).toBeNull();
    expect(result.findings).toMatchObject([
      { pointer: '/body/x', position: { line: 3, column: 3 }, excerpt: ['   3 |   x: …', '     |   ^'] },
      { pointer: '/body', position: { file: 'f.yaml', line: 3, column: 3 } },
      { pointer: '/body/b/c', position: { line: 4, column: 11 }, severity: 'error', code: 'type', hint: 'h' },
    ]);
    expect(JSON.stringify(result)).not.toContain('MARKED_SECRET');
  });

  it('says nothing about values that could not be read or resolved', async () => {
    const type = fakeType('r', () => ['/a', '/b/x', '/c', '/ab', '/d'].map((pointer) => finding(pointer)));
    const { findings } = await load(
      'resource: r\nbody: {a: .nan, b: !x y, c: !env NOT_SET, ab: 1, d: 2}\n',
      fakeRegistry(type),
    );
    expect(findings.map(({ code, pointer }) => [code, pointer])).toEqual([
      ['not-json-number', '/body/a'],
      ['unknown-tag', '/body/b'],
      ['env-unset', '/body/c'],
      ['type', '/body/ab'],
      ['type', '/body/d'],
    ]);
  });

  it('is not asked about resources that have no schema, which are a warning', async () => {
    const result = await load('resource: other\nbody: 1\n', fakeRegistry(fakeType('r', () => [finding('')])));
    expect(result.findings).toMatchObject([{ severity: 'warning', code: 'unknown-resource' }]);
    expect(result.state?.warnings).toEqual(result.findings);
  });

  it('has unknown resources as errors under strict', async () => {
    const result = await load('resource: other\nbody: 1\n', fakeRegistry(), { strict: true });
    expect(result).toMatchObject({ state: null, findings: [{ severity: 'error', code: 'unknown-resource' }] });
  });
});

describe('a load without values', () => {
  const without: Partial<LoadOptions> = { values: 'without' };

  it('asks for none, and has a state of empty secrets', async () => {
    const text = 'resource: r\nbody: {a: !env NOT_SET, b: !file no-such-file, c: !key "-1", d: 1}\n';
    const { state, findings } = await load(text, fakeRegistry(fakeType('r')), without);
    expect(findings).toEqual([]);
    const body = state?.resources[0]?.body;
    expect(body).toEqual({ a: expect.any(Secret) as Secret, b: expect.any(Secret) as Secret, c: '-1', d: 1 });
  });

  it('has the findings that do not follow from a tag', async () => {
    const type = fakeType('r', () => ['/a', '/a/0', '/ab', ''].map((pointer) => finding(pointer)));
    const { findings } = await load('resource: r\nbody: {a: !env X, ab: 1}\n', fakeRegistry(type), without);
    expect(findings.map(({ pointer }) => pointer)).toEqual(['/body', '/body/ab']);
  });

  it.each([
    ['selection', plainNode()],
    ['kind', plainNode({ tag: 'kind' })],
  ])('has none about an object of which "%s", a tag, decides the form', async (member, node) => {
    const fields = plainNode({ members: new Map([['l', plainNode({ elements: node })]]) });
    const type = fakeType('r', () => ['/l/0', '/l/0/other', '/l', '/l/1'].map((pointer) => finding(pointer)), fields);
    const text = `resource: r\nbody: {l: [{${member}: !env X, other: 1}, {}]}\n`;
    const { findings } = await load(text, fakeRegistry(type), without);
    expect(findings.map(({ pointer }) => pointer)).toEqual(['/body/l', '/body/l/1']);
  });

  it('has those that hold whether or not an object is enabled, which a tag decides', async () => {
    const type = fakeType('r', (body) => {
      const always = [finding('/l/0/port'), finding('/l/0/enabled')];
      return JSON.stringify(body).includes('true') ? [...always, finding('/l/0/host')] : always;
    });
    const { findings } = await load(
      'resource: r\nbody: {l: [{enabled: !env:bool X, port: 1}]}\n',
      fakeRegistry(type),
      without,
    );
    expect(findings.map(({ pointer }) => pointer)).toEqual(['/body/l/0/port']);
  });

  it('takes no two items for the same that are not known, nor any beside them', async () => {
    const duplicate = (pointer: string): SchemaFinding => ({ ...finding(pointer), code: 'duplicate-item' });
    const type = fakeType('r', () => ['/a', '/b', '/b/1/c', '/d'].map(duplicate));
    const text = 'resource: r\nbody: {a: [1, 1], b: [{c: [2]}, {c: [3, !env X]}], d: [.nan]}\n';
    const { findings } = await load(text, fakeRegistry(type), without);
    expect(findings.map(({ code, pointer }) => [code, pointer])).toEqual([
      ['duplicate-item', '/body/a'],
      ['not-json-number', '/body/d/0'],
    ]);
  });

  it('has the same digest as one with values', async () => {
    const text = 'resource: r\nbody: !env X\n';
    const registry = fakeRegistry(fakeType('r'));
    const one = await load(text, registry, {}, { X: '1' });
    const two = await load(text, registry, {}, { X: '2' });
    const none = await load(text, registry, without);
    expect(one.state?.revision.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(two.state?.revision.digest).toBe(one.state?.revision.digest);
    expect(none.state?.revision.digest).toBe(one.state?.revision.digest);
  });
});

it('a reference that is not built has no value, in either form', async () => {
  const type = fakeType('r', () => ['/a', '/b', '/c'].map((pointer) => finding(pointer)));
  const text = 'resource: r\nbody: {a: !ref x/y, b: !ref {resource: x, name: y}, c: 1}\n';
  const { findings } = await load(text, fakeRegistry(type));
  expect(findings.map(({ code, pointer }) => [code, pointer])).toEqual([
    ['not-built', '/body/a'],
    ['not-built', '/body/b'],
    ['type', '/body/c'],
  ]);
});

describe('a state', () => {
  it('has its resources in order, with their places and what is to be ignored', async () => {
    const text =
      'resource: b\nbody: 1\noptional: true\nignore: []\n---\n# x\nresource: a\nbody: {x: 1}\nignore: [/y]\n';
    const { state, findings } = await load(text, fakeRegistry(fakeType('a'), fakeType('b')));
    expect(findings).toEqual([]);
    const plain = { name: null, previousName: null, state: 'present', upload: null };
    expect(state?.resources).toEqual([
      {
        ...plain,
        resource: 'a',
        body: { x: 1 },
        ignore: ['/y'],
        optional: false,
        source: { file: 'f.yaml', line: 7, column: 1 },
      },
      { ...plain, resource: 'b', body: 1, ignore: [], optional: true, source: { file: 'f.yaml', line: 1, column: 1 } },
    ]);
    expect(state?.collections).toEqual([]);
  });

  it('has members in the order of their names, and collections in their own', async () => {
    const documents = [
      'resource: c\nname: b\npreviousName: z\nbody: {x: !env X}',
      'resource: c\nname: B\nstate: absent',
      'resource: c\nname: a/b\nbody: {}\noptional: true',
      'resource: b\nname: x\nbody: {}',
      'resource: c\nprune: true\noptional: true',
      'resource: b\nprune: false',
    ];
    const registry = fakeRegistry(fakeCollection('b'), fakeCollection('c'));
    const { state, findings } = await load(documents.join('\n---\n'), registry, {}, { X: 'x' });
    expect(findings).toEqual([]);
    expect(state?.resources).toMatchObject([
      { resource: 'b', name: 'x' },
      { resource: 'c', name: 'B', state: 'absent', body: {} },
      { resource: 'c', name: 'a/b', optional: true },
      { resource: 'c', name: 'b', previousName: 'z', state: 'present' },
    ]);
    expect(state?.collections).toEqual([
      { resource: 'b', prune: false, optional: false, source: { file: 'f.yaml', line: 23, column: 1 } },
      { resource: 'c', prune: true, optional: true, source: { file: 'f.yaml', line: 19, column: 1 } },
    ]);
  });

  it.each([
    'resource: o\nname: a\nbody: {}\n---\nresource: o\nbody: {}\n',
    'resource: o\nbody: {}\n---\nresource: o\nname: a\nbody: {}\n',
  ])('has what has no name before what has one: %j', async (text) => {
    const { state } = await load(text, fakeRegistry());
    expect(state?.resources.map(({ name }) => name)).toEqual([null, 'a']);
  });

  it('does not hold the body of a member that is to be gone against the schema', async () => {
    const type = { ...fakeCollection('c'), validateDesired: () => [finding('')] };
    expect((await load('resource: c\nname: x\nstate: absent\n', fakeRegistry(type))).findings).toEqual([]);
    expect((await load('resource: c\nname: x\nbody: {}\n', fakeRegistry(type))).findings).toHaveLength(1);
  });

  it('is none when a name cannot be used, and the body is checked all the same', async () => {
    const type = { ...fakeCollection('c'), validateDesired: () => [finding('/a')] };
    const { state, findings } = await load('resource: c\nname: 5\nbody: {a: 1}\n', fakeRegistry(type));
    expect(state).toBeNull();
    expect(findings.map(({ code }) => code)).toEqual(['wrong-type', 'type']);
  });
});

describe('the places of a state', () => {
  const later = { severity: 'error', code: 'later', message: 'm' } as const;

  it('are found again for later stages', async () => {
    const { state } = await load('resource: a\nbody:\n  x: MARKED_SECRET\n', fakeRegistry(fakeType('a')));
    const place = (resource: string, name: string | null) =>
      state?.sources.place({ resource, name }, '/body/x', 'value', later);
    expect(place('a', null)).toEqual({
      ...later,
      pointer: '/body/x',
      position: { file: 'f.yaml', line: 3, column: 6 },
      excerpt: ['   3 |   x: …', '     |      ^'],
    });
    expect(place('other', null)).toBe(later);
    expect(place('a', 'x')).toBe(later);
  });

  it('are those of the member, its name among them', async () => {
    const text =
      'resource: c\nname: a\nbody: {x: 1}\n---\nresource: c\nname: b\nbody: {}\n---\nresource: c\nprune: true\n';
    const { state } = await load(text, fakeRegistry(fakeCollection('c')));
    const place = (name: string | null, pointer: string) => {
      const found = state?.sources.place({ resource: 'c', name }, pointer, 'value', later);
      return [found?.pointer, found?.position?.line, found?.position?.column];
    };
    expect(place('b', '/body/name')).toEqual(['/name', 6, 7]);
    expect(place('a', '/body/x')).toEqual(['/body/x', 3, 11]);
    expect(place('a', '/body/name/x')).toEqual(['/body/name/x', 3, 1]);
    expect(place(null, '/prune')).toEqual(['/prune', 10, 8]);
  });

  it('are in the body for the name of a singleton', async () => {
    const { state } = await load('resource: a\nbody: {name: x}\n', fakeRegistry(fakeType('a')));
    expect(state?.sources.place({ resource: 'a', name: null }, '/body/name', 'value', later)).toMatchObject({
      pointer: '/body/name',
      position: { line: 2, column: 14 },
    });
  });
});
