import { readdir, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/shared/secret.ts';
import { putEntry, type JournalEntry } from '../../../src/transaction/journal-file.ts';
import { clientFor, RUN_ID } from '../../run-parts.ts';
import { reconcile, reset, TRANSACTION } from './harness.ts';
import { oneSimulator } from './one-simulator.ts';
import {
  clientOf,
  eachInItsStateDirectory,
  expectClosed,
  journaledRun,
  killedRun,
  recover,
  stateDirectory,
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
  const on = oneSimulator({ profile: '6.0' });
  const state = eachInItsStateDirectory();

  const deletes = () => on.simulator.requests.filter(({ method }) => method === 'DELETE').length;

  /** A process that was killed right before its commit. */
  async function killed(): Promise<void> {
    const whole = await reconcile(on.simulator);
    expect(whole.end).toBe('applied');
    const commit = on.simulator.requests.findIndex(({ method, path }) => method === 'PUT' && path === TRANSACTION);
    reset(on.simulator);
    await killedRun(on.simulator, state, commit, 'lost');
    expect(on.simulator.openTransactions()).toBe(1);
    expect(state.journal()).toHaveLength(1);
  }

  test('frees an appliance that allows one transaction at a time', async () => {
    await killed();
    const other = await stateDirectory();
    expect(await journaledRun(on.simulator, other)).toMatchObject({ end: 'locked' });
    await other.remove();
    await expectClosed(on.simulator, state);
    expect(await journaledRun(on.simulator, state)).toMatchObject({ end: 'applied' });
  });

  test('is asked about without a login, in the old session, and the log tells whose transaction it was', async () => {
    await killed();
    const [entry] = state.journal() ?? [];
    on.simulator.clearRequests();
    const { events } = await recover(on.simulator, state);
    const { openedAt, session } = entry ?? {};
    const told = { event: 'transaction.recovered', outcome: 'closed', openedAt, openedBy: RUN_ID, openedFor: null };
    expect(events).toEqual([told]);
    expect(new Set(on.simulator.requests.map((request) => request.session))).toEqual(new Set([session]));
    expect(on.simulator.requests.map(({ method }) => method)).toEqual(['GET', 'DELETE', 'GET', 'GET']);
  });

  test('of a session that has ended: gone, and nothing is written', async () => {
    await killed();
    on.simulator.expireSessions();
    on.simulator.clearRequests();
    expect(await recover(on.simulator, state)).toMatchObject({ recovered: ['gone'], warnings: [] });
    expect(deletes()).toBe(0);
    expect(await readdir(state.directory)).toEqual([]);
  });

  test('stays while the appliance cannot be reached, and says since when and until when', async () => {
    await killed();
    const [entry] = state.journal() ?? [];
    const openedAt = String(entry?.['openedAt']);
    const until = new Date(Date.parse(openedAt) + Number(entry?.['sessionSeconds']) * 1000).toISOString();
    const { recovered, warnings } = await recover(on.simulator, state, { address: 'https://127.0.0.1:1' });
    expect(recovered).toEqual([]);
    expect(warnings).toEqual([
      `run ${RUN_ID} left a transaction that may be open since ${openedAt}: the appliance does not tell; the appliance drops ` +
        `it when its session times out, at about ${until}`,
    ]);
    expect(state.journal()).toEqual([entry]);
    await expectClosed(on.simulator, state);
  });

  test.each([401, 403, 503])('a page of %i in the way proves nothing', async (status) => {
    await killed();
    on.simulator.faults.add({ kind: 'html', status, match: { path: TRANSACTION }, times: 1000 });
    expect((await recover(on.simulator, state)).warnings).toHaveLength(1);
    on.simulator.faults.clear();
    await expectClosed(on.simulator, state);
  });

  test('stays while the appliance does not close the transaction', async () => {
    on.simulator.quirks.remainingSeconds = 'never';
    await killed();
    on.simulator.faults.add({ kind: 'html', match: { method: 'DELETE' }, times: 1000 });
    const { recovered, warnings } = await recover(on.simulator, state, { closeTimeoutMs: 400 });
    expect(recovered).toEqual([]);
    expect(warnings.join()).toContain('does not close it');
    expect(warnings.join()).toContain('when its session times out, 10 minutes unless set otherwise');
    on.simulator.faults.clear();
    await expectClosed(on.simulator, state);
  });

  test('of an open that is carried out late is waited for', async () => {
    expect((await reconcile(on.simulator)).end).toBe('applied');
    const open = on.simulator.requests.findIndex(({ method }) => method === 'POST');
    reset(on.simulator);
    await killedRun(on.simulator, state, open, 'lost');
    expect(on.simulator.openTransactions()).toBe(0);
    const late = clientOf(on.simulator, new Secret(String(state.journal()?.[0]?.['session'])));
    let asked = 0;
    on.onRequest(({ method }) => {
      // Nothing is open at this question, which is answered before the open comes in.
      if (method === 'GET' && ++asked === 2) void late.openTransaction(new AbortController().signal);
    });
    await expectClosed(on.simulator, state);
    expect(asked).toBeGreaterThan(2);
    await late.close();
  });

  test('of a session that lives, with nothing open any more, is gone', async () => {
    const left = clientFor({ url: on.simulator.url, ca: on.simulator.caPem });
    await left.login(new AbortController().signal);
    const session = left.session ?? expect.fail();
    await left.close();
    await putEntry(state.directory, { ...elsewhere(), url: on.simulator.url, session });
    const { recovered, events } = await recover(on.simulator, state);
    expect(recovered).toEqual(['gone']);
    expect(events).toMatchObject([{ event: 'transaction.recovered', outcome: 'gone' }]);
    expect([deletes(), await readdir(state.directory)]).toEqual([0, []]);
  });

  test('keeps both entries when the next run leaves one too', async () => {
    on.simulator.quirks.parallelTransactions = 'allowed';
    await killed();
    await putEntry(state.directory, { ...elsewhere(), url: on.simulator.url, runId: 'a'.repeat(32) });
    const { recovered, events } = await recover(on.simulator, state);
    expect(recovered.toSorted()).toEqual(['closed', 'gone']);
    expect(events.map(({ openedBy }) => openedBy)).toEqual([RUN_ID, 'a'.repeat(32)]);
    expect(await readdir(state.directory)).toEqual([]);
  });

  test('of another appliance stays for its time, and is asked nowhere', async () => {
    await putEntry(state.directory, elsewhere());
    const { warnings } = await recover(on.simulator, state);
    expect(warnings.join()).toContain('the settings now name another appliance than https://other.example.com');
    expect(state.journal()).toHaveLength(1);
    expect(await journaledRun(on.simulator, state)).toMatchObject({ end: 'applied' });
    await putEntry(state.directory, elsewhere(Date.now() - 1_201_000));
    expect(await recover(on.simulator, state)).toEqual({ recovered: [], warnings: [], events: [] });
    // Whose life was not told lives a day at the most.
    await putEntry(state.directory, { ...elsewhere(Date.now() - 86_300_000), sessionSeconds: null });
    expect((await recover(on.simulator, state)).warnings).toHaveLength(1);
    await putEntry(state.directory, { ...elsewhere(Date.now() - 86_401_000), sessionSeconds: null });
    expect(await recover(on.simulator, state)).toEqual({ recovered: [], warnings: [], events: [] });
    expect(await readdir(state.directory)).toEqual([]);
    expect(on.simulator.requests.some(({ session }) => session === 'theirs')).toBe(false);
  });

  test('that is damaged is told of once and put aside', async () => {
    await writeFile(state.file, '{"version": 1, "trans');
    const { recovered, warnings } = await recover(on.simulator, state);
    expect(recovered).toEqual([]);
    expect(warnings.join()).toMatch(/it is not JSON.*transaction\.json\.damaged$/);
    expect(await recover(on.simulator, state)).toEqual({ recovered: [], warnings: [], events: [] });
    expect(await journaledRun(on.simulator, state)).toMatchObject({ end: 'applied' });
  });

  test('stays when the start is stopped meanwhile', async () => {
    await killed();
    const stop = new AbortController();
    const reason = new Error('stopped by SIGTERM');
    on.simulator.faults.add({ kind: 'html', match: { method: 'DELETE' }, times: 1000 });
    const forget = on.onRequest(({ method }) => (method === 'DELETE' ? stop.abort(reason) : undefined));
    await expect(recover(on.simulator, state, { signal: stop.signal })).rejects.toBe(reason);
    expect(state.journal()).toHaveLength(1);
    forget();
    on.simulator.faults.clear();
    await expectClosed(on.simulator, state);
  });
});
