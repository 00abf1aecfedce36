import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect } from 'vitest';
import type { Run } from '../../../src/reconcile/run.ts';
import { SecretBook } from '../../../src/shared/secret-book.ts';
import { Secret } from '../../../src/shared/secret.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import type { Appliance } from '../../../src/sps/appliance.ts';
import { openJournal } from '../../../src/transaction/journal.ts';
import { recoverTransaction, type RecoveryParts } from '../../../src/transaction/recover-transaction.ts';
import type { TransactionJournal } from '../../../src/transaction/transaction-context.ts';
import { clientFor, RUN_ID } from '../../run-parts.ts';
import { committedState, reconcile, type Ended, type RunSettings } from './harness.ts';

/** A state directory, and what is in its journal. */
export interface State {
  readonly directory: string;
  readonly file: string;
  /** The transactions in the journal, `null` without one. */
  journal(): readonly Record<string, unknown>[] | null;
  remove(): Promise<void>;
}

/** A state directory of its own. */
export async function stateDirectory(): Promise<State> {
  const directory = await mkdtemp(join(tmpdir(), 'recovery-'));
  const file = join(directory, 'transaction.json');
  return {
    directory,
    file,
    journal: () => {
      if (!existsSync(file)) return null;
      return (JSON.parse(readFileSync(file, 'utf8')) as { transactions: Record<string, unknown>[] }).transactions;
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** A state directory of its own for each test of the file or suite that calls this. */
export function eachInItsStateDirectory(): State {
  let current: State | undefined;
  const state = (): State => current ?? expect.fail('tests have a state directory, and nothing before them');
  beforeEach(async () => {
    current = await stateDirectory();
    return () => state().remove();
  });
  return {
    get directory() {
      return state().directory;
    },
    get file() {
      return state().file;
    },
    journal: () => state().journal(),
    remove: () => state().remove(),
  };
}

function journalOf(simulator: Simulator, state: State, appliance: Appliance): TransactionJournal {
  const facts = { url: simulator.url, runId: RUN_ID, commit: null, session: () => appliance.session };
  return openJournal(state.directory, facts);
}

/** One reconciliation that keeps a journal. */
export async function journaledRun(simulator: Simulator, state: State, settings: RunSettings = {}): Promise<Ended> {
  const alter = (run: Run, appliance: Appliance): Run => ({ ...run, journal: journalOf(simulator, state, appliance) });
  return reconcile(simulator, { alter, ...settings });
}

/**
 * Reconciles in a process that is killed when the request of that index arrives, which is carried out or lost: its
 * connections break, and nothing that it was about to do happens any more.
 */
export async function killedRun(
  simulator: Simulator,
  state: State,
  index: number,
  request: 'carried out' | 'lost',
): Promise<void> {
  if (request === 'lost') simulator.faults.add({ kind: 'drop-before', match: { index } });
  const life: Life = { over: null };
  let kill = (): void => undefined;
  const killed = new Promise<void>((resolve) => (kill = resolve));
  const forget = simulator.onRequest((one) => {
    if (one.index !== index) return;
    life.over ??= new Promise(() => undefined);
    kill();
  });
  let connection: Appliance | undefined;
  const alter = (run: Run, appliance: Appliance): Run => {
    connection = appliance;
    const mortal = mortalCopy(appliance, life);
    const reader = mortalCopy(run.live.reader, life);
    const journal = mortalCopy(journalOf(simulator, state, appliance), life);
    return { ...run, appliance: mortal, live: { ...run.live, reader }, journal };
  };
  await Promise.race([killed, reconcile(simulator, { alter })]);
  forget();
  await connection?.close();
  await expect.poll(() => simulator.requests[index]?.status === null && request !== 'lost').toBe(false);
}

interface Life {
  /** Never settles; null while the process lives. */
  over: Promise<never> | null;
}

/** What a dead process has called never comes back, and what it calls does not happen. */
function mortalCopy<T extends object>(target: T, life: Life): T {
  return new Proxy(target, {
    get(_target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]): unknown => {
        if (life.over !== null) return life.over;
        const result: unknown = Reflect.apply(member, target, args);
        if (!(result instanceof Promise)) return result;
        return result.then(
          (value: unknown) => life.over ?? value,
          (error: unknown) => life.over ?? Promise.reject(error),
        );
      };
    },
  });
}

/** A client that goes on with a session. */
export function clientOf(simulator: Simulator, session: Secret<string>, url = simulator.url): Appliance {
  const login = {
    kind: 'password',
    username: 'nobody',
    password: new Secret('never-sent'),
    method: undefined,
  } as const;
  const appliance = clientFor({ url, ca: simulator.caPem, login, concurrency: 1 });
  appliance.resume(session);
  return appliance;
}

/** What a recovery came to, and everything that it said. */
export interface Recovered {
  readonly recovered: readonly string[];
  readonly warnings: readonly string[];
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

/** What a test may set of a recovery. */
export interface RecoverySettings extends Partial<Pick<RecoveryParts, 'url' | 'closeTimeoutMs'>> {
  /** Where the appliance is looked for. */
  readonly address?: string;
  readonly signal?: AbortSignal;
}

/** The next process, before its first run. No cookie is in anything that it says. */
export async function recover(simulator: Simulator, state: State, settings: RecoverySettings = {}): Promise<Recovered> {
  const { url = simulator.url, address = simulator.url, closeTimeoutMs = 10_000 } = settings;
  const secrets = new SecretBook();
  const events: Readonly<Record<string, unknown>>[] = [];
  const makeAppliance = (session: Secret<string>): Appliance => {
    expect(secrets.isIn(session.reveal())).toBe(true);
    return clientOf(simulator, session, address);
  };
  const parts: RecoveryParts = {
    stateDirectory: state.directory,
    url,
    makeAppliance,
    secrets,
    closeTimeoutMs,
    log: (event, ...[fields]) => void events.push({ event, ...fields }),
  };
  const { recovered, warnings } = await recoverTransaction(parts, settings.signal ?? new AbortController().signal);
  const said = JSON.stringify([events, warnings]);
  for (const { session } of simulator.requests) if (session !== null) expect(said).not.toContain(session);
  expect(warnings.every(({ code, severity }) => code === 'transaction-left' && severity === 'warning')).toBe(true);
  return { recovered, events, warnings: warnings.map(({ message }) => message) };
}

/** The next process closes what was left: of the dead run nothing stays, neither on the appliance nor on disk. */
export async function expectClosed(simulator: Simulator, state: State): Promise<void> {
  expect(await recover(simulator, state)).toMatchObject({ recovered: ['closed'], warnings: [] });
  expect(simulator.openTransactions()).toBe(0);
  expect(await readdir(state.directory)).toEqual([]);
  expect(committedState(simulator)).toBe('old');
}
