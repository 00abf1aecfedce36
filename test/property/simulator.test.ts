import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DesiredCollection, DesiredResource } from '../../src/desired/desired-state.ts';
import { planDocument } from '../../src/report/plan-document.ts';
import { PLAIN } from '../../src/report/paint.ts';
import { planText } from '../../src/report/plan-text.ts';
import type { Run } from '../../src/reconcile/run.ts';
import { isObject, type Json, type JsonObject } from '../../src/shared/json.ts';
import { valueAt } from '../../src/shared/pointer.ts';
import { Secret } from '../../src/shared/secret.ts';
import type { SecretTree, SecretTreeObject } from '../../src/shared/secret-tree.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { reconcile, type Ended } from '../contract/transaction/harness.ts';
import { startSimulator } from '../simulated.ts';
import { absentFrom, memberOf, pruning, wanted } from '../unit/plan/parts.ts';

/** Each is a whole run or two; `PROPERTY_RUNS` sets more. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 30);

const STORES = 'trust_stores';
const CHANNELS = 'ssh/channel_policies';
const TIMES = 'policies/time_policies';
const SPLUNK = 'management/splunk_forwarder';
const CERTIFICATES = 'management/certificates';
const IDENTITIES = ['a01', 'a02', 'a03'].map((end) => `6f0d3d4e-5a43-4c0c-9a55-0d2f2f7c6${end}`);

const plain = <T extends Record<string, unknown>>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [], noNullPrototype: true });
const address = fc.constantFrom<Json>(
  { selection: 'fqdn', value: 'a.example.com' },
  { selection: 'fqdn', value: 'b.example.com' },
  { selection: 'ip', value: '192.0.2.9' },
);
const port = fc.constantFrom(8088, 8089, 443);
const interval = fc.constantFrom(300, 600);

/** What only an appliance and a run may know. */
const token = fc.constantFrom('MARKED-token-5f1c', 'MARKED-token-77aa', 'MARKED-"token"-é');
const alert = plain({ email: fc.boolean(), snmp: fc.boolean() });

const splunkLive = fc.record(
  { flush_interval: interval, host: address, pam_address: address, port, token },
  { noNullPrototype: true },
);
const splunkWish = plain<Record<string, SecretTree>>({
  flush_interval: interval,
  host: address as fc.Arbitrary<SecretTree>,
  port,
  token: token.map((text) => new Secret(text)),
});

const NAMES = ['A', 'B', 'C', 'D'];
const PLACES = ['/flush_interval', '/host/value', '/port', '/pam_address', '/ssl'];

/** A member as it is live, or as it is wanted. */
const store = fc
  .record({
    authorities: fc.subarray([0, 1, 2]),
    urls: fc.subarray(['http://a.example.com/', 'https://b.example.com/x']),
  })
  .map(({ authorities, urls }) => ({ authorities, urls }));
const channel = fc.record({
  times: fc.array(fc.constantFrom('-100', 't1', 't2'), { maxLength: 2 }),
  audit: fc.boolean(),
});
const members = <T>(one: fc.Arbitrary<T>) =>
  fc.uniqueArray(fc.record({ name: fc.constantFrom(...NAMES), body: one }), {
    selector: ({ name }) => name,
    maxLength: 3,
  });
const wishes = <T>(one: fc.Arbitrary<T>) =>
  fc
    .tuple(
      members(fc.tuple(one, fc.constantFrom('plain', 'plain', 'renamed', 'absent'))),
      fc.shuffledSubarray(NAMES, { minLength: 4 }),
    )
    .map(([all, previous]) =>
      all.map(({ name, body: [body, kind] }, index) => {
        const before = previous[index] ?? null;
        return { name, body, kind, previousName: kind === 'renamed' && before !== name ? before : null };
      }),
    );

