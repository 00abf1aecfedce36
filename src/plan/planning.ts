import type { DesiredResource, DesiredState } from '../desired/desired-state.ts';
import type { FieldNode, Registry, ResourceType } from '../resources/resource-type.ts';
import { isTreeObject, type SecretTree } from '../shared/secret-tree.ts';
import { checkTarget } from './check-target.ts';
import type { TargetComparison, Wanted } from './comparison.ts';
import type { LiveResource } from './live-resource.ts';
import { titleOf, type Operation } from './operation.ts';
import { targetFinding, type Place } from './plan-findings.ts';
import type { SealOptions } from './seal-body.ts';

/** The files, as far as planning needs them. */
export type DesiredPart = Pick<DesiredState, 'resources' | 'collections' | 'sources'>;

/** A plan in the making: what its steps read, and where they put what they find. */
export interface Planning {
  readonly desired: DesiredPart;
  readonly live: ReadonlyMap<string, LiveResource>;
  readonly registry: Registry;
  readonly options: SealOptions;
  readonly place: Place;
  readonly operations: Operation[];
  /** See `Plan.misshapen`. */
  readonly misshapen: string[];
  /** See `Plan`. */
  readonly counts: { managed: number; unchanged: number };
}

/** What a document wants, for a comparison; the name of a member is one of the managed fields where it is in the body. */
export function wantedBy(desired: DesiredResource, node: FieldNode | undefined, identity: 'name' | 'key'): Wanted {
  const { name, body, ignore } = desired;
  return { body: name !== null && identity === 'name' ? withName(body, name) : body, ignore, node };
}

function withName(body: SecretTree, name: string): SecretTree {
  return isTreeObject(body) ? { name, ...body } : body;
}

/** Validates what an operation would write; findings are placed in the document. */
export function checkOperation(
  desired: DesiredResource,
  type: ResourceType | undefined,
  comparison: TargetComparison,
  { options, place, misshapen }: Planning,
): void {
  if (type === undefined) return;
  const check = checkTarget(type, comparison, options.sealer);
  for (const finding of check.findings) place(desired, `/body${finding.pointer}`, finding.at, targetFinding(finding));
  // An answer may hold more of them than a call takes arguments.
  for (const pointer of check.misshapen) misshapen.push(`${titleOf(desired)} ${pointer}`);
}
