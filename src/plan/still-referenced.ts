import type { DesiredIdentity } from '../desired/desired-state.ts';
import { isList, isObject, type Json } from '../shared/json.ts';
import { childPointer, valueAt } from '../shared/pointer.ts';
import { WITHHELD } from '../shared/secret-book.ts';
import type { LiveReference, LiveResource } from './live-resource.ts';
import { titleOf, type DeleteOperation, type Operation } from './operation.ts';
import type { Planning } from './planning.ts';

interface Referrer extends DesiredIdentity {
  readonly href: string;
  readonly body: Json;
  readonly references: readonly LiveReference[];
}

/**
 * Who would still refer to what is deleted, by name and pointer, as far as that was read: what is not managed is for the
 * appliance to refuse. A referrer that is deleted too, or re-pointed, does not count; a new one does.
 */
export function stillReferenced(
  deleted: DeleteOperation,
  { operations, live, options: { sealer, containsSecret } }: Pick<Planning, 'operations' | 'live' | 'options'>,
): readonly string[] {
  const reveal = (body: Json) => sealer.reveal(body);
  const ofLive = [...live.values()].flatMap(referrersIn).flatMap((referrer) => {
    const own = operations.find((operation) => operation.href === referrer.href && operation.action !== 'create');
    if (own?.action === 'delete') return [];
    const target = own?.comparison.target;
    const after = target === undefined ? referrer.body : reveal(target);
    const kept = referrer.references
      .filter(({ href, pointer }) => href === deleted.href && valueAt(after, pointer) === deleted.member?.key)
      .map(({ pointer }) => pointer);
    const written = own === undefined ? [] : writtenReferences(own, deleted, reveal);
    const name = referrer.name !== null && containsSecret(referrer.name) ? WITHHELD : referrer.name;
    const title = titleOf({ resource: referrer.resource, name });
    return [...new Set([...kept, ...written])].map((pointer) => `${title} ${pointer}`);
  });
  const ofNew = operations
    .filter(({ action }) => action === 'create')
    .flatMap((own) => writtenReferences(own, deleted, reveal).map((pointer) => `${titleOf(own)} ${pointer}`));
  return [...ofLive, ...ofNew];
}

/** A reference that moved within an object, or is written with its key, stands in what is written. */
function writtenReferences(own: Operation, deleted: DeleteOperation, reveal: (body: Json) => Json): readonly string[] {
  const key = deleted.member?.key ?? null;
  if (key === null) return [];
  return own.comparison.patch
    .flatMap((entry) => (entry.op === 'remove' ? [] : placesOf(key, reveal(entry.value), entry.path)))
    .filter((pointer) => pointer !== '/name');
}

function placesOf(key: string, value: Json, pointer: string): readonly string[] {
  if (value === key) return [pointer];
  if (isList(value)) return value.flatMap((item, index) => placesOf(key, item, childPointer(pointer, index)));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => placesOf(key, member, childPointer(pointer, name)));
}

function referrersIn(live: LiveResource): readonly Referrer[] {
  switch (live.state) {
    case 'unsupported':
      return [];
    case 'present':
      return [{ ...live, name: null }];
    case 'collection':
      return live.members.map(({ name, key, href, body, references }) => ({
        resource: live.resource,
        name: name ?? key,
        href,
        body,
        references,
      }));
  }
}
