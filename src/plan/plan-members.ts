import type { DesiredCollection, DesiredResource } from '../desired/desired-state.ts';
import { memberNode } from '../resources/member-node.ts';
import type { FieldNode, ResourceType } from '../resources/resource-type.ts';
import { UNDESCRIBED_MEMBER } from '../resources/undescribed-member.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { isObject, type Json } from '../shared/json.ts';
import { WITHHELD } from '../shared/secret-book.ts';
import { isTreeObject, type SecretTree } from '../shared/secret-tree.ts';
import { compareAbsent, comparePresent, type PresentComparison } from './comparison.ts';
import type { LiveCollection, LiveMember } from './live-resource.ts';
import type { LiveMembership, Membership } from './operation.ts';
import { pairMembers, type MemberDocument } from './pair-members.ts';
import { builtIn, namelessMembers, notMade, notRenamed, partialExchange } from './plan-findings.ts';
import { checkOperation, wantedBy, type Planning } from './planning.ts';

/** Everything that planning one collection goes by. */
interface Members {
  readonly live: LiveCollection;
  readonly type: ResourceType | undefined;
  readonly node: FieldNode;
}

/** Plans the members of one collection that documents describe, and with `prune` the end of all others. */
export function planMembers(
  documents: readonly MemberDocument[],
  collection: DesiredCollection | undefined,
  live: LiveCollection,
  planning: Planning,
): void {
  const type = planning.registry.find(live.resource);
  const members: Members = { live, type, node: type?.fields ?? UNDESCRIBED_MEMBER };
  if (live.identity === 'key') {
    const renamed = documents.filter(({ previousName }) => previousName !== null);
    for (const desired of renamed) planning.place(desired, '/previousName', 'value', notRenamed(live.resource));
    if (renamed.length > 0) return;
  }
  const { pairs, unnamed, faults, exchanged } = pairMembers(documents, live.members);
  for (const { desired, ...fault } of faults) {
    const pointer = fault.code === 'ambiguous-name' ? '/name' : '/previousName';
    planning.place(desired, pointer, 'value', { severity: 'error', ...fault });
  }
  for (const pair of pairs) {
    if (pair.desired.state === 'absent') planAbsent(pair.desired, pair.live, members, planning);
    else if (pair.live === undefined) planCreate(pair.desired, members, planning);
    else {
      const comparison = planUpdate(pair.desired, pair.live, members, planning);
      if (exchanged.has(pair.desired)) warnPartial(pair.desired, comparison, planning);
    }
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
  const { href, spell } = live;
  planning.operations.push({ action: 'create', resource, name, href, source, comparison, member, spell });
}

/** A directory answers as a collection does, but its members have no names; a collection without members may get some. */
export function isDirectory({ members }: LiveCollection): boolean {
  return members.length > 0 && members.every(({ name }) => name === null);
}

/** Plans what of a live member differs; gives the comparison, whatever came of it. */
function planUpdate(
  desired: DesiredResource,
  have: LiveMember,
  members: Members,
  planning: Planning,
): PresentComparison {
  const { live, type, node } = members;
  const { resource, name, source } = desired;
  const { key, href } = have;
  planning.counts.managed += 1;
  const comparison = comparePresent(wantedBy(desired, node, live.identity), have.body, planning.options);
  if (comparison.patch.length === 0) {
    planning.counts.unchanged += 1;
    return comparison;
  }
  if (type?.builtIn.includes(key)) {
    planning.place(desired, '/name', 'value', builtIn());
    return comparison;
  }
  if (have.numbers === 'inexact') planning.misshapen.push(`${resource} ${key}: a number beyond 2^53`);
  checkOperation(desired, type, comparison, planning);
  const member: Membership = { key, siblings: live.keys };
  const base = { resource, name, href, source, comparison, member };
  planning.operations.push({ action: 'update', ...base, spell: live.spell, writeFallback: undefined });
  return comparison;
}

/** Documents that exchange names move bodies: what they do not set stays with the other object. */
function warnPartial(desired: DesiredResource, { target, body, node }: PresentComparison, { place }: Planning): void {
  const unset = unsetIn(target, body, node);
  if (unset.length > 0) place(desired, '/previousName', 'value', partialExchange(unset));
}

/** What stays of an object as it is, as `name` or `name/name`; what only the appliance sets is its own. */
function unsetIn(target: Json, body: SecretTree, node: FieldNode | undefined): readonly string[] {
  if (!isObject(target) || !isTreeObject(body)) return [];
  return Object.entries(target).flatMap(([name, value]) => {
    const member = memberNode(node, name);
    if (member?.readOnly) return [];
    if (!Object.hasOwn(body, name)) return [name];
    return unsetIn(value, body[name] as SecretTree, member).map((inside) => `${name}/${inside}`);
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
  planDelete('absent', desired, have, members, planning);
}

function prune(
  { resource, source }: DesiredCollection,
  unnamed: readonly LiveMember[],
  members: Members,
  planning: Planning,
): void {
  const removable = unnamed.filter(({ key, name }) => !isLasting(key, members) && !isReserved(resource, name));
  const nameless = removable.filter(({ name }) => name === null);
  if (nameless.length > 0) planning.place({ resource, name: null }, '/prune', 'value', notPruned(nameless.length));
  for (const have of removable) {
    if (have.name === null) continue;
    planning.counts.managed += 1;
    // A name of the appliance's is text from outside like any other.
    const name = planning.options.containsSecret(have.name) ? WITHHELD : have.name;
    planDelete('pruned', { resource, name, source }, have, members, planning);
  }
}

function planDelete(
  reason: 'absent' | 'pruned',
  { resource, name, source }: Pick<DesiredResource, 'resource' | 'name' | 'source'>,
  { key, href, body, references }: LiveMember,
  { live, node }: Members,
  planning: Planning,
): void {
  const comparison = compareAbsent(reason, node, body, planning.options);
  const member: LiveMembership = { key, siblings: live.keys };
  const refersTo = references.map((reference) => reference.href);
  planning.operations.push({ action: 'delete', resource, name, href, source, comparison, member, refersTo });
}

/**
 * What the appliance brings along stays: negative numbers are its keys (core.md §3.4, §5), and where the keys are names the
 * members are the hardware's own.
 */
function isLasting(key: string, { live, type }: Members): boolean {
  return live.identity === 'key' || /^-\d+$/.test(key) || type?.builtIn.includes(key) === true;
}

/** The account that always exists; endpoints-basic §6.3. */
function isReserved(resource: string, name: string | null): boolean {
  return resource === 'aaa/local_database/users' && name === 'admin';
}

function notPruned(count: number): Diagnostic {
  const members = count === 1 ? '1 member has' : `${count} members have`;
  const message = `${members} no name, or one that occurs twice: not deleted`;
  const hint = 'rename or delete them on the web UI';
  return { severity: 'warning', code: 'not-pruned', message, hint };
}
