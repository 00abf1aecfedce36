import { describe, expect, test } from 'vitest';
import type { UnreadAnswer } from '../../../src/live/look-into.ts';
import { readLive, type ApplianceReader, type LiveSource } from '../../../src/live/read-live.ts';
import type { Json } from '../../../src/shared/json.ts';
import { realRegistry } from '../../resource-schemas.ts';
import { registryOf } from '../plan/parts.ts';
import { unread } from './unread.ts';

class NotFound extends Error {}

type Answer = ReturnType<UnreadAnswer['reading']>;

const registry = registryOf({ properties: { sum: { 'x-sps-derived': true } } });
const { signal } = new AbortController();

function listing(...items: readonly (readonly [key: string, body?: Json])[]): (href: string) => Answer {
  return (href) => ({
    kind: 'listing',
    items: items.map(([key, body]) => ({ key, href: `${href}/${key}`, body })),
  });
}

/** An appliance with the given answers below `/api/configuration`; what is read goes to `seen`. */
function reading(
  answers: Readonly<Record<string, Json | Error | ((href: string) => Answer)>>,
  seen: string[] = [],
): LiveSource {
  const reader: ApplianceReader = {
    fetch: async (path) => {
      const name = path.replace('/api/configuration/', '');
      const place = seen.push(name) - 1;
      const answer = answers[name];
      if (answer === undefined) throw new NotFound();
      if (answer instanceof Error) throw answer;
      const content = unread(typeof answer === 'function' ? answer(path) : { kind: 'leaf', body: answer });
      // A status is looked into in a way of its own.
      const status = (): Json => {
        seen[place] = `status ${name}`;
        return content.status();
      };
      return { ...content, status };
    },
  };
  return { reader, registry, concurrency: 2, isNotFound: (error: unknown) => error instanceof NotFound };
}

test('each resource is one request, and comes in normal form', async () => {
  const seen: string[] = [];
  const body = { sum: 1, ref: { key: 'k', meta: { href: '/x' } } };
  const live = await readLive(['test/thing', 'a/b'], reading({ 'test/thing': body, 'a/b': body }, seen), signal);
  expect(seen).toEqual(['test/thing', 'a/b']);
  const references = [{ pointer: '/ref', href: '/x' }];
  expect([...live.values()]).toMatchObject([
    { resource: 'test/thing', state: 'present', body: { ref: 'k' }, references },
    { resource: 'a/b', state: 'present', body: { sum: 1, ref: 'k' }, references },
  ]);
});

test('nothing to read is no request', async () => {
  expect(await readLive([], reading({}), signal)).toEqual(new Map());
});

test('a 404 is a resource that the firmware lacks', async () => {
  const live = await readLive(['a/b'], reading({}), signal);
  expect(live.get('a/b')).toEqual({ resource: 'a/b', state: 'unsupported' });
});

test('any other failure is thrown as it is', async () => {
  const failure = new Error('broken');
  await expect(readLive(['x', 'y'], reading({ x: {}, y: failure }), signal)).rejects.toBe(failure);
  const inMember = reading({ x: listing(['1'], ['2']), 'x/1': {}, 'x/2': failure });
  await expect(readLive(['x'], inMember, signal)).rejects.toBe(failure);
});

test.each<readonly [what: string, resource: string, answer: Json | ((href: string) => Answer)]>([
  ['a listing where the schema knows one object', 'test/thing', listing()],
  ['one object where the schema knows a collection', 'trust_stores', { a: 1 }],
  ['a member that lies elsewhere', 'policies/odd', () => strayed('/api/configuration/policies/other/1')],
  ['a member that is called alike', 'policies/odd', () => strayed('/api/configuration/policies/odd2/1')],
  ['a member at the place of the listing itself', 'policies/odd', () => strayed('/api/configuration/policies/odd')],
  ['a member at another key', 'policies/odd', () => strayed('/api/configuration/policies/odd/2')],
  ['a member at a longer key', 'policies/odd', () => strayed('/api/configuration/policies/odd/11')],
  ['a member below its key', 'policies/odd', () => strayed('/api/configuration/policies/odd/1/x')],
  ['a member at a key of its own below', 'policies/odd', () => strayed('/api/configuration/policies/odd/x/1')],
  ['a member with a slash at its end', 'policies/odd', () => strayed('/api/configuration/policies/odd/1/')],
  ['a member whose key ends in half a character', 'policies/odd', listing(['1\ud800', {}])],
  ['two members of which one strayed', 'policies/odd', () => strayed('/api/configuration/policies/odd/2', '2')],
])('%s is nonsense', async (_what, resource, answer) => {
  const source = reading({ [resource]: answer });
  const registries = { ...source, registry: resource === 'trust_stores' ? realRegistry() : registry };
  await expect(readLive([resource], registries, signal)).rejects.toMatchObject({ failure: 'targetUnreachable' });
});

