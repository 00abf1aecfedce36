import { describe, expect, test } from 'vitest';
import { Sealer } from '../../../src/plan/seal.ts';
import { computePlan } from '../../../src/plan/plan.ts';
import { shownOperation } from '../../../src/plan/show-operation.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { Secret } from '../../../src/shared/secret.ts';
import type { SecretTree } from '../../../src/shared/secret-tree.ts';
import { realRegistry } from '../../resource-schemas.ts';
import { desiring, planOf, present, registryOf, sealing, wanted } from './parts.ts';

const SCHEMA: JsonObject = {
  type: 'object',
  required: ['a'],
  properties: {
    a: { type: 'integer' },
    token: { type: 'string', 'x-sps-secret': true },
    l: { items: { type: 'integer' } },
  },
};

test('a resource that differs is one update with its place, its address and its patch', () => {
  const options = sealing();
  const plan = planOf({ a: 1, odd: 2 }, { a: 2 }, SCHEMA, options);
  expect(plan.operations.map((operation) => shownOperation(operation, options.sealer))).toEqual([
    {
      action: 'update',
      resource: 'test/thing',
      name: null,
      href: '/api/configuration/test/thing',
      patch: [{ op: 'replace', path: '/a', value: 2, was: 1 }],
    },
  ]);
  expect(plan.operations[0]?.source).toEqual({ file: 'test/thing.yaml', line: 3, column: 1 });
  expect(plan).toMatchObject({ unchanged: 0, managedLive: 1, errors: [], warnings: [] });
});

test('a resource that is as wanted is counted, not planned', () => {
  expect(planOf({ a: 1 }, { a: 1 }, SCHEMA)).toMatchObject({ operations: [], unchanged: 1, managedLive: 1 });
});

test('secrets show in none of the three kinds of step', () => {
  const options = sealing();
  const plan = planOf({ a: 1, token: 'old-1', l: [5] }, { token: 'new-2', a: new Secret(77) }, SCHEMA, options);
  const added = planOf({ a: 1 }, { token: 'new-2' }, SCHEMA, options);
  const block = { ...SCHEMA, 'x-sps-optional-block': true };
  const removed = planOf({ enabled: true, a: 1, token: 'old-1' }, { enabled: false, a: 1 }, block, options);
  const shown = JSON.stringify(
    [plan, added, removed].flatMap((one) =>
      one.operations.map((operation) => shownOperation(operation, options.sealer)),
    ),
  );
  expect(shown).not.toMatch(/old-1|new-2|77/);
  expect(shown.match(/\(secret\)/g)).toHaveLength(6);
});

test('the target that is sent holds the values behind the seals', () => {
  const options = sealing();
  const [operation] = planOf({ a: 1, odd: [true] }, { token: new Secret('t') }, SCHEMA, options).operations;
  expect(options.sealer.reveal(operation?.comparison.target ?? null)).toEqual({ a: 1, odd: [true], token: 't' });
});

test('another reading is compared with the same wishes', () => {
  const [operation] = planOf({ a: 1, token: 'x' }, { a: 2, token: new Secret('y') }, SCHEMA).operations;
  expect(operation?.comparison.again({ a: 2, token: 'y', odd: 1 }).patch).toEqual([]);
  const late = operation?.comparison.again({ a: 2, token: 'x' });
  expect(late?.patch.map((entry) => entry.path)).toEqual(['/token']);
  expect(late?.again({ a: 2, token: 'y' }).patch).toEqual([]);
});

