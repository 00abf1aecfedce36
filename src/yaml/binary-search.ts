/** The first index of an item for which `holds` is true, given that it is true for all behind that one; else the length. */
export function firstWhere<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items.slice(middle, middle + 1).every(holds)) high = middle;
    else low = middle + 1;
  }
  return low;
}
