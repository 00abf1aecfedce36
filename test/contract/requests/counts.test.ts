import { describe, expect, test } from 'vitest';
import { daemonWorld, type Step, type World, type WorldOptions } from '../daemon/harness.ts';
import { LISTING, liveStores, storeDocuments } from './stores.ts';

const SETTINGS: NonNullable<WorldOptions['settings']> = { safety: { maxChangeRatio: 1 } };

/** The eight resources of the first release, as the appliance of `EIGHT` has them. */
const DOCUMENTS = `resource: alerting/traffic_alerts
body: { scbConnectionDenied: { email: false } }
---
resource: management/license
body: { serial: 5b8f1c52-0c1f-4a5e-9d0a-7a4d1f5f3c10 }
upload: license.txt
---
resource: management/soap
body: { enabled: false }
---
resource: management/splunk_forwarder
body: { enabled: false }
---
resource: management/support_info
body: { uri: null }
---
resource: starling
body: { remote_access: { enabled: false } }
---
resource: starling/join
body: { joined: true }
---
resource: trust_stores
name: Built-in
body: { crl_urls: [] }
`;

const EIGHT: WorldOptions = {
  files: { 'all.yaml': DOCUMENTS, 'license.txt': 'not sent' },
  simulator: { configuration: { 'management/soap': { enabled: false } } },
};

/** What a step asked of the appliance, by method. */
function counts({ requests }: Step): Readonly<Record<string, number>> {
  const all: Record<string, number> = {};
  for (const request of requests) {
    const [method = ''] = request.split(' ', 1);
    all[method] = (all[method] ?? 0) + 1;
  }
  return all;
}

function storeWorld(
  stores: { readonly live: number; readonly wanted: number; readonly drifted?: number },
  listingBodies: 'with' | 'without' = 'with',
  more: Readonly<Record<string, { readonly name: string }>> = {},
): Promise<World> {
  return daemonWorld({
    files: { 'stores.yaml': storeDocuments(stores.wanted) },
    settings: SETTINGS,
    simulator: {
      configuration: { ...liveStores(stores.live, stores.drifted), ...more },
      quirks: { listingBodies },
    },
  });
}

/** Objects of a collection that no document names. */
function lists(count: number): Readonly<Record<string, { readonly name: string }>> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`policies/userlists/u${index}`, { name: `List ${index}` }]),
  );
}

test('eight resources in sync: the first run logs in, a full tick does not, a quick one asks once', async () => {
  const world = await daemonWorld(EIGHT);
  const first = await world.start();
  expect(first.end).toMatchObject({ outcome: 'in-sync', requests: { GET: 10 } });
  expect(counts(first)).toEqual({ GET: 1 + 1 + 8 });
  expect(counts(await world.tick())).toEqual({ GET: 1 + 8 });
  expect(counts(await world.tick())).toEqual({ GET: 1 });
  expect(counts(await world.ask())).toEqual({ GET: 1 + 8 });
});

test('the run after a commit reads everything that is managed, the one after it asks once', async () => {
  const world = await daemonWorld(EIGHT);
  world.simulator.setConfiguration('management/support_info', {
    uri: { selection: 'url', value: 'https://x.example.com' },
  });
  expect((await world.start()).end).toMatchObject({ outcome: 'applied' });
  expect(counts(await world.tick())).toEqual({ GET: 1 + 8 });
  expect(counts(await world.tick())).toEqual({ GET: 1 });
});

describe('three managed objects of a thousand', () => {
  test('whose listing has bodies are one request, whatever is beside them', async () => {
    const world = await storeWorld({ live: 1000, wanted: 3 }, 'with', lists(1000));
    const { requests, end } = await world.start();
    expect(end).toMatchObject({ outcome: 'in-sync' });
    expect(requests).toEqual(['GET /api/authentication', 'GET /api/info', LISTING]);
  });

  test('whose listing has no bodies are read one by one, and nothing of other collections is', async () => {
    const world = await storeWorld({ live: 1000, wanted: 3 }, 'without', lists(1000));
    const step = await world.start();
    expect(step.end).toMatchObject({ outcome: 'in-sync' });
    // The built-in one is a member as well.
    expect(counts(step)).toEqual({ GET: 3 + 1001 });
    expect(step.requests.filter((request) => request.includes('userlists'))).toEqual([]);
  });
});

describe.each([1, 10, 100])('%i writes to a collection of 100', (writes) => {
  test('with bodies in its listing: one reading before, three in the transaction and after it', async () => {
    const world = await storeWorld({ live: 100, wanted: 100, drifted: writes });
    const step = await world.start();
    expect(step.end).toMatchObject({ outcome: 'applied', committed: writes });
    expect(counts(step)).toEqual({ GET: 11, POST: 1, PUT: writes + 1 });
    // Login, who it is, the plan's reading, the status; then under the lock.
    expect(step.requests.slice(2, 7)).toEqual([
      LISTING,
      'GET /api/transaction',
      'POST /api/transaction',
      'GET /api/info',
      LISTING,
    ]);
    expect(step.requests.slice(7 + writes)).toEqual([
      LISTING,
      'GET /api/transaction/changes',
      'GET /api/info',
      'PUT /api/transaction',
      'GET /api/transaction',
      LISTING,
    ]);
  });

  test('without bodies: beside the listings, only what is touched is read again', async () => {
    const world = await storeWorld({ live: 100, wanted: 100, drifted: writes }, 'without');
    const step = await world.start();
    expect(step.end).toMatchObject({ outcome: 'applied', committed: writes });
    expect(counts(step)).toEqual({ GET: 11 + 101 + 3 * writes, POST: 1, PUT: writes + 1 });
  });
});

test('a create and a delete are a request each', async () => {
  const world = await storeWorld({ live: 2, wanted: 3 });
  await world.files({ 'delete.yaml': 'resource: trust_stores\nname: Store 2\nstate: absent\n' });
  await world.files({
    'stores.yaml':
      storeDocuments(2) +
      '---\nresource: trust_stores\nname: New\nbody: { authorities: [], crl_urls: [], revocation_check: none }\n',
  });
  world.simulator.setMember('trust_stores', 'k2', liveStores(3)['trust_stores/k2']);
  const step = await world.start();
  expect(step.end).toMatchObject({ outcome: 'applied', committed: 2 });
  expect(counts(step)).toEqual({ DELETE: 1, GET: 11, POST: 2, PUT: 1 });
});