const world = fc.record({
  splunkLive,
  splunkWish,
  ignored: fc.subarray(PLACES),
  alerts: fc.dictionary(fc.constantFrom('scbAuthFailure', 'scbRealTimeAlert'), alert, { noNullPrototype: true }),
  support: fc.constantFrom<Json>(
    null,
    { selection: 'url', value: 'https://x.example.com' },
    { selection: 'mailto', value: 'mailto:a@example.com' },
  ),
  server: fc.constantFrom(...IDENTITIES),
  liveServer: fc.constantFrom(...IDENTITIES),
  dns: plain({ primary: fc.constantFrom('192.0.2.1', '192.0.2.2'), secondary: fc.constantFrom(null, '192.0.2.3') }),
  stores: members(store),
  storeWishes: wishes(store),
  channels: members(channel),
  channelWishes: wishes(channel),
  timeWishes: fc.subarray(['T1', 'T2']),
  pruned: fc.subarray([STORES, CHANNELS]),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ profile: '8.0' });
});
afterAll(() => simulator.stop());

function storeBody({
  authorities,
  urls,
}: {
  readonly authorities: readonly number[];
  readonly urls: readonly string[];
}) {
  return {
    crl_urls: urls,
    revocation_check: urls.length === 0 ? 'none' : 'full',
    pems: authorities.map((index) => simulator.authorities[index] ?? ''),
  };
}

function liveStore(one: World['stores'][number]['body'], name: string): Json {
  const { pems, ...body } = storeBody(one);
  return { ...body, name, type: 'custom', authorities: pems };
}

function reference(collection: string, key: string): JsonObject {
  return { key, meta: { href: `/api/configuration/${collection}/${key}` } };
}

/** The configuration that the run finds. */
function arrange({ splunkLive: splunk, stores, channels, liveServer }: World): void {
  simulator.setConfiguration(SPLUNK, { enabled: true, ssl: { selection: 'insecure' }, ...splunk });
  simulator.setConfiguration('management/support_info', { uri: null });
  simulator.setConfiguration(CERTIFICATES, {
    ca: { selection: 'identity', x509_identity: reference('x509', IDENTITIES[0] ?? '') },
    server: reference('x509', liveServer),
  });
  simulator.setConfiguration('network/dns', { primary: '192.0.2.1', secondary: null });
  for (const collection of [STORES, CHANNELS, TIMES]) {
    for (const { key } of simulator.members(collection) ?? []) {
      if (!key.startsWith('-')) simulator.setMember(collection, key, undefined);
    }
  }
  simulator.setMember(TIMES, 't1', { name: 'T1' });
  simulator.setMember(TIMES, 't2', { name: 'T2' });
  stores.forEach(({ name, body }, index) => simulator.setMember(STORES, `s${index}`, liveStore(body, name)));
  channels.forEach(({ name, body: { times, audit } }, index) => {
    const rules = times.map((key) => ({ actions: { audit }, time_policy: reference(TIMES, key) }));
    simulator.setMember(CHANNELS, `c${index}`, { name, rules, kept: index });
  });
  simulator.clearRequests();
}

function wishesOf(all: World): readonly DesiredResource[] {
  const sets = (place: string) => Object.hasOwn(all.splunkWish, place.split('/')[1] ?? '');
  const documents = <T>(
    resource: string,
    wish: readonly { name: string; body: T; kind: string; previousName: string | null }[],
    body: (one: T) => SecretTree,
  ) =>
    wish.map(({ name, body: one, kind, previousName }) =>
      kind === 'absent' ? absentFrom(resource, name) : memberOf(resource, name, body(one), { previousName }),
    );
  return [
    wanted(SPLUNK, all.splunkWish as SecretTreeObject, { ignore: all.ignored.filter((place) => !sets(place)) }),
    wanted('alerting/traffic_alerts', all.alerts),
    wanted('management/support_info', { uri: all.support }),
    wanted('network/dns', all.dns),
    wanted(CERTIFICATES, { server: all.server }),
    ...documents(STORES, all.storeWishes, (one) => {
      const { pems, ...body } = storeBody(one);
      return { ...body, authorities: pems.map((certificate) => ({ certificate })) };
    }),
    ...documents(CHANNELS, all.channelWishes, ({ times, audit }) => ({
      rules: times.map((key) => ({ actions: { audit }, time_policy: key })),
    })),
    ...all.timeWishes.map((name) => absentFrom(TIMES, name)),
  ];
}

