import { readdir, stat, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/shared/secret.ts';
import { openJournal } from '../../../src/transaction/journal.ts';
import { RUN_ID } from '../../run-parts.ts';
import { COMMIT, committedState, OPEN, reconcile, SUPPORT } from './harness.ts';
import { oneSimulator } from './one-simulator.ts';
import { eachInItsStateDirectory, expectClosed, journaledRun } from './recovery-harness.ts';

describe('the journal of a run', () => {
  const on = oneSimulator({ profile: '6.0' });
  const state = eachInItsStateDirectory();

  test('is on disk, for its owner only, when the open arrives, and gone after the commit', async () => {
    const seen: unknown[] = [];
    on.onRequest(async ({ method, session }) => {
      if (method !== 'POST') return;
      seen.push([(await stat(state.file)).mode & 0o777, state.journal(), session]);
    });
    expect(await journaledRun(on.simulator, state)).toMatchObject({ end: 'applied', warnings: [] });
    const [[mode, entries, session] = []] = seen as [number, Record<string, unknown>[], string][];
    expect(mode).toBe(0o600);
    expect(entries).toHaveLength(1);
    expect(entries?.[0]).toMatchObject({ url: on.simulator.url, runId: RUN_ID, session });
    expect(entries?.[0]?.['sessionSeconds']).toBeGreaterThan(590);
    expect(await readdir(state.directory)).toEqual([]);
  });

  test('holds the session of the moment at every write and at the commit', async () => {
    let current = 0;
    const wrong: string[] = [];
    const writes: string[] = [];
    on.onRequest(({ method, path }) => {
      if (method === 'PUT') {
        writes.push(path);
        const [entry] = state.journal() ?? [];
        if (entry?.['session'] !== `id-${current}`) wrong.push(`${path}: ${String(entry?.['session'])}`);
      }
      // As if the answer brought a new id.
      current += 1;
    });
    const session = () => new Secret(`id-${current}`);
    const facts = { url: on.simulator.url, runId: RUN_ID, commit: null, session };
    const ended = await reconcile(on.simulator, {
      alter: (run) => ({ ...run, journal: openJournal(state.directory, facts) }),
    });
    expect(ended.end).toBe('applied');
    expect(writes).toHaveLength(3);
    expect(wrong).toEqual([]);
  });

  test.each<[string, () => void, string]>([
    ['a lock at the open', () => on.simulator.lock('anna'), 'locked'],
    [
      'a refused write',
      () => on.answer({ method: 'PUT', path: SUPPORT }, 400, { error: { type: 'SyntacticError' } }),
      'stageRejected',
    ],
    [
      'an open without an answer',
      () => on.simulator.faults.add({ kind: 'drop-after', match: { method: 'POST' } }),
      'targetUnreachable',
    ],
    ['a commit without an answer', () => on.simulator.faults.add({ kind: 'drop-after', match: COMMIT }), 'applied'],
    [
      'a session that ends',
      () => on.simulator.faults.add({ kind: 'expire-session', match: { method: 'PUT' } }),
      'applied',
    ],
  ])('is gone after %s', async (_what, arrange, end) => {
    arrange();
    expect(await journaledRun(on.simulator, state)).toMatchObject({ end });
    expect(await readdir(state.directory)).toEqual([]);
    expect(on.simulator.openTransactions()).toBe(0);
  });

  test('is not written when there is nothing to do', async () => {
    await reconcile(on.simulator);
    const seen: unknown[] = [];
    on.onRequest(() => void seen.push(state.journal()));
    expect(await journaledRun(on.simulator, state)).toMatchObject({ end: 'inSync' });
    expect(seen.filter((entries) => entries !== null)).toEqual([]);
  });

  test('stays when the rollback is not proved, and the next start closes the transaction', async () => {
    on.simulator.faults.add({ kind: 'html', match: { method: 'PUT', path: SUPPORT } });
    on.simulator.faults.add({ kind: 'html', match: { method: 'DELETE' }, times: 1000 });
    expect(await journaledRun(on.simulator, state, { closeTimeoutMs: 400 })).toMatchObject({ end: 'rollbackFailed' });
    on.simulator.faults.clear();
    await expectClosed(on.simulator, state);
  });

  test('stays when the fate of the commit is not known, and the next start closes the transaction', async () => {
    on.simulator.faults.add({ kind: 'html', match: COMMIT });
    on.simulator.faults.add({ kind: 'html', match: { method: 'DELETE' }, times: 1000 });
    const limits = { commitTimeoutMs: 300, closeTimeoutMs: 500 };
    expect(await journaledRun(on.simulator, state, limits)).toMatchObject({ end: 'commitUnknown' });
    on.simulator.faults.clear();
    await expectClosed(on.simulator, state);
  });

  test('that cannot be written: nothing is opened', async () => {
    await state.remove();
    await writeFile(state.directory, '');
    const ended = await journaledRun(on.simulator, state);
    expect(ended).toMatchObject({ end: 'inputInvalid', record: { transaction: 'none' } });
    expect(ended.error).toMatchObject({ code: 'state-directory' });
    expect(ended.error?.message).toContain(state.file);
    expect(on.count(OPEN)).toBe(0);
  });

  test('that cannot be written any more in mid-transaction: rolled back', async () => {
    on.onRequest(async ({ method }) => (method === 'POST' ? state.remove() : undefined));
    let current = 0;
    const session = () => new Secret(`id-${(current += 1)}`);
    const facts = { url: on.simulator.url, runId: RUN_ID, commit: null, session };
    const ended = await reconcile(on.simulator, {
      alter: (run) => ({ ...run, journal: openJournal(state.directory, facts) }),
    });
    expect(ended).toMatchObject({ end: 'inputInvalid', record: { transaction: 'rolled-back', staged: 0 } });
    expect(on.simulator.openTransactions()).toBe(0);
    expect(committedState(on.simulator)).toBe('old');
  });

  test('that cannot be cleared is a warning: what was done is done', async () => {
    const journal = {
      opening: async () => undefined,
      current: async () => undefined,
      closed: async () => {
        throw new Error('the disk is gone');
      },
    };
    const ended = await reconcile(on.simulator, { alter: (run) => ({ ...run, journal }) });
    expect(ended).toMatchObject({ end: 'applied', warnings: ['journal-left'] });
  });
});
