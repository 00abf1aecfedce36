import { isList, isObject, type Json, type JsonObject } from '../shared/json.ts';

/** What a part of a body cannot meet. */
const DEMANDS = new Set(['required', 'dependentRequired', 'minProperties']);
/** Below these a keyword is a condition, not a demand: nothing in there may be loosened. */
const CONDITIONS = new Set(['if', 'not']);
/** Below these the members are names, not keywords. */
const NAMED = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const VERBATIM = new Set(['const', 'enum', 'default', 'examples', 'x-sps']);

/** What becomes of a keyword's value; `undefined` drops the keyword. */
type Rule = (keyword: string, value: Json, schema: JsonObject) => Json | undefined;

/**
 * The schema for files. A file may leave out any part of a body, but the parts that it has are checked in full. A subschema
 * marked `x-sps-target-only` is emptied: it speaks of members that only the appliance sets. Where all members that the
 * schema does not name are derived, a file may have no others.
 */
export function desiredSchemaOf(schema: JsonObject): JsonObject {
  return derived(schema, (keyword, value, parent) => {
    if (parent['x-sps-target-only'] === true || DEMANDS.has(keyword)) return undefined;
    const closes = keyword === 'additionalProperties' && isObject(value) && value['x-sps-derived'] === true;
    return closes ? false : value;
  });
}

/** The schema for the merged body: complete, but the appliance may have members that this version does not know. */
export function targetSchemaOf(schema: JsonObject): JsonObject {
  return derived(schema, (keyword, value) =>
    (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties') && value === false ? undefined : value,
  );
}

function derived(schema: JsonObject, rule: Rule): JsonObject {
  const kept: Record<string, Json> = {};
  for (const [keyword, given] of Object.entries(schema)) {
    const value = rule(keyword, given, schema);
    if (value === undefined) continue;
    if (CONDITIONS.has(keyword) || VERBATIM.has(keyword)) kept[keyword] = value;
    else if (NAMED.has(keyword) && isObject(value)) {
      kept[keyword] = Object.fromEntries(Object.entries(value).map(([name, sub]) => [name, inner(sub, rule)]));
    } else kept[keyword] = inner(value, rule);
  }
  return kept;
}

function inner(value: Json, rule: Rule): Json {
  if (isList(value)) return value.map((item) => inner(item, rule));
  return isObject(value) ? derived(value, rule) : value;
}
