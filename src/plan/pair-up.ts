/**
 * Pairs every element of `wanted` with an element of `offered` of its own that fits, or gives `undefined` when that cannot
 * be done. The pairing is found whenever there is one (augmenting paths); it does not depend on either order.
 */
export function pairUp<T>(
  wanted: readonly T[],
  offered: readonly T[],
  fits: (wanted: T, offered: T) => boolean,
): readonly number[] | undefined {
  const takenBy: (number | undefined)[] = offered.map(() => undefined);
  const options = wanted.map((want) => offered.flatMap((offer, index) => (fits(want, offer) ? [index] : [])));

  function seat(want: number, visited: Set<number>): boolean {
    for (const offer of options[want] ?? []) {
      if (visited.has(offer)) continue;
      visited.add(offer);
      const holder = takenBy[offer];
      if (holder === undefined || seat(holder, visited)) {
        takenBy[offer] = want;
        return true;
      }
    }
    return false;
  }

  for (const want of wanted.keys()) if (!seat(want, new Set())) return undefined;
  return wanted.map((_, want) => takenBy.indexOf(want));
}
