import type { StagedOperation } from '../plan/operation.ts';
import type { ChangeEntry } from '../sps/message.ts';
import type { CreatedKeys } from './touched.ts';

/** What the appliance's change list has that the plan has not, and the other way round. */
export interface ChangeListFindings {
  /** Entries that no operation explains, or of a type that is not known. */
  readonly foreign: readonly ChangeEntry[];
  /** Operations without an entry, though they need one. */
  readonly missing: readonly StagedOperation[];
}

const KNOWN_TYPES: ReadonlySet<string> = new Set(['create', 'delete', 'reorder', 'replace']);

interface Planned {
  readonly operation: StagedOperation;
  /** Where its entries lie, or below. */
  readonly path: readonly string[];
  /** The collection that a create or delete changes as well. */
  readonly collection: readonly string[] | undefined;
}

/**
 * Compares the pending changes with the plan. How fine an entry's path is and how it is written is not known (core.md
 * §7.1), so paths are compared by segment, `#` counts as `/`, and an entry may lie at or below a planned object, or be
 * the collection of a planned create or delete.
 */
export function checkChangeList(
  operations: readonly StagedOperation[],
  created: CreatedKeys,
  entries: readonly ChangeEntry[],
): ChangeListFindings {
  const planned = operations.map((operation) => plannedOf(operation, created));
  const explained = new Set<StagedOperation>();
  const foreign: ChangeEntry[] = [];
  for (const entry of entries) {
    const path = segments(entry.path);
    const owners = planned.filter((candidate) => explains(candidate, path, entry));
    if (!KNOWN_TYPES.has(entry.type) || owners.length === 0) foreign.push(entry);
    else for (const owner of owners) explained.add(owner.operation);
  }
  return { foreign, missing: operations.filter((one) => needsEntry(one) && !explained.has(one)) };
}

/** Whether uploads are listed is not known. */
export function needsEntry({ action }: StagedOperation): boolean {
  return action !== 'upload';
}

function plannedOf(operation: StagedOperation, created: CreatedKeys): Planned {
  const path = segments(operation.href);
  switch (operation.action) {
    case 'create': {
      const key = created.get(operation);
      return { operation, path: key === undefined ? path : [...path, key], collection: path };
    }
    case 'delete':
      return { operation, path, collection: path.slice(0, -1) };
    case 'update':
    case 'upload':
      return { operation, path, collection: undefined };
  }
}

function explains({ operation, path, collection }: Planned, entryPath: readonly string[], entry: ChangeEntry): boolean {
  if (collection !== undefined && equal(collection, entryPath)) return true;
  if (operation.action === 'upload' && equal(segments(operation.remedy.path), entryPath)) return true;
  if (!path.every((segment, index) => entryPath[index] === segment)) return false;
  const isBelow = entryPath.length > path.length;
  switch (operation.action) {
    case 'create':
      // Where the key is not known, whatever is created in the collection may be it.
      return path === collection ? entry.type === 'create' : isBelow || entry.type !== 'delete';
    case 'delete':
      return isBelow || entry.type !== 'create';
    case 'update':
    case 'upload':
      // An update may remove members of the object, never the object.
      return isBelow || entry.type !== 'delete';
  }
}

function equal(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((segment, index) => right[index] === segment);
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
