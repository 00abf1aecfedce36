import type { LiveCollection, LiveMember, LiveResource } from '../plan/live-resource.ts';
import { FIXED_KEYS } from '../resources/known-paths.ts';
import { hrefOf } from '../resources/resource-href.ts';
import type { Registry, ResourceType } from '../resources/resource-type.ts';
import { mapBounded } from '../shared/concurrency.ts';
import { SpsGitopsError } from '../shared/errors.ts';
import { isList, isObject, type Json } from '../shared/json.ts';
import { normalise, referencesIn } from './normalise.ts';
import { respell, spellingOf } from './spelling.ts';

/** One item of a listing; `body` is there when the firmware sends it along. */
interface ListingItem {
  readonly key: string;
  readonly href: string;
  readonly body: Json | undefined;
}

type LeafOrListing =
  { readonly kind: 'leaf'; readonly body: Json } | { readonly kind: 'listing'; readonly items: readonly ListingItem[] };

/** What reading needs of the appliance. */
export interface ApplianceReader {
  read(path: string, signal: AbortSignal): Promise<LeafOrListing>;
  /** The members of a resource that may stand bare beside `meta`. */
  readStatus(path: string, signal: AbortSignal): Promise<Json>;
}

/** Tells a 404 from other failures; the reader's errors are its own. */
export type IsNotFound = (error: unknown) => boolean;

/** What reading is done with. */
export interface LiveSource {
  readonly reader: ApplianceReader;
  readonly isNotFound: IsNotFound;
  readonly registry: Registry;
  readonly concurrency: number;
}

/** Tells which members of a collection have to be read in full. */
export type IsNeeded = (resource: string, key: string) => boolean;

/**
 * Reads the named resources, at most `concurrency` at once: one request each, and where a listing comes without bodies one
 * for each member that `isNeeded`. A 404 makes a resource `unsupported`; any other failure is thrown as the reader gave it.
 */
export async function readLive(
  resources: readonly string[],
  source: LiveSource,
  signal: AbortSignal,
  isNeeded: IsNeeded = () => true,
): Promise<ReadonlyMap<string, LiveResource>> {
  const live = await mapBounded(resources, source.concurrency, (resource) =>
    readOne(resource, source, signal, (key) => isNeeded(resource, key)),
  );
  return new Map(live.map((one) => [one.resource, one]));
}

async function readOne(
  resource: string,
  source: LiveSource,
  signal: AbortSignal,
  isNeeded: (key: string) => boolean,
): Promise<LiveResource> {
  const type = source.registry.find(resource);
  const href = type?.href ?? hrefOf(resource);
  let reading: LeafOrListing;
  try {
    reading =
      type?.remedy === undefined
        ? await source.reader.read(href, signal)
        : { kind: 'leaf', body: await source.reader.readStatus(href, signal) };
  } catch (error) {
    if (source.isNotFound(error)) return { resource, state: 'unsupported' };
    throw error;
  }
  if (type !== undefined && (reading.kind === 'listing') !== (type.kind === 'collection')) throw unexpected(href, type);
  if (reading.kind === 'listing') {
    return readCollection({ resource, href, type, items: reading.items }, source, signal, isNeeded);
  }
  const { body } = reading;
  if (!isExact(body)) throw inexact(href);
  return {
    resource,
    state: 'present',
    href,
    body: normalise(body, type?.fields),
    references: referencesIn(body),
    spell: spell([body], type),
  };
}

interface Listing {
  readonly resource: string;
  readonly href: string;
  readonly type: ResourceType | undefined;
  readonly items: readonly ListingItem[];
}

