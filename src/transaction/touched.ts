import { readLive } from '../live/read-live.ts';
import { stoodStill } from '../plan/movement.ts';
import type { Comparison } from '../plan/comparison.ts';
import type { LiveResource } from '../plan/live-resource.ts';
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
  /** The keys of its collection; null for a singleton. */
  readonly siblings: readonly string[] | null;
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
    operations.some((operation) => operation.resource === resource && mayBe(operation, key, created));
  const live = await readLive(resources, context.live, signal, isNeeded);
  return operations.map((operation) => {
    const reading = live.get(operation.resource);
    const body = bodyIn(reading, operation, created);
    const siblings = reading?.state === 'collection' ? reading.keys : null;
    return { operation, comparison: operation.comparison.again(body), siblings };
  });
}

/** Tells whether a member is the operation's; a new one whose key was not told may be any that was not there before. */
function mayBe(operation: StagedOperation, key: string, created: CreatedKeys): boolean {
  const known = operation.member?.key ?? created.get(operation);
  return known === undefined ? operation.member?.siblings.includes(key) === false : known === key;
}

function bodyIn(reading: LiveResource | undefined, operation: StagedOperation, created: CreatedKeys): Json | undefined {
  if (reading?.state === 'present' && operation.member === null) return reading.body;
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
  return found.length === 1 ? member?.body : undefined;
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
  return touched.flatMap(({ operation, comparison }) =>
    comparison.patch.map((entry) => placeIn(operation, entry.path)),
  );
}

/** How messages call a place in an object. */
export function placeIn(operation: StagedOperation, pointer: string): string {
  return pointer === '' ? titleOf(operation) : `${titleOf(operation)} ${pointer}`;
}
