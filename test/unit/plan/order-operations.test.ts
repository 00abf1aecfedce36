import { expect, test } from 'vitest';
import { ACTIONS, isStaged, type Operation } from '../../../src/plan/operation.ts';
import { orderOperations } from '../../../src/plan/order-operations.ts';
import type { Json } from '../../../src/shared/json.ts';
import { operationOn } from './parts.ts';

function doing(action: Operation['action'], resource: string, name: string | null = null): Operation {
  const refersTo: readonly string[] = [];
  return { ...operationOn(resource), action, name, refersTo } as Operation;
}

/** An update that gives a live member a name. */
function renaming(from: Json, to: string, resource = 'things'): ReturnType<typeof operationOn> {
  const { comparison, ...operation } = operationOn(resource);
  return { ...operation, name: to, comparison: { ...comparison, live: { name: from }, target: { name: to } } };
}

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

function names(operations: readonly Operation[]): string {
  return operations.map(({ name }) => name).join(' ');
}

test('uploads come first, then creates, updates, reorders, deletes, and what is done after the transaction', () => {
  expect(ACTIONS).toEqual(['upload', 'create', 'update', 'reorder', 'delete', 'action']);
  const operations = (['upload', 'create', 'update', 'delete', 'action'] as const).map((kind) => doing(kind, 'a'));
  for (const order of permutations(operations)) expect(orderOperations(order)).toEqual(operations);
});

test('all but what is done after the transaction goes into it', () => {
  expect(ACTIONS.filter((kind) => isStaged(doing(kind as Operation['action'], 'a')))).toEqual(
    ACTIONS.filter((kind) => kind !== 'action'),
  );
});

test('kinds count before resources, resources before names', () => {
  const operations = [
    doing('create', 'b', 'x'),
    doing('update', 'a', 'z'),
    doing('update', 'b'),
    doing('update', 'b', 'B'),
    doing('update', 'b', 'a'),
    doing('delete', 'a', 'z'),
  ];
  for (const order of permutations(operations)) expect(orderOperations(order)).toEqual(operations);
});

// Each name is the one after: the member that has it has to give it up before it can be taken.
test.each([
  ['a chain of two', [renaming('A', 'B'), renaming('B', 'C')], 'C B'],
  ['a chain of three', [renaming('A', 'B'), renaming('B', 'C'), renaming('C', 'D')], 'D C B'],
  ['a chain against the alphabet', [renaming('C', 'B'), renaming('B', 'A')], 'A B'],
  ['two chains', [renaming('A', 'B'), renaming('B', 'C'), renaming('X', 'Y'), renaming('Y', 'Z')], 'C B Z Y'],
  ['a member that keeps its name', [renaming('B', 'B'), renaming('A', 'C')], 'B C'],
  ['names of two collections', [renaming('A', 'B', 'other'), renaming('B', 'C')], 'B C'],
])('%s', (_name, operations, expected) => {
  for (const order of permutations(operations)) expect(names(orderOperations(order))).toBe(expected);
});

test('of what is deleted, who refers goes before what it refers to', () => {
  const gone = (resource: string, href: string, refersTo: readonly string[]): Operation =>
    ({ ...doing('delete', resource, resource), href, refersTo }) as Operation;
  const operations = [gone('a', '/a', []), gone('b', '/b', ['/a']), gone('c', '/c', ['/b', '/else'])];
  for (const order of permutations(operations)) expect(names(orderOperations(order))).toBe('c b a');
  const circle = [gone('a', '/a', ['/b']), gone('b', '/b', ['/a'])];
  expect(orderOperations(circle)).toHaveLength(2);
});

test('a chain as long as a collection costs neither the stack nor an hour', () => {
  const chain = Array.from({ length: 20_000 }, (_, index) => renaming(`n${index}`, `n${index + 1}`));
  expect(orderOperations(chain)[0]?.name).toBe('n20000');
});

test('who gives up a name by being deleted is not waited for: that is no rename', () => {
  const deleted = doing('delete', 'things', 'B');
  const comparison = { ...deleted.comparison, live: { name: 'B' }, target: undefined };
  const gone = { ...deleted, comparison } as Operation;
  expect(orderOperations([gone, renaming('A', 'B')]).map(({ action }) => action)).toEqual(['update', 'delete']);
});

test('bodies without a name hold nobody up', () => {
  const first = { ...renaming('A', 'B') };
  const scalar: Operation = { ...first, name: 'A', comparison: { ...first.comparison, live: 'x', target: 'y' } };
  const bare: Operation = { ...first, name: 'C', comparison: { ...first.comparison, live: {}, target: { name: 5 } } };
  for (const order of permutations([first, scalar, bare])) expect(names(orderOperations(order))).toBe('A B C');
  const numbers = [renaming(5, 'Z'), { ...bare, comparison: { ...bare.comparison, live: { name: 'C' } } }];
  for (const order of permutations(numbers)) expect(names(orderOperations(order))).toBe('C Z');
  // A name may be any text.
  const odd = renaming('undefined', 'Z');
  for (const order of permutations([odd, scalar, bare])) expect(names(orderOperations(order))).toBe('A C Z');
});
