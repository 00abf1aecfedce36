import type { ResourceType, SchemaFinding } from '../resources/resource-type.ts';
import { isAtOrBelow } from '../shared/pointer.ts';
import type { Comparison } from './comparison.ts';
import type { Sealer } from './seal.ts';

/** What the schema says about an operation before anything is opened. */
export interface TargetCheck {
  /** What the merged body violates because of the files. */
  readonly findings: readonly SchemaFinding[];
  /** Pointers at which the appliance answered with another type than it can have, where the files want to write. */
  readonly misshapen: readonly string[];
}

/**
 * Validates the merged body in full. What the live body violates already where the files write nothing is not the
 * files' doing, nor is a member that it lacks: a firmware may know other values, or fewer members, than the schema, and
 * the appliance has the last word. But a live value of an impossible type where the files want to write is an answer
 * that makes no sense, and no ground to plan on.
 */
export function checkTarget(type: ResourceType, { live, target, patch }: Comparison, sealer: Sealer): TargetCheck {
  if (target === undefined) return { findings: [], misshapen: [] };
  const ofLive = live === undefined ? [] : type.validateTarget(sealer.reveal(live));
  const touches = (pointer: string) =>
    patch.some(({ path }) => isAtOrBelow(path, pointer) || isAtOrBelow(pointer, path));
  const foreign = ofLive.filter(({ code, pointer }) => code === 'missing-member' || !touches(pointer)).map(nameOf);
  const ofTarget = type.validateTarget(sealer.reveal(target));
  const findings = ofTarget.filter((finding) => !foreign.includes(nameOf(finding)));
  const misshapen = ofLive.filter(({ code, pointer }) => code === 'wrong-type' && touches(pointer));
  return { findings, misshapen: misshapen.map((finding) => finding.pointer) };
}

function nameOf({ pointer, code, message }: SchemaFinding): string {
  return `${pointer} ${code} ${message}`;
}
