import { isObject, type Json } from '../shared/json.ts';
import { ACTIONS, type Operation } from './operation.ts';

/**
 * The operations in the order in which they are carried out: by kind, then by resource and name; of the members of one
 * collection that hand a name on, the one that gives it up comes first, as names are unique at every moment.
 */
export function orderOperations(operations: readonly Operation[]): readonly Operation[] {
  const sorted = operations.toSorted(
    (a, b) =>
      ACTIONS.indexOf(a.action) - ACTIONS.indexOf(b.action) ||
      compareText(a.resource, b.resource) ||
      compareText(a.name ?? '', b.name ?? ''),
  );
  const ordered = new Set<Operation>();
  for (const operation of sorted) place(operation, sorted, ordered);
  return [...ordered];
}

function place(operation: Operation, all: readonly Operation[], ordered: Set<Operation>): void {
  if (ordered.has(operation)) return;
  const name = nameIn(operation.comparison.target);
  const holder = all.find(
    (other) =>
      other !== operation &&
      name !== undefined &&
      other.action === 'update' &&
      operation.action === 'update' &&
      other.resource === operation.resource &&
      nameIn(other.comparison.live) === name &&
      nameIn(other.comparison.target) !== name,
  );
  // Renames never go round in a circle: who exchanges names keeps them.
  if (holder !== undefined) place(holder, all, ordered);
  ordered.add(operation);
}

function nameIn(body: Json | undefined): Json | undefined {
  return isObject(body) ? body['name'] : undefined;
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
