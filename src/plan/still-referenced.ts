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

/** A text that an operation writes, and where. */
interface WrittenText {
  readonly text: string;
  readonly pointer: string;
}

/**
 * Every deletion, in the order of the operations, with who would still refer to what is deleted: by name and pointer, as
 * far as that was read, as what is not managed is for the appliance to refuse. A referrer that is deleted too, or
 * re-pointed, does not count; a new one does. Bodies are gone through once, however much is deleted.
 */
export function stillReferenced({
  operations,
  live,
  options: { sealer, containsSecret },
}: Pick<Planning, 'operations' | 'live' | 'options'>): ReadonlyMap<DeleteOperation, ReadonlySet<string>> {
  const deletions = operations.filter((operation) => operation.action === 'delete');
  const found = new Map(deletions.map((deleted) => [deleted, new Set<string>()]));
  if (deletions.length === 0) return found;
  const byHref = new Map(deletions.map((deleted) => [deleted.href, deleted]));
  const byKey = deletionsByKey(deletions);
  const changes = new Map(
    operations.filter(({ action }) => action !== 'create').map((operation) => [operation.href, operation]),
  );
  const reveal = (body: Json) => sealer.reveal(body);
  const addWritten = (own: Operation, title: () => string) => {
    for (const { text, pointer } of writtenTexts(own, reveal)) {
      for (const deleted of byKey.get(text) ?? []) found.get(deleted)?.add(`${title()} ${pointer}`);
    }
  };
  for (const referrer of [...live.values()].flatMap(referrersIn)) {
    const { resource, name } = referrer;
    const own = changes.get(referrer.href);
    if (own?.action === 'delete') continue;
    const title = () => titleOf({ resource, name: name !== null && containsSecret(name) ? WITHHELD : name });
    const target = own?.comparison.target;
    const after = target === undefined ? referrer.body : reveal(target);
    for (const { href, pointer } of referrer.references) {
      const deleted = byHref.get(href);
      if (deleted === undefined || valueAt(after, pointer) !== deleted.member.key) continue;
      found.get(deleted)?.add(`${title()} ${pointer}`);
    }
    if (own !== undefined) addWritten(own, title);
  }
  for (const own of operations) if (own.action === 'create') addWritten(own, () => titleOf(own));
  return found;
}

function deletionsByKey(deletions: readonly DeleteOperation[]): ReadonlyMap<string, readonly DeleteOperation[]> {
  const byKey = new Map<string, DeleteOperation[]>();
  for (const deleted of deletions) {
    const { key } = deleted.member;
    const same = byKey.get(key);
    // Keys are unique within a collection only.
    if (same === undefined) byKey.set(key, [deleted]);
    else same.push(deleted);
  }
  return byKey;
}

/** A reference that moved within an object, or is written with its key, stands in what is written. */
function writtenTexts({ comparison }: Operation, reveal: (body: Json) => Json): readonly WrittenText[] {
  return comparison.patch
    .flatMap((entry) => (entry.op === 'remove' ? [] : textsIn(reveal(entry.value), entry.path)))
    .filter(({ pointer }) => pointer !== '/name');
}

function textsIn(value: Json, pointer: string): readonly WrittenText[] {
  if (typeof value === 'string') return [{ text: value, pointer }];
  if (isList(value)) return value.flatMap((item, index) => textsIn(item, childPointer(pointer, index)));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => textsIn(member, childPointer(pointer, name)));
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
