/**
 * Maps items with at most `limit` calls (at least one) under way. Results keep the order of the items. After a failure nothing new is
 * started; the calls under way are awaited, then the first failure (by time) is thrown.
 */
export async function mapBounded<T, R>(
  items: readonly T[],
  limit: number,
  map: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  let next = 0;
  async function work(): Promise<void> {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await map(items[index] as T);
      } catch (error) {
        failures.push(error);
      }
    }
  }
  const workers = limit > 1 ? Math.min(limit, items.length) : 1;
  await Promise.all(Array.from({ length: workers }, work));
  if (failures.length > 0) throw failures[0];
  return results;
}

/** Both results. Where one of them fails the other is awaited as well; then the first failure (by place) is thrown. */
export async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<readonly [A, B]> {
  const [one, other] = await Promise.allSettled([first, second]);
  if (one.status === 'rejected') throw one.reason;
  if (other.status === 'rejected') throw other.reason;
  return [one.value, other.value];
}
