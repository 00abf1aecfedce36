import { describe, expect, test } from 'vitest';
import { titleOf, type StagedOperation } from '../../../src/plan/operation.ts';
import { checkChangeList, needsEntry } from '../../../src/transaction/change-list.ts';
import { operationOn } from '../plan/parts.ts';

type Entry = readonly [type: string, path: string];

const STORES = 'trust_stores';
const LICENSE = 'management/license';
const base = operationOn(STORES);

const create: StagedOperation = { ...base, action: 'create', name: 'new' };
const gone: StagedOperation = {
  ...base,
  action: 'delete',
  name: 'old',
  member: { key: '5', siblings: ['5', '7'] },
  refersTo: [],
  href: '/api/configuration/trust_stores/5',
};
const changed: StagedOperation = { ...base, name: 'kept', href: '/api/configuration/trust_stores/7' };
const remedy = { kind: 'upload', path: '/api/upload/license', field: 'data', note: null } as const;
const file = { name: 'license.txt', bytes: new Uint8Array() };
const upload: StagedOperation = { ...operationOn(LICENSE), action: 'upload', remedy, file };

function check(operations: readonly StagedOperation[], entries: readonly Entry[], key?: string) {
  const created = new Map<StagedOperation, string>(key === undefined ? [] : [[create, key]]);
  const { foreign, missing } = checkChangeList(
    operations,
    created,
    entries.map(([type, path]) => ({ type, path })),
  );
  return { foreign: foreign.map(({ type, path }) => `${type} ${path}`), missing: missing.map(titleOf) };
}

const FINE = { foreign: [], missing: [] };
const NEW = 'trust_stores "new"';
const OLD = 'trust_stores "old"';

describe('a new member', () => {
  test.each<readonly [name: string, entry: Entry]>([
    ['at its own place', ['create', '/api/configuration/trust_stores/9']],
    ['at its own place, as a replacement', ['replace', '/api/configuration/trust_stores/9']],
    ['at its own place, as a reorder', ['reorder', 'trust_stores#9']],
    ['below its own place', ['create', '/configuration/trust_stores/9/authorities/0']],
    ['below its own place, as a delete', ['delete', '/trust_stores/9#crl_urls/0']],
    ['as a change of the collection', ['replace', '/api/configuration/trust_stores']],
    ['as a creation in the collection', ['create', 'trust_stores/']],
    ['as a reorder of the collection', ['reorder', '/trust_stores#']],
  ])('may be listed %s', (_name, entry) => {
    expect(check([create], [entry], '9')).toEqual(FINE);
  });

  test.each<readonly [name: string, entry: Entry, key: string | undefined]>([
    ['another key', ['create', '/trust_stores/8'], '9'],
    ['a key that begins alike', ['create', '/trust_stores/99'], '9'],
    ['another collection', ['create', '/x509/9'], '9'],
    ['above the collection', ['create', '/'], '9'],
    ['the member going away', ['delete', '/trust_stores/9'], '9'],
    ['a deletion in the collection', ['delete', '/trust_stores'], '9'],
    ['a type that nobody knows', ['add', '/trust_stores/9'], '9'],
    ['a type that nobody knows, at the collection', ['add', '/trust_stores'], '9'],
    ['the change of a member while the key is not known', ['replace', '/trust_stores/9'], undefined],
    ['a member going away while the key is not known', ['delete', '/trust_stores/9'], undefined],
  ])('is not listed by %s', (_name, entry, key) => {
    expect(check([create], [entry], key)).toEqual({ foreign: [entry.join(' ')], missing: [NEW] });
  });

  test('whose key is not known may be any that is created in the collection', () => {
    expect(check([create], [['create', '/trust_stores/4']])).toEqual(FINE);
    expect(check([create], [['create', '/trust_stores/4/name']])).toEqual(FINE);
    expect(check([create], [['create', '/trust_stores']])).toEqual(FINE);
  });

  test('of a known key leaves nothing to others whose key is not known', () => {
    const other: StagedOperation = { ...create, name: 'second' };
    for (const type of ['create', 'replace']) {
      const found = check([create, other], [[type, '/trust_stores/9']], '9');
      expect(found).toEqual({ foreign: [], missing: ['trust_stores "second"'] });
    }
  });

  test('explains one new member alone, and none that was there before', () => {
    const other: StagedOperation = { ...create, name: 'second' };
    const one: Entry = ['create', '/trust_stores/4'];
    const two: Entry = ['create', '/trust_stores/6'];
    const three: Entry = ['create', '/trust_stores/8'];
    expect(check([create, other], [one, two])).toEqual(FINE);
    expect(check([create, other], [one])).toEqual({ foreign: [], missing: ['trust_stores "second"'] });
    expect(check([create, other], [one, two, three])).toEqual({ foreign: [three.join(' ')], missing: [] });
    const foreign = 'create /x509/9';
    expect(check([create], [['create', '/x509/9'], one])).toEqual({ foreign: [foreign], missing: [] });
    const beside: StagedOperation = { ...create, member: { key: null, siblings: ['4'] } };
    expect(check([beside], [['create', '/trust_stores/4/authorities/3']])).toEqual({
      foreign: ['create /trust_stores/4/authorities/3'],
      missing: [NEW],
    });
  });

  test('has an entry of its own at the collection too, where that says "create"', () => {
    const other: StagedOperation = { ...create, name: 'second' };
    const entry: Entry = ['create', '/trust_stores'];
    expect(check([create, other], [entry, entry])).toEqual(FINE);
    expect(check([create, other], [entry])).toEqual({ foreign: [], missing: ['trust_stores "second"'] });
    expect(check([create, other], [['replace', '/trust_stores']])).toEqual(FINE);
  });

  test('may be listed both at its own place and at the collection', () => {
    const own: Entry = ['create', '/trust_stores/9'];
    const collection: Entry = ['create', '/trust_stores'];
    for (const entries of [
      [own, collection],
      [collection, own],
      [collection, collection],
    ])
      expect(check([create], entries, '9')).toEqual(FINE);
  });

  test('needs an entry', () => {
    expect(check([create], [], '9')).toEqual({ foreign: [], missing: [NEW] });
    expect(check([create], [])).toEqual({ foreign: [], missing: [NEW] });
  });
});

