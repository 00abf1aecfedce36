import type { DesiredCollection, DesiredResource } from '../desired/desired-state.ts';
import type { Registry } from '../resources/resource-type.ts';
import { compareFindings, type Diagnostic } from '../shared/diagnostic.ts';
import type { LiveResource } from './live-resource.ts';
import { titleOf, type Operation } from './operation.ts';
import { orderOperations } from './order-operations.ts';
import { namelessMembers, nameMissing, notCollection, referenced, unsupported } from './plan-findings.ts';
import type { MemberDocument } from './pair-members.ts';
import { isDirectory, planMembers } from './plan-members.ts';
import { planSingleton } from './plan-singleton.ts';
import type { DesiredPart, Planning } from './planning.ts';
import type { SealOptions } from './seal-body.ts';
import { digestOf } from './show-operation.ts';
import { checkLeaving } from './starling.ts';
import { stillReferenced } from './still-referenced.ts';

/** What a run would do. A value: nothing in it acts, and equal input gives an equal plan. */
export interface Plan {
  /** `sha256:` and 64 hex digits over the operations as they are shown, without their sources. */
  readonly digest: string;
  /** In the order in which they are carried out. */
  readonly operations: readonly Operation[];
  /** Things that documents describe and that need nothing. */
  readonly unchanged: number;
  /** Managed objects that exist on the appliance; those that are pruned are managed. */
  readonly managedLive: number;
  /** Live values, by title and pointer, that make no sense where the files want to write: nothing may be applied. */
  readonly misshapen: readonly string[];
  /** Findings that forbid applying; the operations may then be incomplete. */
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

/** Compares everything desired with the live state. Pure. Everything desired has to have been read. */
export function computePlan(
  desired: DesiredPart,
  live: ReadonlyMap<string, LiveResource>,
  registry: Registry,
  options: SealOptions,
): Plan {
  const findings: Diagnostic[] = [];
  const planning: Planning = {
    desired,
    live,
    registry,
    options,
    place: (of, pointer, at, finding) => findings.push(desired.sources.place(of, pointer, at, finding)),
    operations: [],
    misshapen: [],
    counts: { managed: 0, unchanged: 0 },
  };
  const resources = new Set([...desired.resources, ...desired.collections].map(({ resource }) => resource));
  for (const resource of [...resources].toSorted()) planResource(resource, planning);
  checkLeaving(planning);
  checkReferences(planning);
  const operations = orderOperations(planning.operations);
  const sorted = findings.toSorted(compareFindings);
  return {
    digest: digestOf(operations, options.sealer),
    operations,
    unchanged: planning.counts.unchanged,
    managedLive: planning.counts.managed,
    misshapen: [...new Set(planning.misshapen)],
    errors: sorted.filter((finding) => finding.severity === 'error'),
    warnings: sorted.filter((finding) => finding.severity === 'warning'),
  };
}

function planResource(resource: string, planning: Planning): void {
  const { desired, place } = planning;
  const have = planning.live.get(resource);
  if (have === undefined) throw new Error(`${resource} was not read`);
  const documents = desired.resources.filter((one) => one.resource === resource);
  const collection = desired.collections.find((one) => one.resource === resource);
  switch (have.state) {
    case 'unsupported':
      for (const document of all(documents, collection)) {
        place(document, '/resource', 'value', unsupported(resource, document.optional));
      }
      return;
    case 'present':
      for (const document of documents) {
        if (document.name === null) planSingleton(document, have, planning);
        else place(document, '/name', 'key', notCollection(resource, 'name'));
      }
      if (collection !== undefined) place(named(collection), '/prune', 'key', notCollection(resource, 'prune'));
      return;
    case 'collection':
      for (const document of documents) {
        if (document.name !== null) continue;
        const finding = isDirectory(have) ? namelessMembers(resource) : nameMissing(resource);
        place(document, '/resource', 'value', finding);
      }
      planMembers(
        documents.filter((document): document is MemberDocument => document.name !== null),
        collection,
        have,
        planning,
      );
  }
}

function all(documents: readonly DesiredResource[], collection: DesiredCollection | undefined) {
  const others = documents.map(({ resource, name, optional }) => ({ resource, name, optional }));
  return collection === undefined ? others : [...others, { ...named(collection), optional: collection.optional }];
}

function named({ resource }: DesiredCollection) {
  return { resource, name: null };
}

/** What is deleted must not be referred to any more. A finding stands where the deletion is asked for. */
function checkReferences(planning: Planning): void {
  const { desired, place } = planning;
  for (const [operation, referrers] of stillReferenced(planning)) {
    if (referrers.size === 0) continue;
    const { resource, name } = operation;
    const asked = desired.resources.some((one) => one.resource === resource && one.name === name);
    const finding = referenced(titleOf(operation), [...referrers]);
    place({ resource, name: asked ? name : null }, asked ? '/state' : '/prune', 'value', finding);
  }
}
