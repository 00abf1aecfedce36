import { beforeAll, describe, expect, test } from 'vitest';
import { computePlan } from '../../../src/plan/plan.ts';
import { Sealer, UNKNOWN_MASK } from '../../../src/plan/seal.ts';
import { bodySealer, type SealOptions } from '../../../src/plan/seal-body.ts';
import { digestOf, shownOperation } from '../../../src/plan/show-operation.ts';
import { describeCertificate } from '../../../src/shared/certificate.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { Secret, SECRET_MASK } from '../../../src/shared/secret.ts';
import type { SecretTree } from '../../../src/shared/secret-tree.ts';
import { makeAuthorities } from '../../../src/simulator/certificates.ts';
import { absentFrom, collectionOf, desiring, memberOf, node, pruning, registryOf, sealing } from './parts.ts';

const SCHEMA: JsonObject = {
  'x-sps': { resource: 'things', kind: 'collection' },
  properties: {
    name: { type: 'string' },
    token: { 'x-sps-secret': true },
    cert: { 'x-sps-certificate': true },
    certs: { items: { properties: { pem: { 'x-sps-certificate': true } } } },
    both: { 'x-sps-secret': true, 'x-sps-certificate': true },
    plain: {},
  },
};

let first = '';
let second = '';

beforeAll(async () => {
  [first = '', second = ''] = await makeAuthorities(2);
});

function masked(tree: SecretTree, options = sealing(), desired: SecretTree = tree): Json {
  return options.sealer.mask(bodySealer(desired, node(SCHEMA), options).live(tree as Json));
}

describe('a certificate', () => {
  test('is shown by what it says, wherever it stands', () => {
    expect(masked({ cert: first, certs: [{ pem: second }, { pem: first }] })).toEqual({
      cert: describeCertificate(first),
      certs: [{ pem: describeCertificate(second) }, { pem: describeCertificate(first) }],
    });
    expect(describeCertificate(first)).toMatch(
      /^certificate of CN=Test authority 1, expires \d{4}-\d\d-\d\d, SHA-256 /,
    );
  });

  test.each<[name: string, value: Json]>([
    ['text that is none', 'hunter2 is no certificate'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nMIIhunter2\n-----END PRIVATE KEY-----\n'],
    ['one that is cut off', '-----BEGIN CERTIFICATE-----\nMIIhunter2\n'],
    ['a number', 5],
    ['nothing', null],
    ['an empty text', ''],
  ])('that is %s is not shown at all', (_name, value) => {
    expect(masked({ cert: value })).toEqual({ cert: '(not one certificate)' });
  });

  test('and a key beside it are not shown, nor is a bundle', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nMIIhunter2\n-----END PRIVATE KEY-----\n';
    expect(masked({ cert: `${first}${key}` })).toEqual({ cert: '(not one certificate)' });
    expect(masked({ cert: `${first}${second}` })).toEqual({ cert: '(not one certificate)' });
  });

  test('that is secret by schema, by the file, or within a secret is a secret', () => {
    expect(masked({ both: first })).toEqual({ both: SECRET_MASK });
    expect(masked({ cert: new Secret(first) })).toEqual({ cert: SECRET_MASK });
    expect(masked({ token: { cert: first } })).toEqual({ token: { cert: SECRET_MASK } });
    expect(masked({ cert: first }, sealing(), { cert: new Secret(second) })).toEqual({ cert: SECRET_MASK });
  });

  test('is the same however it is written', () => {
    const [head, ...lines] = first.trim().split(/\r?\n/);
    const foot = lines.pop() ?? '';
    const crammed = `subject=x\r\n${head}\r\n${lines.join('')}\r\n${foot}`;
    const options = sealing();
    const state = new Map([['things', collectionOf('things', { k: { name: 'one', cert: first } })]]);
    for (const cert of [crammed, new Secret(crammed)]) {
      const files = desiring([memberOf('things', 'one', { cert })]);
      expect(computePlan(files, state, registryOf(SCHEMA), options).operations).toEqual([]);
    }
    const other = desiring([memberOf('things', 'one', { cert: second })]);
    expect(computePlan(other, state, registryOf(SCHEMA), options).operations).toHaveLength(1);
  });

  test('at a place that no schema describes is not shown', () => {
    expect(masked({ odd: first })).toEqual({ odd: UNKNOWN_MASK });
  });
});

