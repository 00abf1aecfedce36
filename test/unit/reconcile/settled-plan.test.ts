import { describe, expect, test } from 'vitest';
import type { LiveResource } from '../../../src/plan/live-resource.ts';
import { computePlan } from '../../../src/plan/plan.ts';
import { holdsFor, settledBy, type SettledPlan } from '../../../src/reconcile/settled-plan.ts';
import { absentFrom, collectionOf, desiring, present, registryOf, sealing, wanted } from '../plan/parts.ts';

const registry = registryOf({ properties: { a: {} } });
const ODD = 'policies/odd';
const UNSUPPORTED: LiveResource = { resource: 'x/y', state: 'unsupported' };

function planned(live: ReadonlyMap<string, LiveResource>, value = 1) {
  const documents = [wanted('test/thing', { a: value }), absentFrom(ODD, 'gone')];
  return { plan: computePlan(desiring(documents), live, registry, sealing()), live };
}

function liveWith(odd: LiveResource): ReadonlyMap<string, LiveResource> {
  return new Map([...present({ 'test/thing': { a: 1 } }), [ODD, odd], [UNSUPPORTED.resource, UNSUPPORTED]]);
}

function settled(live: ReadonlyMap<string, LiveResource>): SettledPlan {
  return settledBy(planned(live)) ?? expect.fail('not settled');
}

const odd = collectionOf(ODD, { 1: { name: 'x' }, 2: { name: 'y' } });
if (odd.state !== 'collection') throw new Error('no collection');

test('a plan is settled while it has nothing to do', () => {
  const live = liveWith(odd);
  expect(settledBy(planned(live))).toEqual(planned(live));
  expect(settledBy(planned(live, 2))).toBeNull();
});

test.each(['errors', 'warnings'] as const)('a plan with %s has something to tell', (kind) => {
  const { plan, live } = planned(liveWith(odd));
  const finding = { code: 'x', severity: 'warning', message: 'm' } as const;
  expect(settledBy({ live, plan: { ...plan, [kind]: [finding] } })).toBeNull();
});

test('a plan with values that make no sense is not settled', () => {
  const { plan, live } = planned(liveWith(odd));
  expect(settledBy({ live, plan: { ...plan, misshapen: ['x /a'] } })).toBeNull();
});

describe('a settled plan', () => {
  const before = liveWith(odd);

  test('holds for the very same reading, in another collection of the same members too', () => {
    expect(holdsFor(settled(before), before)).toBe(true);
    const again: LiveResource = { ...odd, members: [...odd.members] };
    const unsupported = { ...UNSUPPORTED };
    expect(holdsFor(settled(before), new Map([...before, [ODD, again], ['x/y', unsupported]]))).toBe(true);
  });

  const [first, second] = odd.members;
  if (first === undefined || second === undefined) throw new Error('no members');
  test.each<readonly [what: string, changes: readonly (readonly [string, LiveResource])[]]>([
    ['an object that only looks the same', [...present({ 'test/thing': { a: 1 } })]],
    ['a member that only looks the same', [[ODD, { ...odd, members: [first, { ...second }] }]]],
    ['a member less', [[ODD, { ...odd, members: [first] }]]],
    ['members in another order', [[ODD, { ...odd, members: [second, first] }]]],
    ['another listing', [[ODD, { ...odd, keys: [...odd.keys] }]]],
    ['a resource that went away', [[ODD, { resource: ODD, state: 'unsupported' }]]],
    ['a resource that came', [['x/y', { ...odd, resource: 'x/y' }]]],
    ['one resource more', [['x/z', { ...odd, resource: 'x/z' }]]],
  ])('does not hold for %s', (_what, changes) => {
    expect(holdsFor(settled(before), new Map([...before, ...changes]))).toBe(false);
  });

  test('does not hold for a resource less', () => {
    expect(holdsFor(settled(before), new Map([...before].slice(1)))).toBe(false);
  });
});
