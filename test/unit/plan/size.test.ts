import { expect, test } from 'vitest';
import { PLAIN } from '../../../src/report/paint.ts';
import { planText } from '../../../src/report/plan-text.ts';
import type { Json } from '../../../src/shared/json.ts';
import { planOf, sealing } from './parts.ts';

// As many as would be too many arguments of one call.
const MANY = 130_000;
const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: { a: { type: 'integer' }, l: { items: { properties: { x: { type: 'integer' } } } } },
} as const;

test('a body of a great many unfit values is an answer without sense, not a crash', () => {
  const live = { a: 1, l: Array.from({ length: MANY }, (): Json => ({ x: 'text' })) };
  const { misshapen } = planOf(live, { l: [] }, SCHEMA);
  expect(misshapen).toHaveLength(MANY);
});

test('a patch of a great many steps can be printed', () => {
  const options = sealing();
  const plan = planOf({ a: 1, l: Array.from({ length: MANY }, () => 1) }, { l: [] }, SCHEMA, options);
  expect(planText(plan, options.sealer, PLAIN)).toContain('1 to update');
});

test('a great many members that no schema knows are each told once', () => {
  const body = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`odd${index}`, 1]));
  expect(planOf({ a: 1, ...body }, { a: 2 }, SCHEMA)).toMatchObject({ errors: [], misshapen: [] });
});
