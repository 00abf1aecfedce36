import type { FieldNode } from './resource-type.ts';

/** The node of a described place with nothing special about it, except what is given. */
export function plainNode(given: Partial<FieldNode> = {}): FieldNode {
  return {
    members: new Map(),
    otherMembers: undefined,
    elements: undefined,
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
