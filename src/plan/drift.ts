import type { DesiredIdentity } from '../desired/desired-state.ts';
import { equalJson, isList, type Json } from '../shared/json.ts';
import { valueAt } from '../shared/pointer.ts';
import type { LiveResource } from './live-resource.ts';
import type { Operation } from './operation.ts';

/** One object as it was verified. */
interface VerifiedObject {
  readonly body: Json;
  /** `written`: as it was sent; what the appliance has added since, such as defaults in the elements of a list, is not in it. */
  readonly as: 'read' | 'written';
}

/** Objects when they were last known to be as the files want them; secrets and all, never to be shown. */
export type VerifiedState = ReadonlyMap<string, VerifiedObject>;

/** Managed places of one object that changed outside of git. */
export interface Drift extends DesiredIdentity {
  /** JSON pointers below the body; `""` for an object that came or went as a whole. */
  readonly pointers: readonly string[];
}

/** What is verified when everything that was read is as it is wanted. */
export function verifiedBy(live: ReadonlyMap<string, LiveResource>): VerifiedState {
  return new Map([...live.values()].flatMap(objectsIn));
}

/** What is verified once the operations of a plan were carried out on what it was made from. */
export function verifiedAfter(
  live: ReadonlyMap<string, LiveResource>,
  operations: readonly Operation[],
  reveal: (body: Json) => Json,
): VerifiedState {
  const state = new Map(verifiedBy(live));
  // Names that are handed on are given up before they are taken.
  for (const operation of operations) state.delete(keyOf(operation.resource, objectOf(operation, live).name));
  for (const { resource, name, comparison } of operations) {
    if (comparison.target === undefined) continue;
    state.set(keyOf(resource, name), { body: reveal(comparison.target), as: 'written' });
  }
  return state;
}

/**
 * What of a plan's differences came about outside of git: places whose live value is not the one that was verified. Where
 * it still is, the files moved, and the difference is a commit that is pending. Objects that were not known count as
 * drift only beside verified ones of the same collection.
 */
export function driftIn(
  operations: readonly Operation[],
  live: ReadonlyMap<string, LiveResource>,
  verified: VerifiedState,
): readonly Drift[] {
  return operations.flatMap((operation) => {
    const { resource } = operation;
    const { name, body } = objectOf(operation, live);
    const before = verified.get(keyOf(resource, name));
    const pointers = driftedPointers(operation, before, body, verified.has(keyOf(resource, MEMBERS)));
    return pointers.length === 0 ? [] : [{ resource, name, pointers }];
  });
}

/** Marks that a collection's members were read: a name that no member can have. */
const MEMBERS = '\u0000members';

function driftedPointers(
  { action, comparison }: Operation,
  before: VerifiedObject | undefined,
  now: Json | undefined,
  isKnown: boolean,
): readonly string[] {
  switch (action) {
    case 'create':
      return before === undefined ? [] : [''];
    case 'delete':
      return before === undefined && isKnown ? [''] : [];
    case 'update':
    case 'upload':
    case 'action': {
      if (before === undefined || now === undefined) return [];
      return comparison.patch.map(({ path }) => path).filter((path) => !stands(before, path, valueAt(now, path)));
    }
  }
}

/** Whether there is still at that place what was verified. */
function stands({ body, as }: VerifiedObject, path: string, now: Json | undefined): boolean {
  const before = valueAt(body, path);
  if (before === undefined) return now === undefined || (as === 'written' && !isElement(path, body));
  return now !== undefined && equalJson(before, now);
}

function objectsIn(live: LiveResource): readonly (readonly [string, VerifiedObject])[] {
  switch (live.state) {
    case 'unsupported':
      return [];
    case 'present':
      return [[keyOf(live.resource, null), read(live.body)]];
    case 'collection': {
      const named = live.members.filter(({ name }) => name !== null);
      const members = named.map(({ name, body }) => [keyOf(live.resource, name), read(body)] as const);
      return [[keyOf(live.resource, MEMBERS), read(null)], ...members];
    }
  }
}

/** An appliance completes objects; nobody but a person makes an element of a list. */
function isElement(path: string, body: Json): boolean {
  const around = valueAt(body, path.slice(0, path.lastIndexOf('/')));
  return around !== undefined && isList(around);
}

function read(body: Json): VerifiedObject {
  return { body, as: 'read' };
}

/** The object of an operation as it is live, under the name that it has there; of a create, the name that it will have. */
function objectOf(
  { resource, name, member }: Operation,
  live: ReadonlyMap<string, LiveResource>,
): { readonly name: string | null; readonly body: Json | undefined } {
  const have = live.get(resource);
  if (have?.state === 'present') return { name, body: have.body };
  const key = member?.key ?? null;
  if (have?.state !== 'collection' || key === null) return { name, body: undefined };
  return have.members.find((one) => one.key === key) ?? { name, body: undefined };
}

function keyOf(resource: string, name: string | null): string {
  return name === null ? resource : `${resource}\n${name}`;
}
