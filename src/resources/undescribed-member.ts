import type { FieldNode } from './resource-type.ts';

/** What is known of a collection's members without a schema: that `name` tells them apart. */
export const UNDESCRIBED_MEMBER: FieldNode = plain(new Map([['name', plain(new Map())]]));

function plain(members: ReadonlyMap<string, FieldNode>): FieldNode {
  return {
    members,
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
  };
}
