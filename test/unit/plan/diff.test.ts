import { expect, test } from 'vitest';
import { diff, type PatchEntry } from '../../../src/plan/diff.ts';
import type { Json } from '../../../src/shared/json.ts';

test.each<[string, Json, Json, readonly PatchEntry[]]>([
  ['equal bodies', { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
  ['the order of members', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
  ['a scalar body', 'a', 'b', [{ op: 'replace', path: '', value: 'b', was: 'a' }]],
  ['a null body', null, 1, [{ op: 'replace', path: '', value: 1, was: null }]],
  ['a body that becomes null', { a: 1 }, null, [{ op: 'replace', path: '', value: null, was: { a: 1 } }]],
  ['a list that becomes an object', [1], { 0: 1 }, [{ op: 'replace', path: '', value: { 0: 1 }, was: [1] }]],
  ['was null', { a: null }, { a: 0 }, [{ op: 'replace', path: '/a', value: 0, was: null }]],
  ['becomes null', { a: 0 }, { a: null }, [{ op: 'replace', path: '/a', value: null, was: 0 }]],
  ['null appears', {}, { a: null }, [{ op: 'add', path: '/a', value: null }]],
  ['null goes', { a: null }, {}, [{ op: 'remove', path: '/a', was: null }]],
  ['an object goes', { a: { b: 1 } }, {}, [{ op: 'remove', path: '/a', was: { b: 1 } }]],
  [
    'a list grows',
    [1],
    [1, 2, 3],
    [
      { op: 'add', path: '/1', value: 2 },
      { op: 'add', path: '/2', value: 3 },
    ],
  ],
  [
    'a list shrinks from its end',
    [1, 2, 3],
    [1],
    [
      { op: 'remove', path: '/2', was: 3 },
      { op: 'remove', path: '/1', was: 2 },
    ],
  ],
  [
    'members of a member',
    { a: { b: 1 } },
    { a: { c: 1 } },
    [
      { op: 'remove', path: '/a/b', was: 1 },
      { op: 'add', path: '/a/c', value: 1 },
    ],
  ],
  [
    'names with / and ~',
    { 'a/b': 1, 'c~': 1 },
    { 'a/b': 2, 'c~': 2 },
    [
      { op: 'replace', path: '/a~1b', value: 2, was: 1 },
      { op: 'replace', path: '/c~0', value: 2, was: 1 },
    ],
  ],
  ['the empty name', { '': 1 }, { '': 2 }, [{ op: 'replace', path: '/', value: 2, was: 1 }]],
  ['a member called body', { body: 1 }, { body: 2 }, [{ op: 'replace', path: '/body', value: 2, was: 1 }]],
  [
    'a member called toJSON',
    { toJSON: 'x' },
    { toJSON: 'y' },
    [{ op: 'replace', path: '/toJSON', value: 'y', was: 'x' }],
  ],
  ['a string for a number', { a: 1 }, { a: '1' }, [{ op: 'replace', path: '/a', value: '1', was: 1 }]],
])('%s', (_name, live, target, patch) => {
  expect(diff(live, target)).toEqual(patch);
});

test('the steps come in the order of names, whatever the order of members', () => {
  const patch = diff({ c: 1, a: 1, d: 1, b: 1 }, { n: 1, b: 2, a: 2, c: 2, m: 1 });
  expect(patch.map((entry) => entry.path)).toEqual(['/a', '/b', '/c', '/d', '/m', '/n']);
  expect(diff({ b: 1, d: 1, a: 1, c: 1 }, { m: 1, c: 2, a: 2, b: 2, n: 1 })).toEqual(patch);
});