/** A listing whose member 1 is said to be at that place, after others at their own. */
function strayed(href: string, ...before: readonly string[]): Answer {
  const others = before.map((key) => ({ key, href: `/api/configuration/policies/odd/${key}`, body: {} }));
  return { kind: 'listing', items: [...others, { key: '1', href, body: {} }] };
}

test.each(['a b', 'a/b', 'ä', 'a%2Fb'])('a member may be at its key %j as it is, or encoded', async (key) => {
  for (const end of [key, encodeURIComponent(key)]) {
    const href = `/api/configuration/policies/odd/${end}`;
    const answer = (): Answer => ({ kind: 'listing', items: [{ key, href, body: { name: 'A' } }] });
    const live = await readLive(['policies/odd'], reading({ 'policies/odd': answer }), signal);
    expect(live.get('policies/odd')).toMatchObject({ members: [{ key, href, name: 'A' }] });
  }
});

describe('a collection', () => {
  test('whose listing has bodies is one request', async () => {
    const seen: string[] = [];
    const answers = { 'policies/odd': listing(['b', { name: 'B', x: 1 }], ['a', { name: 'A' }]) };
    const live = await readLive(['policies/odd'], reading(answers, seen), signal);
    expect(seen).toEqual(['policies/odd']);
    expect(live.get('policies/odd')).toMatchObject({
      state: 'collection',
      href: '/api/configuration/policies/odd',
      identity: 'name',
      keys: ['b', 'a'],
      members: [
        { key: 'b', href: '/api/configuration/policies/odd/b', name: 'B', body: { name: 'B', x: 1 } },
        { key: 'a', href: '/api/configuration/policies/odd/a', name: 'A', body: { name: 'A' } },
      ],
    });
  });

  test('whose listing has none is one request more for each member, in the order of the listing', async () => {
    const seen: string[] = [];
    const answers = { c: listing(['b'], ['a']), 'c/a': { name: 'A' }, 'c/b': { name: 'B' } };
    const live = await readLive(['c'], reading(answers, seen), signal);
    expect(seen.toSorted()).toEqual(['c', 'c/a', 'c/b']);
    expect(live.get('c')).toMatchObject({ keys: ['b', 'a'], members: [{ name: 'B' }, { name: 'A' }] });
  });

  test('is read as far as it is needed, its keys all the same', async () => {
    const seen: string[] = [];
    const answers = { c: listing(['b'], ['a', { name: 'A' }], ['d']), 'c/b': { name: 'B' } };
    const isNeeded = (resource: string, key: string) => resource === 'c' && key === 'b';
    const live = await readLive(['c'], reading(answers, seen), signal, isNeeded);
    expect(seen).toEqual(['c', 'c/b']);
    const found = live.get('c');
    expect(found).toMatchObject({ keys: ['b', 'a', 'd'], members: [{ key: 'b', name: 'B' }] });
    expect(found?.state === 'collection' && found.members.length).toBe(1);
  });

  test('without members is empty', async () => {
    const live = await readLive(['c'], reading({ c: listing() }), signal);
    expect(live.get('c')).toMatchObject({ state: 'collection', keys: [], members: [] });
  });

  test('may lose a member between the listing and the reading', async () => {
    const live = await readLive(['c'], reading({ c: listing(['a'], ['b']), 'c/b': { name: 'B' } }), signal);
    expect(live.get('c')).toMatchObject({ keys: ['a', 'b'], members: [{ key: 'b' }] });
  });

  test('of directories has members without bodies and names', async () => {
    const live = await readLive(['aaa'], reading({ aaa: listing(['x']), 'aaa/x': listing() }), signal);
    expect(live.get('aaa')).toMatchObject({ members: [{ key: 'x', name: null, body: null }] });
  });

  test.each<readonly [name: string, body: Json, expected: string | null]>([
    ['a name', { name: 'A' }, 'A'],
    ['no name', { a: 1 }, null],
    ['a name that is no text', { name: 5 }, null],
    ['a body that is no object', 'name', null],
    ['a body that is a list', ['name'], null],
    ['an empty name', { name: '' }, null],
    ['a blank name', { name: ' \u00a0\t' }, null],
    ['a name with a line break', { name: 'A\nB' }, null],
    ['a name that moves the cursor', { name: 'A\u001b[2K' }, null],
    ['a name with a control character of the upper half', { name: 'A\u009bB' }, null],
    ['a name with half a character', { name: 'A\ud800' }, null],
    ['a name with blanks around it', { name: ' A ' }, ' A '],
    ['a name of whole characters beyond the basic plane', { name: '\u{1f511}' }, '\u{1f511}'],
  ])('tells its members by name: %s', async (_name, body, name) => {
    const live = await readLive(['c'], reading({ c: listing(['a', body]) }), signal);
    expect(live.get('c')).toMatchObject({ members: [{ key: 'a', name, body }] });
  });

  test('of fixed keys tells its members by key, whatever they are called', async () => {
    const source = reading({ 'network/nics': listing(['nic1', { name: 'x' }], ['nic2', {}]) });
    expect((await readLive(['network/nics'], source, signal)).get('network/nics')).toMatchObject({
      identity: 'key',
      members: [{ name: 'nic1' }, { name: 'nic2' }],
    });
  });

  test('says where its members refer to something', async () => {
    const member = { name: 'A', in: [{ to: { key: '5', meta: { href: '/api/configuration/x/5' } } }] };
    const live = await readLive(['c'], reading({ c: listing(['a', member]) }), signal);
    expect(live.get('c')).toMatchObject({
      members: [{ body: { in: [{ to: '5' }] }, references: [{ pointer: '/in/0/to', href: '/api/configuration/x/5' }] }],
    });
  });
});

