import type { LiveCollection, LiveResource } from '../plan/live-resource.ts';
import { hrefOf } from '../resources/resource-href.ts';
import type { Registry } from '../resources/resource-type.ts';
import { mapBounded } from '../shared/concurrency.ts';
import type { Kept, LiveMemory } from './live-memory.ts';
import {
  identityOf,
  lookInto,
  lookIntoMember,
  spellBy,
  type FoundMember,
  type Listing,
  type Place,
  type UnreadAnswer,
} from './look-into.ts';
import { firstSpelling } from './spelling.ts';

/** What reading needs of the appliance. */
export interface ApplianceReader {
  fetch(path: string, signal: AbortSignal): Promise<UnreadAnswer>;
}

/** Tells a 404 from other failures; the reader's errors are its own. */
export type IsNotFound = (error: unknown) => boolean;

/** What reading is done with. */
export interface LiveSource {
  readonly reader: ApplianceReader;
  readonly isNotFound: IsNotFound;
  readonly registry: Registry;
  readonly concurrency: number;
  /** Of what is read whole; nothing is remembered unless given. */
  readonly memory?: LiveMemory;
}

/** Tells which members of a collection have to be read in full. */
export type IsNeeded = (resource: string, key: string) => boolean;

/**
 * Reads the named resources, at most `concurrency` at once: one request each, and where a listing comes without bodies one
 * for each member that `isNeeded`, all unless given. A 404 makes a resource `unsupported`; any other failure is thrown as
 * the reader gave it. What is read whole and answered as it was before is the same object as before, to its members.
 */
export async function readLive(
  resources: readonly string[],
  source: LiveSource,
  signal: AbortSignal,
  isNeeded?: IsNeeded,
): Promise<ReadonlyMap<string, LiveResource>> {
  const live = await mapBounded(resources, source.concurrency, (resource) =>
    isNeeded === undefined
      ? readOne(resource, source, signal, () => true)
      : readOne(resource, withoutMemory(source), signal, (key) => isNeeded(resource, key)),
  );
  return new Map(live.map((one) => [one.resource, one]));
}

/** Part of a resource is not what the next reading of the whole could be compared with. */
function withoutMemory({ memory: _memory, ...source }: LiveSource): LiveSource {
  return source;
}

async function readOne(
  resource: string,
  source: LiveSource,
  signal: AbortSignal,
  isNeeded: (key: string) => boolean,
): Promise<LiveResource> {
  const { memory, registry } = source;
  const type = registry.find(resource);
  const place: Place = { resource, href: type?.href ?? hrefOf(resource), type };
  const answer = await fetched(place.href, source, signal);
  if (answer === undefined) {
    memory?.delete(resource);
    return { resource, state: 'unsupported' };
  }
  const known = memory?.get(resource);
  const content = isSame(known?.content, answer) ? known.content.value : lookInto(answer, place, isNeeded);
  const members = new Map<string, Kept<FoundMember>>();
  memory?.set(resource, { content: { digest: answer.digest, value: content }, members });
  if (content.state === 'present') return content;
  const found = await mapBounded(
    content.items.filter(({ key }) => isNeeded(key)),
    source.concurrency,
    async (item) => {
      if (item.found !== undefined) return item.found;
      const own = await fetched(item.href, source, signal);
      // It went away after it was listed.
      if (own === undefined) return undefined;
      const last = known?.members.get(item.key);
      const isThere = last?.value.member.href === item.href && isSame(last, own);
      const one = isThere ? last.value : lookIntoMember(own, item, place);
      if (memory !== undefined) members.set(item.key, { digest: own.digest, value: one });
      return one;
    },
  );
  return collectionOf(
    content,
    found.filter((one) => one !== undefined),
    place,
  );
}

/** The answer from a path; `undefined` when there is nothing. */
async function fetched(path: string, source: LiveSource, signal: AbortSignal): Promise<UnreadAnswer | undefined> {
  try {
    return await source.reader.fetch(path, signal);
  } catch (error) {
    if (source.isNotFound(error)) return undefined;
    throw error;
  }
}

function isSame<T>(last: Kept<T> | undefined, answer: UnreadAnswer): last is Kept<T> {
  return last !== undefined && last.digest === answer.digest;
}

function collectionOf({ keys, items }: Listing, found: readonly FoundMember[], place: Place): LiveCollection {
  const members = found.map(({ member }) => member);
  const names = new Map<string, string | null>();
  for (const { key, name } of [...items, ...members]) if (name !== undefined) names.set(key, name);
  return {
    resource: place.resource,
    state: 'collection',
    href: place.href,
    identity: identityOf(place),
    keys,
    names,
    members,
    spell: spellBy(firstSpelling(found.map(({ spelling }) => spelling)), place.type),
  };
}
