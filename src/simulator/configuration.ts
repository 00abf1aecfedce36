import { equalJson, isList, type Json } from '../shared/json.ts';

/**
 * The whole configuration as a value that never changes. Paths are those below `/api/configuration`, without slashes
 * at the ends; a member of a collection is a body at `<collection>/<key>`.
 */
export interface Configuration {
  readonly bodies: ReadonlyMap<string, Json>;
  /** Path of a collection → keys of its members in evaluation order. */
  readonly collections: ReadonlyMap<string, readonly string[]>;
}

/** What stands at a path. */
export type ConfigurationNode =
  | { readonly kind: 'directory'; readonly children: readonly string[] }
  | { readonly kind: 'collection'; readonly children: readonly string[] }
  | { readonly kind: 'singleton' | 'member'; readonly body: Json };

/** A member of a collection. */
export interface Member {
  readonly key: string;
  readonly body: Json;
}

/** Body by path; `undefined` deletes. At the path of a collection stands the list of its keys in their new order. */
export type Writes = ReadonlyMap<string, Json | undefined>;

const directoriesOf = new WeakMap<Configuration, ReadonlyMap<string, readonly string[]>>();

/** The last segment of a path: the key of what stands there. */
export function keyOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The path of the enclosing resource, `''` for the children of the root, `null` for the root itself. */
export function parentOf(path: string): string | null {
  if (path === '') return null;
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** The path of a child. */
export function childOf(path: string, key: string): string {
  return path === '' ? key : `${path}/${key}`;
}

/** The members of a collection in their order, `undefined` when there is no collection at the path. */
export function membersOf(configuration: Configuration, path: string): readonly Member[] | undefined {
  return configuration.collections.get(path)?.flatMap((key): Member[] => {
    const body = configuration.bodies.get(childOf(path, key));
    return body === undefined ? [] : [{ key, body }];
  });
}

/** What stands at a path, `undefined` for nothing. */
export function nodeAt(configuration: Configuration, path: string): ConfigurationNode | undefined {
  const keys = configuration.collections.get(path);
  if (keys !== undefined) return { kind: 'collection', children: keys };
  const body = configuration.bodies.get(path);
  if (body !== undefined) return { kind: isMember(configuration, path) ? 'member' : 'singleton', body };
  const children = directories(configuration).get(path);
  return children === undefined ? undefined : { kind: 'directory', children };
}

/** The paths of a resource and its siblings: alphabetical, or in the order of the collection for members. */
export function siblingsOf(configuration: Configuration, path: string): readonly string[] {
  const parent = parentOf(path);
  if (parent === null) return [path];
  const node = nodeAt(configuration, parent);
  if (node === undefined || !('children' in node)) return [path];
  return node.children.map((key) => childOf(parent, key));
}

/**
 * The configuration after some writes. A new path whose parent is a collection becomes its last member. An order moves
 * the keys that it names to the front; others keep their place behind them. Throws `RangeError` for a path at which a
 * body cannot stand: a directory, a collection (unless the body is an order), or below another body.
 */
export function withWrites(configuration: Configuration, writes: Writes): Configuration {
  if (writes.size === 0) return configuration;
  const bodies = new Map(configuration.bodies);
  const collections = new Map(configuration.collections);
  const orders: (readonly [string, readonly Json[]])[] = [];
  for (const [path, body] of writes) {
    if (body !== undefined && isList(body) && collections.has(path)) {
      orders.push([path, body]);
      continue;
    }
    if (body !== undefined) assertPlaceForBody(configuration, path);
    if (body === undefined) bodies.delete(path);
    else bodies.set(path, body);
    updateKeys(collections, path, body === undefined ? 'remove' : 'add');
  }
  for (const [path, order] of orders) collections.set(path, ordered(collections.get(path) ?? [], order));
  return { bodies, collections };
}

/** A configuration in which the body at one path is that of another configuration. */
export function withBodyOf(other: Configuration, configuration: Configuration, path: string): Configuration {
  return withWrites(configuration, new Map([[path, other.bodies.get(path)]]));
}

/** The paths whose bodies differ, those that only `after` has included. */
export function changedPaths(before: Configuration, after: Configuration): readonly string[] {
  const changed: string[] = [];
  for (const [path, body] of after.bodies) {
    const old = before.bodies.get(path);
    if (old === undefined || !equalJson(old, body)) changed.push(path);
  }
  for (const path of before.bodies.keys()) if (!after.bodies.has(path)) changed.push(path);
  return changed;
}

/** Tells whether two configurations differ, in a body or in the order of a collection. */
export function isChanged(before: Configuration, after: Configuration): boolean {
  if (changedPaths(before, after).length > 0) return true;
  return [...after.collections].some(([path, keys]) => !equalJson(before.collections.get(path) ?? [], keys));
}

function ordered(keys: readonly string[], order: readonly Json[]): readonly string[] {
  const first = keys.filter((key) => order.includes(key)).toSorted((a, b) => order.indexOf(a) - order.indexOf(b));
  return [...first, ...keys.filter((key) => !order.includes(key))];
}

function isMember(configuration: Configuration, path: string): boolean {
  const parent = parentOf(path);
  return parent !== null && configuration.collections.has(parent);
}

function assertPlaceForBody(configuration: Configuration, path: string): void {
  if (path === '' || path.split('/').includes('')) throw new RangeError(`"${path}" is not a path of a resource`);
  const node = nodeAt(configuration, path);
  if (node !== undefined && 'children' in node) throw new RangeError(`${path} is a ${node.kind}`);
  for (let above = parentOf(path); above !== null && above !== ''; above = parentOf(above)) {
    if (configuration.bodies.has(above)) throw new RangeError(`${above} is a resource and has nothing below it`);
  }
}

function updateKeys(collections: Map<string, readonly string[]>, path: string, action: 'add' | 'remove'): void {
  const parent = parentOf(path);
  const keys = parent === null ? undefined : collections.get(parent);
  if (parent === null || keys === undefined) return;
  const key = keyOf(path);
  const others = keys.filter((other) => other !== key);
  if (action === 'remove') collections.set(parent, others);
  else if (others.length === keys.length) collections.set(parent, [...keys, key]);
}

function directories(configuration: Configuration): ReadonlyMap<string, readonly string[]> {
  const known = directoriesOf.get(configuration);
  if (known !== undefined) return known;
  const children = new Map<string, Set<string>>([['', new Set()]]);
  const singletons = [...configuration.bodies.keys()].filter((path) => !isMember(configuration, path));
  for (const path of [...singletons, ...configuration.collections.keys()]) {
    for (let child = path, parent = parentOf(child); parent !== null; child = parent, parent = parentOf(child)) {
      const keys = children.get(parent) ?? new Set();
      keys.add(keyOf(child));
      children.set(parent, keys);
    }
  }
  const sorted = new Map([...children].map(([path, keys]) => [path, [...keys].sort()]));
  directoriesOf.set(configuration, sorted);
  return sorted;
}
