import { expect, test } from 'vitest';
import { checkChangeList } from '../../../src/transaction/change-list.ts';
import { operationOn } from '../plan/parts.ts';

const SOAP = operationOn('management/soap');
const TRAP = operationOn('management/snmp/trap');

function check(entries: readonly (readonly [string, string])[], operations = [SOAP]) {
  const { foreign, missing } = checkChangeList(
    operations,
    new Map(),
    entries.map(([type, path]) => ({ type, path })),
  );
  return { foreign: foreign.map((entry) => entry.path), missing: missing.map((one) => one.resource) };
}

const FINE = { foreign: [], missing: [] };

test.each([
  '/api/configuration/management/soap',
  '/api/configuration/management/soap/',
  '/api/configuration/management/soap/enabled',
  '/api/configuration/management/soap/a/b/0',
  '/api/configuration/management/soap#enabled',
  '/api/configuration/management/soap#',
  '/api/configuration/management#soap/enabled',
  '/api/configuration#management/soap',
  '/configuration/management/soap#a/b',
  'configuration/management/soap',
  '/management/soap/enabled',
  'management/soap',
  'management/soap#enabled',
  '//management//soap',
  'https://sps.example.com/api/configuration/management/soap#enabled',
])('%s is at or below the object, however it is written', (path) => {
  for (const type of ['replace', 'create', 'reorder']) expect(check([[type, path]])).toEqual(FINE);
});

test.each([
  ['a parent', '/api/configuration/management'],
  ['the root', '/api/configuration'],
  ['nothing', ''],
  ['a neighbour', '/api/configuration/management/email'],
  ['a neighbour whose name begins alike', '/api/configuration/management/soap2'],
  ['a neighbour whose name begins alike, below', '/api/configuration/management/soap2/enabled'],
  ['a name that ours begins with', '/api/configuration/management/soa'],
  ['the same name elsewhere', '/api/configuration/local/management/soap'],
  ['another case', '/api/configuration/management/SOAP'],
  ['a dotted path', 'management.soap'],
  ['a pointer into the body', '/enabled'],
])('%s is foreign, and leaves the operation without an entry', (_name, path) => {
  expect(check([['replace', path]])).toEqual({ foreign: [path], missing: ['management/soap'] });
});

test('a delete below the object is part of an update, at the object it is not', () => {
  expect(check([['delete', '/management/soap/port']])).toEqual(FINE);
  expect(check([['delete', '/management/soap#port']])).toEqual(FINE);
  expect(check([['delete', '/management/soap']])).toEqual({
    foreign: ['/management/soap'],
    missing: ['management/soap'],
  });
  expect(check([['delete', '/api/configuration/management/soap#']])).toMatchObject({ missing: ['management/soap'] });
});

test.each(['', 'update', 'Replace', 'REPLACE', 'patch', 'toString'])('the type %j is not known', (type) => {
  expect(check([[type, '/management/soap']])).toEqual({ foreign: ['/management/soap'], missing: ['management/soap'] });
});

test('each operation needs an entry, and one of several is enough', () => {
  const both = [SOAP, TRAP];
  expect(check([], both)).toEqual({ foreign: [], missing: ['management/soap', 'management/snmp/trap'] });
  expect(
    check(
      [
        ['replace', '/management/soap/a'],
        ['replace', '/management/soap/b'],
      ],
      both,
    ),
  ).toEqual({
    foreign: [],
    missing: ['management/snmp/trap'],
  });
  expect(
    check(
      [
        ['replace', '/management/snmp/trap/x'],
        ['delete', '/management/soap/x'],
      ],
      both,
    ),
  ).toEqual(FINE);
});

test('what is foreign is told beside what is ours', () => {
  expect(
    check([
      ['replace', '/management/soap'],
      ['replace', '/aaa/acls'],
      ['create', '/x509/1'],
    ]),
  ).toEqual({
    foreign: ['/aaa/acls', '/x509/1'],
    missing: [],
  });
});

test('no plan and no entries agree; any entry is foreign then', () => {
  expect(check([], [])).toEqual(FINE);
  expect(check([['replace', '/management/soap']], [])).toEqual({ foreign: ['/management/soap'], missing: [] });
});
