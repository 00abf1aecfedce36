import type { DesiredResource } from '../desired/desired-state.ts';
import type { LiveMember } from './live-resource.ts';

/** A document about a member, which its name tells apart. */
export interface MemberDocument extends DesiredResource {
  readonly name: string;
}

/** Why a document cannot be paired with a live member. */
export interface PairingFault {
  readonly desired: MemberDocument;
  readonly code: 'ambiguous-name' | 'previous-name-live';
  readonly message: string;
  readonly hint: string;
}

/** Which live member each document is about. */
export interface Pairing {
  /** `undefined` for a document whose member is not live. Documents with a fault are left out. */
  readonly pairs: readonly { readonly desired: MemberDocument; readonly live: LiveMember | undefined }[];
  /** Documents that exchange their names, and therefore keep their live members. */
  readonly exchanged: ReadonlySet<MemberDocument>;
  /** Members that no document names. */
  readonly unnamed: readonly LiveMember[];
  readonly faults: readonly PairingFault[];
}

/** Pairs the documents of one collection, whose names differ, with its live members. */
export function pairMembers(documents: readonly MemberDocument[], members: readonly LiveMember[]): Pairing {
  const live = new Map<string, LiveMember>();
  const doubled = new Map<string, number>();
  for (const member of members) {
    if (member.name === null) continue;
    if (live.has(member.name)) doubled.set(member.name, (doubled.get(member.name) ?? 1) + 1);
    else live.set(member.name, member);
  }
  const renamed = renames(documents, new Set(live.keys()));
  const faults: PairingFault[] = [];
  const pairs: { desired: MemberDocument; live: LiveMember | undefined }[] = [];
  const named = new Set<string>();
  for (const desired of documents) {
    const { name, previousName } = desired;
    const from = renamed.has(desired) && previousName !== null ? previousName : name;
    for (const mentioned of [name, from]) named.add(mentioned);
    const fault = ambiguous(desired, [name, from], doubled) ?? stillLive(desired, documents, live, renamed);
    if (fault === undefined) pairs.push({ desired, live: live.get(from) });
    else faults.push(fault);
  }
  const unnamed = members.filter(({ name }) => name === null || !named.has(name));
  const byName = new Map(documents.map((one) => [one.name, one]));
  const exchanged = new Set(documents.filter((desired) => isExchanged(desired, byName)));
  return { pairs, unnamed: unnamed.map((one) => withoutDoubled(one, doubled)), faults, exchanged };
}

/** Follows the previous names of documents: those that lead back to where they began exchange their names. */
function isExchanged(desired: MemberDocument, byName: ReadonlyMap<string, MemberDocument>): boolean {
  const visited = new Set<MemberDocument>();
  for (let one: MemberDocument | undefined = desired; one !== undefined && one.previousName !== null;) {
    if (visited.has(one)) return one === desired;
    visited.add(one);
    one = byName.get(one.previousName);
  }
  return false;
}

/** A name that occurs twice tells nothing apart. */
function withoutDoubled(member: LiveMember, doubled: ReadonlyMap<string, number>): LiveMember {
  return member.name !== null && doubled.has(member.name) ? { ...member, name: null } : member;
}

/**
 * The documents whose `previousName` applies. A chain (A becomes B, B becomes C) begins at a name that is not live and
 * goes on while the name that is taken belongs to a document that is renamed itself; it applies as a whole or not at
 * all. Documents that only exchange their names form no chain: each keeps its live member, and the bodies move. That
 * needs no memory, so that the plan after it is empty.
 */
function renames(documents: readonly MemberDocument[], live: ReadonlySet<string>): ReadonlySet<MemberDocument> {
  const byName = new Map(documents.map((desired) => [desired.name, desired]));
  const renamed = new Set<MemberDocument>();
  for (const desired of documents) {
    if (live.has(desired.name)) continue;
    for (const link of chainFrom(desired, byName, live)) renamed.add(link);
  }
  return renamed;
}

function chainFrom(
  last: MemberDocument,
  byName: ReadonlyMap<string, MemberDocument>,
  live: ReadonlySet<string>,
): readonly MemberDocument[] {
  const chain: MemberDocument[] = [];
  for (let link: MemberDocument | undefined = last; link !== undefined; link = byName.get(link.previousName)) {
    // Documents that share a previous name are refused where they are read; here they must not go round for ever.
    if (chain.includes(link)) return [];
    if (link.previousName === null || link.state === 'absent' || !live.has(link.previousName)) return [];
    chain.push(link);
  }
  return chain;
}

function ambiguous(
  desired: MemberDocument,
  names: readonly string[],
  doubled: ReadonlyMap<string, number>,
): PairingFault | undefined {
  const name = names.find((one) => doubled.has(one));
  if (name === undefined) return undefined;
  const message = `the appliance has ${doubled.get(name)} members with this name: ambiguous, not managed`;
  const hint = 'rename or delete all but one of them on the web UI';
  return { desired, code: 'ambiguous-name', message, hint };
}

/** Both names are live, nobody takes the old one over, and it is not said which of the two is meant. */
function stillLive(
  desired: MemberDocument,
  documents: readonly MemberDocument[],
  live: ReadonlyMap<string, LiveMember>,
  renamed: ReadonlySet<MemberDocument>,
): PairingFault | undefined {
  const { name, previousName } = desired;
  if (previousName === null || renamed.has(desired)) return undefined;
  if (!live.has(name) || !live.has(previousName)) return undefined;
  if (documents.some((other) => other.name === previousName)) return undefined;
  const message = 'members with the name and with the previous name are both live';
  const hint = 'leave previousName out, and say what becomes of the other member in a document of its own';
  return { desired, code: 'previous-name-live', message, hint };
}