async function run(all: World): Promise<Ended> {
  const resources = wishesOf(all);
  const collections: readonly DesiredCollection[] = all.pruned.map((resource) => pruning(resource));
  let sealer: Run['sealer'] | null = null;
  let secrets: Run['secrets'] | null = null;
  const ended = await reconcile(simulator, {
    alter: (given) => {
      ({ sealer, secrets } = given);
      const limits = { ...given.limits, maxDeletes: 50, allow: ['**'] };
      return { ...given, limits, desired: { ...given.desired, resources, collections } };
    },
  });
  const { planned } = ended.record;
  if (planned !== null && sealer !== null && secrets !== null) {
    const revision = { commit: null, subject: null, author: null, dirty: false, digest: '' };
    const document = planDocument({
      plan: planned.plan,
      appliance: planned.appliance,
      url: '',
      warnings: [],
      revision,
      sealer,
      secrets,
    });
    expect(JSON.stringify(document) + planText(planned.plan, sealer, PLAIN)).not.toMatch(/MARKED/);
  }
  return ended;
}

function everything(): Json {
  const bodies = [SPLUNK, CERTIFICATES, 'network/dns', 'management/support_info', 'alerting/traffic_alerts'];
  const singles = bodies.map((path) => simulator.configuration(path) ?? null);
  const all = [STORES, CHANNELS, TIMES].map(
    (path) => simulator.members(path)?.map(({ key, body }) => ({ key, body })) ?? [],
  );
  return [...singles, ...all];
}

function writes(): readonly string[] {
  return simulator.requests
    .filter(({ method, path }) => method !== 'GET' && path !== '/api/transaction')
    .map(({ method, path }) => `${method} ${path}`);
}

test(
  'a plan that was applied leaves nothing to plan, loses nothing, and shows nothing',
  { timeout: 300_000 },
  async () => {
    const ends = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(world, async (all) => {
        arrange(all);
        const before = everything();
        const splunkBefore = simulator.configuration(SPLUNK) ?? null;
        const first = await run(all);
        ends.set(first.end, (ends.get(first.end) ?? 0) + 1);
        if (first.end !== 'applied') {
          // Documents that contradict each other, or what refers to something that is to be gone: what no document speaks of
          // only the appliance knows.
          const isRead = all.channelWishes.length > 0 || all.pruned.includes(CHANNELS);
          const others = all.timeWishes.length > 0 && !isRead ? ['stageRejected'] : [];
          expect(
            [...others, 'inSync', 'inputInvalid'],
            `${first.end} ${JSON.stringify(first.error?.findings)}`,
          ).toContain(first.end);
          if (first.end !== 'stageRejected') expect(writes()).toEqual([]);
          expect(everything()).toEqual(before);
          return;
        }
        const kinds = writes().map((line) => line.startsWith('DELETE'));
        expect(kinds).toEqual(kinds.toSorted((left, right) => Number(left) - Number(right)));
        const [splunkWanted] = wishesOf(all);
        for (const place of splunkWanted?.ignore ?? []) {
          expect(valueAt(simulator.configuration(SPLUNK), place)).toEqual(valueAt(splunkBefore, place));
        }
        for (const { key, body } of simulator.members(CHANNELS) ?? []) {
          // Nobody manages it, and a key stays that of its object.
          if (/^c\d$/.test(key)) expect(isObject(body) ? body['kept'] : undefined).toBe(Number(key.slice(1)));
        }
        const after = everything();
        simulator.clearRequests();
        const second = await run(all);
        expect(second.end, JSON.stringify(second.error?.findings ?? second.record.planned?.plan.operations)).toBe(
          'inSync',
        );
        expect(simulator.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
        expect(everything()).toEqual(after);
      }),
      { numRuns: RUNS },
    );
    expect(ends.get('applied')).toBeGreaterThan(5);
  },
);
