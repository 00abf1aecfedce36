import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scripts, startAnswering, type Answering } from './answering.ts';
import { FUZZ_TIMEOUT_MS, fuzz } from './fuzzing.ts';
import { ROOMY } from './runs.ts';

let answering: Answering;
beforeAll(async () => {
  answering = await startAnswering();
});
afterAll(() => answering.stop());

/** About how many requests a run has; those of a plan are the first. */
const MOST_REQUESTS = 34;
const MOST_READS = 9;

test('without an oddity the run is applied, so that oddities have something to disturb', async () => {
  answering.reset();
  const seen = answering.play([], () => true);
  const ended = await answering.run(seen, 'enforce', { limits: ROOMY });
  expect(ended.end).toBe('applied');
  expect(ended.run.record.committed).toBe(6);
  expect(seen.length).toBeGreaterThanOrEqual(MOST_REQUESTS);
});

test(
  'whatever the appliance answers to reads, a plan is made or refused, and nothing is written',
  async () => {
    answering.reset();
    await fuzz({
      name: 'answers to a plan',
      inputs: fc.tuple(scripts(MOST_READS), fc.constantFrom('hide', 'show')),
      check: async ([all, unknown]) => {
        const seen = answering.play(all, () => true);
        const ended = await answering.run(seen, 'observe', { unknown });
        expect(ended.transaction).toBe('none');
        expect(seen.filter(({ method }) => method !== 'GET')).toEqual([]);
        return ended.end;
      },
    });
  },
  FUZZ_TIMEOUT_MS,
);
