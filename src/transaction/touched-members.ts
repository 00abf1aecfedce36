import type { LiveCollection, LiveMember, LiveResource } from '../plan/live-resource.ts';
import type { StagedOperation } from '../plan/operation.ts';
import { SpsGitopsError } from '../shared/errors.ts';
import { groupBy } from '../shared/group-by.ts';
import type { Json } from '../shared/json.ts';

/** The keys that the appliance gave to what was created; filled while staging. */
export type CreatedKeys = ReadonlyMap<StagedOperation, string>;

/** What the operations have to do with the members of one collection. */
interface TouchedMembers {
  /** The keys of those that operations are about, as the plan knows them. */
  readonly planned: ReadonlySet<string>;
  /** The keys of all when the plan was made: one reading for all operations. */
  readonly siblings: ReadonlySet<string>;
  /** The key of an operation's member; `undefined` while that of a new one is not known. */
  readonly keyOf: (operation: StagedOperation) => string | undefined;
  /** Whether a member has to be read: those that came since the plan was made may have taken a name. */
  readonly isNeeded: (key: string) => boolean;
}

/** By resource, for those that are collections. Collections and plans may be large: nothing is looked for one by one. */
export function touchedMembers(
  operations: readonly StagedOperation[],
  created: CreatedKeys,
): ReadonlyMap<string, TouchedMembers> {
  const collections = new Map<string, TouchedMembers>();
  for (const [resource, own] of groupBy(operations, (operation) => operation.resource)) {
    const members = own.flatMap(({ member }) => member ?? []);
    const [any] = members;
    if (any === undefined) continue;
    const keyOf = (operation: StagedOperation) => operation.member?.key ?? created.get(operation);
    const known = new Set(own.map(keyOf));
    const siblings = new Set(any.siblings);
    const planned = new Set(members.flatMap(({ key }) => key ?? []));
    collections.set(resource, {
      planned,
      siblings,
      keyOf,
      isNeeded: (key) => known.has(key) || !siblings.has(key),
    });
  }
  return collections;
}

/** The object of an operation as it was read. */
export interface FoundObject {
  /** Undefined where it is not there, or may be any of several. */
  readonly body: Json | undefined;
  /** Null for a singleton, and while the member is not there or its key not known. */
  readonly key: string | null;
  /** The keys of its collection; null for a singleton. */
  readonly siblings: readonly string[] | null;
  /** Keys of other members that have its name, as far as names were read: somebody else made or renamed them. */
  readonly twins: readonly string[];
}

/** Finds the object of an operation on one resource. */
export type Finder = (operation: StagedOperation) => FoundObject;

/**
 * Finds the objects of operations in a reading of their resource; `touched` is undefined for a singleton. What it gives
 * throws `targetUnreachable` where the reading is of the other kind.
 */
export function finderIn(reading: LiveResource | undefined, touched: TouchedMembers | undefined): Finder {
  if (reading?.state === 'present' && touched === undefined) {
    return () => ({ body: reading.body, key: null, siblings: null, twins: [] });
  }
  if (reading?.state === 'collection' && touched !== undefined) return memberFinder(reading, touched);
  return ({ href }) => {
    throw new SpsGitopsError('targetUnreachable', `GET ${href} does not answer as it did a moment ago`);
  };
}

function memberFinder({ keys, members, names }: LiveCollection, { planned, siblings, keyOf }: TouchedMembers): Finder {
  const byKey = new Map(members.map((member) => [member.key, member]));
  const keysByName = groupBy(names.keys(), (key) => names.get(key));
  return (operation) => {
    const namesakes = keysByName.get(operation.name) ?? [];
    const known = keyOf(operation);
    const candidates = known === undefined ? namesakes.filter((key) => !siblings.has(key)) : [known];
    const found = candidates.flatMap((key) => byKey.get(key) ?? []);
    // Before anything is written, a member of the new name means that somebody else was faster.
    const { key, body } = found.length === 1 ? (found[0] as LiveMember) : { key: null, body: undefined };
    // In a chain of renames one member has the name that another takes, for as long as pending values are hidden (Q8).
    const others = namesakes.filter((other) => other !== key && !planned.has(other));
    // While the key of a new member is not known, the one of its name is itself.
    const twins = others.slice(key === null && operation.action === 'create' ? 1 : 0);
    return { body, key, siblings: keys, twins };
  };
}
