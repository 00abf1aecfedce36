import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DesiredCollection, DesiredResource } from '../../src/desired/desired-state.ts';
import { isList, isObject, type Json, type JsonObject } from '../../src/shared/json.ts';
import { Secret } from '../../src/shared/secret.ts';
import { revealTree, type SecretTree, type SecretTreeObject } from '../../src/shared/secret-tree.ts';
import { licenseFile } from '../../src/simulator/license-file.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { JOIN_INFO } from '../../src/simulator/starling.ts';
import { reconcile } from '../contract/transaction/harness.ts';
import { realRegistry } from '../resource-schemas.ts';
import { CERTIFICATES, startSimulator } from '../simulated.ts';
import { absentFrom, memberOf, pruning, wanted } from '../unit/plan/parts.ts';

/** Each is two runs; `PROPERTY_RUNS` sets more. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 20);

const REGISTRY = realRegistry();

/** What is live of a resource and what is wanted of it: always valid, so that it can be applied. */
interface Case {
  readonly arrange: (simulator: Simulator) => void;
  readonly resources: readonly DesiredResource[];
  readonly collections?: readonly DesiredCollection[];
}

const some = <T extends Record<string, unknown>>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [], noNullPrototype: true });
const every = <T extends Record<string, unknown>>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { noNullPrototype: true });

/** A singleton with that body live, of which those fields are wanted. */
function singleton(resource: string, live: fc.Arbitrary<JsonObject>, wish: fc.Arbitrary<SecretTreeObject>) {
  return fc.tuple(live, wish).map(([body, fields]): Case => ({
    arrange: (simulator) => simulator.setConfiguration(resource, body),
    resources: [wanted(resource, fields)],
  }));
}

const flag = fc.boolean();
const ALERTS = [...(REGISTRY.find('alerting/traffic_alerts')?.fields.members.keys() ?? [])];
const alerts = singleton(
  'alerting/traffic_alerts',
  every(Object.fromEntries(ALERTS.map((name) => [name, every({ email: flag, snmp: flag })]))),
  some(Object.fromEntries(ALERTS.map((name) => [name, some({ email: flag, snmp: flag })]))) as fc.Arbitrary<JsonObject>,
);

const address = fc.oneof(
  every({ selection: fc.constant('fqdn'), value: fc.constantFrom('a.example.com', 'b.example.com') }),
  every({ selection: fc.constant('ip'), value: fc.constantFrom('192.0.2.9', '2001:db8::1') }),
);
const splunkFields = {
  flush_interval: fc.constantFrom(0, 300, 600),
  host: address,
  pam_address: address,
  port: fc.constantFrom(1, 8088, 65_535),
  ssl: fc.constant({ selection: 'insecure' }),
  token: fc.constantFrom('MARKED-token-5f1c', 'MARKED-"token"-é'),
};
const secretToken = splunkFields.token.map((token) => new Secret(token));
const splunkWishes = { ...splunkFields, token: secretToken };
const on = { enabled: fc.constant(true) };
const off = { enabled: fc.constant(false) };
const splunk = fc.oneof(
  singleton('management/splunk_forwarder', every({ ...on, ...splunkFields }), some({ enabled: flag, ...splunkWishes })),
  // To switch it on takes all that it needs.
  singleton('management/splunk_forwarder', every({ ...off }), every({ ...on, ...splunkWishes })),
  singleton('management/splunk_forwarder', every({ ...off }), every({ ...off, port: splunkFields.port })),
);

const uri = fc.constantFrom<Json>(
  null,
  { selection: 'url', value: 'HTTPS://x.example.com/y?z' },
  { selection: 'mailto', value: 'mailto:support@example.com' },
);
const support = singleton('management/support_info', every({ uri }), some({ uri }));
const soap = singleton('management/soap', every({ enabled: flag }), every({ enabled: flag }));

