import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { Profile } from '../../../src/simulator/profiles.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { committedState } from './harness.ts';
import { journaledRun, killedRun, recover, stateDirectory } from './recovery-harness.ts';
import { sideBySide } from './side-by-side.ts';

describe.each(['8.0', '6.0'] as const satisfies readonly Profile[])('a process killed on firmware %s', (profile) => {
  const { requests, runAll } = sideBySide(profile);
  const ends = new Map<string, number>();

  async function complaints(simulator: Simulator, index: number, fate: 'carried out' | 'lost') {
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
    const names = await requests();
    const cases = (['carried out', 'lost'] as const).flatMap((fate) =>
      names.map((name, index) => ({
        name: `${index} ${name}, ${fate}`,
        run: (simulator: Simulator) => complaints(simulator, index, fate),
      })),
    );
    ends.clear();
    expect(await runAll(cases)).toEqual([]);
    expect(names.length).toBeGreaterThan(15);
    // From the open to the commit, and after it.
    expect(ends.get('closed')).toBeGreaterThan(15);
    expect(ends.get('gone')).toBeGreaterThan(1);
    expect(ends.get('')).toBeGreaterThan(8);
  }, 120_000);
});
