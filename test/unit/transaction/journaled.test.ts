import { getEventListeners } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import { SecretBook } from '../../../src/shared/secret-book.ts';
import type { ApplianceWriter } from '../../../src/transaction/appliance-writer.ts';
import { journaled } from '../../../src/transaction/journaled.ts';
import { orAborted } from '../../../src/transaction/or-aborted.ts';
import type { TransactionContext, TransactionJournal } from '../../../src/transaction/transaction-context.ts';
import { realRegistry } from '../../resource-schemas.ts';
import { sealing } from '../plan/parts.ts';

const stop = new AbortController().signal;
const part = { field: 'data', fileName: 'x', bytes: new Uint8Array() };
const WRITES = ['put', 'post', 'create', 'delete', 'upload'] as const;

/** Every call of the interface, with what it is to be given. */
const CALLS: Readonly<Record<keyof ApplianceWriter, readonly unknown[]>> = {
  login: [stop],
  forgetSession: [],
  info: [stop],
  transactionStatus: [stop],
  openTransaction: [stop],
  readStatus: ['/api/a', stop],
  put: ['/api/a', { a: 1 }, stop],
  post: ['/api/a', { a: 2 }, stop],
  create: ['/api/a', { a: 3 }, stop],
  delete: ['/api/a', stop],
  upload: ['/api/a', part, stop],
  changes: [stop],
  commit: ['message', stop],
  rollback: [stop],
};

/** An appliance that notes its calls and answers each with a value of its own. */
function noting(calls: (readonly unknown[])[]): ApplianceWriter {
  const entries = Object.keys(CALLS).map((name) => [
    name,
    (...args: readonly unknown[]) => {
      calls.push([name, ...args]);
      return name === 'forgetSession' ? undefined : Promise.resolve(`answer of ${name}`);
    },
  ]);
  return Object.fromEntries(entries) as ApplianceWriter;
}

function contextOf(appliance: ApplianceWriter, parts: Partial<TransactionContext> = {}): TransactionContext {
  const reader = { fetch: () => Promise.reject(new Error('not read')) };
  return {
    appliance,
    live: { reader, isNotFound: () => false, registry: realRegistry(), concurrency: 1 },
    sealer: sealing().sealer,
    secrets: new SecretBook(),
    progress: { transaction: 'none', staged: 0, committed: 0, lockHeldMs: 0, commitSent: false, warnings: [] },
    log: () => undefined,
    signal: stop,
    commitTimeoutMs: 1000,
    closeTimeoutMs: 1000,
    assertSoleWriter: () => Promise.resolve(),
    clock: () => 0,
    ...parts,
  };
}

function journalOf(current: () => Promise<void>): TransactionJournal {
  return { opening: () => Promise.resolve(), current, closed: () => Promise.resolve() };
}

async function call(appliance: ApplianceWriter, name: keyof ApplianceWriter): Promise<unknown> {
  return Reflect.apply(appliance[name], appliance, CALLS[name]) as unknown;
}

describe('with a journal', () => {
  test.each(Object.keys(CALLS) as readonly (keyof ApplianceWriter)[])('%s is passed on as it is', async (name) => {
    const calls: (readonly unknown[])[] = [];
    const journal = journalOf(async () => void calls.push(['journal']));
    const { appliance } = journaled(contextOf(noting(calls), { journal }));
    // What an open and a commit answer is nothing.
    const answer = ['forgetSession', 'openTransaction', 'commit'].includes(name) ? undefined : `answer of ${name}`;
    expect(await call(appliance, name)).toBe(answer);
    const own = [name, ...CALLS[name]];
    const isWrite = WRITES.some((one) => one === name) || name === 'commit';
    // An open may have replaced the session; every write comes after the journal knows of that.
    expect(calls).toEqual(name === 'openTransaction' ? [own, ['journal']] : isWrite ? [['journal'], own] : [own]);
  });

  test.each([...WRITES, 'commit'] as const)('%s is not sent when the journal cannot be written', async (name) => {
    const calls: (readonly unknown[])[] = [];
    const full = new SpsGitopsError('internal', 'the disk is full');
    const { appliance } = journaled(contextOf(noting(calls), { journal: journalOf(() => Promise.reject(full)) }));
    await expect(call(appliance, name)).rejects.toBe(full);
    expect(calls).toEqual([]);
  });

  test.each([...WRITES, 'openTransaction'] as const)('%s does not wait for a journal that hangs', async (name) => {
    const calls: (readonly unknown[])[] = [];
    const [run, reason] = [new AbortController(), new Error('stopped')];
    const journal = journalOf(() => new Promise(() => queueMicrotask(() => run.abort(reason))));
    const { appliance } = journaled(contextOf(noting(calls), { journal, signal: run.signal }));
    await expect(call(appliance, name)).rejects.toBe(reason);
    expect(calls.map(([one]) => one)).toEqual(name === 'openTransaction' ? [name] : []);
  });

  test("a commit waits for it whatever the run's own signal says, and for its own signal only", async () => {
    const calls: (readonly unknown[])[] = [];
    const [own, reason] = [new AbortController(), new Error('too late')];
    const journal = journalOf(() => Promise.resolve());
    const stopped = journaled(contextOf(noting(calls), { journal, signal: AbortSignal.abort(new Error('stopped')) }));
    await stopped.appliance.commit(null, own.signal);
    expect(calls).toEqual([['commit', null, own.signal]]);
    const hanging = journalOf(() => new Promise(() => own.abort(reason)));
    const { appliance } = journaled(contextOf(noting(calls), { journal: hanging }));
    await expect(appliance.commit(null, own.signal)).rejects.toBe(reason);
    expect(calls).toHaveLength(1);
  });
});

test('without a journal nothing is changed', () => {
  const context = contextOf(noting([]));
  expect(journaled(context)).toBe(context);
});

describe('waiting for work or a signal', () => {
  test('gives what the work gives, and what it throws', async () => {
    const signal = new AbortController().signal;
    expect(await orAborted(Promise.resolve('done'), signal)).toBe('done');
    const error = new Error('broken');
    await expect(orAborted(Promise.reject(error), signal)).rejects.toBe(error);
  });

  test('ends with the reason of the signal, before it or meanwhile', async () => {
    const reason = new Error('stopped');
    const never = new Promise(() => undefined);
    await expect(orAborted(never, AbortSignal.abort(reason))).rejects.toBe(reason);
    const stopping = new AbortController();
    const waiting = orAborted(never, stopping.signal);
    stopping.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  test('leaves nothing at the signal', async () => {
    const { signal } = new AbortController();
    const adding = vi.spyOn(signal, 'addEventListener');
    await orAborted(Promise.resolve(), signal);
    expect(adding).toHaveBeenCalledOnce();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
