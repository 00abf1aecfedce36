import type { Json } from '../shared/json.ts';
import { createAppliance } from './appliance.ts';
import { createApplianceServer } from './appliance-server.ts';
import { makeCertificates, type Identity, type SimulatorCertificates } from './certificates.ts';
import { childOf, membersOf, type Member } from './configuration.ts';
import { createControlServer } from './control.ts';
import { FaultPlan } from './faults.ts';
import type { Profile } from './profiles.ts';
import type { Quirks } from './quirks.ts';
import { RequestLog, type RecordedRequest, type RequestListener } from './requests.ts';
import { createSecondWriter, type SecondWriter } from './second-writer.ts';
import { shownBody } from './shown-body.ts';
import { listenOnLoopback, type ListeningServer } from './tracked-server.ts';
import type { Commit } from './transactions.ts';

/** The user name that the simulator accepts unless told otherwise. */
export const DEFAULT_USERNAME = 'admin';

/** The password that the simulator accepts unless told otherwise; it protects nothing. */
export const DEFAULT_PASSWORD = 'simulated-appliance';

/** How to start a simulator; every member has a default. */
export interface SimulatorOptions {
  /** `7.5` unless given. */
  readonly profile?: Profile;
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** The port of the control interface, 0 for a free one; `null`, the default, for none. */
  readonly controlPort?: number | null;
  readonly username?: string;
  readonly password?: string;
  /** `sps1` unless given. */
  readonly hostname?: string;
  /** Whether the appliance has joined Starling; `joined` unless given. Without effect on 6.0. */
  readonly starling?: 'joined' | 'not-joined';
  /** Cluster roles that `/api/info` shows; none unless given. */
  readonly roles?: readonly string[];
  /** Switches that differ from the profile's. */
  readonly quirks?: Partial<Quirks>;
  /**
   * Path below `/api/configuration` → body, laid over the profile's configuration; new paths become singletons, or members of
   * the collection above them. `'management/license': null` is an appliance without license, in demo mode.
   */
  readonly configuration?: Readonly<Record<string, Json>>;
  /** Those of another simulator of the same user; made anew unless given. */
  readonly certificates?: SimulatorCertificates;
  /** The time in milliseconds; `Date.now` unless given. */
  readonly clock?: () => number;
}

/** A running simulated appliance. */
export interface Simulator {
  /** `https://127.0.0.1:PORT`. */
  readonly url: string;
  /** `http://127.0.0.1:PORT` of the control interface, or `null`. */
  readonly controlUrl: string | null;
  /** The CA that issued the server's certificate (`localhost`, `127.0.0.1`) and the client certificate. */
  readonly caPem: string;
  /** What a login with certificate can present. */
  readonly clientCertificate: Identity;
  /** Certificates of authorities to put into trust stores, PEM; the built-in store has the first one. */
  readonly authorities: readonly string[];
  /** Every request since the start or the last `clearRequests`, in the order of arrival. */
  readonly requests: readonly RecordedRequest[];
  clearRequests(): void;
  readonly faults: FaultPlan;
  /** The switches; may be changed at any time. */
  readonly quirks: Quirks;
  /** The commits that took effect through transactions, oldest first. */
  readonly commits: readonly Commit[];
  /** The committed body at a path below `/api/configuration`, in the form in which GET shows it. */
  configuration(path: string): Json | undefined;
  /**
   * Changes the committed configuration behind the client's back; `undefined` removes. At the path of a collection a
   * list of its keys sets their order. Throws `RangeError` where a body cannot stand.
   */
  setConfiguration(path: string, body: Json | undefined): void;
  /** The committed members of a collection in their order, as GET shows them; `undefined` when there is no collection. */
  members(collection: string): readonly Member[] | undefined;
  /**
   * Puts a member into a committed collection, behind the client's back and past all rules (two may have one name);
   * `undefined` removes it. Throws `RangeError` when there is no such collection or the key cannot be one.
   */
  setMember(collection: string, key: string, body: Json | undefined): void;
  /** A web UI user of that name takes the configuration lock; `null` gives it back. */
  lock(holder: string | null): void;
  /** Ends every session, and with it its transaction. */
  expireSessions(): void;
  /** Sessions that are still good. */
  sessions(): number;
  openTransactions(): number;
  readonly secondWriter: SecondWriter;
  /** Calls and awaits the listener before each request takes effect; gives the function that takes it away. */
  onRequest(listener: RequestListener): () => void;
  /** Closes the ports and cuts every connection; may be called twice. */
  stop(): Promise<void>;
}

/** Starts a simulated appliance on the loopback interface. Rejects when a port is taken or a path cannot hold a body. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const username = options.username ?? DEFAULT_USERNAME;
  const certificates = options.certificates ?? (await makeCertificates(username));
  const { authorities } = certificates;
  const appliance = createAppliance({
    profile: options.profile ?? '7.5',
    username,
    password: options.password ?? DEFAULT_PASSWORD,
    hostname: options.hostname ?? 'sps1',
    roles: options.roles ?? [],
    quirks: options.quirks ?? {},
    configuration: new Map(Object.entries(options.configuration ?? {})),
    starling: options.starling ?? 'joined',
    builtInAuthority: authorities[0] ?? '',
    clock: options.clock ?? Date.now,
  });
  const [log, faults, stopping] = [new RequestLog(), new FaultPlan(), new AbortController()];
  const { sessions, transactions, quirks } = appliance;
  const server = createApplianceServer({ appliance, certificates, log, faults, signal: stopping.signal });
  const listening: ListeningServer[] = [await listenOnLoopback(server, options.port ?? 0)];
  const simulator: Omit<Simulator, 'controlUrl'> = {
    url: `https://127.0.0.1:${listening[0]?.port}`,
    caPem: certificates.caPem,
    clientCertificate: certificates.client,
    authorities,
    requests: log.records,
    clearRequests: () => log.clear(),
    faults,
    quirks,
    commits: transactions.commits,
    configuration: (path) => {
      const body = transactions.committed.bodies.get(path);
      return body === undefined ? undefined : shownBody(path, body, quirks);
    },
    setConfiguration: (path, body) => transactions.write(new Map([[path, body]])),
    members: (collection) =>
      membersOf(transactions.committed, collection)?.map(({ key, body }) => ({
        key,
        body: shownBody(childOf(collection, key), body, quirks),
      })),
    setMember: (collection, key, body) => {
      if (!transactions.committed.collections.has(collection)) throw new RangeError(`${collection} is no collection`);
      if (key === '' || key.includes('/')) throw new RangeError(`"${key}" is not a key`);
      transactions.write(new Map([[childOf(collection, key), body]]));
    },
    lock: (holder) => transactions.lock(holder),
    expireSessions: () => sessions.endAll(),
    sessions: () => sessions.count,
    openTransactions: () => {
      sessions.endExpired();
      return transactions.openCount;
    },
    secondWriter: createSecondWriter(transactions),
    onRequest: (listener) => log.listen(listener),
    stop: async () => {
      stopping.abort();
      await Promise.all(listening.map((each) => each.stop()));
    },
  };
  const controlUrl = await startControl(simulator, options.controlPort ?? null, listening);
  return { ...simulator, controlUrl };
}

async function startControl(
  simulator: Omit<Simulator, 'controlUrl'>,
  port: number | null,
  listening: ListeningServer[],
): Promise<string | null> {
  if (port === null) return null;
  try {
    const control = await listenOnLoopback(createControlServer(simulator), port);
    listening.push(control);
    return `http://127.0.0.1:${control.port}`;
  } catch (error) {
    await simulator.stop();
    throw error;
  }
}
