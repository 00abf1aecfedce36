import { describe, expect, test } from 'vitest';
import type { DesiredCollection, DesiredResource } from '../../../src/desired/desired-state.ts';
import type { LiveResource } from '../../../src/plan/live-resource.ts';
import { computePlan } from '../../../src/plan/plan.ts';
import { realRegistry } from '../../resource-schemas.ts';
import { absentFrom, collectionOf, desiring, memberOf, present, pruning, sealing, wanted } from './parts.ts';

const registry = realRegistry();

function planned(
  live: LiveResource,
  documents: readonly DesiredResource[],
  collections: readonly DesiredCollection[] = [],
) {
  const plan = computePlan(desiring(documents, collections), new Map([[live.resource, live]]), registry, sealing());
  const { operations, errors, warnings } = plan;
  return {
    operations: operations.map(({ action, name, href }) => `${action} ${name} ${href}`),
    told: [...errors, ...warnings].map(({ severity, code, pointer }) => `${severity} ${code} ${pointer}`),
    numbers: [plan.managedLive, plan.unchanged],
    messages: errors.map(({ message, hint }) => `${message}; ${hint}`).join('\n'),
  };
}

const PLACE = 'policies/odd';

/** One object, or nothing, at a place that no schema describes. */
const single = present({ [PLACE]: { a: 1 } }).get(PLACE) ?? expect.fail();
const missing: LiveResource = { resource: PLACE, state: 'unsupported' };
const nothing = { operations: [], numbers: [0, 0] };

describe('what the files take a resource for, and what it is', () => {
  test('a member of a single object', () => {
    const told = ['error name-on-singleton /name'];
    expect(planned(single, [memberOf(PLACE, 'x')])).toMatchObject({ ...nothing, told });
    expect(planned(single, [absentFrom(PLACE, 'x')])).toMatchObject({ ...nothing, told });
  });

  test('members of a single object to be pruned', () => {
    const told = ['error prune-on-singleton /prune'];
    expect(planned(single, [], [pruning(PLACE)])).toMatchObject({ ...nothing, told });
  });

  test('a collection without a name', () => {
    const live = collectionOf(PLACE, { 1: { name: 'x' } });
    expect(planned(live, [wanted(PLACE, { a: 1 })])).toMatchObject({
      ...nothing,
      told: ['error name-missing /resource'],
    });
    expect(planned(collectionOf(PLACE, {}), [wanted(PLACE, { a: 1 })])).toMatchObject({
      ...nothing,
      told: ['error name-missing /resource'],
    });
  });

  test('a document that fits is planned beside one that does not', () => {
    const live = collectionOf(PLACE, { 1: { name: 'x', a: 1 } });
    expect(planned(live, [wanted(PLACE, { a: 1 }), memberOf(PLACE, 'x', { a: 1 })])).toMatchObject({
      told: ['error name-missing /resource'],
      numbers: [1, 1],
    });
    expect(planned(single, [memberOf(PLACE, 'x'), wanted(PLACE, { a: 1 })])).toMatchObject({
      told: ['error name-on-singleton /name'],
      numbers: [1, 1],
    });
  });
});

test('a member whose body is no object is wanted as it is, without its name', () => {
  const live = collectionOf(PLACE, { 1: { name: 'x', a: 1 } });
  const options = sealing({ unknown: 'show' });
  const { operations } = computePlan(
    desiring([memberOf(PLACE, 'x', 'text')]),
    new Map([[PLACE, live]]),
    registry,
    options,
  );
  expect(operations.map(({ comparison }) => comparison.patch)).toEqual([
    [{ op: 'replace', path: '', value: 'text', was: { name: 'x', a: 1 } }],
  ]);
});

describe('members that have no names', () => {
  const directory = collectionOf(PLACE, { acls: null, settings: { a: 1 } });

  test('cannot be meant by a document, unless it wants one gone', () => {
    expect(
      planned(directory, [memberOf(PLACE, 'acls'), memberOf(PLACE, 'x', {}, { previousName: 'acls' })]),
    ).toMatchObject({
      ...nothing,
      told: ['error members-without-name /resource', 'error members-without-name /resource'],
    });
    expect(planned(directory, [absentFrom(PLACE, 'settings')])).toMatchObject({
      operations: [],
      told: [],
      numbers: [0, 1],
    });
  });

  test('cannot be meant by a document without a name either', () => {
    const told = ['error members-without-name /resource'];
    expect(planned(directory, [wanted(PLACE, { a: 1 })])).toMatchObject({ ...nothing, told });
  });

  test('are no obstacle to a first one with a name where the schema knows a collection', () => {
    const body = { authorities: [], crl_urls: [], revocation_check: 'none' };
    const { operations, told } = planned(collectionOf('trust_stores', { 5: {} }), [
      memberOf('trust_stores', 'x', body),
    ]);
    expect({ operations, told }).toEqual({ operations: ['create x /api/configuration/trust_stores'], told: [] });
  });

  test('cannot be pruned', () => {
    const { operations, told } = planned(directory, [], [pruning(PLACE)]);
    expect(operations).toEqual([]);
    expect(told).toEqual(['warning not-pruned /prune']);
  });

  test('do no harm beside one that has', () => {
    const live = collectionOf(PLACE, { 1: { a: 1 }, 2: { name: 'x', a: 1 } });
    expect(planned(live, [memberOf(PLACE, 'x', { a: 1 })])).toMatchObject({ told: [], numbers: [1, 1] });
    const { operations, told } = planned(live, [memberOf(PLACE, 'new', { a: 1 })]);
    expect({ operations, told }).toEqual({ operations: [`create new /api/configuration/${PLACE}`], told: [] });
  });

  test('an empty collection may get its first', () => {
    const { operations, told } = planned(collectionOf(PLACE, {}), [memberOf(PLACE, 'x', { a: 1 })]);
    expect({ operations, told }).toEqual({ operations: [`create x /api/configuration/${PLACE}`], told: [] });
  });
});

