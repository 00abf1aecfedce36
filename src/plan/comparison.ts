import type { FieldNode } from '../resources/resource-type.ts';
import { isObject, type Json } from '../shared/json.ts';
import type { SecretTree } from '../shared/secret-tree.ts';
import { diff, type PatchEntry } from './diff.ts';
import { freshTarget, mergeTarget } from './merge.ts';
import { bodySealer, type BodySealer, type SealOptions } from './seal-body.ts';

/** What is wanted of an object. */
export interface Wanted {
  /** The managed fields, of a member its name among them. */
  readonly body: SecretTree;
  readonly ignore: readonly string[];
  readonly node: FieldNode | undefined;
}

/** An object as it is wanted beside the live one, both sealed, with all that comparing them again needs. */
export interface Comparison extends Wanted {
  /** `condition`: the body is only compared; something else than a write makes it true. */
  readonly kind: 'present' | 'absent' | 'condition';
  /** Live body in normal form, sealed; undefined where there is no such object. */
  readonly live: Json | undefined;
  /** Sealed; what a write sends once revealed. Undefined where the object is to be gone. */
  readonly target: Json | undefined;
  readonly patch: readonly PatchEntry[];
  /** Seals another reading of the same object, `undefined` for none, and compares that. */
  again(body: Json | undefined): Comparison;
}

/** Compares what is to be there with one reading of it. */
export function comparePresent(wanted: Wanted, body: Json | undefined, options: SealOptions): Comparison {
  const seal = bodySealer(wanted.body, wanted.node, options);
  const desired = seal.desired(wanted.body);
  const reveal = (value: Json) => options.sealer.reveal(value);
  const compare = (reading: Json | undefined): Comparison => {
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
): Comparison {
  const wanted: Wanted = { body: {}, ignore: [], node };
  const seal = bodySealer(wanted.body, node, options);
  const compare = (reading: Json | undefined): Comparison => {
    const live = sealedLive(reading, seal);
    const patch: readonly PatchEntry[] = live === undefined ? [] : [{ op: 'remove', path: '', was: live, reason }];
    return { ...wanted, kind: 'absent', live, target: undefined, patch, again: compare };
  };
  return compare(body);
}

/**
 * Compares a read-only body with the condition that a document makes of it; the patch lists the members that differ, each
 * as a `replace`. A body that is not an object has none of them.
 */
export function compareCondition(wanted: Wanted, body: Json | undefined, options: SealOptions): Comparison {
  const seal = bodySealer(wanted.body, wanted.node, options);
  const desired = seal.desired(wanted.body);
  const compare = (reading: Json | undefined): Comparison => {
    const live = sealedLive(reading !== undefined && isObject(reading) ? reading : {}, seal) ?? {};
    const target = mergeTarget(live, desired, wanted.node, wanted.ignore, (value) => options.sealer.reveal(value));
    const patch = diff(live, target).map((entry): PatchEntry => {
      if (entry.op === 'remove') throw new Error('a condition never removes');
      return { op: 'replace', path: entry.path, value: entry.value, was: entry.op === 'add' ? null : entry.was };
    });
    return { ...wanted, kind: 'condition', live, target, patch, again: compare };
  };
  return compare(body);
}

function sealedLive(reading: Json | undefined, seal: BodySealer): Json | undefined {
  return reading === undefined ? undefined : seal.live(reading);
}
