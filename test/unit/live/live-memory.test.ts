import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LiveMemory } from '../../../src/live/live-memory.ts';
import { readLive, type LiveSource } from '../../../src/live/read-live.ts';
import type { LiveResource } from '../../../src/plan/live-resource.ts';
import type { Json } from '../../../src/shared/json.ts';
import { realRegistry } from '../../resource-schemas.ts';
import { unread } from './unread.ts';

const { signal } = new AbortController();
const AT = '/api/configuration';
const registry = realRegistry();

class NotFound extends Error {}

/** A member's body, and whether the listing shows it. */
type Member = readonly [key: string, body: Json, in_: 'listing' | 'itself'];
/** What an appliance has: bodies, and members of collections. */
type State = Readonly<Record<string, Json | readonly Member[]>>;

/** How often an answer was looked into. */
interface Looks {
  count: number;
}

/** The appliance in that state; `own` gives a member an address that is spelt in another way. */
function sourceOf(state: State, memory?: LiveMemory, looks: Looks = { count: 0 }): LiveSource {
  const answers = new Map<string, ReturnType<typeof unread>>();
  for (const [resource, content] of Object.entries(state)) {
    const href = `${AT}/${resource}`;
    if (!isMembers(content)) {
      answers.set(href, unread({ kind: 'leaf', body: content }));
      continue;
    }
    const items = content.map(([key, body, in_]) => ({
      key,
      href: `${href}/${key}`,
      body: in_ === 'listing' ? body : undefined,
    }));
    answers.set(href, unread({ kind: 'listing', items }));
    for (const [key, body] of content) answers.set(`${href}/${key}`, unread({ kind: 'leaf', body }));
  }
  const reader = {
    fetch: async (path: string) => {
      const answer = answers.get(path);
      if (answer === undefined) throw new NotFound();
      const reading = () => {
        looks.count += 1;
        return answer.reading();
      };
      return { ...answer, reading };
    },
  };
  const source = { reader, registry, concurrency: 2, isNotFound: (error: unknown) => error instanceof NotFound };
  return memory === undefined ? source : { ...source, memory };
}

function isMembers(content: Json | readonly Member[]): content is readonly Member[] {
  return Array.isArray(content);
}

const ALL = ['management/soap', 'policies/odd', 'trust_stores'];
const MEMBERS: readonly Member[] = [
  ['1', { name: 'A', authorities: ['PEM'] }, 'itself'],
  ['2', { name: 'B', authorities: [] }, 'itself'],
];
const LISTED: readonly Member[] = [['5', { name: 'X', in: { key: '7', meta: { href: '/x/7' } } }, 'listing']];
const STATE: State = { 'management/soap': { enabled: true }, 'policies/odd': LISTED, trust_stores: MEMBERS };

/** What it has, spelling included; functions cannot be compared. */
function shown(live: ReadonlyMap<string, LiveResource>): readonly unknown[] {
  const probe = { name: 'N', authorities: [{ certificate: 'PEM' }] };
  return [...live.values()].map((one) =>
    one.state === 'unsupported' ? one : { ...one, spell: undefined, spelt: one.spell(probe) },
  );
}

function membersOf(live: ReadonlyMap<string, LiveResource>, resource: string) {
  const one = live.get(resource);
  return one?.state === 'collection' ? one.members : expect.fail('no collection');
}

describe('a second reading of the same answers', () => {
  test('looks into none of them, and gives the same objects', async () => {
    const memory: LiveMemory = new Map();
    const looks = { count: 0 };
    const before = await readLive(ALL, sourceOf(STATE, memory, looks), signal);
    expect(looks.count).toBe(5);
    const after = await readLive(ALL, sourceOf(STATE, memory, looks), signal);
    expect(looks.count).toBe(5);
    expect(shown(after)).toEqual(shown(before));
    expect(after.get('management/soap')).toBe(before.get('management/soap'));
    for (const resource of ['policies/odd', 'trust_stores']) {
      const [one, other] = [membersOf(before, resource), membersOf(after, resource)];
      expect(one.length).toBeGreaterThan(0);
      expect(one.every((member, index) => member === other[index])).toBe(true);
    }
  });

  test('without a memory looks into all of them again', async () => {
    const looks = { count: 0 };
    for (let count = 0; count < 2; count += 1) await readLive(ALL, sourceOf(STATE, undefined, looks), signal);
    expect(looks.count).toBe(10);
  });

  test('of a member that changed looks into that one', async () => {
    const memory: LiveMemory = new Map();
    const looks = { count: 0 };
    const before = await readLive(ALL, sourceOf(STATE, memory, looks), signal);
    const [first, second] = MEMBERS;
    if (first === undefined || second === undefined) expect.fail();
    const changed = { ...STATE, trust_stores: [first, ['2', { name: 'C' }, 'itself'] as const] };
    const after = await readLive(ALL, sourceOf(changed, memory, looks), signal);
    expect(looks.count).toBe(6);
    expect(membersOf(after, 'trust_stores')).toMatchObject([{ name: 'A' }, { name: 'C', body: { name: 'C' } }]);
    expect(membersOf(after, 'trust_stores')[0]).toBe(membersOf(before, 'trust_stores')[0]);
    // What was so before the last reading is forgotten.
    await readLive(ALL, sourceOf(STATE, memory, looks), signal);
    expect(looks.count).toBe(7);
  });
});

