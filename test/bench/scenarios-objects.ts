import type { Json } from '../../src/shared/json.ts';
import { measureBare, type BareRequest } from './bare.ts';
import { measureProgram, runProgram } from './one-shot.ts';
import type { Scenario } from './row.ts';
import type { Sample } from './sample.ts';
import { EVERY_SECOND, measureTicks } from './ticks.ts';
import { openWorld, type World } from './world.ts';

const COLLECTION = 'trust_stores';
/** Collections that no document names. */
const ELSEWHERE = 'policies/userlists';
/** As many reads at once as the settings' default allows. */
const CONCURRENCY = 4;
const FILES = 10;

/** How many objects are on the appliance, and how its listings show them. */
interface Objects {
  readonly managed: number;
  readonly unmanaged: number;
  readonly listing: 'with' | 'without';
}

/** The plan of a collection that is in sync, by its size, beside objects that nobody manages. */
export function objectScenarios(latencyMs: number): readonly Scenario[] {
  const sizes = [100, 1_000, 10_000];
  return (['with', 'without'] as const).flatMap((listing) =>
    [0, 10_000].flatMap((unmanaged) =>
      sizes.map((managed): Scenario => {
        const objects: Objects = { managed, unmanaged, listing };
        // Login, who it is, the listing, and where that has no bodies one for each.
        const rounds = listing === 'with' ? 3 : 3 + managed / CONCURRENCY;
        return {
          name: `no-op plan, ${managed} ${listing} bodies${unmanaged === 0 ? '' : `, ${unmanaged} beside`}`,
          latencyMs,
          atLeastMs: rounds * latencyMs,
          measure: (runs) => inWorld(latencyMs, objects, (world) => times(runs, () => measureProgram(world, ['plan']))),
        };
      }),
    ),
  );
}

/** Transactions by how much they write. */
export function writeScenarios(latencyMs: number): readonly Scenario[] {
  const objects: Objects = { managed: 100, unmanaged: 0, listing: 'with' };
  return [1, 10, 100].flatMap((writes): readonly Scenario[] => {
    const drift = (world: World) => () => world.appliance.put(drifted(writes));
    return [
      {
        name: `apply, ${writes} of 100, cold`,
        latencyMs,
        measure: (runs) =>
          inWorld(latencyMs, objects, (world) =>
            times(runs, async () => {
              await drift(world)();
              return measureProgram(world, ['apply', '--json']);
            }),
          ),
      },
      {
        name: `apply, ${writes} of 100, daemon`,
        latencyMs,
        measure: (runs) =>
          inWorld(latencyMs, objects, (world) =>
            measureTicks(world, runs, {
              latencyMs,
              fits: ({ outcome }) => outcome === 'applied',
              before: drift(world),
            }),
          ),
      },
      {
        name: `writes, ${writes} of 100, bare client`,
        latencyMs,
        measure: (runs) =>
          inWorld(latencyMs, objects, (world) =>
            measureBare(world, transactionOf(writes), { latencyMs, runs, before: drift(world) }),
          ),
      },
    ];
  });
}

/** What the program asks from the opening of a transaction to its commit. */
function transactionOf(writes: number): readonly (readonly BareRequest[])[] {
  const transaction = '/api/transaction';
  const info = { path: '/api/info' };
  const listing = { path: `/api/configuration/${COLLECTION}` };
  const puts = Array.from({ length: writes }, (_, index): readonly BareRequest[] => [
    { method: 'PUT', path: `${listing.path}/managed${index}`, body: store('managed', index) },
  ]);
  return [
    [{ method: 'POST', path: transaction }],
    [info, listing],
    ...puts,
    [listing, { path: `${transaction}/changes` }],
    [info],
    [{ method: 'PUT', path: transaction, body: { status: 'commit', commit_message: 'bench' } }],
  ];
}

async function times(runs: number, measure: () => Promise<Sample>): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  while (samples.length < runs) samples.push(await measure());
  return samples;
}

async function inWorld<T>(latencyMs: number, objects: Objects, work: (world: World) => Promise<T>): Promise<T> {
  const world = await openWorld({
    simulator: {
      profile: '7.5',
      quirks: { listingBodies: objects.listing },
      configuration: { ...members(COLLECTION, 'managed', objects.managed), ...beside(objects) },
    },
    files: documents(objects.managed),
    settings: { reconcile: { ...EVERY_SECOND, quickTick: false }, safety: { maxChangeRatio: 1 } },
  });
  try {
    await runProgram(world, ['plan']);
    await world.appliance.setLatency(latencyMs);
    return await work(world);
  } finally {
    await world.close();
  }
}

/** Where listings come without bodies, the name of a member is only known from reading it: those are beside the collection. */
function beside({ unmanaged, listing }: Objects): Readonly<Record<string, Json>> {
  if (listing === 'with') return members(COLLECTION, 'other', unmanaged);
  const lists = Array.from({ length: unmanaged }, (_, index): [string, Json] => [
    `${ELSEWHERE}/u${index}`,
    { name: nameOf('other', index) },
  ]);
  return Object.fromEntries(lists);
}

function members(collection: string, kind: string, count: number): Readonly<Record<string, Json>> {
  const all = Array.from({ length: count }, (_, index): [string, Json] => [
    `${collection}/${kind}${index}`,
    store(kind, index),
  ]);
  return Object.fromEntries(all);
}

function store(kind: string, index: number): Json {
  return {
    name: nameOf(kind, index),
    authorities: [],
    crl_urls: [`http://crl.example.com/${kind}/${index}.crl`],
    revocation_check: 'leaf',
    type: 'custom',
  };
}

/** What somebody else made of the first so many. */
function drifted(count: number): Readonly<Record<string, Json>> {
  const all = Array.from({ length: count }, (_, index): [string, Json] => [
    `${COLLECTION}/managed${index}`,
    { ...(store('managed', index) as Readonly<Record<string, Json>>), crl_urls: [], revocation_check: 'none' },
  ]);
  return Object.fromEntries(all);
}

function documents(count: number): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  for (let index = 0; index < count; index += 1) {
    const name = `stores-${index % FILES}.yaml`;
    files[name] = `${files[name] ?? ''}---
resource: ${COLLECTION}
name: ${nameOf('managed', index)}
body:
  authorities: []
  crl_urls:
    - http://crl.example.com/managed/${index}.crl
  revocation_check: leaf
`;
  }
  return files;
}

function nameOf(kind: string, index: number): string {
  return `Store ${kind} ${index}`;
}
