import { expect, test } from 'vitest';
import { createRegistry } from '../../../src/resources/registry.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { realRegistry } from '../../resource-schemas.ts';

test.each<[string, object]>([
  [
    'management/splunk_forwarder',
    {
      kind: 'singleton',
      href: '/api/configuration/management/splunk_forwarder',
      builtIn: [],
      remedy: undefined,
      writeFallback: 'post',
    },
  ],
  [
    'management/license',
    { kind: 'singleton', remedy: { kind: 'upload', path: '/api/upload/license', field: 'data' }, builtIn: [] },
  ],
  ['starling/join', { kind: 'singleton', href: '/api/starling/join', remedy: { kind: 'unjoin' } }],
  [
    'trust_stores',
    {
      kind: 'collection',
      href: '/api/configuration/trust_stores',
      identity: 'name',
      builtIn: ['-7001'],
      remedy: undefined,
      writeFallback: undefined,
    },
  ],
])('what the block of %s says', (resource, said) => {
  expect(realRegistry().find(resource)).toMatchObject(said);
});

const UPLOAD = { path: '/api/upload/x', field: 'data' };

test.each<[string, JsonObject, object]>([
  ['an identity', { kind: 'collection', identity: 'key' }, { identity: 'key', builtIn: [] }],
  ['no identity', { kind: 'collection' }, { identity: 'name', href: '/api/configuration/a' }],
  ['an upload with a note', { kind: 'singleton', upload: { ...UPLOAD, note: 'n' } }, { remedy: { note: 'n' } }],
  ['an upload without', { kind: 'singleton', upload: UPLOAD }, { remedy: { ...UPLOAD, kind: 'upload', note: null } }],
])('a block with %s', (_name, block, said) => {
  const [only] = createRegistry([{ 'x-sps': { resource: 'a', ...block } }]).types;
  expect(only).toMatchObject(said);
});

test.each<[JsonObject, string]>([
  [{ order: true }, 'uses order, not built'],
  [{ identity: 'name' }, 'uses identity, not built'],
  [{ builtIn: [] }, 'uses builtIn, not built'],
  [{ kind: 'collection', action: 'unjoin' }, 'uses action, not built'],
  [{ kind: 'collection', upload: UPLOAD }, 'uses upload, not built'],
  [{ kind: 'collection', writeFallback: 'post' }, 'uses writeFallback, not built'],
  [{ kind: 'collection', identity: 'serial' }, 'no fit identity'],
  [{ kind: 'collection', builtIn: '-7001' }, 'no fit builtIn'],
  [{ kind: 'collection', builtIn: [-7001] }, 'no fit builtIn'],
  [{ href: 'starling/join' }, 'no fit href'],
  [{ href: 1 }, 'no fit href'],
  [{ writeFallback: 'put' }, 'no fit writeFallback'],
  [{ action: 'join' }, 'no fit upload or action'],
  [{ action: 'unjoin', upload: UPLOAD }, 'no fit upload or action'],
  [{ upload: UPLOAD.path }, 'no fit upload or action'],
  [{ upload: { path: UPLOAD.path } }, 'no fit upload or action'],
  [{ upload: { ...UPLOAD, path: 'upload/x' } }, 'no fit upload or action'],
  [{ upload: { ...UPLOAD, note: 1 } }, 'no fit upload or action'],
  [{ upload: { ...UPLOAD, method: 'PUT' } }, 'no fit upload or action'],
])('a block with %j is refused', (block, message) => {
  expect(() => createRegistry([of(block)])).toThrow(message);
});

function of(block: JsonObject): JsonObject {
  return { 'x-sps': { resource: 'a', kind: 'singleton', ...block } };
}
