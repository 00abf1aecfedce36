import { expect, test } from 'vitest';
import { CUT_OFF_PATHS } from '../../../src/plan/cut-off.ts';
import { brakesOf, type GuardLimits } from '../../../src/plan/guard.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { operationOn, updating } from './parts.ts';

const LIMITS: GuardLimits = { maxDeletes: 5, maxChangeRatio: 0.3, protect: [], allow: [], expectHostname: null };
const BOX = { hostname: 'sps1', roles: [] };

function codes(plan: Plan, limits: Partial<GuardLimits> = {}, appliance: Parameters<typeof brakesOf>[1] = BOX) {
  return brakesOf(plan, appliance, { ...LIMITS, ...limits }).map((brake) => brake.code);
}

function many(count: number, managedLive: number, action = 'update'): Plan {
  const resources = Array.from({ length: count }, (_, index) => `test/thing${index}`);
  const operations = resources.map((resource) => ({ ...operationOn(resource), action }) as Plan['operations'][number]);
  return updating([], { operations, managedLive });
}

test('an empty plan sets off nothing, whatever the appliance is', () => {
  const limits = { maxDeletes: 0, maxChangeRatio: 0, protect: ['**'], expectHostname: 'other' };
  expect(codes(updating([], { managedLive: 20 }), limits, { hostname: null, roles: ['managed-host'] })).toEqual([]);
});

test.each<[number, number, number, readonly string[]]>([
  [3, 10, 0.3, []],
  [4, 10, 0.3, ['too-much-change']],
  [9, 9, 0.3, []],
  [9, 9, 0, []],
  [1, 10, 0, ['too-much-change']],
  [7, 10, 0.7, []],
  [6, 20, 0.3, []],
  [7, 20, 0.3, ['too-much-change']],
  [29, 100, 0.29, []],
  [10, 10, 1, []],
])('%i changes of %i with a ratio of %f', (changed, total, maxChangeRatio, expected) => {
  expect(codes(many(changed, total), { maxChangeRatio })).toEqual(expected);
});

test.each([
  ['update', 4, ['too-much-change']],
  ['delete', 4, ['too-much-change']],
  ['reorder', 4, ['too-much-change']],
  ['create', 10, []],
  ['upload', 10, []],
  ['delete', 3, []],
])('%s counts as a change or not', (action, count, expected) => {
  expect(codes(many(count, 10, action))).toEqual(expected);
});

test.each([
  [5, []],
  [6, ['too-many-deletes']],
])('%i deletes', (count, expected) => {
  expect(codes(many(count, 9, 'delete'))).toEqual(expected);
  expect(codes(many(count, 9, 'update'))).toEqual([]);
});

test('the numbers are told', () => {
  const [brake] = brakesOf(many(4, 10), BOX, LIMITS);
  expect(brake?.message).toContain('4 of 10 managed objects (40 %)');
  expect(brake?.message).toContain('0.3');
  const [deletes] = brakesOf(many(6, 9, 'delete'), BOX, LIMITS);
  expect(deletes?.message).toMatch(/6 objects.* 5$/);
});

test.each<[string, readonly string[], readonly string[]]>([
  ['management/soap', ['management/soap'], ['protected']],
  ['management/soap', ['management/*'], ['protected']],
  ['management/snmp/trap', ['management/*'], []],
  ['management/snmp/trap', ['management/**'], ['protected']],
  ['management/soap2', ['management/soap'], []],
  ['reporting', ['reporting/**'], ['protected']],
  ['ssh/options', ['{ssh,rdp}/*'], ['protected']],
  ['management/soap', ['a', 'b', '**/soap'], ['protected']],
  ['management/soap', [], []],
])('%s with protect %j', (resource, protect, expected) => {
  expect(codes(updating([resource]), { protect })).toEqual(expected);
});

test('allow does not lift the protection', () => {
  expect(codes(updating(['management/soap']), { protect: ['**'], allow: ['**'] })).toEqual(['protected']);
});

test.each([
  ...CUT_OFF_PATHS.filter((path) => !path.includes('*')),
  'aaa/settings',
  'aaa/local_database/users',
  'network/nics/nic1',
])('a change of %s may cut off, unless it is allowed', (resource) => {
  expect(codes(updating([resource]))).toEqual(['may-cut-off']);
  expect(codes(updating([resource]), { allow: [resource] })).toEqual([]);
  expect(codes(updating([resource]), { allow: ['other'] })).toEqual(['may-cut-off']);
});

test.each(['management/soap', 'network/dns', 'passwords2', 'management/splunk_forwarder', 'local_services/user_web'])(
  'a change of %s cuts nobody off',
  (resource) => {
    expect(codes(updating([resource]))).toEqual([]);
  },
);

test('a glob in allow covers what it matches', () => {
  expect(codes(updating(['aaa/acls', 'network/naming']), { allow: ['aaa/**'] })).toEqual(['may-cut-off']);
});

test.each<[string | null, string | null, readonly string[]]>([
  ['sps1', null, []],
  ['sps1', 'sps1', []],
  ['sps2', 'sps1', ['unexpected-hostname']],
  ['SPS1', 'sps1', ['unexpected-hostname']],
  [null, 'sps1', ['unexpected-hostname']],
  [null, null, []],
])('host name %s where %s is expected', (hostname, expectHostname, expected) => {
  expect(codes(updating(['a/b']), { expectHostname }, { hostname, roles: [] })).toEqual(expected);
});

test.each<[readonly string[], readonly string[]]>([
  [[], []],
  [['managed-host'], ['managed-host']],
  [['managed-host', 'search-minion'], ['managed-host']],
  [['managed-host', 'central-management'], []],
  [['central-management'], []],
])('roles %j', (roles, expected) => {
  expect(codes(updating(['a/b']), {}, { hostname: 'sps1', roles })).toEqual(expected);
});

test('every brake is told, each resource once, each with a next step', () => {
  const operations = [operationOn('aaa/acls'), operationOn('aaa/acls'), ...many(9, 9, 'delete').operations];
  const plan = updating([], { operations, managedLive: 11 });
  const limits = { ...LIMITS, protect: ['aaa/*'], expectHostname: 'x' };
  const brakes = brakesOf(plan, { hostname: null, roles: ['managed-host'] }, limits);
  expect(brakes.map((brake) => brake.code)).toEqual([
    'unexpected-hostname',
    'managed-host',
    'protected',
    'may-cut-off',
    'too-many-deletes',
    'too-much-change',
  ]);
  expect(brakes.map(({ message, hint }) => [message, hint])).toEqual([
    [
      "the appliance's host name is not told, the settings expect x",
      'check appliance.url, or correct appliance.expectHostname',
    ],
    [
      'the appliance is a managed host of a cluster: its central management node would undo the change',
      'point appliance.url at the central management node',
    ],
    [
      'aaa/acls is protected and the plan would change it',
      'take the change back, or take the resource out of safety.protect',
    ],
    [
      'a change of aaa/acls can lock this program, or everybody, out of the appliance',
      'if it is meant, list aaa/acls in safety.allow',
    ],
    [
      'the plan deletes 9 objects, safety.maxDeletes is 5',
      'apply in smaller steps, or raise safety.maxDeletes for this change',
    ],
    [
      'the plan changes 11 of 11 managed objects (100 %), safety.maxChangeRatio is 0.3',
      'apply in smaller steps, or raise safety.maxChangeRatio for this change',
    ],
  ]);
});
