import { describe, expect, it } from 'vitest';
import { checkDocuments } from '../../../src/desired/check-documents.ts';
import { fakeCollection, fakeRegistry, fakeType, fakeUpload } from './fake-registry.ts';
import { parse, told, type Told } from './parse.ts';

const registry = fakeRegistry(fakeType('single'), fakeCollection('many'), fakeUpload('file'));

function check(text: string, unknown: 'warn' | 'refuse' = 'warn') {
  const { parsed, findings } = parse(text);
  expect(findings).toEqual([]);
  return checkDocuments(parsed, registry, unknown);
}

describe('documents that fit their resource', () => {
  it.each([
    'resource: single\nbody: {}',
    'resource: single\nstate: present\nbody: {}',
    'resource: many\nname: x\nbody: {}',
    'resource: many\nname: x\nstate: absent',
    'resource: many\nprune: true',
    'resource: file\nbody: {}\nupload: x',
  ])('%j', (text) => {
    expect(check(text)).toEqual([]);
  });
});

describe('documents that do not fit their resource', () => {
  it.each([
    ['resource: single\nname: x\nbody: {}', ['name-on-singleton', '/name', 2, 1]],
    ['resource: single\nname: x\nstate: absent', ['name-on-singleton', '/name', 2, 1]],
    ['resource: single\nprune: false', ['prune-on-singleton', '/prune', 2, 1]],
    ['# c\nresource: many\nbody: {}', ['name-missing', '', 2, 1]],
    ['resource: single\nbody: {}\nupload: x', ['upload-not-possible', '/upload', 3, 1]],
    ['resource: many\nname: x\nbody: {}\nupload: x', ['upload-not-possible', '/upload', 4, 1]],
  ] satisfies readonly (readonly [string, Told])[])('%j: %j', (text, wanted) => {
    const findings = check(text);
    expect(told(findings)).toEqual([wanted]);
    expect(findings[0]).toMatchObject({ severity: 'error', hint: expect.any(String) as string });
  });

  it('name what takes files', () => {
    expect(check('resource: single\nbody: {}\nupload: x')[0]?.hint).toContain('files go to file');
  });

  it('are not doubles of one another as well', () => {
    const twice = (text: string): string => `${text}\n---\n${text}\n`;
    const codes = (text: string): readonly string[] => check(text).map(({ code }) => code);
    expect(codes(twice('resource: many\nbody: {}'))).toEqual(['name-missing', 'name-missing']);
    expect(codes('resource: many\nbody: {}\n---\nresource: many\nprune: true')).toEqual(['name-missing']);
    expect(codes('resource: single\nbody: {}\n---\nresource: single\nprune: true')).toEqual(['prune-on-singleton']);
  });
});

