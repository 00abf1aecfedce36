import type { JsonObject, Json } from '../shared/json.ts';
import { isList, isObject } from '../shared/json.ts';
import { desiredSchemaOf } from './derive-schema.ts';

/** Keywords of the registry's own that an editor has no use for. */
const OWN_KEYWORD = /^x-sps/;

/**
 * The schema of one desired-state document for editors, generated from the resource schemas: draft-07, the newest draft
 * that YAML editors understand. Members that this version does not build are left out, as they would be refused.
 */
export function desiredStateSchema(schemas: readonly JsonObject[]): JsonObject {
  const entries = schemas
    .map((schema) => ({ resource: resourceOf(schema), schema }))
    .toSorted((a, b) => (a.resource < b.resource ? -1 : 1));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'sps-gitops desired state',
    description: 'One document of the desired state of an SPS appliance. Generated from schemas/resources.',
    type: 'object',
    required: ['resource', 'body'],
    additionalProperties: false,
    properties: {
      resource: {
        description: 'Path below /api/configuration. A resource that is not listed is managed without a schema.',
        type: 'string',
        anyOf: [
          { enum: entries.map((entry) => entry.resource) },
          { pattern: '^[A-Za-z0-9_@.-]+(/[A-Za-z0-9_@.-]+)*$' },
        ],
      },
      body: { description: 'Only the fields to be managed.' },
      ignore: {
        description: 'JSON pointers below body that are left as they are.',
        type: 'array',
        uniqueItems: true,
        items: { type: 'string', pattern: '^(/([^~]|~[01])*)*$' },
      },
      optional: { description: 'Skip the resource where the firmware does not have it.', type: 'boolean' },
    },
    allOf: entries.map(({ resource }) => ({
      if: { required: ['resource'], properties: { resource: { const: resource } } },
      then: { properties: { body: { $ref: `#/definitions/${definitionName(resource)}` } } },
    })),
    definitions: Object.fromEntries(
      entries.map(({ resource, schema }) => [definitionName(resource), forEditors(schema, definitionName(resource))]),
    ),
  };
}

function resourceOf(schema: JsonObject): string {
  const block = schema['x-sps'];
  return isObject(block) && typeof block['resource'] === 'string' ? block['resource'] : '';
}

function definitionName(resource: string): string {
  return resource.replaceAll('/', '.');
}

function forEditors(schema: JsonObject, name: string): Json {
  const { $schema: _draft, ...rest } = desiredSchemaOf(schema);
  return translated(rest, name);
}

/** Local references move with the schema; `$defs` is called `definitions` in draft-07. */
function translated(value: Json, name: string): Json {
  if (isList(value)) return value.map((item) => translated(item, name));
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([keyword]) => !OWN_KEYWORD.test(keyword));
  const kept = members.map(([keyword, member]): [string, Json] => {
    if (keyword === '$ref' && typeof member === 'string') {
      return [keyword, member.replace('#/$defs/', `#/definitions/${name}/definitions/`)];
    }
    return [keyword === '$defs' ? 'definitions' : keyword, translated(member, name)];
  });
  return Object.fromEntries(kept);
}
