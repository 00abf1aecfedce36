import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { diff } from '../../../src/plan/diff.ts';
import { merged } from './parts.ts';

const URL_BODY = { uri: { selection: 'url', value: 'http://a.example.com', note: 1 } };

describe('tags', () => {
  test.each<[string, Json, Json, Json]>([
    [
      'another selection replaces the object whole',
      URL_BODY,
      { uri: { selection: 'none' } },
      { uri: { selection: 'none' } },
    ],
    [
      'the same selection merges',
      URL_BODY,
      { uri: { selection: 'url', value: 'x' } },
      { uri: { selection: 'url', value: 'x', note: 1 } },
    ],
    [
      'a file without the tag merges',
      URL_BODY,
      { uri: { value: 'x' } },
      { uri: { selection: 'url', value: 'x', note: 1 } },
    ],
    ['a null tag is another tag', URL_BODY, { uri: { selection: null } }, { uri: { selection: null } }],
    [
      'a body whose tag is new to it merges',
      { uri: { note: 1 } },
      { uri: { selection: 'url' } },
      { uri: { selection: 'url', note: 1 } },
    ],
    ['at the root too', { selection: 'a', x: 1 }, { selection: 'b', y: 2 }, { selection: 'b', y: 2 }],
    [
      'a selection that is an object is no tag',
      { selection: { a: 1 }, x: 1 },
      { selection: { b: 2 } },
      { selection: { a: 1, b: 2 }, x: 1 },
    ],
    ['a selection that was an object is', { selection: { a: 1 }, x: 1 }, { selection: 's' }, { selection: 's' }],
    ['a type is no tag by itself', { type: 'a', x: 1 }, { type: 'b' }, { type: 'b', x: 1 }],
  ])('%s', (_name, live, desired, target) => {
    expect(merged(live, desired)).toEqual(target);
  });

  test('a tag that the schema names counts beside selection', () => {
    const schema: JsonObject = { properties: { o: { 'x-sps-tag': 'type', properties: { type: {}, x: {} } } } };
    expect(merged({ o: { type: 'a', x: 1 } }, { o: { type: 'b' } }, schema)).toEqual({ o: { type: 'b' } });
    expect(merged({ o: { type: 'a', x: 1 } }, { o: { type: 'a' } }, schema)).toEqual({ o: { type: 'a', x: 1 } });
    expect(merged({ o: { type: 'a', selection: 's', x: 1 } }, { o: { selection: 't' } }, schema)).toEqual({
      o: { selection: 't' },
    });
  });

  test('in a list, an element of another tag does not meet', () => {
    expect(merged([{ selection: 'a', x: 1 }], [{ selection: 'b' }])).toEqual([{ selection: 'b' }]);
  });
});

const BLOCK: JsonObject = {
  'x-sps-optional-block': true,
  properties: { enabled: {}, port: {}, inner: { 'x-sps-optional-block': true, properties: { enabled: {}, x: {} } } },
};

describe('optional blocks', () => {
  test.each<[string, Json, Json, Json]>([
    ['on to off sheds the settings', { enabled: true, port: 1 }, { enabled: false }, { enabled: false }],
    ['settings beside off are not sent', { enabled: true, port: 1 }, { enabled: false, port: 2 }, { enabled: false }],
    ['off and off is in sync', { enabled: false }, { enabled: false }, { enabled: false }],
    ['off and off with settings in the file', { enabled: false }, { enabled: false, port: 2 }, { enabled: false }],
    [
      'off, the appliance showing settings',
      { enabled: false, port: 1 },
      { enabled: false },
      { enabled: false, port: 1 },
    ],
    ['off, both with settings', { enabled: false, port: 1 }, { enabled: false, port: 2 }, { enabled: false, port: 1 }],
    ['a file without the switch over a block that is off', { enabled: false }, { port: 2 }, { enabled: false }],
    ['off to on', { enabled: false }, { enabled: true, port: 2 }, { enabled: true, port: 2 }],
    [
      'on and on merges',
      { enabled: true, port: 1, z: 3 },
      { enabled: true, port: 2 },
      { enabled: true, port: 2, z: 3 },
    ],
    [
      'a file without the switch over a block that is on',
      { enabled: true, port: 1 },
      { port: 2 },
      { enabled: true, port: 2 },
    ],
    ['no switch anywhere merges', { port: 1 }, { port: 2 }, { port: 2 }],
    ['the live body lacks the switch', { port: 1 }, { enabled: false }, { enabled: false }],
    [
      'null is no way to write off',
      { enabled: false, port: 1 },
      { enabled: null, port: 2 },
      { enabled: null, port: 2 },
    ],
    ['a block that is new and off', {}, { inner: { enabled: false, x: 1 } }, { inner: { enabled: false } }],
    ['a block that is new and on', {}, { inner: { enabled: true, x: 1 } }, { inner: { enabled: true, x: 1 } }],
    ['a block over null', { inner: null }, { inner: { enabled: false, x: 1 } }, { inner: { enabled: false } }],
    [
      'an inner block of an outer one that goes off',
      { enabled: true, inner: { enabled: true } },
      { enabled: false, inner: { enabled: true } },
      { enabled: false },
    ],
    ['an empty file over a block that is off', { enabled: false, port: 1 }, {}, { enabled: false, port: 1 }],
  ])('%s', (_name, live, desired, target) => {
    const once = merged(live, desired, BLOCK);
    expect(once).toEqual(target);
    expect(merged(once, desired, BLOCK)).toEqual(once);
  });

  test('the patch shows each setting that goes', () => {
    const live = { enabled: true, port: 1, host: 'h' };
    expect(diff(live, merged(live, { enabled: false }, BLOCK))).toEqual([
      { op: 'replace', path: '/enabled', value: false, was: true },
      { op: 'remove', path: '/host', was: 'h' },
      { op: 'remove', path: '/port', was: 1 },
    ]);
  });

  test('an object that is no optional block keeps its settings', () => {
    expect(merged({ enabled: true, port: 1 }, { enabled: false })).toEqual({ enabled: false, port: 1 });
  });

  test('in a list: off elements meet whatever the appliance shows beside the switch', () => {
    const schema: JsonObject = { items: BLOCK };
    expect(merged([{ enabled: false, port: 1 }], [{ enabled: false, port: 2 }], schema)).toEqual([
      { enabled: false, port: 1 },
    ]);
    expect(merged([{ enabled: true, port: 1 }], [{ enabled: false, port: 2 }], schema)).toEqual([{ enabled: false }]);
  });
});