describe('a member that goes', () => {
  test.each<Entry>([
    ['delete', '/api/configuration/trust_stores/5'],
    ['replace', '/trust_stores/5'],
    ['reorder', '/trust_stores/5'],
    ['delete', '/trust_stores/5/name'],
    ['create', '/trust_stores/5/name'],
    ['delete', '/trust_stores'],
    ['replace', 'trust_stores'],
    ['delete', 'trust_stores#5'],
  ])('may be listed as %s %s', (...entry) => {
    expect(check([gone], [entry])).toEqual(FINE);
  });

  test.each<Entry>([
    ['create', '/trust_stores/5'],
    ['create', '/trust_stores'],
    ['delete', '/trust_stores/6'],
    ['delete', '/trust_stores/55'],
    ['delete', '/'],
    ['remove', '/trust_stores/5'],
  ])('is not listed as %s %s', (...entry) => {
    expect(check([gone], [entry])).toEqual({ foreign: [entry.join(' ')], missing: [OLD] });
  });

  test('needs an entry', () => {
    expect(check([gone], [])).toEqual({ foreign: [], missing: [OLD] });
  });
});

describe('operations on one collection', () => {
  test('share what is listed of the collection itself', () => {
    expect(check([create, gone], [['replace', '/trust_stores']], '9')).toEqual(FINE);
  });

  test('an update takes no share in it', () => {
    expect(check([changed], [['replace', '/trust_stores']])).toEqual({
      foreign: ['replace /trust_stores'],
      missing: ['trust_stores "kept"'],
    });
    expect(check([changed, gone], [['replace', '/trust_stores']])).toMatchObject({ missing: ['trust_stores "kept"'] });
  });

  test('are told apart by key', () => {
    const entries: readonly Entry[] = [
      ['create', '/trust_stores/9'],
      ['replace', '/trust_stores/7/name'],
      ['delete', '/trust_stores/5'],
      ['delete', '/trust_stores/6'],
    ];
    expect(check([create, changed, gone], entries, '9')).toEqual({ foreign: ['delete /trust_stores/6'], missing: [] });
    for (const left of [0, 1, 2]) {
      const { missing } = check([create, changed, gone], entries.toSpliced(left, 1), '9');
      expect(missing).toEqual([[NEW], ['trust_stores "kept"'], [OLD]][left]);
    }
  });
});

describe('an upload', () => {
  test('needs no entry, everything else does', () => {
    expect(check([upload], [])).toEqual(FINE);
    expect([upload, create, changed, gone].map(needsEntry)).toEqual([false, true, true, true]);
  });

  test.each<Entry>([
    ['replace', '/api/configuration/management/license'],
    ['create', '/management/license/serial'],
    ['delete', '/management/license#customer'],
    ['replace', '/api/upload/license'],
    ['create', 'https://sps.example.com/api/upload/license/'],
    ['create', '/api/upload#license'],
  ])('may be listed as %s %s', (...entry) => {
    expect(check([upload], [entry])).toEqual(FINE);
  });

  test.each<Entry>([
    ['delete', '/management/license'],
    ['replace', '/management'],
    ['replace', '/api/upload'],
    ['replace', '/api/upload/license/data'],
    ['replace', '/api/upload/plugins'],
    ['upload', '/api/upload/license'],
  ])('is not listed as %s %s', (...entry) => {
    expect(check([upload], [entry])).toEqual({ foreign: [entry.join(' ')], missing: [] });
  });

  test('beside writes explains nothing of them', () => {
    expect(check([upload, gone], [['replace', '/api/upload/license']])).toEqual({ foreign: [], missing: [OLD] });
    expect(check([gone], [['replace', '/api/upload/license']])).toEqual({
      foreign: ['replace /api/upload/license'],
      missing: [OLD],
    });
  });
});
