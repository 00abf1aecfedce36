import type { LiveResource } from '../plan/live-resource.ts';
import type { Plan } from '../plan/plan.ts';
import type { PlannedRun } from './run.ts';

/** A plan with nothing to do and nothing to tell, and what it was made from. */
export interface SettledPlan {
  readonly plan: Plan;
  readonly live: ReadonlyMap<string, LiveResource>;
}

/** What may stand for the next plan of the same files; null where there is something to do or to tell. */
export function settledBy({ plan, live }: Pick<PlannedRun, 'plan' | 'live'>): SettledPlan | null {
  const { operations, errors, warnings, misshapen } = plan;
  const isSettled = [operations, errors, warnings, misshapen].every(({ length }) => length === 0);
  return isSettled ? { plan, live } : null;
}

/**
 * Whether planning the same files against this would come to the same plan: everything that was read is the very same
 * object as before, to its members (`LiveMemory`). What only looks the same counts as another.
 */
export function holdsFor(settled: SettledPlan, live: ReadonlyMap<string, LiveResource>): boolean {
  if (live.size !== settled.live.size) return false;
  return [...live.values()].every((one) => isSame(settled.live.get(one.resource), one));
}

function isSame(before: LiveResource | undefined, now: LiveResource): boolean {
  if (before === now) return true;
  if (before?.state === 'unsupported') return now.state === 'unsupported';
  if (before?.state !== 'collection' || now.state !== 'collection') return false;
  // The keys are those of the listing, one object as long as it answers the same.
  if (before.keys !== now.keys || before.members.length !== now.members.length) return false;
  return now.members.every((member, index) => member === before.members[index]);
}