describe('documents about one thing', () => {
  const duplicates: Readonly<Record<string, readonly [text: string, message: string, finding: Told]>> = {
    'one singleton': [
      '# c\nresource: single\nbody: {}\n---\nresource: single\nbody: {}',
      'the same resource is described in f.yaml:2',
      ['duplicate-resource', '/resource', 5, 11],
    ],
    'one member': [
      'resource: many\nname: The one\nbody: {}\n---\nresource: many\nname: The one\nstate: absent',
      'the same member "The one" is described in f.yaml:1',
      ['duplicate-resource', '/name', 6, 7],
    ],
    'one collection as a whole': [
      'resource: many\nprune: true\n---\nresource: many\nprune: false',
      'the same resource is described in f.yaml:1',
      ['duplicate-resource', '/resource', 4, 11],
    ],
    'one previous name': [
      'resource: many\nname: a\npreviousName: c\nbody: {}\n---\nresource: many\nname: b\npreviousName: c\nbody: {}',
      'the same member is renamed in f.yaml:1',
      ['duplicate-previous-name', '/previousName', 8, 15],
    ],
  };

  it.each(Object.entries(duplicates))('%s: the later one names the earlier', (_name, [text, message, finding]) => {
    const findings = check(text);
    expect(told(findings)).toEqual([finding]);
    expect(findings[0]).toMatchObject({ severity: 'error', message });
  });

  it('without a schema: a singleton is one thing with the collection that it may be', () => {
    const findings = check('resource: other\nbody: {}\n---\nresource: other\nprune: true');
    expect(told(findings)).toContainEqual(['duplicate-resource', '/resource', 4, 11]);
  });

  it('are told apart by resource and name, and are told in the order of files', () => {
    const apart = 'resource: many\nname: a\nbody: {}\n---\nresource: many\nname: b\nbody: {}\n---\n';
    expect(check(`${apart}resource: many\nprune: true\n---\nresource: other\nname: a\nbody: {}`)).toMatchObject([
      { code: 'unknown-resource', severity: 'warning' },
    ]);
    const later = parse('---\nresource: single\nbody: {}\n', 'b.yaml').parsed;
    const earlier = parse('# c\n\nresource: single\nbody: {}\n', 'a.yaml').parsed;
    const findings = checkDocuments([...later, ...earlier], registry, 'warn');
    expect(findings).toMatchObject([
      { severity: 'error', code: 'duplicate-resource', position: { file: 'b.yaml', line: 2, column: 11 } },
    ]);
    expect(findings[0]?.message).toContain('a.yaml:3');
  });

  it('may swap their names, and may take over one name in two collections', () => {
    const member = (resource: string, name: string, previousName: string): string =>
      `resource: ${resource}\nname: ${name}\npreviousName: ${previousName}\nbody: {}\n`;
    expect(check([member('many', 'a', 'b'), member('many', 'b', 'a')].join('---\n'))).toEqual([]);
    const findings = check([member('many', 'a', 'c'), member('other', 'b', 'c')].join('---\n'));
    expect(findings.map(({ code }) => code)).toEqual(['unknown-resource']);
  });

  it('are not looked for where a name cannot be used', () => {
    const { parsed } = parse('resource: many\nname: 5\nbody: {}\n---\nresource: many\nname: 5\nbody: {}\n');
    expect(parsed).toHaveLength(2);
    expect(checkDocuments(parsed, registry, 'warn')).toEqual([]);
  });
});

describe('resources that no schema describes', () => {
  it.each([
    ['singlex', 'warn', 'error', 'did you mean "single"?'],
    ['singlex', 'refuse', 'error', 'did you mean "single"?'],
    ['other', 'warn', 'warning', 'check the path'],
    ['other', 'refuse', 'error', 'check the path'],
  ] as const)('%s is unknown (%s): %s', (resource, unknown, severity, hint) => {
    const findings = check(`resource: ${resource}\nbody: {}\n`, unknown);
    expect(findings).toMatchObject([
      { severity, code: 'unknown-resource', pointer: '/resource', position: { line: 1 } },
    ]);
    expect(findings[0]?.hint).toContain(hint);
  });

  it.each(['name: x\nbody: {}', 'name: x\nstate: absent', 'prune: true', 'body: {}'])(
    'may be collections or not: %j',
    (text) => {
      expect(check(`resource: other\n${text}\n`).map(({ code }) => code)).toEqual(['unknown-resource']);
    },
  );

  it('take no files, but for what is misspelt', () => {
    const codes = (resource: string) =>
      told(check(`resource: ${resource}\nbody: {}\nupload: x\n`)).map(([code]) => code);
    expect(codes('other')).toEqual(['upload-not-possible', 'unknown-resource']);
    expect(codes('filex')).toEqual(['unknown-resource']);
    expect(codes('trust_stores/-7001')).toEqual(['resource-path']);
  });

  it('take no files where nothing does', () => {
    const { parsed } = parse('resource: other\nbody: {}\nupload: x\n');
    const [finding] = checkDocuments(parsed, fakeRegistry(fakeType('single')), 'warn');
    expect(finding).toMatchObject({ code: 'upload-not-possible', hint: 'leave "upload" out; no resource takes files' });
  });

  it('may not be members by their keys', () => {
    const [finding] = check('resource: trust_stores/-7001\nbody: {}\n');
    expect(finding).toMatchObject({ severity: 'error', code: 'resource-path', position: { line: 1, column: 11 } });
    expect(finding?.hint).toContain('resource: trust_stores');
  });
});
