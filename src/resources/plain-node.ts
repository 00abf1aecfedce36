import type { FieldNode } from './resource-type.ts';
import { uncertainMembers } from './uncertain-members.ts';

/** The node of a described place with nothing special about it, except what is given. */
export function plainNode(given: Partial<FieldNode> = {}): FieldNode {
  const { members = new Map<string, FieldNode>(), otherMembers, elements } = given;
  const children = { members, otherMembers, elements };
  return {
    ...children,
    ...uncertainMembers(children),
    secret: false,
    readOnly: false,
    derived: false,
    set: false,
    identity: undefined,
    tag: undefined,
    optionalBlock: false,
    certificate: false,
    date: false,
    aliases: [],
    ...given,
  };
}