describe('ignored places', () => {
  test.each<[string, Json, Json, readonly string[], Json]>([
    ['stay in a merge', { a: 1, b: 2 }, { a: 3 }, ['/b'], { a: 3, b: 2 }],
    ['win over the file', { a: 1, b: 2 }, { a: 3 }, ['/a'], { a: 1, b: 2 }],
    [
      'stay in an object that is replaced whole',
      { o: { selection: 'a', x: 1, y: 2 } },
      { o: { selection: 'b' } },
      ['/o/x'],
      { o: { selection: 'b', x: 1 } },
    ],
    ['that are not live are not sent', { a: 1 }, { a: 2, b: 3 }, ['/b'], { a: 2 }],
    ['may not exist at all', { a: 1 }, { a: 2 }, ['/x/y'], { a: 2 }],
    ['of a list element', { l: [{ a: 1, b: 2 }] }, { l: [{ a: 3 }] }, ['/l/0/b'], { l: [{ a: 3, b: 2 }] }],
    [
      'of a list element that the file does not have',
      { l: [{ a: 1 }, { a: 2 }] },
      { l: [{ a: 3 }] },
      ['/l/1/a'],
      { l: [{ a: 3 }] },
    ],
    ['with escaped names', { 'a/b': 1, 'c~d': 1 }, { 'a/b': 2, 'c~d': 2 }, ['/a~1b', '/c~0d'], { 'a/b': 1, 'c~d': 1 }],
    ['may be everything', { a: 1 }, { a: 2 }, [''], { a: 1 }],
    ['may be several', { a: 1, b: 1, c: 1 }, { a: 2, b: 2, c: 2 }, ['/a', '/c'], { a: 1, b: 2, c: 1 }],
  ])('%s', (_name, live, desired, ignore, target) => {
    expect(merged(live, desired, undefined, ignore)).toEqual(target);
  });

  test('stay in a block that is switched off', () => {
    const live = { enabled: true, port: 1, host: 'h' };
    expect(merged(live, { enabled: false }, BLOCK, ['/port'])).toEqual({ enabled: false, port: 1 });
  });
});

test('members that the appliance sets go back as read', () => {
  const schema: JsonObject = { properties: { id: { readOnly: true }, a: {} } };
  expect(merged({ id: 'x', a: 1 }, { a: 2 }, schema)).toEqual({ id: 'x', a: 2 });
});

describe('members that only the appliance sets', () => {
  const stamped: JsonObject = {
    'x-sps-optional-block': true,
    properties: {
      enabled: {},
      port: {},
      stamp: { readOnly: true },
      inner: { properties: { selection: {}, stamp: { readOnly: true }, value: {} } },
    },
  };

  test.each<[string, Json, Json, Json]>([
    [
      'survive another tag',
      { inner: { selection: 'a', value: 1, stamp: { by: 'sps' } } },
      { inner: { selection: 'b' } },
      { inner: { selection: 'b', stamp: { by: 'sps' } } },
    ],
    [
      'survive a block that is switched off',
      { enabled: true, port: 1, stamp: null },
      { enabled: false },
      { enabled: false, stamp: null },
    ],
    ['survive a merge', { enabled: true, port: 1, stamp: 5 }, { port: 2 }, { enabled: true, port: 2, stamp: 5 }],
    [
      'are not settings: beside a switch that is off they stay',
      { enabled: false, stamp: 5 },
      { enabled: false, port: 2 },
      { enabled: false, stamp: 5 },
    ],
    [
      'of a place that goes, go with it',
      { enabled: true, inner: { selection: 'a', stamp: 5 } },
      { enabled: false },
      { enabled: false },
    ],
    ['are not made up where there are none', { enabled: true, port: 1 }, { enabled: false }, { enabled: false }],
  ])('%s', (_name, live, desired, target) => {
    const once = merged(live, desired, stamped);
    expect(once).toEqual(target);
    expect(merged(once, desired, stamped)).toEqual(once);
  });
});
