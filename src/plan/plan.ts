import { createHash } from 'node:crypto';
import type { DesiredResource, SourceMap } from '../desired/desired-state.ts';
import type { FieldNode, Registry, SchemaFinding } from '../resources/resource-type.ts';
import type { Diagnostic, Position } from '../shared/diagnostic.ts';
import { canonicalJson, type Json } from '../shared/json.ts';
import { checkTarget } from './check-target.ts';
import { diff, type PatchEntry } from './diff.ts';
import { mergeTarget } from './merge.ts';
import type { Sealer } from './seal.ts';
import { bodySealer, type BodySealer, type SealOptions } from './seal-body.ts';

/** What the appliance answered for one managed resource: its body in normal form, or that it has no such endpoint. */
export type LiveResource =
  | { readonly resource: string; readonly state: 'present'; readonly body: Json }
  | { readonly resource: string; readonly state: 'unsupported' }
  /** A collection or a directory. */
  | { readonly resource: string; readonly state: 'listing' };

/** A desired resource beside the live one, both sealed, with all that comparing them again needs. */
export interface Comparison {
  readonly desired: DesiredResource;
  readonly node: FieldNode | undefined;
  /** Live body in normal form, sealed. */
  readonly live: Json;
  /** Sealed; what the write will send once revealed. */
  readonly target: Json;
  readonly patch: readonly PatchEntry[];
  /** Seals another reading of the same resource and compares that. */
  again(body: Json): Comparison;
}

/** One change of one resource. */
export interface Operation {
  readonly action: 'update';
  readonly resource: string;
  readonly name: string | null;
  /** URL path of the object. */
  readonly href: string;
  readonly source: Position;
  readonly comparison: Comparison;
  /** How to write when PUT is answered 405. */
  readonly writeFallback: 'post' | undefined;
}

/** What a run would do. A value: nothing in it acts, and equal input gives an equal plan. */
export interface Plan {
  /** `sha256:` and 64 hex digits over the operations as they are shown, without their sources. */
  readonly digest: string;
  readonly operations: readonly Operation[];
  /** Managed resources that need nothing. */
  readonly unchanged: number;
  /** Managed resources that exist on the appliance. */
  readonly managedLive: number;
  /** `resource pointer` of live values that make no sense where the files want to write: nothing may be applied. */
  readonly misshapen: readonly string[];
  /** Findings that forbid applying; the operations may then be incomplete. */
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

/** Every kind of operation that a plan can count. */
export const ACTIONS = ['create', 'update', 'delete', 'reorder', 'upload', 'action'] as const;

/** The URL path of a resource below `/api/configuration`. */
export function hrefOf(resource: string): string {
  return `/api/configuration/${resource}`;
}

/** Compares every desired resource with the live one. Pure. */
export function computePlan(
  desired: readonly DesiredResource[],
  live: ReadonlyMap<string, LiveResource>,
  registry: Registry,
  options: SealOptions,
  sources: SourceMap,
): Plan {
  const operations: Operation[] = [];
  const findings: Diagnostic[] = [];
  const misshapen: string[] = [];
  let managedLive = 0;
  for (const want of desired) {
    const have = live.get(want.resource);
    if (have === undefined) throw new Error(`${want.resource} was not read`);
    if (have.state === 'unsupported') {
      findings.push(sources.place(want.resource, '/resource', 'value', unsupported(want)));
      continue;
    }
    if (have.state === 'listing') {
      findings.push(sources.place(want.resource, '/resource', 'value', isListing(want)));
      continue;
    }
    managedLive += 1;
    const type = registry.find(want.resource);
    const comparison = compare(want, have.body, type?.fields, options);
    if (comparison.patch.length === 0) continue;
    if (type !== undefined) {
      const check = checkTarget(type, comparison, options.sealer);
      findings.push(...check.findings.map((finding) => targetFinding(want, finding, sources)));
      misshapen.push(...check.misshapen.map((pointer) => `${want.resource} ${pointer}`));
    }
    const { resource, source } = want;
    const href = hrefOf(resource);
    operations.push({
      action: 'update',
      resource,
      name: null,
      href,
      source,
      comparison,
      writeFallback: type?.writeFallback,
    });
  }
  return {
    digest: digestOf(operations, options.sealer),
    operations,
    unchanged: managedLive - operations.length,
    managedLive,
    misshapen,
    errors: findings.filter((finding) => finding.severity === 'error'),
    warnings: findings.filter((finding) => finding.severity === 'warning'),
  };
}

/** Compares one desired resource with one reading of it. */
export function compare(
  desired: DesiredResource,
  body: Json,
  node: FieldNode | undefined,
  options: SealOptions,
): Comparison {
  const seal = bodySealer(desired.body, node, options);
  return compareSealed(desired, seal.desired(desired.body), body, node, seal, options.sealer);
}

function compareSealed(
  desired: DesiredResource,
  wanted: Json,
  body: Json,
  node: FieldNode | undefined,
  seal: BodySealer,
  sealer: Sealer,
): Comparison {
  const live = seal.live(body);
  const target = mergeTarget(live, wanted, node, desired.ignore, (value) => sealer.reveal(value));
  return {
    desired,
    node,
    live,
    target,
    patch: diff(live, target),
    again: (other) => compareSealed(desired, wanted, other, node, seal, sealer),
  };
}

/** An operation as the contract shows it, without its source: what the digest covers. */
export function shownOperation(operation: Operation, sealer: Sealer): Readonly<Record<string, Json>> {
  const { action, resource, name, href } = operation;
  return { action, resource, name, href, patch: operation.comparison.patch.map((entry) => shownEntry(entry, sealer)) };
}

function shownEntry(entry: PatchEntry, sealer: Sealer): Json {
  switch (entry.op) {
    case 'add':
      return { op: entry.op, path: entry.path, value: sealer.mask(entry.value) };
    case 'replace':
      return { op: entry.op, path: entry.path, value: sealer.mask(entry.value), was: sealer.mask(entry.was) };
    case 'remove':
      return { op: entry.op, path: entry.path, was: sealer.mask(entry.was) };
  }
}

function digestOf(operations: readonly Operation[], sealer: Sealer): string {
  const shown = operations.map((operation) => shownOperation(operation, sealer));
  return `sha256:${createHash('sha256').update(canonicalJson(shown)).digest('hex')}`;
}

function isListing(want: DesiredResource): Diagnostic {
  const message = `${want.resource} is a collection; this version manages single objects only`;
  return { severity: 'error', code: 'not-built', message, hint: 'remove the document' };
}

function unsupported(want: DesiredResource): Diagnostic {
  const code = 'unsupported-by-firmware';
  if (want.optional) {
    const message = `the appliance has no ${want.resource}; skipped, as the document is optional`;
    return { severity: 'warning', code, message };
  }
  const message = `the appliance has no ${want.resource}`;
  const hint = 'remove the document, or set optional: true to skip it on such firmware';
  return { severity: 'error', code, message, hint };
}

function targetFinding(want: DesiredResource, finding: SchemaFinding, sources: SourceMap): Diagnostic {
  const { code, hint } = finding;
  const message = `${finding.message} (in the live body with the desired fields laid over it)`;
  return sources.place(want.resource, `/body${finding.pointer}`, finding.at, {
    severity: 'error',
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
  });
}
