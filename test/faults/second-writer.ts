import { canonicalJson, isObject, type Json } from '../../src/shared/json.ts';
import type { JsonQuirks } from '../../src/simulator/quirks.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { AUTHORITIES } from './bench.ts';
import { storedMember, type RunName } from './scenarios.ts';

/** When the other one commits: right before this request of ours takes effect. */
export const MOMENTS = [
  'before our open',
  'after our open',
  'before our first write',
  'before our change list',
  'before our last look at the hash',
  'before our commit',
] as const;

export type Moment = (typeof MOMENTS)[number];

export const WAYS = ['reject', 'merge', 'overwrite'] as const satisfies readonly JsonQuirks['secondWriter'][];

/** What the other one changes. */
export interface Foreign {
  readonly what: string;
  readonly run: RunName;
  readonly path: string;
  /** What is written there, from what stands there; `undefined` deletes. */
  readonly change: (before: Json | undefined) => Json | undefined;
  /** Whether the change is still there. */
  readonly isThere: (simulator: Simulator) => boolean;
}

const store = (simulator: Simulator, key: string) =>
  simulator.members('trust_stores')?.find((member) => member.key === key)?.body;

const SPLUNK = 'management/splunk_forwarder';

/** By this word a plan shows what they wrote. */
export const THEIR_MARK = 'leaf';

const THEIR_URI = { uri: { selection: 'mailto', value: `mailto:${THEIR_MARK}@example.com` } };
const THEIR_TEXT = canonicalJson(THEIR_URI);

/** A store as only they write one. */
function checkedStore(name: string): Json {
  return {
    ...(storedMember('8.0', name, AUTHORITIES[1] ?? '') as object),
    crl_urls: ['http://crl.example.com/a'],
    revocation_check: THEIR_MARK,
  };
}

/** Everything that another writer does in these tests, on 8.0. */
export const FOREIGN: readonly Foreign[] = [
  {
    what: 'another object',
    run: 'update',
    path: 'datetime/timezone',
    change: () => 'Europe/Budapest',
    isThere: (simulator) => simulator.configuration('datetime/timezone') === 'Europe/Budapest',
  },
  {
    what: 'a member of a touched object that no file manages',
    run: 'update',
    path: SPLUNK,
    change: (before) => ({ ...(before as object), flush_interval: 300 }),
    isThere: (simulator) => valueOf(simulator.configuration(SPLUNK), 'flush_interval') === 300,
  },
  {
    what: 'a member of a touched object that the files manage',
    run: 'update',
    path: 'management/support_info',
    change: () => THEIR_URI,
    isThere: (simulator) => canonicalJson(simulator.configuration('management/support_info') ?? null) === THEIR_TEXT,
  },
  {
    what: 'a new member with the name of ours',
    run: 'create',
    path: 'trust_stores/99',
    change: () => storedMember('8.0', 'new one', AUTHORITIES[2] ?? ''),
    isThere: (simulator) => store(simulator, '99') !== undefined,
  },
  {
    what: 'another name for what we rename',
    run: 'rename',
    path: 'trust_stores/81',
    change: () => storedMember('8.0', 'theirs', AUTHORITIES[0] ?? ''),
    isThere: (simulator) => valueOf(store(simulator, '81'), 'name') === 'theirs',
  },
  {
    what: 'the end of what we rename',
    run: 'rename',
    path: 'trust_stores/82',
    change: () => undefined,
    isThere: (simulator) => store(simulator, '82') === undefined,
  },
  {
    what: 'a new member where we prune',
    run: 'prune',
    path: 'trust_stores/85',
    change: () => checkedStore('theirs'),
    isThere: (simulator) => store(simulator, '85') !== undefined,
  },
  {
    what: 'another body for what we delete',
    run: 'prune',
    path: 'trust_stores/84',
    change: () => checkedStore('pruned'),
    isThere: (simulator) => valueOf(store(simulator, '84'), 'revocation_check') === THEIR_MARK,
  },
];

/** Has the other one commit that once, at the moment. Gives what is to be asked afterwards. */
export function secondWriter(
  simulator: Simulator,
  moment: Moment,
  { path, change }: Foreign,
): { readonly forget: () => void; readonly committed: () => boolean } {
  const isMoment = watcher(moment);
  let committed = false;
  const forget = simulator.onRequest(({ method, path: asked }) => {
    if (committed || !isMoment(method, asked)) return;
    committed = true;
    const writer = simulator.secondWriter;
    const steps = [
      writer.open(),
      writer.stage(path, change(simulator.configuration(path))),
      writer.commit('of somebody else'),
    ];
    const refused = steps.find((step) => step !== null);
    if (refused) throw new Error(`the other writer was refused: ${refused.message}`);
  });
  return { forget, committed: () => committed };
}

function watcher(moment: Moment): (method: string, path: string) => boolean {
  let [opened, listed] = [false, false];
  return (method, path) => {
    const isTransaction = path === '/api/transaction';
    const isLook = path === '/api/info';
    const now = (): boolean => {
      switch (moment) {
        case 'before our open':
          return isTransaction && method === 'POST';
        case 'after our open':
          return opened;
        case 'before our first write':
          return opened && method !== 'GET';
        case 'before our change list':
          return path === '/api/transaction/changes';
        case 'before our last look at the hash':
          return listed && (isLook || (isTransaction && method === 'PUT'));
        case 'before our commit':
          return isTransaction && method === 'PUT';
      }
    };
    const is = now();
    opened ||= isTransaction && method === 'POST';
    listed ||= path === '/api/transaction/changes';
    return is;
  };
}

function valueOf(body: Json | undefined, member: string): Json | undefined {
  return isObject(body) ? body[member] : undefined;
}
