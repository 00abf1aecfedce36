import { describe, expect, test } from 'vitest';
import type { DesiredResource } from '../../../src/desired/desired-state.ts';
import { readLive } from '../../../src/live/read-live.ts';
import type { LiveResource } from '../../../src/plan/live-resource.ts';
import { titleOf } from '../../../src/plan/operation.ts';
import { computePlan, type Plan } from '../../../src/plan/plan.ts';
import { shownOperation } from '../../../src/plan/show-operation.ts';
import type { Json } from '../../../src/shared/json.ts';
import { WITHHELD } from '../../../src/shared/secret-book.ts';
import { realRegistry } from '../../resource-schemas.ts';
import { unread } from '../live/unread.ts';
import { absentFrom, collectionOf, desiring, memberOf, present, pruning, sealing } from './parts.ts';

const registry = realRegistry();
const ODD = 'policies/odd';
const USERS = 'aaa/local_database/users';
const TOKEN = 'hunter2-token';
const options = sealing({ unknown: 'show', containsSecret: (text) => text.includes(TOKEN) });

function planned(live: readonly LiveResource[], documents: readonly DesiredResource[] = [], prune = ODD): Plan {
  const all = new Map(live.map((one) => [one.resource, one]));
  return computePlan(desiring(documents, [pruning(prune)]), all, registry, options);
}

function kinds(plan: Plan): readonly string[] {
  return plan.operations.map(({ action, name }) => `${action} ${name}`);
}

describe('a live name that holds a secret of the run', () => {
  const secret = collectionOf(ODD, { 1: { name: `of ${TOKEN}`, a: 1 }, 2: { name: 'plain', a: 1 } });

  test('is withheld wherever what is pruned is called by it', () => {
    const plan = planned([secret]);
    expect(kinds(plan)).toEqual([`delete ${WITHHELD}`, 'delete plain']);
    const shown = plan.operations.map((operation) => [titleOf(operation), shownOperation(operation, options.sealer)]);
    expect(JSON.stringify(shown)).not.toContain(TOKEN);
    expect(shown[0]?.[1]).toMatchObject({ name: WITHHELD, patch: [{ was: { name: '(secret)', a: 1 } }] });
    expect(plan.operations[0]).toMatchObject({ member: { key: '1' }, href: '/api/configuration/policies/odd/1' });
  });

  test('is withheld where it is what is still referenced, and where it refers', () => {
    const href = '/api/configuration/policies/odd/1';
    const single = present({ reporting: { to: '1' } }).get('reporting') ?? expect.fail();
    const references = [{ pointer: '/to', href }];
    const named = collectionOf('policies/users', { 7: { name: `by ${TOKEN}`, to: '1' } }, { references });
    const referring = single.state === 'present' ? { ...single, references } : expect.fail();
    const { errors } = planned([secret, referring, named]);
    expect(errors.map(({ code }) => code)).toEqual(['still-referenced']);
    expect(errors[0]?.message).toBe(
      `policies/odd "${WITHHELD}" cannot be deleted: it is still referenced by reporting /to, policies/users "${WITHHELD}" /to`,
    );
  });

  test('still tells two members apart', () => {
    const two = collectionOf(ODD, { 1: { name: `a ${TOKEN}` }, 2: { name: `b ${TOKEN}` } });
    const { operations } = planned([two]);
    expect(operations.map(({ name, href }) => [name, href.at(-1)])).toEqual([
      [WITHHELD, '1'],
      [WITHHELD, '2'],
    ]);
  });
});

describe('the account that always exists', () => {
  const users = collectionOf(USERS, { 10: { name: 'admin' }, 11: { name: 'Admin' }, 12: { name: 'other' } });

  test('is not pruned, and nothing is said of it', () => {
    const plan = planned([users], [], USERS);
    expect(kinds(plan)).toEqual(['delete Admin', 'delete other']);
    expect(plan).toMatchObject({ managedLive: 2, warnings: [], errors: [] });
  });

  test('may be managed like any other', () => {
    expect(kinds(planned([users], [memberOf(USERS, 'admin', { a: 1 })], USERS))[0]).toBe('update admin');
  });

  test('is that of this collection alone', () => {
    expect(kinds(planned([collectionOf(ODD, { 1: { name: 'admin' } })]))).toEqual(['delete admin']);
  });
});

test.each<readonly [what: string, name: Json]>([
  ['empty', ''],
  ['blank', ' \u00a0'],
  ['a line break', 'x\ny'],
  ['an escape sequence', '\u001b[31mx'],
  ['half a character', 'x\udc00'],
])('a member whose name no document can have stays, and that is said: %s', async (_what, name) => {
  const items = [
    { key: '1', href: '/api/configuration/policies/odd/1', body: { name } },
    { key: '2', href: '/api/configuration/policies/odd/2', body: { name: 'x' } },
  ];
  const reader = { fetch: async () => unread({ kind: 'listing', items }) };
  const source = { reader, registry, concurrency: 1, isNotFound: () => false };
  const live = await readLive([ODD], source, new AbortController().signal);
  const plan = planned([...live.values()], [absentFrom(ODD, 'y')]);
  expect(kinds(plan)).toEqual(['delete x']);
  expect(plan.warnings).toMatchObject([{ code: 'not-pruned', pointer: '/prune' }]);
  expect(plan.warnings[0]?.message).toContain('1 member has no name');
});
