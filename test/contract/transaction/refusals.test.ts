import { beforeEach, describe, expect, test } from 'vitest';
import type { Run } from '../../../src/reconcile/run.ts';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import type { Json } from '../../../src/shared/json.ts';
import type { TransactionJournal } from '../../../src/transaction/transaction-context.ts';
import { absentFrom } from '../../unit/plan/parts.ts';
import { UPDATE } from '../../update.ts';
import {
  COMMIT,
  committedState,
  OPEN,
  reconcile,
  SPLUNK,
  STATUS,
  SUPPORT,
  TRANSACTION,
  type Ended,
} from './harness.ts';
import { oneSimulator } from './one-simulator.ts';

const LISTS = 'policies/userlists';
const LISTING = `/api/configuration/${LISTS}`;

const on = oneSimulator();
const { at, answer, count } = on;

beforeEach(() => {
  for (const { key } of on.simulator.members(LISTS) ?? []) on.simulator.setMember(LISTS, key, undefined);
});

function logged(ended: Ended, event: string): readonly object[] {
  return ended.logged.filter((one) => one['event'] === event);
}

describe('an open', () => {
  test('that is refused opened nothing: that is asked, and nothing is deleted', async () => {
    answer(OPEN, 409, { error: { type: 'Conflict', message: 'locked by anna' } });
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'locked', record: { transaction: 'none' } });
    expect(on.simulator.requests.some(({ method }) => method === 'DELETE')).toBe(false);
    expect(ended.events).not.toContain('transaction.rolled_back');
  });

  test.each(['drop-before', 'drop-after', 'html'] as const)('whose answer is lost (%s) is deleted', async (kind) => {
    on.simulator.faults.add({ kind, match: OPEN });
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'targetUnreachable', record: { transaction: 'rolled-back', staged: 0 } });
    expect(on.simulator.openTransactions()).toBe(0);
    expect(logged(ended, 'transaction.rolled_back')).toEqual([{ event: 'transaction.rolled_back', staged: 0 }]);
  });
});

describe('in the transaction', () => {
  test('a reading that is forbidden is no lock', async () => {
    answer({ method: 'GET', path: SPLUNK, nth: 2 }, 403, { error: { type: 'Odd', message: 'no' } });
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'forbidden', record: { transaction: 'rolled-back' } });
  });

  test('a write that is lost is told as it is, with what was written before', async () => {
    on.simulator.faults.add({ kind: 'html', match: { method: 'PUT', path: SUPPORT } });
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'targetUnreachable', record: { staged: 1, commitSent: false } });
    expect(ended.error?.message).toMatch(/^PUT \/api\/configuration\/management\/support_info answered 502/);
    expect(logged(ended, 'operation.staged')).toEqual([
      { event: 'operation.staged', resource: 'management/splunk_forwarder', name: null, action: 'update' },
    ]);
    expect(logged(ended, 'transaction.rolled_back')).toEqual([{ event: 'transaction.rolled_back', staged: 1 }]);
  });

  test('what is done is logged with its numbers', async () => {
    const ended = await reconcile(on.simulator);
    expect(ended.record.commitSent).toBe(true);
    expect(logged(ended, 'operation.staged')).toHaveLength(2);
    expect(logged(ended, 'transaction.checked')).toEqual([
      { event: 'transaction.checked', changes: 2, pendingVisible: true },
    ]);
    expect(logged(ended, 'transaction.committed')).toEqual([{ event: 'transaction.committed', operations: 2 }]);
    expect(logged(ended, 'transaction.rolled_back')).toEqual([]);
  });
});

describe('a DELETE that is refused with 409', () => {
  const said = (message: string): Json => ({ error: { type: 'Conflict', message } });
  const both = [absentFrom(LISTS, 'a'), absentFrom(LISTS, 'b')];

  beforeEach(() => {
    for (const name of ['a', 'b']) on.simulator.setMember(LISTS, name, { name, allow: 'no_user', except: [] });
  });

  test.each([
    ['the first write, without telling words, is a lock', 'a', 'no', 'locked'],
    ['the first write, in words of use, is none', 'a', 'it is in use', 'stageRejected'],
    ['a later one, without telling words, is none', 'b', 'no', 'stageRejected'],
    ['a later one, in words of a lock, is one', 'b', 'locked by anna', 'locked'],
  ])('as %s', async (_what, key, message, end) => {
    answer({ method: 'DELETE', path: `${LISTING}/${key}` }, 409, said(message));
    const ended = await reconcile(on.simulator, { resources: both });
    expect(ended).toMatchObject({ end, record: { transaction: 'rolled-back', staged: key === 'a' ? 0 : 1 } });
    expect(on.simulator.members(LISTS)).toHaveLength(2);
  });
});

describe('a journal that cannot be written', () => {
  const full = new SpsGitopsError('internal', 'the disk is full', { code: 'state-directory' });

  /** One that takes so many sessions. */
  function journalOf(room: number): TransactionJournal {
    let written = 0;
    const current = () => ((written += 1) > room ? Promise.reject(full) : Promise.resolve());
    return { opening: () => Promise.resolve(), current, closed: () => Promise.resolve() };
  }

  // After the open, before each of two writes, before the commit.
  test.each([
    [0, 0],
    [1, 0],
    [2, 1],
    [3, 2],
  ])('after %i times ends the run, and nothing more is sent', async (room, staged) => {
    const alter = (run: Run): Run => ({ ...run, journal: journalOf(room) });
    const ended = await reconcile(on.simulator, { alter });
    expect(ended).toMatchObject({ end: 'internal', record: { transaction: 'rolled-back', staged } });
    expect(ended.error).toBe(full);
    const sent = on.simulator.requests.filter(({ method, path }) => method === 'PUT' && path !== TRANSACTION);
    expect(sent).toHaveLength(staged);
    expect(count(COMMIT)).toBe(0);
    expect([committedState(on.simulator), on.simulator.openTransactions()]).toEqual(['old', 0]);
  });

  test('and that cannot be cleared is warned about: what was done is done', async () => {
    const journal = { ...journalOf(9), closed: () => Promise.reject(full) };
    const ended = await reconcile(on.simulator, { alter: (run) => ({ ...run, journal }) });
    expect(ended).toMatchObject({ end: 'applied', warnings: ['journal-left'] });
    expect(ended.record.warnings[0]?.message).toContain('could not be cleared');
  });
});

describe('a commit whose answer is lost, and with it the session', () => {
  beforeEach(() => {
    on.simulator.faults.add({ kind: 'drop-before', match: COMMIT });
    at(COMMIT, 1, () => answer(STATUS, 401, { error: { type: 'Unauthenticated' } }));
  });

  test('is looked for until it shows: as before proves nothing to another session', async () => {
    at({ method: 'GET', path: SPLUNK }, 6, () => {
      on.simulator.expireSessions();
      for (const [place, body] of Object.entries(UPDATE.after)) on.simulator.setConfiguration(place, body);
    });
    const ended = await reconcile(on.simulator, { commitTimeoutMs: 5000 });
    expect(ended).toMatchObject({ end: 'applied', record: { transaction: 'committed', committed: 2 } });
  });
});
