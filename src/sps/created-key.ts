import { isObject, type Json } from '../shared/json.ts';

/**
 * The key of the member that a POST to the collection at `path` made, null when the answer does not tell: `key`, else the
 * last segment of `meta.href`, else of `Location`. An address that is not directly below `path` tells nothing.
 * core.md §5, §13 Q6.
 */
export function createdKey(path: string, answer: Json | undefined, location: string | undefined): string | null {
  const { key, meta } = isObject(answer) ? answer : {};
  if (typeof key === 'string' && key !== '') return key;
  const href = isObject(meta) ? meta['href'] : undefined;
  return keyBelow(path, href) ?? keyBelow(path, location);
}

function keyBelow(path: string, address: Json | undefined): string | null {
  // The host does not count: what stands in between may have given the appliance another name.
  const base = `https://appliance.invalid${path}`;
  if (typeof address !== 'string' || !URL.canParse(address, base)) return null;
  const { pathname, search, hash } = new URL(address, base);
  const segment = pathname.slice(path.length + 1);
  if (!pathname.startsWith(`${path}/`) || segment === '' || segment.includes('/')) return null;
  return search === '' && hash === '' ? decoded(segment) : null;
}

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
