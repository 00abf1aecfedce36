import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ACTIONS, type Operation } from '../../src/plan/operation.ts';
import { orderOperations } from '../../src/plan/order-operations.ts';
import { operationOn } from '../unit/plan/parts.ts';

const RESOURCES = ['a', 'b'];
const NAMES = ['A', 'B', 'C', 'D', 'E'];

/** One object of an appliance; its address is its key. */
interface Thing {
  readonly action: Operation['action'];
  readonly resource: string;
  readonly name: string;
  readonly before: string;
  /** Things of a smaller number that a deleted one refers to. */
  readonly refersTo: readonly number[];
}

const thing: fc.Arbitrary<Thing> = fc.record({
  action: fc.constantFrom('upload', 'create', 'update', 'update', 'delete', 'delete', 'action'),
  resource: fc.constantFrom(...RESOURCES),
  name: fc.constantFrom(...NAMES),
  before: fc.constantFrom(...NAMES),
  refersTo: fc.array(fc.nat({ max: 8 }), { maxLength: 2 }),
});

/** Things of which no two have one name, or had one, within a resource. */
const things = fc
  .uniqueArray(thing, { selector: ({ resource, name }) => `${resource} ${name}`, maxLength: 9 })
  .map((all) => all.filter((one, index) => all.findIndex((other) => hadName(other) === hadName(one)) === index));

function hadName({ resource, before }: Thing): string {
  return `${resource} ${before}`;
}

function operationsOf(all: readonly Thing[]): readonly Operation[] {
  return all.map(({ action, resource, name, before, refersTo }, index): Operation => {
    const { comparison, ...operation } = operationOn(resource);
    const live = action === 'create' ? undefined : { name: before };
    const target = action === 'delete' ? undefined : { name };
    const references = refersTo.filter((other) => other < index).map((other) => `/things/${other}`);
    const common = { ...operation, action, name, href: `/things/${index}`, refersTo: references };
    return { ...common, comparison: { ...comparison, live, target } } as Operation;
  });
}

test('every operation is there once, and the order of the input does not count', () => {
  fc.assert(
    fc.property(
      things.chain((all) =>
        fc.tuple(
          fc.constant(all),
          fc.shuffledSubarray(
            operationsOf(all).map((_, at) => at),
            { minLength: all.length },
          ),
        ),
      ),
      ([all, order]) => {
        const operations = operationsOf(all);
        const ordered = orderOperations(operations);
        expect(new Set(ordered)).toEqual(new Set(operations));
        expect(ordered).toHaveLength(operations.length);
        const turned = order.map((at) => operations[at] ?? expect.fail());
        expect(orderOperations(turned).map(({ href }) => href)).toEqual(ordered.map(({ href }) => href));
      },
    ),
  );
});

test('what is made comes before what may refer to it, and what is deleted after what may have', () => {
  fc.assert(
    fc.property(things, (all) => {
      const ordered = orderOperations(operationsOf(all));
      const kinds = ordered.map(({ action }) => ACTIONS.indexOf(action));
      expect(kinds).toEqual(kinds.toSorted((left, right) => left - right));
      const at = new Map(ordered.map(({ href }, index) => [href, index]));
      for (const [index, operation] of ordered.entries()) {
        if (operation.action !== 'delete') continue;
        for (const href of operation.refersTo) {
          const target = ordered[at.get(href) ?? -1];
          if (target?.action === 'delete') expect(at.get(href)).toBeGreaterThan(index);
        }
      }
    }),
  );
});

test('a name is given up before another takes it, unless all of a circle wait for each other', () => {
  let handedOn = 0;
  fc.assert(
    fc.property(things, (all) => {
      const ordered = orderOperations(operationsOf(all)).filter(({ action }) => action === 'update');
      const nameOf = ({ comparison }: Operation) => (comparison.live as { readonly name: string }).name;
      for (const [index, taking] of ordered.entries()) {
        const giving = ordered.findIndex((one) => one.resource === taking.resource && nameOf(one) === taking.name);
        if (giving < 0 || giving === index || isInCircle(taking, ordered, nameOf)) continue;
        expect(giving).toBeLessThan(index);
        handedOn += 1;
      }
    }),
    { numRuns: 2000 },
  );
  // Some 130 of them; a test in which there are hardly any would prove nothing.
  expect(handedOn).toBeGreaterThan(30);
});

function isInCircle(start: Operation, all: readonly Operation[], nameOf: (one: Operation) => string): boolean {
  let current: Operation | undefined = start;
  for (let steps = 0; steps <= all.length; steps += 1) {
    const wanted: Operation = current;
    current = all.find((one) => one.resource === wanted.resource && nameOf(one) === wanted.name);
    if (current === undefined) return false;
    if (current === start) return true;
  }
  return true;
}