describe('of the reasons to seal a value', () => {
  test.each([
    [['certificate', 'unknown'], UNKNOWN_MASK],
    [['unknown', 'certificate'], UNKNOWN_MASK],
    [['certificate', 'secret'], SECRET_MASK],
    [['secret', 'certificate'], SECRET_MASK],
    [['unknown', 'secret'], SECRET_MASK],
    [['secret', 'unknown', 'certificate'], SECRET_MASK],
    [['certificate', 'certificate'], 'the certificate'],
  ] as const)('%j: the strictest counts', (kinds, expected) => {
    const sealer = new Sealer(new Uint8Array(32).fill(3));
    const texts = kinds.map((kind) => sealer.seal(first, kind));
    expect(new Set(texts).size).toBe(1);
    const mask = expected === 'the certificate' ? describeCertificate(first) : expected;
    expect(sealer.mask(texts)).toEqual(kinds.map(() => mask));
    expect(sealer.reveal(texts[0] ?? '')).toBe(first);
  });
});

describe('the whole body of a member', () => {
  const live = {
    name: 'one',
    token: { a: ['hunter-live'] },
    odd: { deep: ['odd-live'] },
    plain: 'plain-live',
    cert: 'x',
  };

  function shown(documents: Parameters<typeof desiring>[0], prune: 'prune' | 'keep', options: SealOptions) {
    const files = desiring(documents, prune === 'prune' ? [pruning('things')] : []);
    const state = new Map([['things', collectionOf('things', { k: live })]]);
    const plan = computePlan(files, state, registryOf(SCHEMA), options);
    return plan.operations.map((operation) => shownOperation(operation, options.sealer)['patch']);
  }

  test('that is made hides secrets and what no schema describes', () => {
    const body = {
      token: { a: ['hunter-new'] },
      odd: { deep: ['odd-new'] },
      plain: new Secret('env-new'),
      cert: first,
    };
    expect(shown([memberOf('things', 'two', body)], 'keep', sealing())).toEqual([
      [
        {
          op: 'add',
          path: '',
          value: {
            name: 'two',
            token: { a: [SECRET_MASK] },
            odd: { deep: [UNKNOWN_MASK] },
            plain: SECRET_MASK,
            cert: describeCertificate(first),
          },
        },
      ],
    ]);
  });

  test.each(['absent', 'pruned'] as const)('that is %s hides them too', (reason) => {
    const documents = reason === 'absent' ? [absentFrom('things', 'one')] : [];
    expect(shown(documents, reason === 'pruned' ? 'prune' : 'keep', sealing())).toEqual([
      [
        {
          op: 'remove',
          path: '',
          was: {
            name: 'one',
            token: { a: [SECRET_MASK] },
            odd: { deep: [UNKNOWN_MASK] },
            plain: 'plain-live',
            cert: '(not one certificate)',
          },
          reason,
        },
      ],
    ]);
  });

  test('shows on request what no schema describes, never a secret or a text that holds one', () => {
    const open = sealing({ unknown: 'show', containsSecret: (text) => text.includes('plain') });
    expect(shown([absentFrom('things', 'one')], 'keep', open)).toMatchObject([
      [{ was: { token: { a: [SECRET_MASK] }, odd: { deep: ['odd-live'] }, plain: SECRET_MASK } }],
    ]);
  });

  test('a name that holds a secret of the run is withheld in the body', () => {
    const options = sealing({ containsSecret: (text) => text.includes('two') });
    expect(shown([memberOf('things', 'two', {})], 'keep', options)).toEqual([
      [{ op: 'add', path: '', value: { name: SECRET_MASK } }],
    ]);
  });

  test('the digest covers what is shown of it: kind, reason and body', () => {
    const options = sealing();
    const digest = (documents: Parameters<typeof desiring>[0], prune: 'prune' | 'keep') => {
      const files = desiring(documents, prune === 'prune' ? [pruning('things')] : []);
      const state = new Map([['things', collectionOf('things', { k: live })]]);
      return digestOf(computePlan(files, state, registryOf(SCHEMA), options).operations, options.sealer);
    };
    const digests = [
      digest([absentFrom('things', 'one')], 'keep'),
      digest([], 'prune'),
      digest([], 'keep'),
      digest([memberOf('things', 'two', { plain: 1 })], 'keep'),
      digest([memberOf('things', 'two', { plain: 2 })], 'keep'),
      digest([memberOf('things', 'three', { plain: 2 })], 'keep'),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });
});
