import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { DesiredState } from '../../src/desired/desired-state.ts';
import { loadDesiredState } from '../../src/desired/load-desired-state.ts';
import type { LiveResource } from '../../src/plan/live-resource.ts';
import { computePlan } from '../../src/plan/plan.ts';
import { isList, isObject, type Json } from '../../src/shared/json.ts';
import { realRegistry } from '../resource-schemas.ts';
import { collectionOf, present, sealing } from '../unit/plan/parts.ts';

const DOCUMENTS: readonly Json[] = [
  {
    resource: 'management/splunk_forwarder',
    body: { port: 8089, host: { selection: 'fqdn', value: 'a.example.com' } },
    ignore: ['/token', '/ssl'],
  },
  { resource: 'management/support_info', body: { uri: { selection: 'url', value: 'https://x.example.com' } } },
  { resource: 'network/dns', optional: true, body: { primary: '192.0.2.1', servers: [{ a: 1, b: 2 }, { a: 3 }] } },
  { resource: 'trust_stores', prune: true },
  {
    resource: 'trust_stores',
    name: 'A',
    body: { authorities: [], crl_urls: ['http://x.example.com/'], revocation_check: 'full' },
  },
  {
    resource: 'trust_stores',
    name: 'B',
    previousName: 'C',
    body: { authorities: [], crl_urls: [], revocation_check: 'none' },
  },
  { resource: 'trust_stores', name: 'D', state: 'absent' },
];

const LIVE: ReadonlyMap<string, LiveResource> = new Map<string, LiveResource>([
  ...present({
    'management/splunk_forwarder': {
      enabled: true,
      flush_interval: 1,
      port: 1,
      token: 't',
      ssl: { selection: 'insecure' },
    },
    'management/support_info': { uri: null },
    'network/dns': { primary: '192.0.2.2' },
  }),
  [
    'trust_stores',
    collectionOf('trust_stores', {
      1: { name: 'A', authorities: [], crl_urls: [], revocation_check: 'none' },
      2: { name: 'C', authorities: [], crl_urls: [], revocation_check: 'none' },
      3: { name: 'D', authorities: [], crl_urls: [], revocation_check: 'none' },
      4: { name: 'E', authorities: [], crl_urls: [], revocation_check: 'none' },
    }),
  ],
]);

const registry = realRegistry();
let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sps-gitops-property-'));
});
afterAll(() => rm(root, { recursive: true }));

/** A file for each document, by number; several documents may share one. */
interface Layout {
  readonly files: readonly string[];
  readonly order: readonly number[];
  readonly indent: number;
  readonly flow: boolean;
  readonly turn: number;
}

const FILES = ['a.yaml', 'b.yml', 'sub/a.yaml', 'sub/deep/z.yaml', 'é.yaml'];
const layout: fc.Arbitrary<Layout> = fc.record({
  files: fc.array(fc.constantFrom(...FILES), { minLength: DOCUMENTS.length, maxLength: DOCUMENTS.length }),
  order: fc.shuffledSubarray([...DOCUMENTS.keys()], { minLength: DOCUMENTS.length }),
  indent: fc.constantFrom(2, 3, 8),
  flow: fc.boolean(),
  turn: fc.nat({ max: 5 }),
});

/** The value with the members of every object in another order. */
function turned(value: Json, by: number): Json {
  if (isList(value)) return value.map((item) => turned(item, by));
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [name, turned(member, by)] as const);
  const at = by % (members.length + 1);
  return Object.fromEntries([...members.slice(at), ...members.slice(0, at)].toReversed());
}

async function load({ files, order, indent, flow, turn }: Layout): Promise<DesiredState> {
  const directory = await mkdtemp(join(root, 'd'));
  const texts = new Map<string, string>();
  for (const index of order) {
    const name = files[index] ?? 'a.yaml';
    const text = stringify(turned(DOCUMENTS[index] ?? null, turn), {
      indent,
      ...(flow ? { collectionStyle: 'flow' } : {}),
    });
    texts.set(name, `${texts.get(name) ?? '# one\n'}---\n${text}`);
  }
  for (const [name, text] of texts) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  const options = { directory, read: 'worktree', fileRoots: [], strict: false, values: 'resolve' } as const;
  const { state, findings } = await loadDesiredState(options, registry, () => undefined, new AbortController().signal);
  return state ?? expect.fail(JSON.stringify(findings));
}

test('the order of files, documents and members changes neither the digest of the files nor that of the plan', async () => {
  const [first, ...rest] = DOCUMENTS.map(() => 'a.yaml');
  const plainly = await load({
    files: [first ?? '', ...rest],
    order: [...DOCUMENTS.keys()],
    indent: 2,
    flow: false,
    turn: 0,
  });
  const expected = computePlan(plainly, LIVE, registry, sealing());
  expect(expected.errors).toEqual([]);
  expect(expected.operations).toHaveLength(7);
  await fc.assert(
    fc.asyncProperty(layout, async (one) => {
      const state = await load(one);
      expect(state.revision.digest).toBe(plainly.revision.digest);
      const plan = computePlan(state, LIVE, registry, sealing());
      expect(plan.digest).toBe(expected.digest);
      expect(plan.operations.map(({ resource, name }) => [resource, name])).toEqual(
        expected.operations.map(({ resource, name }) => [resource, name]),
      );
    }),
    { numRuns: 40 },
  );
});