const LICENSE = { customer: 'Example', limit: 500, limit_type: 'host', valid_not_before: '2026-05-01' } as const;
const license = every({
  serial: fc.constantFrom('123-456-789', '987-654-321'),
  valid_not_after: fc.constantFrom('2031-05-01', '2032-02-29'),
});
const licenses = fc
  .tuple(license, license, fc.subarray(['serial', 'valid_not_after'], { minLength: 1 }))
  .map(([live, next, told]): Case => ({
    arrange: (simulator) => simulator.setConfiguration('management/license', { ...LICENSE, ...live }),
    resources: [
      wanted('management/license', Object.fromEntries(told.map((name) => [name, next[name as keyof typeof next]])), {
        upload: { name: 'new.license', bytes: Buffer.from(licenseFile({ ...LICENSE, ...next })) },
      }),
    ],
  }));

type Starling = {
  readonly joined: boolean;
  readonly access: boolean;
  readonly join: 'stay' | 'leave' | 'unsaid';
  readonly wish: boolean | null;
};

/** To leave takes remote access that is off, to switch it on an appliance that has joined. */
function isPossible({ joined, access, join, wish }: Starling): boolean {
  if (!joined) return !access && wish !== true && join !== 'stay';
  return join !== 'leave' || !(wish ?? access);
}

const anyStarling = every<Starling>({
  joined: flag,
  access: flag,
  join: fc.constantFrom('stay', 'leave', 'unsaid'),
  wish: fc.option(flag),
}).filter(isPossible);
// Often enough that none of the runs is without them.
const starling = fc
  .oneof(
    { weight: 2, arbitrary: anyStarling.filter(({ joined, join }) => joined && join === 'leave') },
    { weight: 1, arbitrary: anyStarling.filter(({ access, wish }) => wish === !access) },
    { weight: 1, arbitrary: anyStarling },
  )
  .map(({ joined, access, join, wish }): Case => ({
    arrange: (simulator) =>
      simulator.setConfiguration('starling', {
        join_info: joined ? JOIN_INFO : null,
        remote_access: { enabled: access },
      }),
    resources: [
      ...(join === 'unsaid' ? [] : [wanted('starling/join', { joined: join === 'stay' })]),
      ...(wish === null ? [] : [wanted('starling', { remote_access: { enabled: wish } })]),
    ],
  }));

const STORES = 'trust_stores';
const NAMES = ['A', 'B', 'C', 'D', 'E', 'F'];
const authorities = fc
  .subarray([0, 1, 2])
  .map((indices) => indices.map((index) => CERTIFICATES.authorities[index] ?? ''));
const revocation = fc.oneof(
  fc.constant({ revocation_check: 'none', crl_urls: [] }),
  every({
    revocation_check: fc.constantFrom('full', 'leaf'),
    crl_urls: fc.subarray(['http://a.example.com/', 'HTTPS://b.example.com/x'], { minLength: 1 }),
  }),
);
const store = fc.tuple(authorities, revocation).map(([pems, rest]) => ({ ...rest, authorities: pems }));
const stores = fc
  .record({
    names: fc.shuffledSubarray(NAMES, { minLength: 6 }),
    live: fc.array(store, { minLength: 4, maxLength: 4 }),
    wishes: fc.array(fc.tuple(store, fc.constantFrom('untold', 'kept', 'partly', 'renamed', 'absent')), {
      minLength: 5,
      maxLength: 5,
    }),
    prune: flag,
  })
  .map(({ names, live, wishes, prune }): Case => {
    const documents = wishes.flatMap(([body, kind], index): readonly DesiredResource[] => {
      const name = names[index] ?? '';
      const wish = { ...body, authorities: body.authorities.map((certificate) => ({ certificate })) };
      if (kind === 'untold') return [];
      if (kind === 'absent') return [absentFrom(STORES, name)];
      if (kind === 'renamed') return [memberOf(STORES, `${name} anew`, wish, { previousName: name })];
      // The last one is not there yet, and what is made takes all.
      if (kind === 'partly' && index < live.length) return [memberOf(STORES, name, { authorities: wish.authorities })];
      return [memberOf(STORES, name, wish)];
    });
    return {
      arrange: (simulator) => {
        for (const { key } of simulator.members(STORES) ?? [])
          if (key !== '-7001') simulator.setMember(STORES, key, undefined);
        for (const [index, body] of live.entries())
          simulator.setMember(STORES, `s${index}`, { ...body, name: names[index] ?? '', type: 'custom' });
      },
      resources: documents,
      collections: prune ? [pruning(STORES)] : [],
    };
  });

