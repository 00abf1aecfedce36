import type { Operation } from '../plan/plan.ts';
import type { ChangeEntry } from '../sps/message.ts';

/** What the appliance's change list has that the plan has not, and the other way round. */
export interface ChangeListFindings {
  /** Entries that no operation explains, or of a type that is not known. */
  readonly foreign: readonly ChangeEntry[];
  /** Operations without an entry. */
  readonly missing: readonly Operation[];
}

const KNOWN_TYPES: ReadonlySet<string> = new Set(['create', 'delete', 'reorder', 'replace']);

/**
 * Compares the pending changes with the plan. How fine an entry's path is and how it is written is not known (core.md
 * §7.1), so paths are compared by segment, `#` counts as `/`, and an entry may lie at or below a planned object.
 */
export function checkChangeList(operations: readonly Operation[], entries: readonly ChangeEntry[]): ChangeListFindings {
  const planned = operations.map((operation) => ({ operation, path: segments(operation.href) }));
  const explained = new Set<Operation>();
  const foreign: ChangeEntry[] = [];
  for (const entry of entries) {
    const path = segments(entry.path);
    const owners = planned.filter((candidate) => explains(candidate.path, path, entry));
    if (!KNOWN_TYPES.has(entry.type) || owners.length === 0) foreign.push(entry);
    else for (const owner of owners) explained.add(owner.operation);
  }
  return { foreign, missing: operations.filter((operation) => !explained.has(operation)) };
}

function explains(planned: readonly string[], path: readonly string[], entry: ChangeEntry): boolean {
  if (!planned.every((segment, index) => path[index] === segment)) return false;
  // An update may remove members of the object, never the object.
  return path.length > planned.length || entry.type !== 'delete';
}

/** The path below `/api/configuration`, whether or not it is written with that prefix, or as a whole URL. */
function segments(path: string): readonly string[] {
  const all = path
    .replace(/^https?:\/\/[^/]*/i, '')
    .split(/[/#]/)
    .filter((segment) => segment !== '');
  const [first, second] = all;
  if (first === 'api' && second === 'configuration') return all.slice(2);
  return first === 'configuration' ? all.slice(1) : all;
}
