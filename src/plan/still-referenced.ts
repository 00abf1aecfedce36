import type { Json } from '../shared/json.ts';
import { valueAt } from '../shared/pointer.ts';
import type { LiveReference, LiveResource } from './live-resource.ts';
import { titleOf, type DeleteOperation, type Operation } from './operation.ts';

interface Referrer {
  readonly title: string;
  readonly href: string;
  readonly body: Json;
  readonly references: readonly LiveReference[];
}

/**
 * Who would still refer to what is deleted, by name and pointer, as far as that was read: what is not managed is for the
 * appliance to refuse. A referrer that is deleted too, or re-pointed, does not count.
 */
export function stillReferenced(
  deleted: DeleteOperation,
  operations: readonly Operation[],
  live: Iterable<LiveResource>,
  reveal: (body: Json) => Json,
): readonly string[] {
  return [...live].flatMap(referrersIn).flatMap((referrer) => {
    const own = operations.find((operation) => operation.href === referrer.href && operation.action !== 'create');
    if (own?.action === 'delete') return [];
    const target = own?.comparison.target;
    const after = target === undefined ? referrer.body : reveal(target);
    return referrer.references
      .filter(({ href, pointer }) => href === deleted.href && valueAt(after, pointer) === deleted.member?.key)
      .map(({ pointer }) => `${referrer.title} ${pointer}`);
  });
}

function referrersIn(live: LiveResource): readonly Referrer[] {
  switch (live.state) {
    case 'unsupported':
      return [];
    case 'present': {
      const { resource, href, body, references } = live;
      return [{ title: resource, href, body, references }];
    }
    case 'collection':
      return live.members.map(({ name, key, href, body, references }) => ({
        title: titleOf({ resource: live.resource, name: name ?? key }),
        href,
        body,
        references,
      }));
  }
}
