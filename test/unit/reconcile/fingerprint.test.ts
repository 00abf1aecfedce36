import { describe, expect, it } from 'vitest';
import type { DesiredCollection, DesiredResource, DesiredState } from '../../../src/desired/desired-state.ts';
import { fingerprintOf } from '../../../src/reconcile/fingerprint.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { pruning, SOURCES, wanted } from '../plan/parts.ts';

const KEY = new Uint8Array(32).fill(1);

interface Parts {
  readonly resource?: Partial<DesiredResource>;
  readonly collection?: Partial<DesiredCollection>;
  readonly state?: Partial<DesiredState>;
}

function state({ resource, collection, state: rest }: Parts = {}): DesiredState {
  return {
    revision: { commit: null, subject: null, author: null, dirty: false, digest: 'sha256:0' },
    resources: [wanted('test/thing', { a: 1, token: new Secret('one') }, resource)],
    collections: [pruning('things', collection)],
    sources: SOURCES,
    warnings: [],
    ...rest,
  };
}

const upload = (text: string, name = 'license.txt') => ({ name, bytes: Buffer.from(text) });
const place = { file: 'elsewhere.yaml', line: 77, column: 7 };

describe('the fingerprint', () => {
  it('is 64 hex digits that show nothing of a secret', () => {
    expect(fingerprintOf(state(), KEY)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Parts]>([
    ['where the documents stand', { resource: { source: place }, collection: { source: place } }],
    ['the order of members', { resource: { body: { token: new Secret('one'), a: 1 } } }],
    [
      'the commit, and the form of the files',
      { state: { revision: { ...state().revision, commit: 'c', digest: 'sha256:1' } } },
    ],
    ['warnings', { state: { warnings: [{ severity: 'warning', code: 'x', message: 'x' }] } }],
    // Whether a value is written or comes from elsewhere changes nothing on the appliance.
    ['where a value comes from', { resource: { body: { a: 1, token: 'one' } } }],
  ])('does not depend on %s', (_what, parts) => {
    expect(fingerprintOf(state(parts), KEY)).toBe(fingerprintOf(state(), KEY));
  });

  it.each<[string, Parts]>([
    ['a value', { resource: { body: { a: 2, token: new Secret('one') } } }],
    ['the type of a value', { resource: { body: { a: '1', token: new Secret('one') } } }],
    ['a value behind a tag', { resource: { body: { a: 1, token: new Secret('two') } } }],
    ['a resource', { resource: { resource: 'test/other' } }],
    ['a name', { resource: { name: 'x' } }],
    ['a former name', { resource: { previousName: 'x' } }],
    ['the state', { resource: { state: 'absent' } }],
    ['what is ignored', { resource: { ignore: ['/a'] } }],
    ['whether it is optional', { resource: { optional: true } }],
    ['an upload', { resource: { upload: upload('text') } }],
    ['pruning', { collection: { prune: false } }],
    ['a collection', { collection: { resource: 'others' } }],
    ['what there is', { state: { resources: [] } }],
    ['which collections there are', { state: { collections: [] } }],
  ])('depends on %s', (_what, parts) => {
    expect(fingerprintOf(state(parts), KEY)).not.toBe(fingerprintOf(state(), KEY));
  });

  it('depends on the bytes of an upload', () => {
    const [one, two] = ['text', 'text2'].map((text) =>
      fingerprintOf(state({ resource: { upload: upload(text) } }), KEY),
    );
    expect(one).not.toBe(two);
  });

  it('depends on the key', () => {
    expect(fingerprintOf(state(), new Uint8Array(32).fill(2))).not.toBe(fingerprintOf(state(), KEY));
  });
});
