import type { FieldNode } from './resource-type.ts';

/** What the schema says about a member of an object: by its name, or as one of the others that it describes. */
export function memberNode(node: FieldNode | undefined, name: string): FieldNode | undefined {
  return node?.members.get(name) ?? node?.otherMembers;
}
