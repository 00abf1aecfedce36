import { readdir, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../../src/shared/secret.ts';
import type { Quirks } from '../../../src/simulator/quirks.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { putEntry, type JournalEntry } from '../../../src/transaction/journal-file.ts';
import { startSimulator } from '../../simulated.ts';
import { clientFor, RUN_ID } from '../../run-parts.ts';
import { committedState, OLD, reconcile, reset, TRANSACTION } from './harness.ts';
import {
  clientOf,
  journaledRun,
  killedRun,
  recover,
  stateDirectory,
  type Recovered,
  type State,
} from './recovery-harness.ts';

/** An entry of another run on another appliance. */
function elsewhere(openedAt = Date.now()): JournalEntry {
  return {
    url: 'https://other.example.com',
    openedAt: new Date(openedAt).toISOString(),
    runId: 'b'.repeat(32),
    commit: null,
    session: new Secret('theirs'),
    pid: 1,
    host: 'host',
    sessionSeconds: 600,
  };
}

describe('a journal that was left', () => {
  let simulator: Simulator;
  let plain: Quirks;
  let state: State;
  const forget: (() => void)[] = [];

  beforeAll(async () => {
    simulator = await startSimulator({ profile: '6.0', configuration: OLD });
    plain = { ...simulator.quirks };
  });

  beforeEach(async () => {
    Object.assign(simulator.quirks, plain);
    reset(simulator);
    state = await stateDirectory();
  });

  afterEach(async () => {
    for (const one of forget.splice(0)) one();
    await state.remove();
  });

  afterAll(() => simulator.stop());

  const deletes = () => simulator.requests.filter(({ method }) => method === 'DELETE').length;

  /** A process that was killed right before its commit. */
  async function killed(): Promise<void> {
    const whole = await reconcile(simulator);
    expect(whole.end).toBe('applied');
    const commit = simulator.requests.findIndex(({ method, path }) => method === 'PUT' && path === TRANSACTION);
    reset(simulator);
    await killedRun(simulator, state, commit, 'lost');
    expect(simulator.openTransactions()).toBe(1);
    expect(state.journal()).toHaveLength(1);
  }

  async function expectClosed(recovery: Promise<Recovered>): Promise<void> {
    expect(await recovery).toMatchObject({ recovered: ['closed'], warnings: [] });
    expect(simulator.openTransactions()).toBe(0);
    expect(await readdir(state.directory)).toEqual([]);
    expect(committedState(simulator)).toBe('old');
  }

  test('frees an appliance that allows one transaction at a time', async () => {
    await killed();
    const other = await stateDirectory();
    expect(await journaledRun(simulator, other)).toMatchObject({ end: 'locked' });
    await other.remove();
    await expectClosed(recover(simulator, state));
    expect(await journaledRun(simulator, state)).toMatchObject({ end: 'applied' });
  });

  test('is asked about without a login, in the old session, and the log tells whose transaction it was', async () => {
    await killed();
    const [entry] = state.journal() ?? [];
    simulator.clearRequests();
    const { events } = await recover(simulator, state);
    const { openedAt, session } = entry ?? {};
    const told = { event: 'transaction.recovered', outcome: 'closed', openedAt, openedBy: RUN_ID, openedFor: null };
    expect(events).toEqual([told]);
    expect(new Set(simulator.requests.map((request) => request.session))).toEqual(new Set([session]));
    expect(simulator.requests.map(({ method }) => method)).toEqual(['GET', 'DELETE', 'GET', 'GET']);
  });

  test('of a session that has ended: gone, and nothing is written', async () => {
    await killed();
    simulator.expireSessions();
    simulator.clearRequests();
    expect(await recover(simulator, state)).toMatchObject({ recovered: ['gone'], warnings: [] });
    expect(deletes()).toBe(0);
    expect(await readdir(state.directory)).toEqual([]);
  });

  test('stays while the appliance cannot be reached, and says since when and until when', async () => {
    await killed();
    const [entry] = state.journal() ?? [];
    const openedAt = String(entry?.['openedAt']);
    const until = new Date(Date.parse(openedAt) + Number(entry?.['sessionSeconds']) * 1000).toISOString();
    const { recovered, warnings } = await recover(simulator, state, { address: 'https://127.0.0.1:1' });
    expect(recovered).toEqual([]);
    expect(warnings).toEqual([
      `run ${RUN_ID} left a transaction that may be open since ${openedAt}: the appliance does not tell; the appliance drops ` +
        `it when its session times out, at about ${until}`,
    ]);
    expect(state.journal()).toEqual([entry]);
    await expectClosed(recover(simulator, state));
  });

  test.each([401, 403, 503])('a page of %i in the way proves nothing', async (status) => {
    await killed();
    simulator.faults.add({ kind: 'html', status, match: { path: TRANSACTION }, times: 1000 });
    expect((await recover(simulator, state)).warnings).toHaveLength(1);
    simulator.faults.clear();
    await expectClosed(recover(simulator, state));
  });

  test('stays while the appliance does not close the transaction', async () => {
    simulator.quirks.remainingSeconds = 'never';
    await killed();
    simulator.faults.add({ kind: 'html', match: { method: 'DELETE' }, times: 1000 });
    const { recovered, warnings } = await recover(simulator, state, { closeTimeoutMs: 400 });
    expect(recovered).toEqual([]);
    expect(warnings.join()).toContain('does not close it');
    expect(warnings.join()).toContain('when its session times out, 10 minutes unless set otherwise');
    simulator.faults.clear();
    await expectClosed(recover(simulator, state));
  });

  test('of an open that is carried out late is waited for', async () => {
    expect((await reconcile(simulator)).end).toBe('applied');
    const open = simulator.requests.findIndex(({ method }) => method === 'POST');
    reset(simulator);
    await killedRun(simulator, state, open, 'lost');
    expect(simulator.openTransactions()).toBe(0);
    const late = clientOf(simulator, new Secret(String(state.journal()?.[0]?.['session'])));
    let asked = 0;
    forget.push(
      simulator.onRequest(({ method }) => {
        // Nothing is open at this question, which is answered before the open comes in.
        if (method === 'GET' && ++asked === 2) void late.openTransaction(new AbortController().signal);
      }),
    );
    await expectClosed(recover(simulator, state));
    expect(asked).toBeGreaterThan(2);
    await late.close();
  });

  test('of a session that lives, with nothing open any more, is gone', async () => {
    const left = clientFor({ url: simulator.url, ca: simulator.caPem });
    await left.login(new AbortController().signal);
    const session = left.session ?? expect.fail();
    await left.close();
    await putEntry(state.directory, { ...elsewhere(), url: simulator.url, session });
    const { recovered, events } = await recover(simulator, state);
    expect(recovered).toEqual(['gone']);
    expect(events).toMatchObject([{ event: 'transaction.recovered', outcome: 'gone' }]);
    expect([deletes(), await readdir(state.directory)]).toEqual([0, []]);
  });

  test('keeps both entries when the next run leaves one too', async () => {
    simulator.quirks.parallelTransactions = 'allowed';
    await killed();
    await putEntry(state.directory, { ...elsewhere(), url: simulator.url, runId: 'a'.repeat(32) });
    const { recovered, events } = await recover(simulator, state);
    expect(recovered.toSorted()).toEqual(['closed', 'gone']);
    expect(events.map(({ openedBy }) => openedBy)).toEqual([RUN_ID, 'a'.repeat(32)]);
    expect(await readdir(state.directory)).toEqual([]);
  });

  test('of another appliance stays for its time, and is asked nowhere', async () => {
    await putEntry(state.directory, elsewhere());
    const { warnings } = await recover(simulator, state);
    expect(warnings.join()).toContain('the settings now name another appliance than https://other.example.com');
    expect(state.journal()).toHaveLength(1);
    expect(await journaledRun(simulator, state)).toMatchObject({ end: 'applied' });
    await putEntry(state.directory, elsewhere(Date.now() - 1_201_000));
    expect(await recover(simulator, state)).toEqual({ recovered: [], warnings: [], events: [] });
    // Whose life was not told lives a day at the most.
    await putEntry(state.directory, { ...elsewhere(Date.now() - 86_300_000), sessionSeconds: null });
    expect((await recover(simulator, state)).warnings).toHaveLength(1);
    await putEntry(state.directory, { ...elsewhere(Date.now() - 86_401_000), sessionSeconds: null });
    expect(await recover(simulator, state)).toEqual({ recovered: [], warnings: [], events: [] });
    expect(await readdir(state.directory)).toEqual([]);
    expect(simulator.requests.some(({ session }) => session === 'theirs')).toBe(false);
  });

  test('that is damaged is told of once and put aside', async () => {
    await writeFile(state.file, '{"version": 1, "trans');
    const { recovered, warnings } = await recover(simulator, state);
    expect(recovered).toEqual([]);
    expect(warnings.join()).toMatch(/it is not JSON.*transaction\.json\.damaged$/);
    expect(await recover(simulator, state)).toEqual({ recovered: [], warnings: [], events: [] });
    expect(await journaledRun(simulator, state)).toMatchObject({ end: 'applied' });
  });

  test('stays when the start is stopped meanwhile', async () => {
    await killed();
    const stop = new AbortController();
    const reason = new Error('stopped by SIGTERM');
    simulator.faults.add({ kind: 'html', match: { method: 'DELETE' }, times: 1000 });
    forget.push(simulator.onRequest(({ method }) => (method === 'DELETE' ? stop.abort(reason) : undefined)));
    await expect(recover(simulator, state, { signal: stop.signal })).rejects.toBe(reason);
    expect(state.journal()).toHaveLength(1);
    for (const one of forget.splice(0)) one();
    simulator.faults.clear();
    await expectClosed(recover(simulator, state));
  });
});
