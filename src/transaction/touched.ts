import { readLive } from '../live/read-live.ts';
import { stoodStill } from '../plan/movement.ts';
import type { Comparison } from '../plan/comparison.ts';
import type { LiveCollection, LiveResource } from '../plan/live-resource.ts';
import { titleOf, type StagedOperation } from '../plan/operation.ts';
import { SpsGitopsError } from '../shared/errors.ts';
import type { Json } from '../shared/json.ts';
import type { TransactionContext } from './transaction-context.ts';

/** The keys that the appliance gave to what was created; filled while staging. */
export type CreatedKeys = ReadonlyMap<StagedOperation, string>;

/** A touched object, read again: its operation beside the newest comparison. */
export interface Touched {
  readonly operation: StagedOperation;
  readonly comparison: Comparison;
  /** Null for a singleton, and while the member is not there or its key not known. */
  readonly key: string | null;
  /** The keys of its collection; null for a singleton. */
  readonly siblings: readonly string[] | null;
  /** Keys of other members that have its name, as far as names were read: somebody else made or renamed them. */
  readonly twins: readonly string[];
}

/**
 * Reads every touched object once, in parallel, and compares it with what is desired. Members are read through their
 * collection's listing, which creates and deletes touch as well; of a listing without bodies only what is touched is read.
 */
export async function readTouched(
  operations: readonly StagedOperation[],
  created: CreatedKeys,
  context: TransactionContext,
  signal: AbortSignal,
): Promise<readonly Touched[]> {
  const resources = [...new Set(operations.map((operation) => operation.resource))];
  const isNeeded = (resource: string, key: string) =>
    operations.some(
      (operation) => operation.resource === resource && (mayBe(operation, key, created) || isNew(operation, key)),
    );
  const live = await readLive(resources, context.live, signal, isNeeded);
  // In a chain of renames one member has the name that another takes, for as long as pending values are hidden (Q8).
  const own = new Set(operations.map(({ resource, member }) => JSON.stringify([resource, member?.key ?? null])));
  return operations.map((operation) => {
    const reading = live.get(operation.resource);
    const { key, body } = objectIn(reading, operation, created);
    const siblings = reading?.state === 'collection' ? reading.keys : null;
    const twins = reading?.state === 'collection' ? twinsIn(reading, operation, key, own) : [];
    return { operation, comparison: operation.comparison.again(body), key, siblings, twins };
  });
}

/** Members that came since the plan was made are read as well: they may have taken a name. */
function isNew(operation: StagedOperation, key: string): boolean {
  return operation.member?.siblings.includes(key) === false;
}

function twinsIn(
  { names }: LiveCollection,
  operation: StagedOperation,
  key: string | null,
  own: ReadonlySet<string>,
): readonly string[] {
  const isOwn = (other: string) => other === key || own.has(JSON.stringify([operation.resource, other]));
  const others = [...names].filter(([other, name]) => name === operation.name && !isOwn(other));
  // While the key of a new member is not known, the one of its name is itself.
  return others.slice(key === null && operation.action === 'create' ? 1 : 0).map(([other]) => other);
}

/** Tells whether a member is the operation's; a new one whose key was not told may be any that was not there before. */
function mayBe(operation: StagedOperation, key: string, created: CreatedKeys): boolean {
  const known = operation.member?.key ?? created.get(operation);
  return known === undefined ? isNew(operation, key) : known === key;
}

function objectIn(
  reading: LiveResource | undefined,
  operation: StagedOperation,
  created: CreatedKeys,
): { readonly key: string | null; readonly body: Json | undefined } {
  if (reading?.state === 'present' && operation.member === null) return { key: null, body: reading.body };
  if (reading?.state !== 'collection' || operation.member === null) {
    const message = `GET ${operation.href} does not answer as it did a moment ago`;
    throw new SpsGitopsError('targetUnreachable', message);
  }
  const key = operation.member.key ?? created.get(operation);
  const found = reading.members.filter((member) =>
    key === undefined ? member.name === operation.name && mayBe(operation, member.key, created) : member.key === key,
  );
  const [member] = found;
  // Before anything is written, a member of the new name means that somebody else was faster.
  return found.length === 1 && member !== undefined ? member : { key: null, body: undefined };
}

/** Tells whether objects read as they did before, but for members that move at every reading. */
export function standStill(
  before: readonly Touched[],
  after: readonly Touched[],
  volatile: ReadonlyMap<StagedOperation, readonly string[]>,
): boolean {
  return after.every(({ operation, comparison }, index) => {
    const earlier = before[index]?.comparison;
    return earlier !== undefined && stoodStill(earlier, comparison, volatile.get(operation) ?? []);
  });
}

/** Title and pointer of every place where touched objects are not as desired. */
export function differences(touched: readonly Touched[]): readonly string[] {
  return touched.flatMap(({ operation, comparison, twins }) => [
    ...comparison.patch.map((entry) => placeIn(operation, entry.path)),
    ...twins.map(() => `${titleOf(operation)} (another member of this name)`),
  ]);
}

/** How messages call a place in an object. */
export function placeIn(operation: StagedOperation, pointer: string): string {
  return pointer === '' ? titleOf(operation) : `${titleOf(operation)} ${pointer}`;
}
