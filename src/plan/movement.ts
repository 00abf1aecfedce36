import { memberNode } from '../resources/member-node.ts';
import type { FieldNode } from '../resources/resource-type.ts';
import { isObject } from '../shared/json.ts';
import { isAtOrBelow, splitPointer } from '../shared/pointer.ts';
import { diff } from './diff.ts';
import type { Comparison } from './comparison.ts';

/** What differs between two readings of one resource, apart from what the documents ignore. */
export interface Movement {
  /** Pointers below the body. */
  readonly pointers: readonly string[];
  /** All of them are members that no schema knows and no document manages: they may be volatile. */
  readonly onlyUnknown: boolean;
}

/** Compares two readings of the same object; one that came or went moved as a whole, at `""`. */
export function movementBetween(before: Comparison, after: Comparison): Movement {
  if (before.live === undefined || after.live === undefined) {
    const pointers = before.live === after.live ? [] : [''];
    return { pointers, onlyUnknown: false };
  }
  const { ignore } = before;
  const unknown = (pointer: string) => !isDescribed(before.node, pointer) && !isManaged(before, pointer);
  const moved = diff(before.live, after.live)
    .map((entry) => entry.path)
    .filter((pointer) => !ignore.some((ignored) => isAtOrBelow(pointer, ignored)))
    .filter((pointer) => before.kind === 'condition' || !isReadOnly(before.node, pointer));
  // What no schema knows moves as a whole: a list that grows never moves twice at the same place.
  const pointers = [...new Set(moved.map((pointer) => (unknown(pointer) ? topmost(pointer, unknown) : pointer)))];
  return { pointers, onlyUnknown: pointers.length > 0 && pointers.every(unknown) };
}

/** Tells whether nothing but the given pointers differs between two readings of one resource. */
export function stoodStill(before: Comparison, after: Comparison, apartFrom: readonly string[]): boolean {
  return movementBetween(before, after).pointers.every((pointer) => apartFrom.includes(pointer));
}

/** The members that moved although the documents do not manage them, nor the appliance derive them. */
export function sideEffects(before: Comparison, after: Comparison): readonly string[] {
  // What an upload brings along is its purpose, and what is to be gone goes with all that it has.
  if (before.kind !== 'present') return [];
  return movementBetween(before, after).pointers.filter((pointer) => !isManaged(before, pointer));
}

function topmost(pointer: string, fits: (pointer: string) => boolean): string {
  const above = pointer.slice(0, pointer.lastIndexOf('/'));
  return above !== '' && fits(above) ? topmost(above, fits) : pointer;
}

/** What only the appliance sets may move as it likes. */
function isReadOnly(node: FieldNode | undefined, pointer: string): boolean {
  return nodesOn(node, pointer).some((one) => one?.readOnly === true);
}

function isDescribed(node: FieldNode | undefined, pointer: string): boolean {
  return nodesOn(node, pointer).at(-1) !== undefined;
}

/** The nodes from the root to the place, `undefined` where the schema says nothing. */
function nodesOn(node: FieldNode | undefined, pointer: string): readonly (FieldNode | undefined)[] {
  const nodes = [node];
  let current = node;
  for (const token of splitPointer(pointer)) {
    current = memberNode(current, token) ?? (/^\d+$/.test(token) ? current?.elements : undefined);
    nodes.push(current);
  }
  return nodes;
}

/** A place is managed when the desired body has a value there, above or below it; a desired list manages all of itself. */
function isManaged(comparison: Comparison, pointer: string): boolean {
  // What is to be gone is managed as a whole, but a member that moves by itself is no reason to keep it.
  if (comparison.kind === 'absent') return false;
  const planned = comparison.patch.some((e) => isAtOrBelow(pointer, e.path) || isAtOrBelow(e.path, pointer));
  return planned || reaches(comparison.body, splitPointer(pointer));
}

function reaches(body: unknown, tokens: readonly string[]): boolean {
  let current = body;
  for (const token of tokens) {
    if (!isObject(current)) return true;
    if (!Object.hasOwn(current, token)) return false;
    current = current[token];
  }
  return true;
}
