import type { ValidateFunction } from 'ajv';
import type { Ajv2020 } from 'ajv/dist/2020.js';
import { compareText } from '../shared/compare-text.ts';
import { isList, isObject, type Json, type JsonObject } from '../shared/json.ts';
import { nearest } from '../shared/nearest.ts';
import { childPointer } from '../shared/pointer.ts';
import { NONE_PRECOMPILED, type Precompiled } from '../shared/precompiled.ts';
import { desiredSchemaOf, targetSchemaOf } from './derive-schema.ts';
import { fieldNodeOf } from './field-node.ts';
import { KNOWN_PATHS } from './known-paths.ts';
import { memberNode } from './member-node.ts';
import { resourceBlockOf } from './resource-block.ts';
import type { FieldNode, Registry, ResourceType, SchemaFinding } from './resource-type.ts';
import { newCompiler } from '../shared/schema-compiler.ts';
import { schemaFindings } from './schema-findings.ts';

/** Keywords that would be taken for acted upon: they would validate, and then neither mask nor compare as they promise. */
const NOT_BUILT = ['writeOnly', 'patternProperties', 'prefixItems', 'dependentSchemas', 'unevaluatedProperties'];

type Compile = (schema: JsonObject) => ValidateFunction;

/**
 * The registry of the given schemas (the parsed files of `schemas/resources/`). Throws an `Error` that names the schema
 * when one is not fit: that is a defect of the program, not of its input. Validators are compiled when first used,
 * unless they have been.
 */
export function createRegistry(schemas: readonly JsonObject[], precompiled: Precompiled = NONE_PRECOMPILED): Registry {
  const compile = compilerBeside(precompiled);
  const types = schemas
    .map((schema) => resourceTypeOf(schema, compile))
    .toSorted((a, b) => compareText(a.resource, b.resource));
  const byResource = new Map(types.map((type) => [type.resource, type]));
  if (byResource.size !== types.length) throw new Error('two resource schemas describe the same resource');
  const known = new Set([...KNOWN_PATHS, ...byResource.keys()]);
  return {
    types,
    find: (resource) => byResource.get(resource),
    nearest: (resource) => (known.has(resource) ? undefined : nearest(resource, [...known])),
  };
}

function resourceTypeOf(schema: JsonObject, compile: Compile): ResourceType {
  const block = resourceBlockOf(schema);
  const unbuilt = unbuiltKeywords(schema);
  if (unbuilt.length > 0) throw new Error(`the schema of ${block.resource} uses ${unbuilt.join(', ')}, not built`);
  const fields = fieldNodeOf(schema);
  const desired = validatorOf(desiredSchemaOf(schema), compile);
  const unfit = block.remedy === undefined ? (body: Json) => unwritable(fields, body, '') : noCondition;
  return {
    ...block,
    fields,
    validateDesired: (body) => [...desired(body), ...unfit(body)],
    validateTarget: validatorOf(targetSchemaOf(schema), compile),
  };
}

function unbuiltKeywords(schema: Json): readonly string[] {
  if (isList(schema)) return schema.flatMap(unbuiltKeywords);
  if (!isObject(schema)) return [];
  const here = Object.keys(schema).filter((keyword) => NOT_BUILT.includes(keyword));
  return [...here, ...Object.values(schema).flatMap(unbuiltKeywords)];
}

function validatorOf(schema: JsonObject, compile: Compile): (body: Json) => readonly SchemaFinding[] {
  let compiled: ValidateFunction | undefined;
  return (body) => {
    compiled ??= compile(schema);
    return schemaFindings(compiled, schema, body);
  };
}

/** One compiler for all schemas that have no validator yet: to set one up takes as long as a schema does. */
function compilerBeside(precompiled: Precompiled): Compile {
  let ajv: Ajv2020 | undefined;
  return (schema) => {
    const known = precompiled(schema);
    if (known !== undefined) return known;
    ajv ??= newCompiler();
    return ajv.compile(schema);
  };
}

/** Where the body is a condition, what is live may be `null`, but a file that asks for nothing has no condition. */
function noCondition(body: Json): readonly SchemaFinding[] {
  if (body !== null) return [];
  return [{ pointer: '', code: 'wrong-type', message: 'must be an object', at: 'value' }];
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
    // Whatever else the appliance shows there is its own; in a file it is a slip, and the validator has told it.
    const isUnknown = !node.members.has(name) && node.otherMembers?.derived;
    const member = isUnknown ? undefined : memberNode(node, name);
    return member ? unwritable(member, value, childPointer(pointer, name)) : [];
  });
}
