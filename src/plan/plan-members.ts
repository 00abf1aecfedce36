import type { DesiredCollection, DesiredResource } from '../desired/desired-state.ts';
import { hrefOf } from '../resources/resource-href.ts';
import type { FieldNode, ResourceType } from '../resources/resource-type.ts';
import { UNDESCRIBED_MEMBER } from '../resources/undescribed-member.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { compareAbsent, comparePresent } from './comparison.ts';
import type { LiveCollection, LiveMember } from './live-resource.ts';
import type { Membership } from './operation.ts';
import { pairMembers } from './pair-members.ts';
import { builtIn, namelessMembers, notMade } from './plan-findings.ts';
import { checkOperation, wantedBy, type Planning } from './planning.ts';

/** Everything that planning one collection goes by. */
interface Members {
  readonly live: LiveCollection;
  readonly type: ResourceType | undefined;
  readonly node: FieldNode;
}

/** Plans the members of one collection that documents describe, and with `prune` the end of all others. */
export function planMembers(
  documents: readonly DesiredResource[],
  collection: DesiredCollection | undefined,
  live: LiveCollection,
  planning: Planning,
): void {
  const type = planning.registry.find(live.resource);
  const members: Members = { live, type, node: type?.fields ?? UNDESCRIBED_MEMBER };
  const { pairs, unnamed, faults } = pairMembers(documents, live.members);
  for (const { desired, ...fault } of faults) {
    const pointer = fault.code === 'ambiguous-name' ? '/name' : '/previousName';
    planning.place(desired, pointer, 'value', { severity: 'error', ...fault });
  }
  for (const pair of pairs) {
    if (pair.desired.state === 'absent') planAbsent(pair.desired, pair.live, members, planning);
    else if (pair.live === undefined) planCreate(pair.desired, members, planning);
    else planUpdate(pair.desired, pair.live, members, planning);
  }
  if (collection?.prune === true) prune(collection, unnamed, members, planning);
}

function planCreate(desired: DesiredResource, { live, type, node }: Members, planning: Planning): void {
  const { resource, name, source } = desired;
  if (live.identity === 'key') {
    planning.place(desired, '/name', 'value', notMade(resource, live.keys));
    return;
  }
  if (type === undefined && isDirectory(live)) {
    planning.place(desired, '/resource', 'value', namelessMembers(resource));
    return;
  }
  const comparison = comparePresent(wantedBy(desired, node, live.identity), undefined, planning.options);
  checkOperation(desired, type, comparison, planning);
  const member: Membership = { key: null, siblings: live.keys };
  const { spell } = live;
  const href = type?.href ?? hrefOf(resource);
  planning.operations.push({ action: 'create', resource, name, href, source, comparison, member, spell });
}

/** A directory answers as a collection does, but its members have no names; a collection without members may get some. */
function isDirectory({ members }: LiveCollection): boolean {
  return members.length > 0 && members.every(({ name }) => name === null);
}

function planUpdate(desired: DesiredResource, have: LiveMember, members: Members, planning: Planning): void {
  const { live, type, node } = members;
  const { resource, name, source } = desired;
  const { key, href } = have;
  planning.counts.managed += 1;
  const comparison = comparePresent(wantedBy(desired, node, live.identity), have.body, planning.options);
  if (comparison.patch.length === 0) {
    planning.counts.unchanged += 1;
    return;
  }
  if (type?.builtIn.includes(key)) {
    planning.place(desired, '/name', 'value', builtIn());
    return;
  }
  if (have.numbers === 'inexact') planning.misshapen.push(`${resource} ${key}: a number beyond 2^53`);
  checkOperation(desired, type, comparison, planning);
  const member: Membership = { key, siblings: live.keys };
  const { spell } = live;
  planning.operations.push({
    action: 'update',
    resource,
    name,
    href,
    source,
    comparison,
    member,
    spell,
    writeFallback: undefined,
  });
}

function planAbsent(
  desired: DesiredResource,
  have: LiveMember | undefined,
  members: Members,
  planning: Planning,
): void {
  if (have === undefined) {
    planning.counts.unchanged += 1;
    return;
  }
  planning.counts.managed += 1;
  if (isLasting(have.key, members)) {
    planning.place(desired, '/state', 'value', builtIn());
    return;
  }
  const { live, node } = members;
  const { resource, name, source } = desired;
  const { key, href } = have;
  const comparison = compareAbsent('absent', node, have.body, planning.options);
  const member: Membership = { key, siblings: live.keys };
  planning.operations.push({ action: 'delete', resource, name, href, source, comparison, member });
}

function prune(
  { resource, source }: DesiredCollection,
  unnamed: readonly LiveMember[],
  members: Members,
  planning: Planning,
): void {
  const { live, node } = members;
  const removable = unnamed.filter(({ key }) => !isLasting(key, members));
  const nameless = removable.filter(({ name }) => name === null);
  if (nameless.length > 0) planning.place({ resource, name: null }, '/prune', 'value', notPruned(nameless.length));
  for (const { name, key, href, body } of removable) {
    if (name === null) continue;
    planning.counts.managed += 1;
    const comparison = compareAbsent('pruned', node, body, planning.options);
    const member: Membership = { key, siblings: live.keys };
    planning.operations.push({ action: 'delete', resource, name, href, source, comparison, member });
  }
}

/**
 * What the appliance brings along stays: negative numbers are its keys (core.md §3.4, §5), and where the keys are names the
 * members are the hardware's own.
 */
function isLasting(key: string, { live, type }: Members): boolean {
  return live.identity === 'key' || /^-\d+$/.test(key) || type?.builtIn.includes(key) === true;
}

function notPruned(count: number): Diagnostic {
  const members = count === 1 ? '1 member has' : `${count} members have`;
  const message = `${members} no name, or one that occurs twice, and stays`;
  return { severity: 'warning', code: 'not-pruned', message };
}
