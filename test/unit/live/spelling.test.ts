import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { normalise } from '../../../src/live/normalise.ts';
import { firstSpelling, OWN_SPELLING, respell, spellingOf, type Spelling } from '../../../src/live/spelling.ts';
import { fieldNodeOf } from '../../../src/resources/field-node.ts';
import type { FieldNode } from '../../../src/resources/resource-type.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { makeAuthorities } from '../../../src/simulator/certificates.ts';
import { realRegistry } from '../../resource-schemas.ts';

/** What several bodies tell together. */
function spellingOfAll(bodies: readonly Json[], node: FieldNode | undefined): Spelling {
  return firstSpelling(bodies.map((body) => spellingOf(body, node)));
}

let one = '';
let two = '';

beforeAll(async () => {
  [one = '', two = ''] = (await makeAuthorities(2)).map((pem) => `${pem.replaceAll('\r', '').trim()}\n`);
});

describe('the authorities of a trust store', () => {
  const { fields } = realRegistry().find('trust_stores') ?? expect.fail();
  const store = (...authorities: readonly Json[]): JsonObject => ({ name: 'a', authorities });
  const wanted = () => store({ certificate: one }, { certificate: two });

  test.each<[string, (pem: string) => Json]>([
    ['the schema’s own', (pem) => ({ certificate: pem })],
    ['an alias', (pem) => ({ pem })],
    ['the last alias', (pem) => ({ body: pem })],
    ['a name that nobody heard of', (pem) => ({ ca_certificate: pem })],
    ['no name at all', (pem) => pem],
  ])('are sent under %s when they are shown so', (_name, spelt) => {
    const derived = { issuer: 'CN=x', fingerprint: { digest: 'ab' } };
    const shown = spelt(one.trim());
    const builtIn = store(typeof shown === 'string' ? shown : { ...derived, ...(shown as JsonObject) });
    const sent = respell(wanted(), fields, spellingOf(builtIn, fields));
    expect(sent).toEqual(store(spelt(one), spelt(two)));
    expect(normalise(sent, fields)).toEqual(wanted());
  });

  test.each<[string, readonly Json[]]>([
    ['there are none', [store()]],
    ['there is no store', []],
    ['there is no body', [null]],
    ['what is shown could be anything', [store({ ca: one, chain: two }, { id: 1 })]],
  ])('are sent under the schema’s own name while %s', (_name, bodies) => {
    expect(respell(wanted(), fields, spellingOfAll(bodies, fields))).toEqual(wanted());
  });

  test('are sent as they were shown first', () => {
    const bodies = [store(), store({ id: 1 }), store({ pem: one }, { cert: two }), store(two)];
    expect(respell(wanted(), fields, spellingOfAll(bodies, fields))).toEqual(store({ pem: one }, { pem: two }));
  });

  test('are told under a name that nobody heard of only while they are certificates', () => {
    const spelling = spellingOf(store({ ca_certificate: one }), fields);
    expect(respell(store({ certificate: 'none' }), fields, spelling)).toEqual(store({ certificate: 'none' }));
  });

  test('keep what else is managed beside them', () => {
    const body = { ...wanted(), crl_urls: ['http://a/b'], revocation_check: 'full', type: 'custom', new: { pem: 'x' } };
    const sent = respell(body, fields, spellingOf(store({ pem: one }), fields));
    expect(sent).toEqual({ ...body, authorities: [{ pem: one }, { pem: two }] });
  });
});

describe('what would be read back as something else stays in the schema’s own names', () => {
  const node = fieldNodeOf({ properties: { a: { 'x-sps-aliases': ['x', 'y', ''] }, b: {} } });

  test.each<[string, Json, Json, Json]>([
    ['a member that has the name already', { x: 1 }, { a: 1, x: 2 }, { a: 1, x: 2 }],
    ['a member that comes first among the aliases', { y: 1 }, { a: 1, x: 2 }, { a: 1, x: 2 }],
    ['no such member', { y: 1 }, { a: 1, z: 2 }, { y: 1, z: 2 }],
    ['a bare text beside others', 'text', { a: 'v', b: 1 }, { a: 'v', b: 1 }],
    ['a bare text that is none', 'text', { a: 1 }, { a: 1 }],
    ['a bare text', 'text', { a: 'v' }, 'v'],
  ])('%s', (_name, shown, body, sent) => {
    expect(respell(body, node, spellingOf(shown, node))).toEqual(sent);
  });
});

test('without evidence everything is sent as it is', () => {
  const node = fieldNodeOf({ properties: { a: { 'x-sps-aliases': ['x'] } } });
  const body = { a: 1, list: [{ a: 2 }] };
  expect(respell(body, node, OWN_SPELLING)).toEqual(body);
  expect(respell(body, undefined, spellingOf({ x: 1 }, node))).toEqual(body);
});

describe('whatever a body and its schema are', () => {
  const NAMES = ['a', 'b', 'x', 'y', 'key', 'meta', 'href', ''];
  const names = fc.constantFrom(...NAMES);
  // The certificates are made later than the arbitraries: these stand for them.
  const scalars = fc.constantFrom<Json>(null, 1, 'v', '2031/05/01', 'CERT-1', 'CERT-2', 'CERT-1 WITH MORE');
  const bodies = fc.letrec<{ body: Json }>((tie) => ({
    body: fc.oneof(
      { depthSize: 'medium' },
      scalars,
      fc.array(tie('body'), { maxLength: 3 }),
      fc.dictionary(names, tie('body'), { maxKeys: 4, noNullPrototype: true }),
      fc.record({ key: tie('body'), meta: fc.record({ href: tie('body') }) }, { noNullPrototype: true }),
    ),
  })).body;
  const rarely = fc.constantFrom(false, false, true);
  const schemaAround = (inner: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> =>
    fc.record({
      properties: fc.dictionary(names, inner, { maxKeys: 3, noNullPrototype: true }),
      items: inner,
      additionalProperties: fc.oneof(fc.constant(true), inner),
      'x-sps-aliases': fc.oneof(fc.constant([]), fc.uniqueArray(names, { maxLength: 3 })),
      'x-sps-certificate': rarely,
      'x-sps-date': rarely,
      'x-sps-derived': rarely,
    });
  const schemas = schemaAround(schemaAround(schemaAround(fc.constant({}))));

  const withCertificates = (body: Json): Json =>
    JSON.parse(
      JSON.stringify(body, (_name, value: Json) => {
        if (value === 'CERT-1') return one;
        if (value === 'CERT-2') return two.trim();
        return value === 'CERT-1 WITH MORE' ? `subject\r\n${one}` : value;
      }),
    ) as Json;

  test('normalising again changes nothing, and what is sent reads back the same', () => {
    let respelt = 0;
    fc.assert(
      fc.property(schemas, bodies, fc.array(bodies, { maxLength: 3 }), (schema, seen, others) => {
        const node = fieldNodeOf(schema);
        const shown = withCertificates(seen);
        const normal = normalise(shown, node);
        expect(normalise(normal, node)).toEqual(normal);
        const spelling = spellingOfAll([...others.map(withCertificates), shown], node);
        const sent = respell(normal, node, spelling);
        if (JSON.stringify(sent) !== JSON.stringify(normal)) respelt += 1;
        expect(normalise(sent, node)).toEqual(normal);
      }),
      { numRuns: 2000 },
    );
    // Otherwise it would hold for nothing.
    expect(respelt).toBeGreaterThan(20);
  });
});
