import { compareText } from '../shared/compare-text.ts';
import type { JsonObject, Json } from '../shared/json.ts';
import { isList, isObject } from '../shared/json.ts';
import { desiredSchemaOf } from './derive-schema.ts';

/** Keywords of the registry's own that an editor has no use for. */
const OWN_KEYWORD = /^x-sps/;

/** A resource schema and what of its `x-sps` block counts for a document. */
interface Entry {
  readonly resource: string;
  readonly isCollection: boolean;
  readonly takesFiles: boolean;
  readonly schema: JsonObject;
}

const NAME = { type: 'string', pattern: '\\S' };

/**
 * The schema of one desired-state document for editors, generated from the resource schemas: draft-07, the newest draft
 * that YAML editors understand. Members that this version does not build are left out, as they would be refused.
 */
export function desiredStateSchema(schemas: readonly JsonObject[]): JsonObject {
  const entries = schemas.map(entryOf).toSorted((a, b) => compareText(a.resource, b.resource));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'sps-gitops desired state',
    description: 'One document of the desired state of an SPS appliance. Generated from schemas/resources.',
    type: 'object',
    required: ['resource'],
    additionalProperties: false,
    properties: membersOf(entries),
    dependencies: { previousName: ['name'] },
    allOf: [SHAPES, ...entries.map(ruleOf)],
    definitions: Object.fromEntries(entries.map((entry) => [definitionName(entry.resource), forEditors(entry)])),
  };
}

function entryOf(schema: JsonObject): Entry {
  const block = isObject(schema['x-sps']) ? schema['x-sps'] : {};
  return {
    resource: typeof block['resource'] === 'string' ? block['resource'] : '',
    isCollection: block['kind'] === 'collection',
    takesFiles: block['upload'] !== undefined,
    schema,
  };
}

function membersOf(entries: readonly Entry[]): JsonObject {
  return {
    resource: {
      description: 'Path below /api/configuration. A resource that is not listed is managed without a schema.',
      type: 'string',
      anyOf: [{ enum: entries.map((entry) => entry.resource) }, { pattern: '^[A-Za-z0-9_@.-]+(/[A-Za-z0-9_@.-]+)*$' }],
    },
    name: { description: 'What tells a member of a collection from the others. Singletons have none.', ...NAME },
    previousName: { description: 'The name under which the member may still be live; it is renamed.', ...NAME },
    state: {
      description: 'absent: the member of that name is deleted, and the document has no body.',
      enum: ['present', 'absent'],
      default: 'present',
    },
    prune: {
      description: 'For a collection as a whole. true: members that no document names are deleted.',
      type: 'boolean',
    },
    body: { description: 'Only the fields to be managed.' },
    ignore: {
      description: 'JSON pointers below body that are left as they are.',
      type: 'array',
      uniqueItems: true,
      items: { type: 'string', pattern: '^(/([^~]|~[01])*)*$' },
    },
    upload: {
      description: 'File to upload when a member of body differs from the live one; relative to this file, no tag.',
      type: 'string',
      minLength: 1,
    },
    optional: { description: 'Skip the resource where the firmware does not have it.', type: 'boolean' },
  };
}

/** A collection as a whole, a member that is to be gone, or something with a body: each has its own members. */
const SHAPES: JsonObject = {
  if: { required: ['prune'] },
  then: { properties: without('name', 'previousName', 'state', 'body', 'ignore', 'upload') },
  else: {
    if: { required: ['state'], properties: { state: { const: 'absent' } } },
    then: { required: ['name'], properties: without('previousName', 'body', 'ignore', 'upload') },
    else: { required: ['body'] },
  },
};

function ruleOf({ resource, isCollection, takesFiles }: Entry): JsonObject {
  const body = { $ref: `#/definitions/${definitionName(resource)}` };
  const upload = takesFiles ? {} : without('upload');
  return {
    if: { required: ['resource'], properties: { resource: { const: resource } } },
    then: isCollection
      ? { properties: { body, ...upload }, if: { required: ['prune'] }, else: { required: ['name'] } }
      : { properties: { body, ...without('name', 'previousName', 'state', 'prune'), ...upload } },
  };
}

function without(...members: readonly string[]): JsonObject {
  return Object.fromEntries(members.map((member) => [member, false]));
}

function definitionName(resource: string): string {
  return resource.replaceAll('/', '.');
}

function forEditors({ resource, isCollection, schema }: Entry): Json {
  const { $schema: _draft, properties, ...rest } = desiredSchemaOf(schema);
  const members = isObject(properties) ? properties : {};
  // A member's name stands beside `resource`, and is refused in its body.
  const shown = isCollection ? { ...members, ...without('name') } : members;
  return translated({ ...rest, properties: shown }, definitionName(resource));
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
