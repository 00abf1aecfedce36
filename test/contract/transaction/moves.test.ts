import { beforeEach, describe, expect, test } from 'vitest';
import { absentFrom, memberOf } from '../../unit/plan/parts.ts';
import { COMMIT, committedState, OPEN, reconcile, SUPPORT } from './harness.ts';
import { oneSimulator } from './one-simulator.ts';

const LISTS = 'policies/userlists';
const INFO = { method: 'GET', path: '/api/info' } as const;
const WRITE = { method: 'PUT', path: SUPPORT } as const;

const on = oneSimulator({ quirks: { secondWriter: 'merge' } });
const { at, atEach, count } = on;

beforeEach(() => {
  for (const { key } of on.simulator.members(LISTS) ?? []) on.simulator.setMember(LISTS, key, undefined);
});

/** Somebody else changes what we do not touch. */
function commitElsewhere(value: number): void {
  on.simulator.setMember(LISTS, 'other', { name: 'other', allow: 'no_user', except: [String(value)] });
}

describe('a config_hash', () => {
  test('that stands still is asked for three times: for the plan, after the open, before the commit', async () => {
    expect(await reconcile(on.simulator)).toMatchObject({ end: 'applied', warnings: [] });
    expect([count(INFO), count(OPEN)]).toEqual([3, 1]);
    // For the plan, after the open, after the writes, after the commit.
    expect(count({ method: 'GET', path: SUPPORT })).toBe(4);
  });

  test('that follows what is only pending is not relied on any more, with a warning', async () => {
    on.simulator.quirks.configHash = 'with-pending';
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'applied', warnings: ['config-hash-unstable'] });
    expect(ended.record.warnings[0]?.message).toContain('follows changes that are only pending');
    expect(count(OPEN)).toBe(2);
  });

  test('that comes back to what it was after our open was moved by nobody else', async () => {
    const hashes = ['1', '2', '2', '1', '2', '2', '3', '2'];
    for (const [index, hash] of hashes.entries()) {
      const body = { hostname: 'sps1', firmware_version: '8.0.0', roles: [], config_hash: hash.repeat(32) };
      const json = { body, key: 'about_info', meta: { href: INFO.path } };
      on.simulator.faults.add({ kind: 'status', status: 200, json, match: { ...INFO, nth: index + 1 } });
    }
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'applied', warnings: ['config-hash-unstable'] });
    expect([on.simulator.faults.pending, count(INFO), count(OPEN)]).toEqual([0, 8, 3]);
  });

  test('that moves before the open is taken for a change, once', async () => {
    at(OPEN, 1, () => commitElsewhere(1));
    expect(await reconcile(on.simulator)).toMatchObject({ end: 'applied', warnings: [] });
    // The first attempt ends with a second look at it.
    expect([count(INFO), count(OPEN)]).toEqual([6, 2]);
  });

  test('that every open moves is the new base from the second attempt on', async () => {
    on.simulator.quirks.configHash = 'moves-on-open';
    expect(await reconcile(on.simulator)).toMatchObject({ end: 'applied', warnings: [] });
    expect(count(OPEN)).toBe(2);
  });

  test('that moves while we write begins the run anew, and nothing of it is lost', async () => {
    at(WRITE, 1, () => commitElsewhere(1));
    expect(await reconcile(on.simulator)).toMatchObject({ end: 'applied', warnings: [] });
    expect([count(COMMIT), count(OPEN)]).toEqual([1, 2]);
    expect(on.simulator.members(LISTS)).toHaveLength(1);
  });

  test('that moves whenever we write ends the run', async () => {
    atEach(WRITE, commitElsewhere);
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'planChanged', record: { transaction: 'rolled-back', committed: 0 } });
    expect([count(COMMIT), count(WRITE)]).toEqual([0, 3]);
    expect(committedState(on.simulator)).toBe('old');
  });

  test('that moves at every reading is not relied on, with a warning', async () => {
    on.simulator.quirks.configHash = 'volatile';
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'applied', warnings: ['config-hash-unstable'] });
    expect(ended.record.warnings[0]?.message).toContain('it moves at every reading');
    expect([count(INFO), count(OPEN)]).toEqual([3, 1]);
  });

  test('that is not told is not asked for again', async () => {
    on.simulator.quirks.configHash = 'absent';
    expect(await reconcile(on.simulator)).toMatchObject({ end: 'applied', warnings: [] });
    expect(count(INFO)).toBe(1);
  });

  test('that is told for the plan and not after the open is not relied on', async () => {
    at(OPEN, 1, () => (on.simulator.quirks.configHash = 'absent'));
    expect(await reconcile(on.simulator)).toMatchObject({ end: 'applied', warnings: [] });
    expect([count(INFO), count(OPEN)]).toEqual([2, 1]);
  });
});

describe('the members of a collection that we create in or delete from', () => {
  beforeEach(() => {
    on.simulator.quirks.configHash = 'absent';
    on.simulator.setMember(LISTS, 'old', { name: 'old', allow: 'no_user', except: [] });
  });

  const created = memberOf(LISTS, 'new', { allow: 'no_user', except: [] });
  const gone = absentFrom(LISTS, 'old');

  test.each([
    ['came, before a create', created, 'x', 'set'],
    ['went, before a create', created, 'old', 'remove'],
    ['came, before a delete', gone, 'x', 'set'],
  ] as const)('one that %s: planned anew', async (_what, document, key, act) => {
    const body = act === 'set' ? { name: `of ${key}`, allow: 'no_user', except: [] } : undefined;
    at(OPEN, 1, () => on.simulator.setMember(LISTS, key, body));
    const ended = await reconcile(on.simulator, { resources: [document] });
    expect(ended).toMatchObject({ end: 'applied', record: { staged: 1, committed: 1 }, warnings: [] });
    expect(count(OPEN)).toBe(2);
  });

  test('one that comes in the place of another at every open ends the run, and the collection is named', async () => {
    atEach(OPEN, (nth) => {
      on.simulator.setMember(LISTS, `k${nth - 1}`, undefined);
      on.simulator.setMember(LISTS, `k${nth}`, { name: `n${nth}`, allow: 'no_user', except: [] });
    });
    const ended = await reconcile(on.simulator, { resources: [created, gone] });
    expect(ended).toMatchObject({ end: 'planChanged', record: { transaction: 'rolled-back' } });
    expect(ended.error?.details).toEqual({ pointers: [`${LISTS} (members)`] });
    expect(count(OPEN)).toBe(3);
  });

  test('one that we change, and that goes and comes at every open, is named as a whole', async () => {
    atEach(OPEN, (nth) =>
      on.simulator.setMember(LISTS, 'old', nth % 2 === 0 ? { name: 'old', allow: 'no_user', except: [] } : undefined),
    );
    const ended = await reconcile(on.simulator, {
      resources: [memberOf(LISTS, 'old', { allow: 'all_users', except: [] })],
    });
    expect(ended).toMatchObject({ end: 'planChanged', record: { transaction: 'rolled-back' } });
    expect(ended.error?.details).toEqual({ pointers: [`${LISTS} "old"`] });
    expect(count(OPEN)).toBe(3);
  });

  test('are no matter to an update', async () => {
    at(OPEN, 1, () => on.simulator.setMember(LISTS, 'x', { name: 'x', allow: 'no_user', except: [] }));
    const ended = await reconcile(on.simulator, { resources: [memberOf(LISTS, 'old', { allow: 'all_users' })] });
    expect(ended).toMatchObject({ end: 'applied', record: { committed: 1 } });
    expect(count(OPEN)).toBe(1);
  });
});
