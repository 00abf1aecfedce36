import { isList, isObject, type Json, type JsonObject } from '../shared/json.ts';

/** What a part of a body cannot meet. */
const DEMANDS = new Set(['required', 'dependentRequired', 'minProperties']);
/** Below these a keyword is a condition, not a demand: nothing in there may be loosened. */
const CONDITIONS = new Set(['if', 'not']);
/** Below these the members are names, not keywords. */
const NAMED = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const VERBATIM = new Set(['const', 'enum', 'default', 'examples', 'x-sps']);

type Rule = (keyword: string, value: Json) => boolean;

/** The schema for files: any part of a body may be left out, what is there has to be right. */
export function desiredSchemaOf(schema: JsonObject): JsonObject {
  return without(schema, (keyword) => DEMANDS.has(keyword));
}

/** The schema for the merged body: complete, but the appliance may have members that this version does not know. */
export function targetSchemaOf(schema: JsonObject): JsonObject {
  return without(
    schema,
    (keyword, value) => (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties') && value === false,
  );
}

function without(schema: JsonObject, drops: Rule): JsonObject {
  const kept: Record<string, Json> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (drops(keyword, value)) continue;
    if (CONDITIONS.has(keyword) || VERBATIM.has(keyword)) kept[keyword] = value;
    else if (NAMED.has(keyword) && isObject(value)) {
      kept[keyword] = Object.fromEntries(Object.entries(value).map(([name, sub]) => [name, inner(sub, drops)]));
    } else kept[keyword] = inner(value, drops);
  }
  return kept;
}

function inner(value: Json, drops: Rule): Json {
  if (isList(value)) return value.map((item) => inner(item, drops));
  return isObject(value) ? without(value, drops) : value;
}
