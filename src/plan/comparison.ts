import type { FieldNode } from '../resources/resource-type.ts';
import { compareText } from '../shared/compare-text.ts';
import { equalJson, isObject, type Json } from '../shared/json.ts';
import { childPointer, valueAt } from '../shared/pointer.ts';
import type { SecretTree } from '../shared/secret-tree.ts';
import { diff, type PatchEntry } from './diff.ts';
import { freshTarget, mergeTarget, type Reveal } from './merge.ts';
import { bodySealer, type BodySealer, type SealOptions } from './seal-body.ts';

/** What is wanted of an object. */
export interface Wanted {
  /** The managed fields, of a member its name among them. */
  readonly body: SecretTree;
  readonly ignore: readonly string[];
  readonly node: FieldNode | undefined;
}

/** An object as it is wanted beside the live one, both sealed, with all that comparing them again needs. */
export type Comparison = TargetComparison | AbsentComparison;

/** An object that is to be there as the document says. */
export type TargetComparison = PresentComparison | ConditionComparison;

interface ComparisonBase extends Wanted {
  /** Live body in normal form, sealed; undefined where there is no such object. */
  readonly live: Json | undefined;
  readonly patch: readonly PatchEntry[];
  /** Seals another reading of the same object, `undefined` for none, and compares that. */
  again(body: Json | undefined): Comparison;
}

/** An object that is written where it differs. */
export interface PresentComparison extends ComparisonBase {
  readonly kind: 'present';
  /** Sealed; what a write sends once revealed. */
  readonly target: Json;
}

/** An object that is to be gone. */
export interface AbsentComparison extends ComparisonBase {
  readonly kind: 'absent';
  readonly target: undefined;
}

/** A body that is only compared; something else than a write makes it true. */
export interface ConditionComparison extends ComparisonBase {
  readonly kind: 'condition';
  readonly target: Json;
  readonly patch: readonly Extract<PatchEntry, { op: 'replace' }>[];
}

/** Compares what is to be there with one reading of it. */
export function comparePresent(wanted: Wanted, body: Json | undefined, options: SealOptions): PresentComparison {
  const seal = bodySealer(wanted.body, wanted.node, options);
  const desired = seal.desired(wanted.body);
  const reveal = revealing(options);
  const compare = (reading: Json | undefined): PresentComparison => {
    const live = sealedLive(reading, seal);
    const target =
      live === undefined
        ? freshTarget(desired, wanted.node, reveal)
        : mergeTarget(live, desired, wanted.node, wanted.ignore, reveal);
    const patch: readonly PatchEntry[] =
      live === undefined ? [{ op: 'add', path: '', value: target }] : diff(live, target);
    return { ...wanted, kind: 'present', live, target, patch, again: compare };
  };
  return compare(body);
}

/** Compares what is to be gone with one reading of it. */
export function compareAbsent(
  reason: 'absent' | 'pruned',
  node: FieldNode | undefined,
  body: Json | undefined,
  options: SealOptions,
): AbsentComparison {
  const wanted: Wanted = { body: {}, ignore: [], node };
  const seal = bodySealer(wanted.body, node, options);
  const compare = (reading: Json | undefined): AbsentComparison => {
    const live = sealedLive(reading, seal);
    const patch: readonly PatchEntry[] = live === undefined ? [] : [{ op: 'remove', path: '', was: live, reason }];
    return { ...wanted, kind: 'absent', live, target: undefined, patch, again: compare };
  };
  return compare(body);
}

/**
 * Compares a read-only body with the condition that a document makes of it; the patch lists the members that differ, each
 * as one `replace`. A body that is not an object has none of them.
 */
export function compareCondition(wanted: Wanted, body: Json | undefined, options: SealOptions): ConditionComparison {
  const seal = bodySealer(wanted.body, wanted.node, options);
  const desired = seal.desired(wanted.body);
  const reveal = revealing(options);
  const compare = (reading: Json | undefined): ConditionComparison => {
    const live = seal.live(isObject(reading) ? reading : {});
    const target = mergeTarget(live, desired, wanted.node, wanted.ignore, reveal);
    return { ...wanted, kind: 'condition', live, target, patch: unmet(live, target), again: compare };
  };
  return compare(body);
}

/** A list may hold too much, which no `replace` below it can say: what differs is told by the member of the body. */
function unmet(live: Json, target: Json): ConditionComparison['patch'] {
  const places: readonly (readonly [path: string, value: Json])[] = isObject(target)
    ? Object.entries(target).map(([name, value]) => [childPointer('', name), value])
    : [['', target]];
  const sorted = places.toSorted(([a], [b]) => compareText(a, b));
  return sorted.flatMap(([path, value]) => {
    const was = valueAt(live, path);
    return was !== undefined && equalJson(was, value) ? [] : [{ op: 'replace', path, value, was: was ?? null }];
  });
}

function revealing({ sealer }: SealOptions): Reveal {
  return (value) => sealer.reveal(value);
}

function sealedLive(reading: Json | undefined, seal: BodySealer): Json | undefined {
  return reading === undefined ? undefined : seal.live(reading);
}