describe('a number that cannot be sent back unchanged', () => {
  test.each([2 ** 53, -(2 ** 53), Infinity, 1e300])('%d stops the reading of a single object', async (number) => {
    const source = reading({ 'a/b': { deep: [{ n: number }] } });
    await expect(readLive(['a/b'], source, signal)).rejects.toMatchObject({ failure: 'targetUnreachable' });
  });

  test.each([2 ** 53 - 1, -(2 ** 53) + 1, 0, 1.5, -0.25])('%d is none', async (number) => {
    const live = await readLive(['a/b'], reading({ 'a/b': { deep: [{ n: number }] } }), signal);
    expect(live.get('a/b')).toMatchObject({ state: 'present', body: { deep: [{ n: number }] } });
  });

  test('is noted at a member, and leaves the others alone', async () => {
    const answers = { c: listing(['a', { name: 'A', n: 2 ** 60 }], ['b', { name: 'B', n: 5 }]) };
    const live = await readLive(['c'], reading(answers), signal);
    expect(live.get('c')).toMatchObject({ members: [{ numbers: 'inexact' }, { numbers: 'exact' }] });
  });
});

describe('what is only a condition', () => {
  test('is read as a status, at its own path, its dates in one spelling', async () => {
    const seen: string[] = [];
    const answers = {
      '/api/starling/join': { joined: true },
      'management/license': { serial: 's', valid_not_after: '2031/05/01', valid_not_before: '2021-05-01' },
    };
    const source = { ...reading(answers, seen), registry: realRegistry(), concurrency: 1 };
    const live = await readLive(['starling/join', 'management/license'], source, signal);
    expect(seen).toEqual(['status /api/starling/join', 'status management/license']);
    expect(live.get('starling/join')).toMatchObject({
      state: 'present',
      href: '/api/starling/join',
      body: { joined: true },
    });
    expect(live.get('management/license')).toMatchObject({
      body: { serial: 's', valid_not_after: '2031-05-01', valid_not_before: '2021-05-01' },
    });
  });

  test('may be missing like anything else', async () => {
    const live = await readLive(['starling/join'], { ...reading({}), registry: realRegistry() }, signal);
    expect(live.get('starling/join')).toEqual({ resource: 'starling/join', state: 'unsupported' });
  });
});

test('a collection without a schema takes what is sent as it is; with one, in the spelling of the appliance', async () => {
  const answers = {
    c: listing(['a', { name: 'A' }]),
    trust_stores: listing(['5', { name: 'S', authorities: ['PEM'] }]),
  };
  const live = await readLive(['c', 'trust_stores'], { ...reading(answers), registry: realRegistry() }, signal);
  const [plain, spelt] = ['c', 'trust_stores'].map((resource) => live.get(resource) ?? expect.fail());
  expect(spelt).toMatchObject({ members: [{ body: { authorities: [{ certificate: 'PEM' }] } }] });
  const body = { name: 'A', authorities: [{ certificate: 'PEM' }] };
  if (plain?.state !== 'collection' || spelt?.state !== 'collection') expect.fail();
  expect(plain.spell(body)).toEqual(body);
  expect(spelt.spell(body)).toEqual({ name: 'A', authorities: ['PEM'] });
});
