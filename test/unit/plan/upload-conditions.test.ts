import { describe, expect, test } from 'vitest';
import type { UploadFile } from '../../../src/desired/desired-state.ts';
import { computePlan, type Plan } from '../../../src/plan/plan.ts';
import { shownOperation } from '../../../src/plan/show-operation.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import type { SecretTree } from '../../../src/shared/secret-tree.ts';
import { desiring, present, registryOf, sealing, wanted } from './parts.ts';

const FILE: UploadFile = { name: 'thing.txt', bytes: new TextEncoder().encode('a thing') };

function steps(plan: Plan): readonly Json[] {
  const { sealer } = sealing();
  return plan.operations.map((operation) => shownOperation(operation, sealer)['patch'] ?? null);
}

describe('the condition of an upload', () => {
  const schema: JsonObject = {
    'x-sps': { resource: 'test/thing', kind: 'singleton', upload: { path: '/api/upload/thing', field: 'data' } },
    type: 'object',
    properties: {
      names: { type: 'array', items: { type: 'string' }, readOnly: true },
      size: { type: 'object', properties: { width: { type: 'integer' }, height: { type: 'integer' } }, readOnly: true },
      mode: {
        type: 'object',
        'x-sps-optional-block': true,
        properties: { enabled: { type: 'boolean' }, level: { type: 'integer' } },
        readOnly: true,
      },
      'a/b': { type: 'string', readOnly: true },
    },
  };
  const upload = (body: SecretTree, live: Json): Plan => {
    const files = desiring([wanted('test/thing', body, { upload: FILE })]);
    return computePlan(files, present({ 'test/thing': live }), registryOf(schema), sealing());
  };

  test.each<[string, SecretTree, Json, Json]>([
    [
      'a list of which more is there',
      { names: ['a'] },
      { names: ['a', 'b'] },
      { op: 'replace', path: '/names', value: ['a'], was: ['a', 'b'] },
    ],
    ['a list that is not there', { names: ['a'] }, {}, { op: 'replace', path: '/names', value: ['a'], was: null }],
    [
      'a member of a member',
      { size: { width: 2 } },
      { size: { width: 1, height: 5 } },
      { op: 'replace', path: '/size', value: { width: 2, height: 5 }, was: { width: 1, height: 5 } },
    ],
    [
      'a block that is on',
      { mode: { enabled: false } },
      { mode: { enabled: true, level: 3 } },
      { op: 'replace', path: '/mode', value: { enabled: false }, was: { enabled: true, level: 3 } },
    ],
    ['null for what is not there', { names: null }, {}, { op: 'replace', path: '/names', value: null, was: null }],
    ['a name with a slash', { 'a/b': 'x' }, { 'a/b': 'y' }, { op: 'replace', path: '/a~1b', value: 'x', was: 'y' }],
    ['a text for the whole', 'x', { names: [] }, { op: 'replace', path: '', value: 'x', was: { names: [] } }],
  ])('is told by the member that differs: %s', (_name, body, live, step) => {
    expect(steps(upload(body, live))).toEqual([[step]]);
  });

  test.each<[string, SecretTree, Json]>([
    ['a list', { names: ['a'] }, { names: ['a'], size: {} }],
    ['a member of a member', { size: { width: 2 } }, { size: { height: 5, width: 2 } }],
    ['a block that is off', { mode: { enabled: false, level: 9 } }, { mode: { enabled: false, level: 3 } }],
    ['null', { names: null }, { names: null }],
  ])('needs nothing when it is so: %s', (_name, body, live) => {
    expect(upload(body, live)).toMatchObject({ operations: [], unchanged: 1 });
  });

  test('says nothing beside it where the schema has no note', () => {
    expect(upload({ names: ['a'] }, {}).warnings).toEqual([]);
  });
});