describe('what the firmware lacks', () => {
  test.each([false, true])('is told once for each document; optional: %s', (optional) => {
    const documents = [memberOf(PLACE, 'x', {}, { optional }), memberOf(PLACE, 'y', {}, { optional })];
    const told = `${optional ? 'warning' : 'error'} unsupported-by-firmware /resource`;
    const result = planned(missing, documents, [pruning(PLACE, { optional })]);
    expect(result).toMatchObject({ ...nothing, told: [told, told, told] });
  });

  test('is optional by document', () => {
    const documents = [memberOf(PLACE, 'x', {}, { optional: true }), memberOf(PLACE, 'y')];
    expect(planned(missing, documents, [pruning(PLACE, { optional: true })]).told.toSorted()).toEqual([
      'error unsupported-by-firmware /resource',
      'warning unsupported-by-firmware /resource',
      'warning unsupported-by-firmware /resource',
    ]);
  });

  test('is no difference where it is to be gone: the collection itself is missing', () => {
    expect(planned(missing, [absentFrom(PLACE, 'x')]).told).toEqual(['error unsupported-by-firmware /resource']);
  });
});

describe('members whose keys are their names', () => {
  const NICS = 'network/nics';
  const nics = (['nic1', 'nic2'] as const).map((key) => {
    const href = `/api/configuration/${NICS}/${key}`;
    // A member called `name` tells nothing here.
    return { key, href, name: key, body: { a: 1, name: 'same' }, references: [], numbers: 'exact' as const };
  });
  const live: LiveResource = {
    resource: NICS,
    state: 'collection',
    href: `/api/configuration/${NICS}`,
    identity: 'key',
    keys: ['nic1', 'nic2'],
    names: new Map(nics.map(({ key, name }) => [key, name])),
    members: nics,
    spell: (body) => body,
  };

  test('are updated by key, and no name is written into them', () => {
    expect(planned(live, [memberOf(NICS, 'nic1', { a: 1 })])).toMatchObject({ operations: [], numbers: [1, 1] });
    const plan = computePlan(
      desiring([memberOf(NICS, 'nic2', { a: 2 })]),
      new Map([[NICS, live]]),
      registry,
      sealing({ unknown: 'show' }),
    );
    expect(plan.operations).toMatchObject([
      { action: 'update', href: `/api/configuration/${NICS}/nic2`, comparison: { target: { a: 2, name: 'same' } } },
    ]);
    expect(plan.operations[0]?.comparison.patch.map(({ path }) => path)).toEqual(['/a']);
  });

  test('cannot be made', () => {
    const { operations, told, messages } = planned(live, [memberOf(NICS, 'nic9', { a: 1 })]);
    expect({ operations, told }).toEqual({ operations: [], told: ['error member-unknown /name'] });
    expect(messages).toContain('known are nic1, nic2');
  });

  test.each([
    ['a name that is live', 'nic2', 'nic1'],
    ['a name that is not live', 'nic9', 'nic1'],
    ['a previous name that is not live', 'nic1', 'nic9'],
  ])('cannot be renamed: %s', (_name, name, previousName) => {
    const documents = [memberOf(NICS, name, { a: 1 }, { previousName }), memberOf(NICS, 'nic1', { a: 2 })];
    const { operations, told, messages } = planned(live, documents);
    expect({ operations, told }).toEqual({ operations: [], told: ['error not-renamable /previousName'] });
    expect(messages).toContain('leave previousName out');
  });

  test('cannot be deleted or pruned: the appliance makes them', () => {
    expect(planned(live, [absentFrom(NICS, 'nic1')])).toMatchObject({
      operations: [],
      told: ['error built-in /state'],
    });
    expect(planned(live, [], [pruning(NICS)])).toMatchObject({ operations: [] });
  });
});
