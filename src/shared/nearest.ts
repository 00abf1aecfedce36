import { distance } from 'fastest-levenshtein';

/** Further apart than this, two names are not a slip of the finger. */
const MOST_EDITS = 2;

/** The candidate within two edits of `name` that is closest to it, if there is one; another case is no edit. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const meant = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = MOST_EDITS + 1;
  for (const candidate of candidates) {
    const other = candidate.toLowerCase();
    // Every character that one has beyond the other is an edit: a long text needs no closer look.
    if (Math.abs(meant.length - other.length) >= bestDistance) continue;
    const edits = distance(meant, other);
    if (edits < bestDistance) [best, bestDistance] = [candidate, edits];
  }
  return best;
}
