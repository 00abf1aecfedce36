import { isList, isObject, type Json, type JsonObject } from '../shared/json.ts';
import { valueAt } from '../shared/pointer.ts';
import type { FieldNode } from './resource-type.ts';
import { uncertainMembers } from './uncertain-members.ts';

const BRANCHES = ['allOf', 'anyOf', 'oneOf'] as const;

/**
 * The annotation tree of a schema. A union's branches are laid over one another, so that a member described by any branch
 * is known: which branch applies depends on values, what a member *is* (secret, derived …) does not. Local `$ref`s are
 * followed; a schema that refers to itself throws.
 */
export function fieldNodeOf(schema: JsonObject): FieldNode {
  return nodeOf([schema], schema, 0);
}

function nodeOf(schemas: readonly JsonObject[], root: JsonObject, depth: number): FieldNode {
  if (depth > 40) throw new Error('a resource schema nests deeper than 40 levels, or refers to itself');
  const all = schemas.flatMap((schema) => withBranches(schema, root, depth));
  const names = new Set(all.flatMap((schema) => Object.keys(objectIn(schema, 'properties'))));
  const members = new Map<string, FieldNode>();
  for (const name of names) {
    const described = all.map((schema) => objectIn(schema, 'properties')[name]).filter(isObject);
    members.set(name, nodeOf(described, root, depth + 1));
  }
  const children = {
    members,
    otherMembers: childOf(all, 'additionalProperties', root, depth),
    elements: childOf(all, 'items', root, depth),
  };
  return {
    ...children,
    ...uncertainMembers(children),
    secret: all.some((schema) => schema['x-sps-secret'] === true),
    readOnly: all.some((schema) => schema['readOnly'] === true),
    derived: all.some((schema) => schema['x-sps-derived'] === true),
    set: all.some((schema) => schema['x-sps-set'] === true),
    identity: textIn(all, 'x-sps-identity'),
    tag: textIn(all, 'x-sps-tag'),
    optionalBlock: all.some((schema) => schema['x-sps-optional-block'] === true),
    certificate: all.some((schema) => schema['x-sps-certificate'] === true),
    date: all.some((schema) => schema['x-sps-date'] === true),
    aliases: textsIn(all, 'x-sps-aliases'),
  };
}

/** The schema itself and every subschema that speaks about the same place. */
function withBranches(schema: JsonObject, root: JsonObject, depth: number): readonly JsonObject[] {
  if (depth > 40) throw new Error('a resource schema refers to itself');
  const found: JsonObject[] = [schema];
  const subschemas: Json[] = BRANCHES.flatMap((keyword) => {
    const branches = schema[keyword];
    return branches !== undefined && isList(branches) ? branches : [];
  });
  for (const keyword of ['then', 'else']) if (schema[keyword] !== undefined) subschemas.push(schema[keyword]);
  const reference = schema['$ref'];
  if (typeof reference === 'string') subschemas.push(localTarget(reference, root));
  for (const branch of subschemas) if (isObject(branch)) found.push(...withBranches(branch, root, depth + 1));
  return found;
}

function localTarget(reference: string, root: JsonObject): Json {
  const target = reference.startsWith('#') ? valueAt(root, reference.slice(1)) : undefined;
  if (target === undefined) throw new Error(`a resource schema refers to ${reference}, which it does not hold`);
  return target;
}

function childOf(schemas: readonly JsonObject[], keyword: string, root: JsonObject, depth: number) {
  const described = schemas.map((schema) => schema[keyword]).filter(isObject);
  return described.length === 0 ? undefined : nodeOf(described, root, depth + 1);
}

function objectIn(schema: JsonObject, keyword: string): JsonObject {
  const value = schema[keyword];
  return isObject(value) ? value : {};
}

function textIn(schemas: readonly JsonObject[], keyword: string): string | undefined {
  return schemas.map((schema) => schema[keyword]).find((value) => typeof value === 'string');
}

/** The texts of every list under the keyword, in order, each once. */
function textsIn(schemas: readonly JsonObject[], keyword: string): readonly string[] {
  const texts = schemas.flatMap((schema) => schema[keyword] ?? []).filter((text) => typeof text === 'string');
  return [...new Set(texts)];
}
