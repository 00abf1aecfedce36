import { memberNode } from '../resources/member-node.ts';
import type { FieldNode, ResourceType, SchemaFinding } from '../resources/resource-type.ts';
import { isList, isObject, type Json } from '../shared/json.ts';
import { childPointer, placesAbove } from '../shared/pointer.ts';
import type { TargetComparison } from './comparison.ts';
import type { Sealer } from './seal.ts';

/** What the schema says about an operation before anything is opened. */
export interface TargetCheck {
  /** What the merged body violates because of the files. */
  readonly findings: readonly SchemaFinding[];
  /** Pointers of live values that make no sense: of an impossible type where the files write, or lost when sent back. */
  readonly misshapen: readonly string[];
}

/**
 * Validates the merged body in full. What the live body violates already where the files write nothing is not the
 * files' doing, nor is a member that it lacks: a firmware may know other values, or fewer members, than the schema, and
 * the appliance has the last word. But a live value of an impossible type where the files want to write is an answer
 * that makes no sense, and no ground to plan on.
 */
export function checkTarget(
  type: ResourceType,
  { live, target, patch }: TargetComparison,
  sealer: Sealer,
): TargetCheck {
  const unread = live === undefined ? [] : unreadIn(live, type.fields, '');
  const ofLive = live === undefined ? [] : type.validateTarget(sealer.reveal(live));
  // By the places above, which are few: an answer may hold as many faults as the patch has steps.
  const written = new Set(patch.map(({ path }) => path));
  const around = new Set(patch.flatMap(({ path }) => placesAbove(path)));
  const touches = (pointer: string) => around.has(pointer) || placesAbove(pointer).some((place) => written.has(place));
  const foreign = new Set(
    ofLive.filter(({ code, pointer }) => code === 'missing-member' || !touches(pointer)).map(nameOf),
  );
  const ofTarget = type.validateTarget(sealer.reveal(target));
  const findings = ofTarget.filter((finding) => !foreign.has(nameOf(finding)));
  const misshapen = ofLive.filter(({ code, pointer }) => code === 'wrong-type' && touches(pointer));
  return { findings, misshapen: [...misshapen.map((finding) => finding.pointer), ...unread] };
}

/**
 * Objects whose uncertain member was found under none of its names: it would be lost, as the rest of such an object is
 * derived from it and not sent.
 */
function unreadIn(body: Json, node: FieldNode | undefined, pointer: string): readonly string[] {
  if (node === undefined) return [];
  if (isList(body)) return body.flatMap((item, index) => unreadIn(item, node.elements, childPointer(pointer, index)));
  if (!isObject(body)) return [];
  const lost = node.uncertain.some(([name]) => !Object.hasOwn(body, name));
  const inside = Object.entries(body).flatMap(([name, value]) =>
    unreadIn(value, memberNode(node, name), childPointer(pointer, name)),
  );
  return lost ? [pointer, ...inside] : inside;
}

function nameOf({ pointer, code, message }: SchemaFinding): string {
  return `${pointer} ${code} ${message}`;
}
