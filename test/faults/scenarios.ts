import type { DesiredCollection, DesiredResource } from '../../src/desired/desired-state.ts';
import type { Json } from '../../src/shared/json.ts';
import { JOIN_INFO } from '../../src/simulator/starling.ts';
import type { Profile } from '../../src/simulator/profiles.ts';
import { absentFrom, memberOf, pruning, wanted } from '../unit/plan/parts.ts';
import { UPDATE as SINGLETONS, UPLOAD as LICENSE_FILE } from '../update.ts';

/** What a run is made of: one kind of operation, or all of them. */
export const RUNS = ['update', 'create', 'rename', 'prune', 'upload', 'action', 'mixed'] as const;

export type RunName = (typeof RUNS)[number];

export const PROFILE_NAMES = ['6.0', '7.5', '8.0'] as const satisfies readonly Profile[];

/** What the appliance has before a run, and what the files want of it. */
export interface Scenario {
  readonly run: RunName;
  readonly profile: Profile;
  readonly resources: readonly DesiredResource[];
  readonly collections: readonly DesiredCollection[];
  /** Body by path, as the appliance stores it; a member stands at `<collection>/<key>`. */
  readonly before: Readonly<Record<string, Json>>;
}

const CHANNELS = 'ssh/channel_policies';
const TIMES = 'policies/time_policies';

type Part = Omit<Scenario, 'run' | 'profile'>;

const UPDATE: Part = { resources: SINGLETONS.resources, collections: [], before: SINGLETONS.before };

const UPLOAD: Part = { resources: [LICENSE_FILE], collections: [], before: {} };

const ACTION: Part = {
  resources: [wanted('starling/join', { joined: false })],
  collections: [],
  before: { starling: { join_info: JOIN_INFO, remote_access: { enabled: false } } },
};

/** The collection that members are made in: one with a schema and rules of its own where the firmware has it. */
function collectionOf(profile: Profile): string {
  return profile === '6.0' ? 'policies/userlists' : 'trust_stores';
}

/** The body of such a member, less its name, as the files have it. */
function memberBody(profile: Profile, authority: string): Readonly<Record<string, Json>> {
  return profile === '6.0'
    ? { allow: 'no_user', except: [] }
    : { authorities: [{ certificate: authority }], crl_urls: [], revocation_check: 'none' };
}

/** The same body, as the appliance stores it. */
export function storedMember(profile: Profile, name: string, authority: string): Json {
  return profile === '6.0'
    ? { allow: 'no_user', except: [], name }
    : { authorities: [{ certificate: authority }], crl_urls: [], name, revocation_check: 'none', type: 'custom' };
}

/** The run on that firmware; `undefined` where the firmware has nothing of the kind. Three `authorities`, PEM. */
export function scenarioOf(run: RunName, profile: Profile, authorities: readonly string[]): Scenario | undefined {
  const part = partOf(run, profile, authorities);
  return part === undefined ? undefined : { run, profile, ...part };
}

function partOf(run: RunName, profile: Profile, authorities: readonly string[]): Part | undefined {
  switch (run) {
    case 'update':
      return UPDATE;
    case 'upload':
      return UPLOAD;
    case 'create':
      return creating(profile, authorities);
    case 'rename':
      return renaming(profile, authorities);
    case 'prune':
      return deleting(profile, authorities);
    case 'action':
      return profile === '6.0' ? undefined : ACTION;
    case 'mixed':
      return mixed(profile, authorities);
  }
}

function creating(profile: Profile, [first = '', second = '']: readonly string[]): Part {
  const collection = collectionOf(profile);
  return {
    resources: [
      memberOf(collection, 'new one', memberBody(profile, first)),
      memberOf(collection, 'new two', memberBody(profile, second)),
    ],
    collections: [],
    before: {},
  };
}

/** A chain: of the two, one takes the name that the other gives up. */
function renaming(profile: Profile, [first = '', second = '']: readonly string[]): Part {
  const collection = collectionOf(profile);
  return {
    resources: [
      memberOf(collection, 'name b', {}, { previousName: 'name a' }),
      memberOf(collection, 'name c', {}, { previousName: 'name b' }),
    ],
    collections: [],
    before: {
      [`${collection}/81`]: storedMember(profile, 'name a', first),
      [`${collection}/82`]: storedMember(profile, 'name b', second),
    },
  };
}

/** One that is wanted, two that nobody names, of which one is referred to by a member that goes too. */
function deleting(profile: Profile, [first = '', second = '']: readonly string[]): Part {
  const collection = collectionOf(profile);
  const reference = { key: '91', meta: { href: `/api/configuration/${TIMES}/91` } };
  return {
    resources: [memberOf(collection, 'kept', {}), absentFrom(TIMES, 'office')],
    collections: [pruning(collection), pruning(CHANNELS)],
    before: {
      [`${collection}/83`]: storedMember(profile, 'kept', first),
      [`${collection}/84`]: storedMember(profile, 'pruned', second),
      [`${TIMES}/91`]: { name: 'office' },
      [`${CHANNELS}/92`]: { name: 'z', rules: [{ time_policy: reference }] },
    },
  };
}

function mixed(profile: Profile, authorities: readonly string[]): Part {
  const [first = '', second = '', third = ''] = authorities;
  const collection = collectionOf(profile);
  const parts: readonly Part[] = [UPDATE, UPLOAD, ...(profile === '6.0' ? [] : [ACTION])];
  return {
    resources: [
      ...parts.flatMap(({ resources }) => resources),
      memberOf(collection, 'new one', memberBody(profile, third)),
      memberOf(collection, 'name b', {}, { previousName: 'name a' }),
      absentFrom(collection, 'gone'),
    ],
    collections: [],
    before: {
      ...Object.assign({}, ...parts.map(({ before }) => before)),
      [`${collection}/81`]: storedMember(profile, 'name a', first),
      [`${collection}/82`]: storedMember(profile, 'gone', second),
    },
  };
}
