import type { FieldNode, Registry, ResourceType, SchemaFinding } from '../../../src/resources/resource-type.ts';
import type { Json } from '../../../src/shared/json.ts';

/** A described place with nothing special about it, except what is given. */
export function field(given: Partial<FieldNode> = {}): FieldNode {
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
    ...given,
  };
}

/** A resource type whose validation is given. */
export function fakeType(
  resource: string,
  validateDesired: (body: Json) => readonly SchemaFinding[] = () => [],
  fields: FieldNode = field(),
): ResourceType {
  return {
    resource,
    kind: 'singleton',
    fields,
    writeFallback: undefined,
    validateDesired,
    validateTarget: () => [],
  };
}

/** A registry of these types that knows one misspelling of each: the resource with an `x` behind it. */
export function fakeRegistry(...types: readonly ResourceType[]): Registry {
  return {
    types,
    find: (resource) => types.find((type) => type.resource === resource),
    nearest: (resource) => types.find((type) => `${type.resource}x` === resource)?.resource,
  };
}
