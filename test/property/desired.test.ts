import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { checkDocuments } from '../../src/desired/check-documents.ts';
import { decodeText } from '../../src/desired/decode-text.ts';
import { digestOf } from '../../src/desired/digest.ts';
import { identityKey } from '../../src/desired/identity.ts';
import { parseDocument } from '../../src/desired/parse-documents.ts';
import { DESIRED_TAGS } from '../../src/desired/plain-tags.ts';
import { isObject, type Json } from '../../src/shared/json.ts';
import { canonicalYaml, readYaml, type YamlValue } from '../../src/yaml/read-yaml.ts';
import { fakeCollection, fakeRegistry, fakeType } from '../unit/desired/fake-registry.ts';

const KEY = fc
  .string({ unit: 'grapheme', maxLength: 8 })
  .filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key));
const SCALAR = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean(), fc.constant(null));
const { value: VALUE } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    SCALAR,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(KEY, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const DOCUMENTS = fc.array(fc.dictionary(KEY, VALUE, { minKeys: 1, maxKeys: 4, noNullPrototype: true }), {
  minLength: 1,
  maxLength: 5,
});

const FRAGMENTS = [
  ['a', ': ', '- ', '? ', '\n', '  ', '\t', '{', '}', '[', ']', ',', '"', "'", '|\n', '>-\n', '&a ', '*a'],
  ['!env ', '!ref ', '!x', '!!str ', '!<', '---\n', '...\n', '%YAML 1.1\n', '%TAG ! !\n', '#', '<<', '.nan'],
  ['1e999', '9007199254740993', '\r\n', '\uFEFF', '\u0000', '\ud800', 'resource', 'body', '\\', '%'],
  [
    'resource: r\n',
    'name: ',
    'previousName: ',
    'state: ',
    'absent\n',
    'prune: ',
    'upload: ',
    'body: {}\n',
    'name: x\n',
  ],
].flat();

function documentsOf(text: string): readonly YamlValue[] {
  const { documents, findings } = readYaml('f.yaml', text, { tags: DESIRED_TAGS });
  expect(findings).toEqual([]);
  return documents.map(({ value }) => value);
}

function write(documents: readonly Json[], indent: number): string {
  return documents.map((document) => `---\n${stringify(document, { indent, aliasDuplicateObjects: false })}`).join('');
}

function shuffleMembers(value: Json, seed: number): Json {
  if (Array.isArray(value)) return value.map((element: Json) => shuffleMembers(element, seed));
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([key, member]) => [key, shuffleMembers(member, seed)] as const);
  const turned = seed % (members.length + 1);
  return Object.fromEntries([...members.slice(turned), ...members.slice(0, turned)].toReversed());
}

const REGISTRY = fakeRegistry(fakeType('s'), fakeCollection('r'));

describe('an identity', () => {
  it('is one text for one thing, and no other', () => {
    const identity = fc.record({
      resource: fc.constantFrom('r', 'r/x', 's'),
      name: fc.option(fc.constantFrom('x', 'x"', '"]', 'null', '\\')),
    });
    fc.assert(
      fc.property(identity, identity, (left, right) => {
        const same = left.resource === right.resource && left.name === right.name;
        expect(identityKey(left) === identityKey(right)).toBe(same);
      }),
    );
  });
});

describe('the digest', () => {
  it('does not depend on the order of files, documents and members, nor on how YAML is written', () => {
    fc.assert(
      fc.property(
        DOCUMENTS.chain((documents) =>
          fc.tuple(
            fc.constant(documents),
            fc.shuffledSubarray(documents, { minLength: documents.length }),
            fc.nat(),
            fc.nat(),
          ),
        ),
        ([documents, shuffled, seed, cut]) => {
          const digest = digestOf(documentsOf(write(documents, 2)));
          const other = shuffled.map((document) => shuffleMembers(document, seed));
          const at = cut % (other.length + 1);
          const files = [other.slice(0, at), other.slice(at)].map((part) => write(part, 4));
          expect(digestOf(files.flatMap(documentsOf))).toBe(digest);
        },
      ),
    );
  });

  it('is another for other documents', () => {
    fc.assert(
      fc.property(VALUE, VALUE, (left, right) => {
        expect(digestOf([left]) === digestOf([right])).toBe(canonicalYaml(left) === canonicalYaml(right));
        expect(digestOf([left, right])).not.toBe(digestOf([[left, right]]));
        expect(digestOf([left, left])).not.toBe(digestOf([left]));
      }),
    );
  });
});

describe('reading YAML', () => {
  it('gives what was written', () => {
    fc.assert(
      fc.property(DOCUMENTS, (documents) => {
        expect(documentsOf(write(documents, 2))).toEqual(documents);
      }),
    );
  });

  it('never throws, and all findings have places in the text', () => {
    const fragment = fc.constantFrom(...FRAGMENTS);
    const text = fc.oneof(
      fc.array(fragment, { maxLength: 40 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => decodeText(bytes) ?? Buffer.from(bytes).toString('latin1')),
    );
    fc.assert(
      fc.property(text, (input) => {
        const { documents, findings } = readYaml('f.yaml', input, { tags: DESIRED_TAGS });
        const answers = documents.map((document) => parseDocument('f.yaml', document));
        const parsed = answers.flatMap((answer) => answer.parsed ?? []);
        const more = [...answers.flatMap((answer) => answer.findings), ...checkDocuments(parsed, REGISTRY, 'refuse')];
        const lines = input.split('\n');
        for (const { position, excerpt } of [...findings, ...more]) {
          expect(excerpt).toHaveLength(2);
          expect(position?.line).toBeGreaterThanOrEqual(1);
          expect(position?.line).toBeLessThanOrEqual(lines.length);
          expect(position?.column).toBeGreaterThanOrEqual(1);
          expect(position?.column).toBeLessThanOrEqual((lines[(position?.line ?? 0) - 1]?.length ?? 0) + 1);
        }
        expect(() => canonicalYaml(documents.map(({ value }) => value))).not.toThrow();
      }),
      { numRuns: 3000 },
    );
  });

  it('never shows a scalar, whatever is wrong around it', () => {
    const secret = 'MARKED-SECRET';
    const scalar = fc.constantFrom(
      secret,
      `"${secret}"`,
      `'${secret}'`,
      `!env ${secret}`,
      `!x ${secret}`,
      `&a ${secret}`,
      `*${secret}`,
      `|\n   ${secret}\n`,
    );
    const around = fc.constantFrom(
      '.nan',
      '1e999',
      '!y z',
      '{a: 1, a: 2}',
      '[x, {5: y}]',
      '"\\q"',
      '[',
      '}',
      '*b',
      '{b}',
      '',
    );
    const line = fc.tuple(
      fc.constantFrom(
        'k',
        '"k"',
        '5',
        'resource',
        'name',
        'previousName',
        'state',
        'prune',
        'ignore',
        'upload',
        'optional',
      ),
      fc.oneof(scalar, around),
      fc.constantFrom('', '  '),
    );
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), (parts) => {
        const input = parts.map(([key, value, indent]) => `${indent}${key}: ${value}\n`).join('');
        const { documents, findings } = readYaml('f.yaml', input, { tags: DESIRED_TAGS });
        const more = documents.flatMap((document) => parseDocument('f.yaml', document).findings);
        expect(JSON.stringify([...findings, ...more])).not.toContain(secret);
      }),
      { numRuns: 1000 },
    );
  });
});
