import type { StagedOperation } from '../plan/operation.ts';
import type { ChangeEntry } from '../sps/message.ts';
import type { CreatedKeys } from './touched-members.ts';

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
  const keys = withNewKeys(operations, created, entries);
  const planned = operations.map((operation) => plannedOf(operation, keys));
  const explained = new Set<StagedOperation>();
  const foreign: ChangeEntry[] = [];
  for (const entry of entries) {
    const path = segments(entry.path);
    const owners = planned.filter((candidate) => explains(candidate, path, entry));
    if (!KNOWN_TYPES.has(entry.type) || owners.length === 0) foreign.push(entry);
    else for (const operation of explainedBy(entry, path, owners, explained)) explained.add(operation);
  }
  return { foreign, missing: operations.filter((one) => needsEntry(one) && !explained.has(one)) };
}

/** An entry at the collection that tells of one create or delete stands for one, any other for all. */
function explainedBy(
  { type }: ChangeEntry,
  path: readonly string[],
  owners: readonly Planned[],
  explained: ReadonlySet<StagedOperation>,
): readonly StagedOperation[] {
  const operations = owners.map(({ operation }) => operation);
  const isCollection = owners.every(({ collection }) => collection !== undefined && equal(collection, path));
  if (!isCollection || (type !== 'create' && type !== 'delete')) return operations;
  return operations.filter((operation) => operation.action === type && !explained.has(operation)).slice(0, 1);
}

/**
 * The keys of what is created, with those that only the list itself tells: each new member that it names stands for one
 * create whose key nothing else told, and for one only.
 */
function withNewKeys(
  operations: readonly StagedOperation[],
  created: CreatedKeys,
  entries: readonly ChangeEntry[],
): CreatedKeys {
  const keys = new Map(created);
  for (const operation of operations) {
    if (operation.action !== 'create' || keys.has(operation)) continue;
    const collection = segments(operation.href);
    const taken = new Set([...(operation.member?.siblings ?? []), ...keys.values()]);
    const key = entries
      .filter(({ type }) => type === 'create')
      .map(({ path }) => segments(path))
      .filter((path) => startsWith(path, collection))
      .map((path) => path[collection.length])
      .find((told) => told !== undefined && !taken.has(told));
    if (key !== undefined) keys.set(operation, key);
  }
  return keys;
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
  if (collection !== undefined && equal(collection, entryPath)) {
    return entry.type === operation.action || (entry.type !== 'create' && entry.type !== 'delete');
  }
  if (operation.action === 'upload' && equal(segments(operation.remedy.path), entryPath)) return true;
  if (!startsWith(entryPath, path)) return false;
  const isBelow = entryPath.length > path.length;
  switch (operation.action) {
    case 'create':
      // A key that is not known and that no entry tells: only the collection's own entry can stand for it.
      return path !== collection && (isBelow || entry.type !== 'delete');
    case 'delete':
      return isBelow || entry.type !== 'create';
    case 'update':
    case 'upload':
      // An update may remove members of the object, never the object.
      return isBelow || entry.type !== 'delete';
  }
}

function startsWith(path: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((segment, index) => path[index] === segment);
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
  const below = all[0] === 'api' ? all.slice(1) : all;
  return below[0] === 'configuration' ? below.slice(1) : below;
}
