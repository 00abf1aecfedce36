import { afterAll, beforeAll, expect, test } from 'vitest';
import { scripts, startAnswering, type Answering } from './answering.ts';
import { FUZZ_TIMEOUT_MS, fuzz } from './fuzzing.ts';
import type { Asked } from './odd-server.ts';

let answering: Answering;
beforeAll(async () => {
  answering = await startAnswering();
});
afterAll(() => answering.stop());

/** About how many requests a run has. */
const MOST_REQUESTS = 34;

test(
  'where only reads are answered oddly, what is reported of the transaction is true, and nothing is left open',
  async () => {
    await fuzz({
      name: 'answers to reads while applying',
      inputs: scripts(24),
      check: async (all) => {
        answering.reset();
        const before = answering.simulator.commits.length;
        const isRead = ({ method, path }: Asked) => method === 'GET' && /^\/api\/(configuration|info)/.test(path);
        const seen = answering.play(all, isRead);
        const ended = await answering.run(seen, 'enforce');
        const commits = answering.simulator.commits.length - before;
        expect({ transaction: ended.transaction, commits }).toEqual({
          transaction: ended.transaction,
          commits: ended.transaction === 'committed' ? 1 : 0,
        });
        // A session that seems to be over, or replaced, cannot be closed any more.
        const isSessionKept = all.every(
          (one) => one.odd.kind !== 'headers' && !(one.odd.kind === 'status' && one.odd.status === 401),
        );
        if (isSessionKept && ended.transaction !== 'unknown') expect(answering.simulator.openTransactions()).toBe(0);
        return ended.end;
      },
    });
  },
  FUZZ_TIMEOUT_MS,
);

test(
  'whatever the appliance answers to anything, a run ends in a row that was foreseen',
  async () => {
    await fuzz({
      name: 'answers to all of a run',
      inputs: scripts(MOST_REQUESTS),
      check: async (all) => {
        answering.reset();
        const seen = answering.play(all, () => true);
        const ended = await answering.run(seen, 'enforce');
        return ended.end;
      },
    });
  },
  FUZZ_TIMEOUT_MS,
);
