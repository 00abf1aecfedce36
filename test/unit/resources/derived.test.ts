import { describe, expect, test } from 'vitest';
import { desiredSchemaOf, targetSchemaOf } from '../../../src/resources/derive-schema.ts';
import { desiredStateSchema } from '../../../src/resources/desired-schema.ts';
import { fieldNodeOf } from '../../../src/resources/field-node.ts';
import type { FieldNode } from '../../../src/resources/resource-type.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { registryOf } from '../plan/parts.ts';

const CLOSED = { additionalProperties: false };

describe('deriving', () => {
  const schema: JsonObject = {
    required: ['a'],
    minProperties: 1,
    additionalProperties: false,
    unevaluatedProperties: false,
    dependentRequired: { a: ['b'] },
    properties: { required: { required: ['x'], ...CLOSED }, additionalProperties: { type: 'string' } },
    items: [{ required: ['x'] }],
    if: { required: ['a'], properties: { a: CLOSED } },
    then: { required: ['b'] },
    not: { required: ['c'] },
    $defs: { required: { required: ['x'] } },
    const: { required: ['kept'], ...CLOSED },
    enum: [{ required: ['kept'] }],
    default: { required: ['kept'] },
  };

  test('for files, nothing is demanded, but conditions stay conditions', () => {
    expect(desiredSchemaOf(schema)).toEqual({
      additionalProperties: false,
      unevaluatedProperties: false,
      properties: { required: CLOSED, additionalProperties: { type: 'string' } },
      items: [{}],
      if: schema['if'],
      then: {},
      not: schema['not'],
      $defs: { required: {} },
      const: schema['const'],
      enum: schema['enum'],
      default: schema['default'],
    });
  });

  test('for merged bodies, nothing is closed, and everything is demanded', () => {
    const { additionalProperties: _a, unevaluatedProperties: _u, ...rest } = schema;
    expect(targetSchemaOf(schema)).toEqual({
      ...rest,
      properties: { required: { required: ['x'] }, additionalProperties: { type: 'string' } },
    });
  });

  test('what holds for the merged body only is left out for files', () => {
    const rule = { 'x-sps-target-only': true, if: { required: ['a'] }, then: { properties: { a: { const: 1 } } } };
    expect(desiredSchemaOf({ allOf: [rule, { not: {} }] })).toEqual({ allOf: [{}, { not: {} }] });
    expect(targetSchemaOf({ allOf: [rule] })).toEqual({ allOf: [rule] });
  });

  test('where all other members are derived, a file may name none of them', () => {
    const schema = { items: { additionalProperties: { 'x-sps-derived': true } } };
    expect(desiredSchemaOf(schema)).toEqual({ items: CLOSED });
    expect(targetSchemaOf(schema)).toEqual(schema);
  });

  test('a schema for other members is no closing', () => {
    const open = { additionalProperties: { type: 'string', required: ['a'] } };
    expect([targetSchemaOf(open), desiredSchemaOf(open)]).toEqual([open, { additionalProperties: { type: 'string' } }]);
  });
});

