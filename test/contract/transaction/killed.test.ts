import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Profile } from '../../../src/simulator/profiles.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { startSimulator } from '../../simulated.ts';
import { committedState, OLD, reconcile, reset } from './harness.ts';
import { journaledRun, killedRun, recover, stateDirectory } from './recovery-harness.ts';

describe.each(['8.0', '6.0'] as const satisfies readonly Profile[])('a process killed on firmware %s', (profile) => {
  const simulators: Simulator[] = [];
  const ends = new Map<string, number>();
  let names: readonly string[] = [];

  beforeAll(async () => {
    const options = { profile, configuration: OLD };
    simulators.push(...(await Promise.all(Array.from({ length: 8 }, () => startSimulator(options)))));
    const [first] = simulators;
    if (first === undefined) throw new Error('there is a simulator');
    await reconcile(first);
    names = first.requests.map((request) => `${request.method} ${request.path}`);
  });

  afterAll(async () => {
    await Promise.all(simulators.map((simulator) => simulator.stop()));
  });

  async function complaints(simulator: Simulator, index: number, fate: 'carried out' | 'lost') {
    reset(simulator);
    const state = await stateDirectory();
    try {
      await killedRun(simulator, state, index, fate);
      const open = simulator.openTransactions();
      const journal = state.journal();
      const { recovered, events, warnings } = await recover(simulator, state);
      const wrong: string[] = [];
      ends.set(recovered.join(), (ends.get(recovered.join()) ?? 0) + 1);
      if (open > 0 && journal === null) wrong.push('a transaction is open that the journal does not know');
      const expected = journal === null ? [] : [open > 0 ? 'closed' : 'gone'];
      if (recovered.join() !== expected.join())
        wrong.push(`recovered ${recovered.join()}, expected ${expected.join()}`);
      if (events.map(({ outcome }) => outcome).join() !== expected.join()) wrong.push('the log says something else');
      if (warnings.length > 0) wrong.push(...warnings);
      if (simulator.openTransactions() > 0) wrong.push('a transaction was left open');
      if ((await readdir(state.directory)).length > 0) wrong.push('the journal was left');
      const between = committedState(simulator);
      if (between === 'other') wrong.push('the committed configuration is half');
      const next = await journaledRun(simulator, state);
      if (next.end !== (between === 'new' ? 'inSync' : 'applied')) wrong.push(`the next run ended ${next.end}`);
      if (committedState(simulator) !== 'new') wrong.push('the next run did not converge');
      return wrong;
    } finally {
      await state.remove();
    }
  }

  test('at every request: the next start closes what was left, and the next run converges', async () => {
    const left = (['carried out', 'lost'] as const).flatMap((fate) =>
      names.map((name, index) => ({ name, index, fate })),
    );
    const wrong: string[] = [];
    ends.clear();
    await Promise.all(
      simulators.map(async (simulator) => {
        for (let one = left.shift(); one !== undefined; one = left.shift()) {
          const { name, index, fate } = one;
          const found = await complaints(simulator, index, fate).catch((error: unknown) => [`threw ${String(error)}`]);
          wrong.push(...found.map((complaint) => `${index} ${name}, ${fate}: ${complaint}`));
        }
      }),
    );
    expect(names.length).toBeGreaterThan(15);
    // From the open to the commit, and after it.
    expect(ends.get('closed')).toBeGreaterThan(15);
    expect(ends.get('gone')).toBeGreaterThan(1);
    expect(ends.get('')).toBeGreaterThan(8);
    expect(wrong.toSorted()).toEqual([]);
  }, 120_000);
});