/** Random trees of everything that has a schema, by the firmware that has it. */
const DESCRIBED = {
  '6.0': [alerts, splunk, support, soap, licenses],
  '8.0': [alerts, splunk, support, licenses, starling, stores],
} as const;

async function run(simulator: Simulator, cases: readonly Case[]) {
  return reconcile(simulator, {
    alter: (given) => {
      const limits = { ...given.limits, maxDeletes: 50, allow: ['**'] };
      const resources = cases.flatMap((one) => one.resources);
      const collections = cases.flatMap((one) => one.collections ?? []);
      return { ...given, limits, desired: { ...given.desired, resources, collections } };
    },
  });
}

/** Whether everything that is wanted of a body is in it; lists count by what they hold. */
function holds(live: Json, want: SecretTree): boolean {
  if (want instanceof Secret) return live === want.reveal();
  if (Array.isArray(want)) {
    const all = isList(live) ? live : [];
    return all.length === want.length && want.every((one: SecretTree) => all.some((other) => holds(other, one)));
  }
  if (typeof want !== 'object' || want === null) return live === want;
  const wishes = Object.entries(want as SecretTreeObject);
  // An appliance shows more of an authority than its certificate, and calls that otherwise.
  const pem = wishes.find(([name]) => name === 'certificate')?.[1];
  if (typeof pem === 'string') return JSON.stringify(live).includes(JSON.stringify(pem).slice(1, -1));
  return isObject(live) && wishes.every(([name, value]) => holds(live[name] ?? null, value));
}

/** Whether the appliance has what that document wants. */
function isThere(simulator: Simulator, { resource, name, state, body }: DesiredResource): boolean {
  if (resource === 'starling/join') {
    const live = simulator.configuration('starling');
    return holds({ joined: isObject(live) && live['join_info'] !== null }, body);
  }
  if (name === null) {
    const live = simulator.configuration(resource) ?? null;
    // What is switched off sheds its settings, wanted or not.
    const isOff = resource === 'management/splunk_forwarder' && isObject(live) && live['enabled'] === false;
    return isOff ? (body as SecretTreeObject)['enabled'] !== true : holds(live, body);
  }
  const member = simulator.members(resource)?.find((one) => isObject(one.body) && one.body['name'] === name)?.body;
  return member === undefined ? state === 'absent' : state === 'present' && holds(member, body);
}

describe.each(['6.0', '8.0'] as const)('random valid trees of every described resource, on %s', (profile) => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ profile });
  });
  afterAll(() => simulator.stop());

  test('are applied, are live then, and leave nothing to plan', { timeout: 300_000 }, async () => {
    const changed = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.tuple<Case[]>(...DESCRIBED[profile]), async (cases) => {
        for (const { arrange } of cases) arrange(simulator);
        for (const { resource, name, body } of cases.flatMap(({ resources }) => resources)) {
          const named = name === null ? body : { ...(body as SecretTreeObject), name };
          expect(REGISTRY.find(resource)?.validateDesired(revealTree(named))).toEqual([]);
        }
        const first = await run(simulator, cases);
        expect(['applied', 'inSync'], `${first.error?.message} ${JSON.stringify(first.error)}`).toContain(first.end);
        for (const { resource } of first.record.planned?.plan.operations ?? []) changed.add(resource);
        for (const document of cases.flatMap(({ resources }) => resources))
          expect([document.resource, document.name, isThere(simulator, document)]).toEqual([
            document.resource,
            document.name,
            true,
          ]);
        simulator.clearRequests();
        const second = await run(simulator, cases);
        expect(second.record.planned?.plan.operations).toEqual([]);
        expect(second.end).toBe('inSync');
        expect(simulator.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
      }),
      { numRuns: RUNS },
    );
    covered.set(profile, changed);
  });
});

const covered = new Map<string, ReadonlySet<string>>();

test('every resource that has a schema was changed by one of them', () => {
  const changed = new Set([...covered.values()].flatMap((resources) => [...resources]));
  expect([...changed].toSorted()).toEqual(REGISTRY.types.map(({ resource }) => resource).toSorted());
});
