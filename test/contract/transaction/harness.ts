import { expect } from 'vitest';
import type { DesiredCollection, DesiredResource } from '../../../src/desired/desired-state.ts';
import { applyRun, type ApplyEnd, type ApplyOptions } from '../../../src/reconcile/apply-run.ts';
import type { Run, RunRecord } from '../../../src/reconcile/run.ts';
import { SpsGitopsError } from '../../../src/shared/errors.ts';
import type { Json } from '../../../src/shared/json.ts';
import { OUTCOME_TABLE, type OutcomeCase, type TransactionState } from '../../../src/shared/outcome.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import type { Appliance } from '../../../src/sps/appliance.ts';
import { clientFor, desiredState, runOf } from '../../run-parts.ts';
import { UPDATE } from '../../update.ts';

export const SUPPORT = '/api/configuration/management/support_info';
export const SPLUNK = '/api/configuration/management/splunk_forwarder';
export const TRANSACTION = '/api/transaction';
export const OPEN = { method: 'POST', path: TRANSACTION } as const;
export const STATUS = { method: 'GET', path: TRANSACTION } as const;
export const COMMIT = { method: 'PUT', path: TRANSACTION } as const;
export const DELETE = { method: 'DELETE', path: TRANSACTION } as const;

/** The configuration before the change. */
export const OLD = UPDATE.before;

/** The configuration after it. */
const NEW = UPDATE.after;

/** What a test may set of a run; times in ms. */
export interface RunSettings extends Partial<ApplyOptions> {
  readonly timeoutMs?: number;
  readonly commitTimeoutMs?: number;
  readonly closeTimeoutMs?: number;
  readonly signal?: AbortSignal;
  /** What the files want: the two singletons unless given. */
  readonly resources?: readonly DesiredResource[];
  readonly collections?: readonly DesiredCollection[];
  /** Changes the run before it begins. */
  readonly alter?: (run: Run, appliance: Appliance) => Run;
}

/** How a run ended, and everything that it said. */
export interface Ended {
  readonly end: OutcomeCase;
  readonly error: SpsGitopsError | null;
  readonly record: RunRecord;
  readonly events: readonly string[];
  /** The events with their fields. */
  readonly logged: readonly Readonly<Record<string, unknown>>[];
  readonly warnings: readonly string[];
}

/** One reconciliation with a client of its own. Throws what is not an error of ours: that is a defect by itself. */
export async function reconcile(simulator: Simulator, settings: RunSettings = {}): Promise<Ended> {
  const { timeoutMs = 5000, commitTimeoutMs = 500, closeTimeoutMs = timeoutMs * 4 + 10_000, ...rest } = settings;
  const { resources = UPDATE.resources, collections = [], signal, ...more } = rest;
  const { alter = (unaltered: Run) => unaltered, ...options } = more;
  const appliance = clientFor({ url: simulator.url, ca: simulator.caPem, timeoutMs, commitTimeoutMs });
  const said: string[] = [];
  const logged: Readonly<Record<string, unknown>>[] = [];
  const run = runOf(appliance, {
    desired: desiredState({ resources, collections }),
    commitTimeoutMs,
    closeTimeoutMs,
    log: (event, ...[fields]) => {
      logged.push({ event, ...fields });
      said.push(JSON.stringify({ event, ...fields }));
    },
    ...(signal === undefined ? {} : { signal }),
  });
  const { record } = run;
  let end: ApplyEnd | SpsGitopsError;
  try {
    end = await applyRun(alter(run, appliance), { assertSoleWriter: async () => undefined, ...options });
  } catch (error) {
    if (!(error instanceof SpsGitopsError)) throw error;
    end = error;
  } finally {
    await appliance.close();
  }
  const error = end instanceof SpsGitopsError ? end : null;
  const printed = error === null ? '' : JSON.stringify([error.message, error.hint, error.details, error.findings]);
  expect(record.warnings.map(({ severity }) => severity)).toEqual(record.warnings.map(() => 'warning'));
  expect(`${said.join('\n')}${printed}${JSON.stringify(record.warnings)}`).not.toMatch(/MARKED/);
  return {
    end: end instanceof SpsGitopsError ? end.failure : end,
    error,
    record,
    events: logged.map(({ event }) => String(event)),
    logged,
    warnings: record.warnings.map((warning) => warning.code),
  };
}

/** What is committed on the appliance: exactly the old configuration, exactly the new one, or something else. */
export function committedState(simulator: Simulator): 'old' | 'new' | 'other' {
  const now = Object.fromEntries(Object.keys(OLD).map((path) => [path, simulator.configuration(path)]));
  const is = (state: typeof OLD) => Object.entries(state).every(([path, body]) => equal(now[path], body));
  return is(OLD) ? 'old' : is(NEW) ? 'new' : 'other';
}

function equal(left: Json | undefined, right: Json): boolean {
  try {
    expect(left).toEqual(right);
    return true;
  } catch {
    return false;
  }
}

/** Everything in which a report is not the truth; empty when it is. */
export function untruths(ended: Ended, simulator: Simulator): readonly string[] {
  const state = committedState(simulator);
  const { end, record } = ended;
  const wrong: string[] = [];
  const transaction: TransactionState = record.transaction;
  if (state === 'other') wrong.push('the committed configuration is half');
  if (transaction === 'committed' && state !== 'new') wrong.push('reported committed, and nothing was');
  if ((transaction === 'none' || transaction === 'rolled-back') && state !== 'old' && end !== 'inSync')
    wrong.push(`reported ${transaction}, and it was committed`);
  if (end === 'applied' && state !== 'new') wrong.push('reported applied, and it was not');
  if (end === 'inSync' && state !== 'new') wrong.push('reported in sync, and it is not');
  const allowed: readonly TransactionState[] = OUTCOME_TABLE[end].transaction;
  // A run that decided not to write reports none, whatever an earlier attempt did: commands/report-run.ts.
  const shown = transaction === 'rolled-back' && allowed.join() === 'none' ? 'none' : transaction;
  if (!allowed.includes(shown)) wrong.push(`the row ${end} does not know ${transaction}`);
  if (record.committed !== (transaction === 'committed' ? 2 : 0)) wrong.push(`committed counts ${record.committed}`);
  if (transaction !== 'unknown' && simulator.openTransactions() > 0) wrong.push('a transaction was left open');
  const opened = simulator.requests.some((request) => request.method === 'POST');
  if (opened !== record.lockHeldMs > 0) wrong.push(`lockHeldMs is ${record.lockHeldMs}, opened ${opened}`);
  return wrong;
}

/** Puts a simulator back to the old configuration, without sessions, faults or records. */
export function reset(simulator: Simulator): void {
  simulator.faults.clear();
  simulator.lock(null);
  simulator.expireSessions();
  for (const [path, body] of Object.entries(OLD)) simulator.setConfiguration(path, body);
  simulator.clearRequests();
}
