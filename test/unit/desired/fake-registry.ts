import { plainNode } from '../../../src/resources/plain-node.ts';
import type { FieldNode, Registry, ResourceType, SchemaFinding } from '../../../src/resources/resource-type.ts';
import type { Json } from '../../../src/shared/json.ts';

/** A singleton whose validation is given. */
export function fakeType(
  resource: string,
  validateDesired: (body: Json) => readonly SchemaFinding[] = () => [],
  fields: FieldNode = plainNode(),
): ResourceType {
  return {
    resource,
    kind: 'singleton',
    href: `/api/configuration/${resource}`,
    identity: 'name',
    builtIn: [],
    remedy: undefined,
    fields,
    writeFallback: undefined,
    validateDesired,
    validateTarget: () => [],
  };
}

/** A collection whose members have these fields. */
export function fakeCollection(resource: string, fields: FieldNode = plainNode()): ResourceType {
  return { ...fakeType(resource, () => [], fields), kind: 'collection' };
}

/** A singleton that takes a file. */
export function fakeUpload(resource: string): ResourceType {
  const remedy = { kind: 'upload', path: '/api/upload/thing', field: 'data', note: null } as const;
  return { ...fakeType(resource), remedy };
}

/** A registry of these types that knows one misspelling of each: the resource with an `x` behind it. */
export function fakeRegistry(...types: readonly ResourceType[]): Registry {
  return {
    types,
    find: (resource) => types.find((type) => type.resource === resource),
    nearest: (resource) => types.find((type) => `${type.resource}x` === resource)?.resource,
  };
}
