import { readLive } from '../live/read-live.ts';
import { stoodStill } from '../plan/movement.ts';
import type { Comparison, Operation } from '../plan/plan.ts';
import { SpsGitopsError } from '../shared/errors.ts';
import type { TransactionContext } from './transaction-context.ts';

/** A touched resource, read again: its operation beside the newest comparison. */
export interface Touched {
  readonly operation: Operation;
  readonly comparison: Comparison;
}

/** Reads every touched resource once, in parallel, and compares it with what is desired. */
export async function readTouched(
  operations: readonly Operation[],
  context: TransactionContext,
  signal: AbortSignal,
): Promise<readonly Touched[]> {
  const live = await readLive([...new Set(operations.map((operation) => operation.resource))], context.live, signal);
  return operations.map((operation) => {
    const reading = live.get(operation.resource);
    if (reading?.state !== 'present') {
      const message = `GET ${operation.href} answered 404 although it was there a moment ago`;
      throw new SpsGitopsError('targetUnreachable', message);
    }
    return { operation, comparison: operation.comparison.again(reading.body) };
  });
}

/** Tells whether resources read as they did before, but for members that move at every reading. */
export function standStill(
  before: readonly Touched[],
  after: readonly Touched[],
  volatile: ReadonlyMap<string, readonly string[]>,
): boolean {
  return after.every(({ operation, comparison }, index) => {
    const earlier = before[index]?.comparison;
    return earlier !== undefined && stoodStill(earlier, comparison, volatile.get(operation.resource) ?? []);
  });
}

/** `resource pointer` of every place where touched resources are not as desired. */
export function differences(touched: readonly Touched[]): readonly string[] {
  return touched.flatMap(({ operation, comparison }) =>
    comparison.patch.map((entry) => `${operation.resource} ${entry.path}`),
  );
}
