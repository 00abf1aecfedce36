import { compareText } from '../shared/compare-text.ts';
import { isObject, type Json } from '../shared/json.ts';
import { ACTIONS, type Operation } from './operation.ts';

/**
 * The operations in the order in which they are carried out: by kind, then by resource and name. Of members that hand a name
 * on, the one that gives it up comes first, as names are unique at every moment; of what is deleted, the one that refers
 * to another.
 */
export function orderOperations(operations: readonly Operation[]): readonly Operation[] {
  const sorted = operations.toSorted(
    (a, b) =>
      ACTIONS.indexOf(a.action) - ACTIONS.indexOf(b.action) ||
      compareText(a.resource, b.resource) ||
      compareText(a.name ?? '', b.name ?? ''),
  );
  const before = predecessors(sorted);
  const ordered = new Set<Operation>();
  for (const operation of sorted) {
    // Depth first, without recursion: a chain of renames may be as long as a collection.
    const path = [operation];
    const entered = new Set(path);
    for (let current = path.at(-1); current !== undefined; current = path.at(-1)) {
      const next = before(current).find((one) => !ordered.has(one) && !entered.has(one));
      if (next === undefined) {
        ordered.add(current);
        path.pop();
      } else {
        path.push(next);
        entered.add(next);
      }
    }
  }
  return [...ordered];
}

/** What has to be carried out before an operation of the same kind. */
function predecessors(operations: readonly Operation[]): (operation: Operation) => readonly Operation[] {
  const givingUp = new Map<string, Operation>();
  const referring = new Map<string, Operation[]>();
  for (const operation of operations) {
    if (operation.action === 'update') {
      const { live, target } = operation.comparison;
      const name = nameIn(live);
      if (name !== undefined && name !== nameIn(target)) givingUp.set(`${operation.resource}\n${name}`, operation);
    }
    if (operation.action !== 'delete') continue;
    for (const href of operation.refersTo) referring.set(href, [...(referring.get(href) ?? []), operation]);
  }
  return (operation) => {
    if (operation.action === 'delete') return referring.get(operation.href) ?? [];
    const name = operation.action === 'update' ? nameIn(operation.comparison.target) : undefined;
    const holder = name === undefined ? undefined : givingUp.get(`${operation.resource}\n${name}`);
    return holder === undefined ? [] : [holder];
  };
}

function nameIn(body: Json | undefined): string | undefined {
  const name = isObject(body) ? body['name'] : undefined;
  return typeof name === 'string' ? name : undefined;
}
