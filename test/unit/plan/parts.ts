import type { DesiredCollection, DesiredResource, SourceMap } from '../../../src/desired/desired-state.ts';
import type { PresentComparison } from '../../../src/plan/comparison.ts';
import type { LiveCollection, LiveMember, LiveResource } from '../../../src/plan/live-resource.ts';
import { mergeTarget } from '../../../src/plan/merge.ts';
import type { MemberDocument } from '../../../src/plan/pair-members.ts';
import type { UpdateOperation } from '../../../src/plan/operation.ts';
import { computePlan, type Plan } from '../../../src/plan/plan.ts';
import type { DesiredPart } from '../../../src/plan/planning.ts';
import { Sealer } from '../../../src/plan/seal.ts';
import type { SealOptions } from '../../../src/plan/seal-body.ts';
import { createRegistry } from '../../../src/resources/registry.ts';
import { hrefOf } from '../../../src/resources/resource-href.ts';
import { fieldNodeOf } from '../../../src/resources/field-node.ts';
import type { FieldNode, Registry } from '../../../src/resources/resource-type.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import type { SecretTree } from '../../../src/shared/secret-tree.ts';

/** Seal options with a key of their own, hiding what no schema describes. */
export function sealing(changes: Partial<SealOptions> = {}): SealOptions {
  return { sealer: new Sealer(new Uint8Array(32).fill(7)), unknown: 'hide', containsSecret: () => false, ...changes };
}

/** The node of a small schema. */
export function node(schema: JsonObject): FieldNode {
  return fieldNodeOf(schema);
}

/** Merges bodies that hold nothing sealed. */
export function merged(live: Json, desired: Json, schema?: JsonObject, ignore: readonly string[] = []): Json {
  const fields = schema === undefined ? undefined : fieldNodeOf(schema);
  return mergeTarget(live, desired, fields, ignore, (value) => value);
}

/** A desired resource whose document begins at line 3 of a file named like the resource. */
export function wanted(resource: string, body: SecretTree, changes: Partial<DesiredResource> = {}): DesiredResource {
  const source = { file: `${resource}.yaml`, line: 3, column: 1 };
  const member = { name: null, previousName: null, state: 'present' } as const;
  return { resource, ...member, body, ignore: [], optional: false, upload: null, source, ...changes };
}

/** What the files want, from its things and collections. */
export function desiring(
  resources: readonly DesiredResource[],
  collections: readonly DesiredCollection[] = [],
): DesiredPart {
  return { resources, collections, sources: SOURCES };
}

const registries = new WeakMap<JsonObject, Registry>();

/** A registry of one resource `test/thing` with the given schema; the same one for the same schema. */
export function registryOf(schema: JsonObject): Registry {
  const known = registries.get(schema);
  if (known !== undefined) return known;
  const block = { resource: 'test/thing', kind: 'singleton' };
  const registry = createRegistry([{ title: 'Thing', 'x-sps': block, ...schema }]);
  registries.set(schema, registry);
  return registry;
}

/** Places every finding at line 1 of the resource's file. */
export const SOURCES: SourceMap = {
  place: ({ resource, name }, pointer, _at, finding) => ({
    ...finding,
    pointer,
    position: { file: `${resource}${name === null ? '' : ` ${name}`}.yaml`, line: 1, column: 1 },
  }),
};

/** A desired member of a collection, present with that body. */
export function memberOf(
  resource: string,
  name: string,
  body: SecretTree = {},
  changes: Partial<MemberDocument> = {},
): MemberDocument {
  return { ...wanted(resource, body), name, ...changes };
}

/** A desired member that is to be gone. */
export function absentFrom(resource: string, name: string): MemberDocument {
  return memberOf(resource, name, {}, { state: 'absent' });
}

/** What the files want of a collection that prunes. */
export function pruning(resource: string, changes: Partial<DesiredCollection> = {}): DesiredCollection {
  const source = { file: `${resource}.yaml`, line: 9, column: 1 };
  return { resource, prune: true, optional: false, source, ...changes };
}

/** The live state of resources that are all there. */
export function present(bodies: Readonly<Record<string, Json>>): ReadonlyMap<string, LiveResource> {
  return new Map(Object.entries(bodies).map(([resource, body]) => [resource, single(resource, body)]));
}

function single(resource: string, body: Json): LiveResource {
  return { resource, state: 'present', href: hrefOf(resource), body, references: [], spell: (same) => same };
}

/** A live collection of members by key. */
export function collectionOf(
  resource: string,
  members: Readonly<Record<string, Json>>,
  changes: Partial<LiveMember> = {},
): LiveCollection {
  const all = Object.entries(members).map(([key, body]): LiveMember => {
    const name = body !== null && typeof body === 'object' && 'name' in body ? body['name'] : null;
    const href = `${hrefOf(resource)}/${key}`;
    return { key, href, name: name as string | null, body, references: [], numbers: 'exact', ...changes };
  });
  const keys = Object.keys(members);
  const names = new Map(all.map(({ key, name }) => [key, name]));
  const href = hrefOf(resource);
  return { resource, state: 'collection', href, identity: 'name', keys, names, members: all, spell: (same) => same };
}

/** The plan of one resource `test/thing`. */
export function planOf(live: Json, desired: SecretTree, schema: JsonObject, options: SealOptions = sealing()): Plan {
  const files = desiring([wanted('test/thing', desired)]);
  return computePlan(files, present({ 'test/thing': live }), registryOf(schema), options);
}

/** A plan that updates the given resources, for what looks at paths and numbers only. */
export function updating(resources: readonly string[], changes: Partial<Plan> = {}): Plan {
  const operations = resources.map((resource) => operationOn(resource));
  return {
    digest: `sha256:${'0'.repeat(64)}`,
    operations,
    unchanged: 0,
    managedLive: operations.length,
    misshapen: [],
    errors: [],
    warnings: [],
    ...changes,
  };
}

/** An update of a resource that sets `/a` from 1 to 2. */
export function operationOn(resource: string): UpdateOperation & { readonly comparison: PresentComparison } {
  const desired = wanted(resource, { a: 2 });
  const patch = [{ op: 'replace', path: '/a', value: 2, was: 1 }] as const;
  const comparison: PresentComparison = {
    kind: 'present',
    body: desired.body,
    ignore: [],
    node: undefined,
    live: { a: 1 },
    target: { a: 2 },
    patch,
    again: () => comparison,
  };
  const { source } = desired;
  return {
    action: 'update',
    resource,
    name: null,
    href: hrefOf(resource),
    source,
    comparison,
    member: null,
    spell: (body) => body,
    writeFallback: undefined,
  };
}
