import { canonicalJson, isObject, type Json } from '../../src/shared/json.ts';
import type { Profile } from '../../src/simulator/profiles.ts';
import type { Quirks } from '../../src/simulator/quirks.ts';
import { seedConfiguration } from '../../src/simulator/seeds.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { CERTIFICATES, startSimulator } from '../simulated.ts';
import type { Scenario } from './scenarios.ts';

/** A simulated appliance that is put back between the cases. */
export interface Bench {
  readonly profile: Profile;
  readonly simulator: Simulator;
  readonly quirks: Quirks;
  readonly singletons: readonly string[];
  readonly collections: readonly string[];
  /** What the appliance had when it started, as it stores it, by path. */
  readonly seeds: ReadonlyMap<string, Json>;
}

/** The committed configuration, as far as a transaction can change it, and beside it what only an action can. */
export interface Snapshot {
  /** Canonical JSON of every body and of the order of every collection; members made since stand under one key. */
  readonly text: string;
  readonly joined: boolean;
}

/** Three certificates of authorities, PEM. */
export const AUTHORITIES: readonly string[] = CERTIFICATES.authorities;

/** Starts one. */
export async function startBench(profile: Profile): Promise<Bench> {
  return benchOf(await startSimulator({ profile }), profile);
}

/** A simulator that was started without anything of its own, as a bench. */
export function benchOf(simulator: Simulator, profile: Profile): Bench {
  const seeds = seedConfiguration({ profile, starling: 'joined', builtInAuthority: AUTHORITIES[0] ?? '' });
  const seeded = new Map(seeds.bodies);
  // As an object, which the simulator need not parse again each time that it is shown.
  const builtIn = seeded.get('trust_stores/-7001');
  if (isObject(builtIn))
    seeded.set('trust_stores/-7001', { ...builtIn, authorities: [{ certificate: AUTHORITIES[0] ?? '' }] });
  const singletons = [...seeds.bodies.keys()].filter((path) => !isMemberOf(path, seeds.collections));
  return {
    profile,
    simulator,
    quirks: { ...simulator.quirks },
    singletons,
    collections: [...seeds.collections.keys()],
    seeds: seeded,
  };
}

/** Puts the appliance where the scenario begins: without sessions, faults, locks, records or anybody else's changes. */
export function prepare(bench: Bench, scenario: Pick<Scenario, 'before'>, quirks: Partial<Quirks> = {}): void {
  const { simulator } = bench;
  simulator.faults.clear();
  simulator.lock(null);
  simulator.secondWriter.rollback();
  simulator.expireSessions();
  Object.assign(simulator.quirks, bench.quirks, quirks);
  const wanted = new Map([...bench.seeds, ...Object.entries(scenario.before)]);
  for (const path of bench.singletons) {
    const body = wanted.get(path) ?? null;
    if (canonicalJson(simulator.configuration(path) ?? null) !== canonicalJson(body))
      simulator.setConfiguration(path, body);
  }
  for (const path of bench.collections) putMembers(simulator, path, wanted);
  simulator.clearRequests();
}

function putMembers(simulator: Simulator, collection: string, wanted: ReadonlyMap<string, Json>): void {
  const prefix = `${collection}/`;
  const keys = [...wanted.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  const seen = simulator.members(collection) ?? [];
  if (keys.length === 0 && seen.length === 0) return;
  for (const { key } of seen) if (!keys.includes(key)) simulator.setMember(collection, key, undefined);
  for (const key of keys) {
    // A trust store is shown otherwise than it is stored: it is always put back.
    const stored = wanted.get(`${prefix}${key}`);
    const shown = seen.find((one) => one.key === key)?.body;
    if (shown === undefined || stored === undefined || canonicalJson(shown) !== canonicalJson(stored))
      simulator.setMember(collection, key, stored);
  }
  simulator.setConfiguration(collection, keys);
}

/** What is committed now. `known` are the members that were there before, as `<collection>/<key>`. */
export function snapshotOf({ simulator, singletons, collections }: Bench, known: ReadonlySet<string>): Snapshot {
  const bodies = singletons.map((path): Json => [path, withoutJoin(path, simulator.configuration(path) ?? null)]);
  const members = collections.map((path): Json => [
    path,
    (simulator.members(path) ?? []).map(({ key, body }) => [known.has(`${path}/${key}`) ? key : 'new', body]),
  ]);
  return { text: canonicalJson([bodies, members]), joined: isJoined(simulator) };
}

/** The members that there are, as `<collection>/<key>`. */
export function membersIn({ simulator, collections }: Bench): ReadonlySet<string> {
  return new Set(collections.flatMap((path) => (simulator.members(path) ?? []).map(({ key }) => `${path}/${key}`)));
}

function isJoined(simulator: Simulator): boolean {
  const starling = simulator.configuration('starling');
  return isObject(starling) && starling['join_info'] !== null;
}

function withoutJoin(path: string, body: Json): Json {
  return path === 'starling' && isObject(body) ? { ...body, join_info: null } : body;
}

function isMemberOf(path: string, collections: ReadonlyMap<string, unknown>): boolean {
  return collections.has(path.slice(0, path.lastIndexOf('/')));
}
