import type { LiveMember, LiveResource } from '../plan/live-resource.ts';
import { FIXED_KEYS } from '../resources/known-paths.ts';
import type { ResourceType } from '../resources/resource-type.ts';
import { SpsGitopsError } from '../shared/errors.ts';
import { isList, isObject, type Json } from '../shared/json.ts';
import { normalise, referencesIn } from './normalise.ts';
import { respell, spellingOf, type Spelling } from './spelling.ts';

/** One item of a listing; `body` is there when the firmware sends it along. */
interface ListingItem {
  readonly key: string;
  readonly href: string;
  readonly body: Json | undefined;
}

type LeafOrListing =
  { readonly kind: 'leaf'; readonly body: Json } | { readonly kind: 'listing'; readonly items: readonly ListingItem[] };

/** An answer that was not looked into yet. */
export interface UnreadAnswer {
  /** Of its bytes: answers from one place that have the same read the same. */
  readonly digest: string;
  reading(): LeafOrListing;
  /** The members of a resource that may stand bare beside `meta`. */
  status(): Json;
}

/** Which resource, and where it is. */
export interface Place {
  readonly resource: string;
  readonly href: string;
  readonly type: ResourceType | undefined;
}

/** A member, and how the appliance spells it. */
export interface FoundMember {
  readonly member: LiveMember;
  readonly spelling: Spelling;
}

/** A member as its collection's listing shows it. */
export interface ListedMember {
  readonly key: string;
  readonly href: string;
  /** Undefined where the listing does not tell. */
  readonly name: string | null | undefined;
  /** Undefined where its body has to be asked for, or is not needed. */
  readonly found: FoundMember | undefined;
}

/** A listing that was looked into. */
export interface Listing {
  readonly state: 'listing';
  /** Of all members. */
  readonly keys: readonly string[];
  readonly items: readonly ListedMember[];
}

/** What an answer says of a resource. */
export type ResourceContent = Extract<LiveResource, { readonly state: 'present' }> | Listing;

/**
 * What the answer for a resource says; of a listing, the members of which `isNeeded` says so are looked into. Throws
 * `targetUnreachable` where it makes no sense.
 */
export function lookInto(answer: UnreadAnswer, place: Place, isNeeded: (key: string) => boolean): ResourceContent {
  const { resource, href, type } = place;
  const reading: LeafOrListing =
    type?.remedy === undefined ? answer.reading() : { kind: 'leaf', body: answer.status() };
  if (type !== undefined && (reading.kind === 'listing') !== (type.kind === 'collection')) throw unexpected(href, type);
  if (reading.kind === 'listing') return lookIntoListing(reading.items, place, isNeeded);
  const { body } = reading;
  if (!isExact(body)) throw inexact(href);
  return {
    resource,
    state: 'present',
    href,
    body: normalise(body, type?.fields),
    references: referencesIn(body),
    spell: spellBy(spellingOf(body, type?.fields), type),
  };
}

/** What the answer for one member says. */
export function lookIntoMember(answer: UnreadAnswer, item: ListedMember, place: Place): FoundMember {
  const reading = answer.reading();
  // A directory's children may be directories themselves: those are no objects that could be managed.
  return foundMember(item, reading.kind === 'leaf' ? reading.body : null, place);
}

/** By what the members of a collection are told apart. */
export function identityOf({ resource, type }: Place): 'name' | 'key' {
  return type?.identity ?? (FIXED_KEYS.has(resource) ? 'key' : 'name');
}

/** Turns a body in normal form into what the appliance takes. */
export function spellBy(spelling: Spelling, type: ResourceType | undefined): (body: Json) => Json {
  return (body) => respell(body, type?.fields, spelling);
}

function lookIntoListing(items: readonly ListingItem[], place: Place, isNeeded: (key: string) => boolean): Listing {
  if (!items.every((item) => isAtItsKey(item, place.href))) throw strayed(place.href);
  const identity = identityOf(place);
  const listed = items.map((item): ListedMember => {
    const { key, href, body } = item;
    if (body === undefined) return { key, href, name: undefined, found: undefined };
    if (!isNeeded(key)) return { key, href, name: nameIn(key, body, identity), found: undefined };
    const found = foundMember(item, body, place);
    return { key, href, name: found.member.name, found };
  });
  return { state: 'listing', keys: items.map(({ key }) => key), items: listed };
}

/** A member goes by its key in one request and by its path in another: the two have to mean the same. */
function isAtItsKey({ key, href }: ListingItem, collection: string): boolean {
  // Half a character stands in no path.
  if (/\p{Surrogate}/u.test(key)) return false;
  return href === `${collection}/${key}` || href === `${collection}/${encodeURIComponent(key)}`;
}

function foundMember({ key, href }: Pick<ListingItem, 'key' | 'href'>, raw: Json, place: Place): FoundMember {
  const fields = place.type?.fields;
  const member = {
    key,
    href,
    name: nameIn(key, raw, identityOf(place)),
    body: normalise(raw, fields),
    references: referencesIn(raw),
    numbers: isExact(raw) ? ('exact' as const) : ('inexact' as const),
  };
  return { member, spelling: spellingOf(raw, fields) };
}

function nameIn(key: string, raw: Json, identity: 'name' | 'key'): string | null {
  const name = identity === 'key' ? key : isObject(raw) ? raw['name'] : undefined;
  return typeof name === 'string' && isNameable(name) ? name : null;
}

/** A name that a document can have: not blank, no control characters, whole characters. */
function isNameable(name: string): boolean {
  return name.trim() !== '' && !/[\p{Cc}\p{Surrogate}\u2028\u2029]/u.test(name);
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