describe('the digest', () => {
  const digest = (live: Json, desired: Json) => planOf(live, desired, SCHEMA).digest;

  test('is a SHA-256, and the same for every plan without operations', () => {
    expect(digest({ a: 1 }, { a: 1 })).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(digest({ a: 1 }, { a: 1 })).toBe(digest({ a: 2 }, { a: 2 }));
  });

  test('does not depend on the order of members, nor on the place in the files', () => {
    const one = digest({ a: 1, b: 1, c: { x: 1, y: 1 } }, { a: 2, b: 2, c: { x: 2, y: 2 } });
    expect(digest({ c: { y: 1, x: 1 }, b: 1, a: 1 }, { b: 2, c: { y: 2, x: 2 }, a: 2 })).toBe(one);
    const elsewhere = wanted('test/thing', { a: 2 }, { source: { file: 'x.yaml', line: 9, column: 9 } });
    const plan = computePlan(desiring([elsewhere]), present({ 'test/thing': { a: 1 } }), registryOf(SCHEMA), sealing());
    expect(plan.digest).toBe(digest({ a: 1 }, { a: 2 }));
  });

  test('depends on what was and what is to be', () => {
    const digests = [
      digest({ a: 1 }, { a: 2 }),
      digest({ a: 3 }, { a: 2 }),
      digest({ a: 1 }, { a: 3 }),
      digest({ a: 1, l: [1] }, { l: [1, 2] }),
      digest({ a: 1, l: [2] }, { l: [2, 1] }),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  test('does not depend on the key of the run', () => {
    const run = (fill: number) => {
      const options = sealing({ sealer: new Sealer(new Uint8Array(32).fill(fill)) });
      return planOf({ a: 1 }, { token: new Secret('t') }, SCHEMA, options).digest;
    };
    expect(run(0)).toBe(run(1));
  });
});

describe('findings', () => {
  test('a target that the schema refuses is an error at its place, without the value', () => {
    const tagged = { ...SCHEMA, required: ['a', 'token'] };
    const plan = planOf({ selection: 'x', a: 1, token: 'old-1' }, { selection: 'y', token: 'new-2' }, tagged);
    expect(plan.errors).toHaveLength(1);
    expect(plan.errors[0]).toMatchObject({
      severity: 'error',
      code: 'missing-member',
      pointer: '/body',
      position: { file: 'test/thing.yaml' },
    });
    expect(JSON.stringify(plan.errors)).not.toMatch(/old-1|new-2/);
  });

  test('the live part of a target is not judged where nothing differs', () => {
    expect(planOf({ a: 'wrong', l: [1] }, { l: [1] }, SCHEMA)).toMatchObject({ errors: [], operations: [] });
    expect(planOf({ a: 'wrong', l: [1] }, { l: [2] }, SCHEMA)).toMatchObject({ errors: [], misshapen: [] });
    expect(planOf({ a: 1, l: [1] }, { l: ['x'] }, SCHEMA).errors).toHaveLength(1);
  });

  test('a fault of the live value around what the files write is the files’ to mend', () => {
    const short = { ...SCHEMA, properties: { ...(SCHEMA['properties'] as JsonObject), l: { maxItems: 2 } } };
    const told = (live: Json, desired: SecretTree) => planOf(live, desired, short).errors.map(({ pointer }) => pointer);
    expect(told({ a: 1, l: [1, 2, 3] }, { l: [9, 2, 3] })).toEqual(['/body/l']);
    expect(told({ a: 1, l: [1, 2, 3] }, { a: 2 })).toEqual([]);
    expect(told({ a: 1, l: [1, 2, 3] }, { l: [9, 2] })).toEqual([]);
  });

  test('a member that the firmware lacks is not missing because of the files', () => {
    const plan = planOf({ token: 'old-1' }, { token: 'new-2' }, SCHEMA);
    expect(plan).toMatchObject({ errors: [], misshapen: [] });
    expect(plan.operations).toHaveLength(1);
  });

  test.each([
    ['where the files write', { a: [1] }, { a: 2 }, ['test/thing /a']],
    ['above what the files write', 'nonsense', { a: 2 }, ['test/thing ']],
    ['elsewhere', { a: 1, token: 5 }, { a: 2 }, []],
    ['inside of what the files write', { a: 1, l: [1, 'x'] }, { l: null }, ['test/thing /l/1']],
  ] as const)('a live value of an impossible type %s', (_name, live, desired, misshapen) => {
    expect(planOf(live, desired, SCHEMA).misshapen).toEqual(misshapen);
  });

  test.each([
    [false, 'errors', 'error'],
    [true, 'warnings', 'warning'],
  ] as const)('a resource that the firmware lacks, optional %s', (optional, list, severity) => {
    const live = new Map([['test/thing', { resource: 'test/thing', state: 'unsupported' } as const]]);
    const desired = [wanted('test/thing', { a: 1 }, { optional })];
    const plan = computePlan(desiring(desired), live, registryOf(SCHEMA), sealing());
    expect(plan).toMatchObject({ operations: [], unchanged: 0, managedLive: 0 });
    expect(plan[list]).toMatchObject([{ severity, code: 'unsupported-by-firmware', pointer: '/resource' }]);
    expect([...plan.errors, ...plan.warnings]).toHaveLength(1);
  });

  test('a resource that was not read is a defect', () => {
    expect(() => computePlan(desiring([wanted('x', 1)]), new Map(), registryOf(SCHEMA), sealing())).toThrow(
      'x was not read',
    );
  });
});

test('a resource that no schema describes is planned, its values unseen', () => {
  const options = sealing();
  const live = present({ 'datetime/timezone': 'Etc/UTC' });
  const plan = computePlan(desiring([wanted('datetime/timezone', 'Europe/Vienna')]), live, realRegistry(), options);
  const [operation] = plan.operations;
  expect(operation?.comparison.patch).toHaveLength(1);
  expect(JSON.stringify(shownOperation(operation ?? expect.fail(), options.sealer))).not.toMatch(/Vienna|UTC/);
  expect(options.sealer.reveal(operation?.comparison.target ?? null)).toBe('Europe/Vienna');
});

test('the registry says how to write when PUT is refused', () => {
  const live = present({
    'management/splunk_forwarder': { enabled: false },
    'management/support_info': { uri: { selection: 'url', value: 'http://a.example.com' } },
  });
  const desired = [
    wanted('management/splunk_forwarder', { enabled: true }),
    wanted('management/support_info', { uri: null }),
  ];
  const plan = computePlan(desiring(desired), live, realRegistry(), sealing());
  expect(plan.operations.map((operation) => operation.action === 'update' && operation.writeFallback)).toEqual([
    'post',
    undefined,
  ]);
  expect(plan.errors.map((error) => error.code)).toEqual(Array.from({ length: 5 }, () => 'missing-member'));
});

describe('sealed values decide like readable ones', () => {
  const block = {
    'x-sps-optional-block': true,
    properties: { enabled: {}, port: {}, set: { 'x-sps-set': true }, named: { 'x-sps-identity': 'n' } },
  };
  const paths = (live: Json, desired: SecretTree, schema: JsonObject = block) =>
    planOf(live, desired, schema).operations.flatMap(({ comparison }) =>
      comparison.patch.map(({ op, path }) => op + path),
    );

  test('a switch', () => {
    expect(paths({ enabled: true, port: 1 }, { enabled: new Secret(false) })).toEqual([
      'replace/enabled',
      'remove/port',
    ]);
    expect(paths({ enabled: false }, { enabled: new Secret(false), port: 1 })).toEqual([]);
    expect(paths({ enabled: false }, { enabled: new Secret('false'), port: 1 })).toEqual([
      'replace/enabled',
      'add/port',
    ]);
  });

  test('a tag', () => {
    expect(paths({ selection: 'a', x: 1 }, { selection: new Secret('a') }, {})).toEqual([]);
    expect(paths({ selection: 'a', x: 1 }, { selection: new Secret('b') }, {})).toEqual([
      'replace/selection',
      'remove/x',
    ]);
  });

  test('elements of sets, and names', () => {
    expect(paths({ set: ['a', 'b'] }, { set: ['b', new Secret('a')] })).toEqual([]);
    expect(paths({ named: [{ n: 'a', v: 1 }] }, { named: [{ n: new Secret('a') }] })).toEqual([]);
    expect(paths({ named: [{ n: 'a', v: 1 }] }, { named: [{ n: new Secret('b') }] })).toEqual([
      'replace/named/0/n',
      'remove/named/0/v',
    ]);
  });
});
