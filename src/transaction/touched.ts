import { readLive } from '../live/read-live.ts';
import { stoodStill } from '../plan/movement.ts';
import type { Comparison } from '../plan/comparison.ts';
import { titleOf, type StagedOperation } from '../plan/operation.ts';
import { finderIn, touchedMembers, type CreatedKeys, type Finder, type FoundObject } from './touched-members.ts';
import type { TransactionContext } from './transaction-context.ts';

/** A touched object, read again: its operation beside the newest comparison. */
export interface Touched extends Omit<FoundObject, 'body'> {
  readonly operation: StagedOperation;
  readonly comparison: Comparison;
}

/**
 * Reads every touched object once, in parallel, and compares it with what is desired. Members are read through their
 * collection's listing, which creates and deletes touch as well; of a listing without bodies only what is touched is read.
 */
export async function readTouched(
  operations: readonly StagedOperation[],
  created: CreatedKeys,
  { live: source }: Pick<TransactionContext, 'live'>,
  signal: AbortSignal,
): Promise<readonly Touched[]> {
  const resources = [...new Set(operations.map((operation) => operation.resource))];
  const members = touchedMembers(operations, created);
  const isNeeded = (resource: string, key: string) => members.get(resource)?.isNeeded(key) === true;
  const live = await readLive(resources, source, signal, isNeeded);
  const finders = new Map(resources.map((resource) => [resource, finderIn(live.get(resource), members.get(resource))]));
  return operations.map((operation) => {
    const find = finders.get(operation.resource) as Finder;
    const { body, ...found } = find(operation);
    return { operation, comparison: operation.comparison.again(body), ...found };
  });
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