test('a member that is at another address is looked into again', async () => {
  const memory: LiveMemory = new Map();
  const at = (end: string): LiveSource => {
    const listing = unread({
      kind: 'listing',
      items: [{ key: 'a b', href: `${AT}/policies/odd/${end}`, body: undefined }],
    });
    const member = unread({ kind: 'leaf', body: { name: 'A' } });
    const reader = { fetch: async (path: string) => (path.endsWith('odd') ? listing : member) };
    return { ...sourceOf({}, memory), reader };
  };
  for (const end of ['a b', 'a%20b']) {
    const live = await readLive(['policies/odd'], at(end), signal);
    expect(membersOf(live, 'policies/odd')).toMatchObject([{ href: `${AT}/policies/odd/${end}` }]);
  }
});

test('a reading of part of a collection neither takes from the memory nor adds to it', async () => {
  const memory: LiveMemory = new Map();
  const looks = { count: 0 };
  await readLive(['trust_stores'], sourceOf(STATE, memory, looks), signal);
  const live = await readLive(['trust_stores'], sourceOf(STATE, memory, looks), signal, (_, key) => key === '2');
  expect(membersOf(live, 'trust_stores')).toMatchObject([{ key: '2' }]);
  expect(looks.count).toBe(5);
  await readLive(['trust_stores'], sourceOf(STATE, memory, looks), signal);
  expect(looks.count).toBe(5);
});

test('a reading that fails leaves nothing wrong behind', async () => {
  const memory: LiveMemory = new Map();
  await readLive(['trust_stores'], sourceOf(STATE, memory), signal);
  const broken = sourceOf(STATE, memory);
  const failure = new Error('broken');
  const fetch = (path: string) => (path.endsWith('/2') ? Promise.reject(failure) : broken.reader.fetch(path, signal));
  await expect(readLive(['trust_stores'], { ...broken, reader: { fetch } }, signal)).rejects.toBe(failure);
  const after = await readLive(['trust_stores'], sourceOf(STATE, memory), signal);
  expect(shown(after)).toEqual(shown(await readLive(['trust_stores'], sourceOf(STATE), signal)));
});

test('whatever the appliance was before, a reading that remembers says what one without memory says', async () => {
  const names = fc.constantFrom('A', 'B');
  const authorities = fc.constantFrom<Json[]>([], ['PEM'], [{ pem: 'PEM' }], [{ certificate: 'PEM' }]);
  const member = fc.tuple(
    fc.constantFrom('1', '2', '3'),
    fc.record({ name: names, authorities }),
    fc.constantFrom<'listing' | 'itself'>('listing', 'itself'),
  );
  const members = fc.uniqueArray(member, { maxLength: 3, selector: ([key]) => key });
  const states = fc.record(
    { 'management/soap': fc.record({ enabled: fc.boolean() }), 'policies/odd': members, trust_stores: members },
    { requiredKeys: [], noNullPrototype: true },
  );
  let same = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(states, { minLength: 2, maxLength: 5 }), async (sequence) => {
      const memory: LiveMemory = new Map();
      const looks = { count: 0 };
      let without = 0;
      for (const state of sequence) {
        const remembering = await readLive(ALL, sourceOf(state, memory, looks), signal);
        const fresh = { count: 0 };
        expect(shown(remembering)).toEqual(shown(await readLive(ALL, sourceOf(state, undefined, fresh), signal)));
        without += fresh.count;
      }
      if (looks.count < without) same += 1;
    }),
    { numRuns: 500 },
  );
  // Otherwise nothing was ever remembered.
  expect(same).toBeGreaterThan(50);
});
