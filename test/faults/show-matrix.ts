import { setMaxListeners } from 'node:events';
import { expect } from 'vitest';
import { NEVER } from '../../src/transaction/never.ts';
import { sampleOf, shuffled, slowFirst } from './cases.ts';
import { allCases, runCases, titleOf } from './matrix.ts';
import type { RunName } from './scenarios.ts';
import { tableOf } from './table.ts';

const SEED = Number(process.env['FAULT_SEED'] ?? 1);
const isWhole = process.env['FAULTS'] === 'all';

/** Of the whole, the cases whose title this pattern fits, as a complaint shows it. */
const ONLY = new RegExp(process.env['FAULT_ONLY'] ?? '');

/** So long the whole may take, in minutes; the sample takes as long as it takes. */
const MINUTES = isWhole ? Number(process.env['FAULT_MINUTES'] ?? 120) : 5;

/** How long `showMatrix` may take, in ms. */
export const MATRIX_TIMEOUT_MS = (MINUTES + 5) * 60_000;

/**
 * The matrix of these runs: every request × everything that can happen to it. A sample unless the whole is asked for
 * (`npm run test:faults`); prints what it did.
 */
export async function showMatrix(runs: readonly RunName[]): Promise<void> {
  // In one process, many runs share the signal that never comes.
  setMaxListeners(0, NEVER);
  const started = Date.now();
  const { courses, cases: all } = await allCases(runs);
  const sample = sampleOf(all, SEED);
  const chosen = all.filter((one) => ONLY.test(titleOf(one)));
  const cases = isWhole ? shuffled(chosen, SEED) : slowFirst(sample);
  const results = await runCases(cases, courses, { width: isWhole ? 8 : 5, until: started + MINUTES * 60_000 });
  const wrong = results.flatMap(({ of, wrong: what }) => what.map((one) => `${titleOf(of)}: ${one}`));
  const lost = results.filter((one) => one.lost).length;
  process.stdout.write(
    [
      `\nfault matrix: ${results.length} cases of ${all.length}, seed ${SEED}`,
      `${wrong.length} complaints, ${Math.round((Date.now() - started) / 1000)} s`,
      `somebody else's change overwritten unseen in ${lost} cases, all of them Q2 "overwrite" at the commit itself`,
      `\n${tableOf(runs, results)}\n`,
    ].join('; '),
  );
  expect(wrong).toEqual([]);
  if (!isWhole) expect(results).toHaveLength(sample.length);
  expect(all.length).toBeGreaterThan(10_000);
}
