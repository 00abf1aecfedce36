import { plainNode } from './plain-node.ts';
import type { FieldNode } from './resource-type.ts';

/** What is known of a collection's members without a schema: that `name` tells them apart. */
export const UNDESCRIBED_MEMBER: FieldNode = plainNode({ members: new Map([['name', plainNode()]]) });
