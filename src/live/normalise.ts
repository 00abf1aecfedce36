import { isList, isObject, type Json } from '../shared/json.ts';
import { memberNode } from '../resources/member-node.ts';
import type { FieldNode } from '../resources/resource-type.ts';

/**
 * A body as the appliance reads it, in the form in which it is written: references become the key string, derived members
 * are left out. Normalising twice gives the same as normalising once. core.md §4.
 */
export function normalise(body: Json, node: FieldNode | undefined): Json {
  if (isList(body)) return body.map((item) => normalise(item, node?.elements));
  if (!isObject(body)) return body;
  const members: [string, Json][] = [];
  for (const [name, value] of Object.entries(body)) {
    const member = memberNode(node, name);
    if (!member?.derived) members.push([name, normalise(value, member)]);
  }
  const normal = Object.fromEntries(members);
  // Asked last: leaving out a derived member may be what makes a reference.
  return referenceKey(normal) ?? normal;
}

/** A reference is an object of `key` and `meta.href`, with or without the body of its target; nothing else has `meta`. */
function referenceKey(value: Readonly<Record<string, Json>>): string | undefined {
  const { key, meta } = value;
  if (typeof key !== 'string' || !isObject(meta) || typeof meta['href'] !== 'string') return undefined;
  return Object.keys(value).every((name) => name === 'key' || name === 'meta' || name === 'body') ? key : undefined;
}