describe('fields', () => {
  const names = (node: FieldNode | undefined) => [...(node?.members.keys() ?? [])].toSorted();

  test('of every branch are known, of conditions not', () => {
    const node = fieldNodeOf({
      properties: { a: {} },
      allOf: [{ properties: { b: {} } }],
      anyOf: [{ properties: { c: { 'x-sps-secret': true } } }],
      oneOf: [{ allOf: [{ properties: { d: {} } }] }, true],
      if: { properties: { e: {} } },
      then: { properties: { f: {} } },
      else: { properties: { g: {} } },
    });
    expect(names(node)).toEqual(['a', 'b', 'c', 'd', 'f', 'g']);
    expect(node.members.get('c')?.secret).toBe(true);
  });

  test('of a reference are laid over what stands beside it', () => {
    const node = fieldNodeOf({
      properties: { a: { $ref: '#/$defs/one', properties: { p: { 'x-sps-derived': true } } } },
      $defs: { one: { $ref: '#/$defs/two' }, two: { properties: { p: { readOnly: true }, q: {} } } },
    });
    expect(names(node.members.get('a'))).toEqual(['p', 'q']);
    expect(node.members.get('a')?.members.get('p')).toMatchObject({ derived: true, readOnly: true, secret: false });
  });

  test('of lists and maps are those of every element', () => {
    const node = fieldNodeOf({
      properties: { l: { items: { properties: { x: {} } }, 'x-sps-set': true, 'x-sps-identity': 'x' } },
      additionalProperties: { 'x-sps-optional-block': true, 'x-sps-tag': 'kind' },
    });
    expect(node.members.get('l')).toMatchObject({ set: true, identity: 'x', tag: undefined });
    expect(names(node.members.get('l')?.elements)).toEqual(['x']);
    expect(node.otherMembers).toMatchObject({ optionalBlock: true, tag: 'kind', set: false, identity: undefined });
  });

  test('of a value are told by their annotations', () => {
    const node = fieldNodeOf({
      properties: {
        c: { $ref: '#/$defs/c', 'x-sps-aliases': ['a', 'b'] },
        d: { 'x-sps-date': true },
      },
      $defs: { c: { 'x-sps-certificate': true, 'x-sps-aliases': ['b', ''] } },
    });
    expect(node.members.get('c')).toMatchObject({ certificate: true, date: false, aliases: ['a', 'b', ''] });
    expect(node.members.get('d')).toMatchObject({ certificate: false, date: true, aliases: [] });
  });

  test.each<[string, JsonObject]>([
    ['closed', { additionalProperties: false, items: false }],
    ['open', { additionalProperties: true, items: true }],
    ['silent', {}],
  ])('of a schema that is %s are none', (_name, schema) => {
    expect(fieldNodeOf(schema)).toMatchObject({ otherMembers: undefined, elements: undefined });
  });

  test('of a schema that nests without reason are an error', () => {
    const nested = (depth: number): JsonObject => (depth === 0 ? {} : { properties: { a: nested(depth - 1) } });
    expect(() => fieldNodeOf(nested(40))).not.toThrow();
    expect(() => fieldNodeOf(nested(41))).toThrow(/nests deeper/);
  });

  test.each<[string, JsonObject]>([
    ['itself', { $ref: '#' }],
    ['itself further in', { properties: { a: { $ref: '#' }, b: { $ref: '#' } } }],
    ['itself in a branch', { allOf: [{ $ref: '#/$defs/a' }], $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }] } } }],
    ['nothing', { $ref: '#/$defs/none' }],
    ['another file', { $ref: 'other.json#/a' }],
  ])('of a schema that refers to %s are an error', (_name, schema) => {
    expect(() => fieldNodeOf(schema)).toThrow(/refers to/);
  });
});

describe('members that the appliance sets', () => {
  const thing =
    registryOf({
      properties: {
        id: { readOnly: true },
        sum: { 'x-sps-derived': true },
        list: { items: { properties: { id: { readOnly: true } } } },
        inner: { properties: { id: { readOnly: true, properties: { x: {} } }, 'a/b': { 'x-sps-derived': true } } },
      },
      additionalProperties: { properties: { id: { readOnly: true } } },
    }).find('test/thing') ?? expect.fail();

  test.each<[Json, readonly string[]]>([
    [{ id: 1, sum: 2 }, ['/id', '/sum']],
    [{ id: null }, ['/id']],
    [{ list: [{}, { id: 1 }] }, ['/list/1/id']],
    [{ inner: { id: { x: 1 }, 'a/b': 1 } }, ['/inner/id', '/inner/a~1b']],
    [{ any: { id: 1 } }, ['/any/id']],
    [{ list: 1, inner: null, any: [] }, []],
  ])('%j has them at %j', (body, pointers) => {
    const findings = thing.validateDesired(body);
    expect(findings.map(({ pointer, code, at }) => [pointer, code, at])).toEqual(
      pointers.map((p) => [p, 'read-only', 'key']),
    );
    expect(thing.validateTarget(body)).toEqual([]);
  });

  const list =
    registryOf({
      items: {
        properties: { pem: {}, sum: { 'x-sps-derived': true } },
        additionalProperties: { 'x-sps-derived': true },
      },
    }).find('test/thing') ?? expect.fail();

  test('by no name of its own are taken for slips', () => {
    expect(list.validateDesired([{ pen: 1 }, { sum: 2 }, { other: { sum: 3 } }])).toMatchObject([
      { pointer: '/0/pen', code: 'unknown-member', hint: 'did you mean "pem"?' },
      { pointer: '/2/other', code: 'unknown-member', hint: 'known are pem' },
      { pointer: '/1/sum', code: 'read-only' },
    ]);
    expect(list.validateTarget([{ other: 1, sum: 2 }])).toEqual([]);
  });

  test.each<JsonObject>([{ action: 'unjoin' }, { upload: { path: '/api/upload/x', field: 'f' } }])(
    'are the condition where there is %j',
    (remedy) => {
      const schema = { type: ['object', 'null'], properties: { id: { readOnly: true } } };
      const block = { resource: 'test/thing', kind: 'singleton', ...remedy };
      const condition = registryOf({ ...schema, 'x-sps': block }).find('test/thing') ?? expect.fail();
      expect(condition.validateDesired({ id: 1 })).toEqual([]);
      expect(condition.validateDesired(null)).toMatchObject([{ pointer: '', code: 'wrong-type' }]);
      expect(condition.validateTarget(null)).toEqual([]);
    },
  );

  test('a body may be one as a whole', () => {
    expect(registryOf({ readOnly: true }).find('test/thing')?.validateDesired('x')).toMatchObject([
      { pointer: '', code: 'read-only' },
    ]);
  });
});

