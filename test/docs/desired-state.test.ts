import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseDocument } from '../../src/desired/parse-documents.ts';
import { DESIRED_TAGS } from '../../src/desired/plain-tags.ts';
import { CUT_OFF_PATHS } from '../../src/plan/cut-off.ts';
import { brakesOf, type GuardedAppliance, type GuardLimits } from '../../src/plan/guard.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { readYaml } from '../../src/yaml/read-yaml.ts';
import { realRegistry, ROOT } from '../resource-schemas.ts';
import { operationOn, updating } from '../unit/plan/parts.ts';
import { cell, code, codes, section, table } from './readme.ts';
import { scan, source } from './sources.ts';

const MEMBERS = table('Desired state', ['Member', 'Meaning', 'State']);

/** The codes of the findings about a document that has one member more than it needs. */
function findingsAbout(member: string): readonly string[] {
  const value = member === 'resource' ? 'management/soap' : '{}';
  const base = ['resource: management/soap', 'body: {}'].filter((line) => !line.startsWith(`${member}:`));
  const { documents } = readYaml('a.yaml', [...base, `${member}: ${value}`].join('\n'), { tags: DESIRED_TAGS });
  const [document] = documents;
  if (document === undefined) throw new Error('the document could not be read');
  return parseDocument('a.yaml', document).findings.map((finding) => finding.code);
}

test('the members of a document are those of the parser', () => {
  const [, list = ''] = /const MEMBERS.*?= \{(.*?)\n\}/s.exec(source('src/desired/parse-documents.ts')) ?? [];
  expect(MEMBERS.map((row) => code(row, 'Member')).toSorted()).toEqual(scan(list, /^ +(\w+):/gm));
});

test.each(MEMBERS.map((row) => [code(row, 'Member'), cell(row, 'State')]))('the member %s is %s', (member, state) => {
  const findings = findingsAbout(member);
  expect(findings).not.toContain('unknown-member');
  expect(findings.includes('not-built')).toBe(state === 'not built');
  expect(['built', 'not built']).toContain(state);
});

test('the tags are those of the parser', () => {
  const told = table('Desired state', ['Tag', 'Gives']).map((row) => code(row, 'Tag'));
  expect([...told, '!ref'].toSorted()).toEqual([...DESIRED_TAGS].toSorted());
  expect(section('Desired state')).toContain('`!ref` is not built');
});

const RESOURCES = table('Resources', ['Resource', 'Sets', 'Schema', 'Notes']);

test('the resources are those of the registry, each with its schema', () => {
  const shown = RESOURCES.map((row) => [code(row, 'Resource'), /\]\((.*)\)/.exec(cell(row, 'Schema'))?.[1]]);
  const types = realRegistry().types.map(({ resource }) => {
    return [resource, `schemas/resources/${resource.replaceAll('/', '.')}.schema.json`];
  });
  expect(shown).toEqual(types);
  expect(readdirSync(new URL('schemas/resources', ROOT))).toHaveLength(shown.length);
});

test('what is secret in a resource is told', () => {
  for (const row of RESOURCES) {
    const members = [...(realRegistry().find(code(row, 'Resource'))?.fields.members ?? [])];
    const secret = members.filter(([, node]) => node.secret).map(([name]) => name);
    for (const name of secret) expect(cell(row, 'Notes')).toContain(`\`${name}\` is secret`);
    if (secret.length === 0) expect(cell(row, 'Notes')).not.toContain('secret');
  }
});

const BRAKES = table('Brakes', ['Code', 'When', 'What to do']).map((row) => code(row, 'Code'));
const LIMITS: GuardLimits = { maxDeletes: 5, maxChangeRatio: 0.3, protect: [], allow: [], expectHostname: null };
const BOX: GuardedAppliance = { hostname: 'sps1', roles: [] };
const ONE = updating(['management/soap']);

function many(action: string, count: number, managedLive: number): Plan {
  const operations = Array.from({ length: count }, (_, index) => {
    return { ...operationOn(`test/thing${index}`), action } as Plan['operations'][number];
  });
  return updating([], { operations, managedLive });
}

const TRIGGERS: Readonly<Record<string, readonly [Plan, GuardedAppliance, Partial<GuardLimits>]>> = {
  'unexpected-hostname': [ONE, BOX, { expectHostname: 'sps2' }],
  'managed-host': [ONE, { ...BOX, roles: ['managed-host'] }, {}],
  protected: [ONE, BOX, { protect: ['management/**'] }],
  'may-cut-off': [updating(['network/routing']), BOX, {}],
  irreversible: [many('action', 1, 1), BOX, {}],
  'too-many-deletes': [many('delete', 6, 9), BOX, {}],
  'too-much-change': [many('update', 4, 10), BOX, {}],
};

test.each(BRAKES)('the brake %s exists', (brake) => {
  const [plan, appliance, limits] = TRIGGERS[brake] ?? [ONE, BOX, {}];
  expect(brakesOf(plan, appliance, { ...LIMITS, ...limits }).map((found) => found.code)).toEqual([brake]);
});

test('every brake of the guard is told, in its order', () => {
  expect(BRAKES.toSorted()).toEqual(scan(source('src/plan/guard.ts'), /code: '([a-z-]+)'/g));
});

test('every path that can cut off is told', () => {
  const [, list = ''] = /`may-cut-off` covers (.*?)\. /s.exec(section('Brakes')) ?? [];
  expect(codes(list)).toEqual(CUT_OFF_PATHS);
});
