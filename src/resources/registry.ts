import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { isList, isObject, type Json, type JsonObject } from '../shared/json.ts';
import { childPointer } from '../shared/pointer.ts';
import { desiredSchemaOf, targetSchemaOf } from './derive-schema.ts';
import { fieldNodeOf } from './field-node.ts';
import { KNOWN_PATHS } from './known-paths.ts';
import { memberNode } from './member-node.ts';
import type { FieldNode, Registry, ResourceType, SchemaFinding } from './resource-type.ts';
import { nearest, schemaFindings } from './schema-findings.ts';

const ANNOTATIONS = `x-sps x-sps-message x-sps-secret x-sps-set x-sps-identity x-sps-tag x-sps-optional-block
  x-sps-derived`.split(/\s+/);
/** Keywords that would be taken for acted upon: they would validate, and then neither mask nor compare as they promise. */
const NOT_BUILT = ['writeOnly', 'patternProperties', 'prefixItems', 'dependentSchemas', 'unevaluatedProperties'];
const BLOCK_MEMBERS = new Set(['resource', 'kind', 'writeFallback']);

/**
 * The registry of the given schemas (the parsed files of `schemas/resources/`). Throws an `Error` that names the schema
 * when one is not fit: that is a defect of the program, not of its input. Validators are compiled when first used.
 */
export function createRegistry(schemas: readonly JsonObject[]): Registry {
  const types = schemas.map(resourceTypeOf).toSorted((a, b) => (a.resource < b.resource ? -1 : 1));
  const byResource = new Map(types.map((type) => [type.resource, type]));
  if (byResource.size !== types.length) throw new Error('two resource schemas describe the same resource');
  const known = new Set([...KNOWN_PATHS, ...byResource.keys()]);
  return {
    types,
    find: (resource) => byResource.get(resource),
    nearest: (resource) => (known.has(resource) ? undefined : nearest(resource, [...known])),
  };
}

function resourceTypeOf(schema: JsonObject): ResourceType {
  const block = schema['x-sps'];
  if (!isObject(block) || typeof block['resource'] !== 'string' || block['kind'] !== 'singleton') {
    throw new Error(`the schema ${JSON.stringify(schema['title'])} has no fit x-sps block`);
  }
  const foreign = [...Object.keys(block).filter((name) => !BLOCK_MEMBERS.has(name)), ...unbuiltKeywords(schema)];
  if (foreign.length > 0) throw new Error(`the schema of ${block['resource']} uses ${foreign.join(', ')}, not built`);
  const fields = fieldNodeOf(schema);
  const desired = validatorOf(desiredSchemaOf(schema));
  const target = validatorOf(targetSchemaOf(schema));
  return {
    resource: block['resource'],
    kind: 'singleton',
    fields,
    writeFallback: block['writeFallback'] === 'post' ? 'post' : undefined,
    validateDesired: (body) => [...desired(body), ...unwritable(fields, body, '')],
    validateTarget: target,
  };
}

function unbuiltKeywords(schema: Json): readonly string[] {
  if (isList(schema)) return schema.flatMap(unbuiltKeywords);
  if (!isObject(schema)) return [];
  const here = Object.keys(schema).filter((keyword) => NOT_BUILT.includes(keyword));
  return [...here, ...Object.values(schema).flatMap(unbuiltKeywords)];
}

function validatorOf(schema: JsonObject): (body: Json) => readonly SchemaFinding[] {
  let compiled: ValidateFunction | undefined;
  return (body) => {
    compiled ??= compile(schema);
    return schemaFindings(compiled, schema, body);
  };
}

function compile(schema: JsonObject): ValidateFunction {
  // Union types and members described only in a branch are how the resource schemas express SPS's unions.
  // The schemas are ours and a test holds them against the meta-schema; doing that at every start would cost more than
  // all else that is compiled.
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    meta: false,
    validateSchema: false,
  });
  // The formats alone: the package's entry point loads a second copy of ajv.
  for (const name of ['ipv4', 'ipv6'] as const) ajv.addFormat(name, fullFormats[name]);
  ajv.addVocabulary(ANNOTATIONS);
  return ajv.compile(schema);
}

/** Members of a desired body that only the appliance sets. */
function unwritable(node: FieldNode, body: Json, pointer: string): readonly SchemaFinding[] {
  if (node.readOnly || node.derived) {
    const message = 'is set by the appliance and cannot be managed';
    return [{ pointer, code: 'read-only', message, hint: 'remove the member', at: 'key' }];
  }
  if (isList(body)) {
    const elements = node.elements;
    return elements ? body.flatMap((item, index) => unwritable(elements, item, childPointer(pointer, index))) : [];
  }
  if (!isObject(body)) return [];
  return Object.entries(body).flatMap(([name, value]) => {
    const member = memberNode(node, name);
    return member ? unwritable(member, value, childPointer(pointer, name)) : [];
  });
}
