/** A wanted element, and the places of what fits it. */
interface Seeker {
  readonly options: readonly number[];
}

/**
 * Pairs every element of `wanted` with an element of `offered` of its own that fits, or gives `undefined` when that cannot
 * be done. The pairing is found whenever there is one (augmenting paths); it does not depend on either order.
 */
export function pairUp<T>(
  wanted: readonly T[],
  offered: readonly T[],
  fits: (wanted: T, offered: T) => boolean,
): readonly number[] | undefined {
  const seekers: readonly Seeker[] = wanted.map((want) => ({
    options: offered.flatMap((offer, index) => (fits(want, offer) ? [index] : [])),
  }));
  const takenBy: (Seeker | undefined)[] = offered.map(() => undefined);

  function seat(seeker: Seeker, visited: Set<number>): boolean {
    for (const offer of seeker.options) {
      if (visited.has(offer)) continue;
      visited.add(offer);
      const holder = takenBy[offer];
      if (holder === undefined || seat(holder, visited)) {
        takenBy[offer] = seeker;
        return true;
      }
    }
    return false;
  }

  for (const seeker of seekers) if (!seat(seeker, new Set())) return undefined;
  return seekers.map((seeker) => takenBy.indexOf(seeker));
}