async function readCollection(
  { resource, href, type, items }: Listing,
  source: LiveSource,
  signal: AbortSignal,
  isNeeded: (key: string) => boolean,
): Promise<LiveCollection> {
  if (!items.every((item) => isAtItsKey(item, href))) throw strayed(href);
  const needed = items.filter((item) => isNeeded(item.key));
  const bodies = await mapBounded(needed, source.concurrency, (item) => bodyOf(item, source, signal));
  const identity = type?.identity ?? (FIXED_KEYS.has(resource) ? 'key' : 'name');
  const members = needed.flatMap((item, index): readonly LiveMember[] => {
    const body = bodies[index];
    return body === undefined ? [] : [memberOf(item, body, identity, type)];
  });
  const names = new Map<string, string | null>();
  for (const { key, body } of items) if (body !== undefined) names.set(key, nameIn(key, body, identity));
  for (const { key, name } of members) names.set(key, name);
  const raw = bodies.filter((body) => body !== undefined);
  const keys = items.map(({ key }) => key);
  return { resource, state: 'collection', href, identity, keys, names, members, spell: spell(raw, type) };
}

/** A member goes by its key in one request and by its path in another: the two have to mean the same. */
function isAtItsKey({ key, href }: ListingItem, collection: string): boolean {
  // Half a character stands in no path.
  if (/\p{Surrogate}/u.test(key)) return false;
  return href === `${collection}/${key}` || href === `${collection}/${encodeURIComponent(key)}`;
}

/** The body of one member; `undefined` when it went away after it was listed. */
async function bodyOf(item: ListingItem, source: LiveSource, signal: AbortSignal): Promise<Json | undefined> {
  if (item.body !== undefined) return item.body;
  try {
    const reading = await source.reader.read(item.href, signal);
    // A directory's children may be directories themselves: those are no objects that could be managed.
    return reading.kind === 'leaf' ? reading.body : null;
  } catch (error) {
    if (source.isNotFound(error)) return undefined;
    throw error;
  }
}

function memberOf(
  { key, href }: ListingItem,
  raw: Json,
  identity: 'name' | 'key',
  type: ResourceType | undefined,
): LiveMember {
  return {
    key,
    href,
    name: nameIn(key, raw, identity),
    body: normalise(raw, type?.fields),
    references: referencesIn(raw),
    numbers: isExact(raw) ? 'exact' : 'inexact',
  };
}

function nameIn(key: string, raw: Json, identity: 'name' | 'key'): string | null {
  const name = identity === 'key' ? key : isObject(raw) ? raw['name'] : undefined;
  return typeof name === 'string' && isNameable(name) ? name : null;
}

/** A name that a document can have: not blank, no control characters, whole characters. */
function isNameable(name: string): boolean {
  return name.trim() !== '' && !/[\p{Cc}\p{Surrogate}\u2028\u2029]/u.test(name);
}

function spell(bodies: readonly Json[], type: ResourceType | undefined): (body: Json) => Json {
  const spelling = spellingOf(bodies, type?.fields);
  return (body) => respell(body, type?.fields, spelling);
}

/** A number that JavaScript cannot hold would go back changed, although nobody manages it. */
function isExact(body: Json): boolean {
  if (typeof body === 'number') return Number.isFinite(body) && (!Number.isInteger(body) || Number.isSafeInteger(body));
  if (isList(body)) return body.every(isExact);
  return !isObject(body) || Object.values(body).every(isExact);
}

function inexact(href: string): SpsGitopsError {
  const message = `GET ${href} answered with a number beyond 2^53, which cannot be sent back unchanged`;
  return new SpsGitopsError('targetUnreachable', message, { hint: 'take the resource out of the desired state' });
}

function unexpected(href: string, { kind }: ResourceType): SpsGitopsError {
  const [got, wanted] =
    kind === 'singleton' ? ['a listing', 'one object was expected'] : ['one object', 'a listing was expected'];
  const message = `GET ${href} answered with ${got} where ${wanted}`;
  return new SpsGitopsError('targetUnreachable', message, { hint: 'check that appliance.url is an SPS appliance' });
}

function strayed(href: string): SpsGitopsError {
  const message = `GET ${href} listed a member that does not lie below it at its key`;
  return new SpsGitopsError('targetUnreachable', message, { hint: 'check that appliance.url is an SPS appliance' });
}