describe('findings', () => {
  const found = (schema: JsonObject, body: Json) => registryOf(schema).find('test/thing')?.validateDesired(body);

  test('a const with and without a message of its own', () => {
    expect(found({ const: 7 }, 8)).toMatchObject([{ code: 'wrong-value', message: 'must be 7' }]);
    expect(found({ const: 7, 'x-sps-message': 'own' }, 8)).toMatchObject([{ message: 'own' }]);
  });

  test('other keywords speak for themselves', () => {
    expect(found({ type: 'string', pattern: '^a$' }, 'b')).toMatchObject([
      { code: 'wrong-value', message: 'must match pattern "^a$"' },
    ]);
    expect(found({ exclusiveMinimum: 1, exclusiveMaximum: 1 }, 1)).toMatchObject([
      { code: 'out-of-range' },
      { code: 'out-of-range' },
    ]);
    expect(found({ minItems: 2 }, [1])).toMatchObject([
      { code: 'wrong-value', message: 'must NOT have fewer than 2 items' },
    ]);
  });

  test.each<[JsonObject, Json]>([
    [{ minItems: 1 }, []],
    [{ maxItems: 0 }, [1]],
    [{ minLength: 1 }, ''],
    [{ pattern: '^a' }, 'b'],
  ])('%j says what the schema has to say about it', (schema, body) => {
    expect(found({ ...schema, 'x-sps-message': 'own' }, body)).toEqual([
      { pointer: '', code: 'wrong-value', message: 'own', at: 'value' },
    ]);
  });

  test('items that are the same are both named', () => {
    expect(found({ uniqueItems: true }, [{ a: 1, b: 2 }, 'x', { b: 2, a: 1 }])).toEqual([
      { pointer: '', code: 'duplicate-item', message: 'the items 0 and 2 are the same', at: 'value' },
    ]);
  });

  test.each(['anyOf', 'oneOf'])('the branches of an %s are summed up', (keyword) => {
    const schema = {
      [keyword]: [{ type: 'integer' }, { type: 'string', minLength: 5 }],
      'x-sps-message': 'a number or a long text',
    };
    expect(found(schema, 'x')).toEqual([
      { pointer: '', code: 'wrong-value', message: 'a number or a long text', at: 'value' },
    ]);
  });

  test('the same finding is told once', () => {
    expect(found({ allOf: [{ type: 'string' }, { type: 'string' }] }, 1)).toHaveLength(1);
  });

  test('a member without a near name, in an object of many or of none', () => {
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`member${index}x`, {}]));
    expect(found({ properties: many, ...CLOSED }, { other: 1 })?.[0]).not.toHaveProperty('hint');
    expect(found({ ...CLOSED, type: 'object' }, { other: 1 })?.[0]).not.toHaveProperty('hint');
  });

  test('names with special characters are found again', () => {
    const schema = { properties: { 'a/b%c': { properties: { 'd~e': { const: 1, 'x-sps-message': 'own' } } } } };
    expect(found(schema, { 'a/b%c': { 'd~e': 2 } })).toMatchObject([{ pointer: '/a~1b%c/d~0e', message: 'own' }]);
  });
});

test('the schema for editors has each reference, definition and annotation translated', () => {
  const schema = desiredStateSchema([
    {
      'x-sps': { resource: 'b/c', kind: 'singleton' },
      properties: { x: { $ref: '#/$defs/d', 'x-sps-secret': true }, y: { enum: ['$ref'] } },
      required: ['x'],
      $defs: { d: { type: 'string' } },
    },
    { 'x-sps': { resource: 'a', kind: 'singleton' }, type: 'object', properties: {} },
  ]);
  expect(schema['definitions']).toEqual({
    a: { type: 'object', properties: {} },
    'b.c': {
      properties: { x: { $ref: '#/definitions/b.c/definitions/d' }, y: { enum: ['$ref'] } },
      definitions: { d: { type: 'string' } },
    },
  });
  expect(schema).toMatchObject({ properties: { resource: { anyOf: [{ enum: ['a', 'b/c'] }, {}] } } });
});
