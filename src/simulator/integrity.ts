import { isList, isObject, type Json } from '../shared/json.ts';
import { childOf, membersOf, type Configuration } from './configuration.ts';
import type { JsonQuirks } from './quirks.ts';
import { isSatisfied, isWriteOnce, referencesIn, type PlacedReference } from './references.ts';
import { trustStoreErrors } from './trust-stores.ts';

/** Collections whose members no name tells apart. */
const NAMELESS: ReadonlySet<string> = new Set(['network/nics', 'passwords', 'private_keys', 'x509']);

const referencesOf = new WeakMap<object, readonly PlacedReference[]>();

/**
 * What is wrong in a configuration, one sentence each: references to what is not there, write-once objects that two
 * places use, names that two members share, and trust stores that repeat themselves (core.md §4, §9). Names are unique
 * in `trust_stores`, elsewhere by quirk. Sentences do not quote values.
 */
export function integrityErrors(configuration: Configuration, quirks: JsonQuirks): readonly string[] {
  return [...referenceErrors(configuration), ...nameErrors(configuration, quirks), ...storeErrors(configuration)];
}

/** Tells whether any body refers to the object at a path. */
export function isReferenced(configuration: Configuration, path: string): boolean {
  return [...configuration.bodies.values()].some((body) => knownReferences(body).some(({ target }) => target === path));
}

function referenceErrors(configuration: Configuration): readonly string[] {
  const errors: string[] = [];
  const used = new Set<string>();
  for (const [path, body] of configuration.bodies) {
    for (const reference of knownReferences(body)) {
      const place = `${path}${reference.pointer}`;
      if (!isSatisfied(reference, configuration)) errors.push(`${place}: there is no ${reference.target}`);
      if (!isWriteOnce(reference.target)) continue;
      if (used.has(reference.target)) errors.push(`${place}: ${reference.target} is in use already`);
      used.add(reference.target);
    }
  }
  return errors;
}

function nameErrors(configuration: Configuration, quirks: JsonQuirks): readonly string[] {
  const named = [...configuration.collections.keys()].filter(
    (path) => path === 'trust_stores' || (quirks.uniqueNames === 'enforced' && !NAMELESS.has(path)),
  );
  return named.flatMap((collection) => {
    const names = new Set<Json>();
    return (membersOf(configuration, collection) ?? []).flatMap(({ key, body }) => {
      const name = isObject(body) ? body['name'] : undefined;
      if (typeof name !== 'string') return [];
      const taken = names.has(name);
      names.add(name);
      return taken ? [`${childOf(collection, key)}/name: another member has this name`] : [];
    });
  });
}

function storeErrors(configuration: Configuration): readonly string[] {
  return (membersOf(configuration, 'trust_stores') ?? []).flatMap(({ key, body }) =>
    trustStoreErrors(body).map((error) => `trust_stores/${key}${error}`),
  );
}

function knownReferences(body: Json): readonly PlacedReference[] {
  if (!isList(body) && !isObject(body)) return [];
  const known = referencesOf.get(body);
  if (known !== undefined) return known;
  const found = referencesIn(body);
  referencesOf.set(body, found);
  return found;
}
