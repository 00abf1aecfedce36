import { runToEnd, type RunEnd } from '../../src/reconcile/run-end.ts';
import type { Run, RunRecord } from '../../src/reconcile/run.ts';
import { outcomeDocument } from '../../src/report/run-document.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { OUTCOME_TABLE } from '../../src/shared/outcome.ts';
import { DEFAULT_PASSWORD } from '../../src/simulator/simulator.ts';
import type { Appliance } from '../../src/sps/appliance.ts';
import type { TransactionJournal } from '../../src/transaction/transaction-context.ts';
import { clientFor, desiredState, runOf } from '../run-parts.ts';
import type { Bench } from './bench.ts';
import type { Scenario } from './scenarios.ts';

/** Limits of a run, in ms. */
export interface Limits {
  readonly timeoutMs: number;
  readonly commitTimeoutMs: number;
}

/** Far more than any answer takes, also where many runs share a core. */
export const ROOMY: Limits = { timeoutMs: 10_000, commitTimeoutMs: 2500 };

/** For a request that is never answered. */
export const SHORT: Limits = { timeoutMs: 1500, commitTimeoutMs: 2500 };

/** How a run ended, in the words of the report, and what else it said. */
export interface Attempt extends RunEnd {
  readonly outcome: string;
  readonly reason: string;
  readonly exit: number;
  readonly record: RunRecord;
  readonly warnings: readonly string[];
  /** Whether the journal still tells of a transaction. */
  readonly journal: 'clear' | 'left';
  /** Whether the log or the report holds a marked secret. */
  readonly secrets: 'kept' | 'told';
}

/** What a test may change of a run. */
export interface AttemptOptions {
  readonly limits?: Limits;
  readonly mode?: 'enforce' | 'observe';
  readonly alter?: (run: Run) => Run;
}

/** One reconciliation with a client of its own, as `apply` and the daemon do it. */
export async function attempt(bench: Bench, scenario: Scenario, options: AttemptOptions = {}): Promise<Attempt> {
  const appliance = clientOf(bench, options.limits);
  try {
    return await attemptWith(appliance, scenario, options);
  } finally {
    await appliance.close();
  }
}

/** A client without a session; whoever asks for it closes it. */
export function clientOf(bench: Bench, limits: Limits = ROOMY): Appliance {
  return clientFor({
    url: bench.simulator.url,
    ca: bench.simulator.caPem,
    // One at a time keeps the requests in an order that a case can name, but for the profile in the middle.
    concurrency: bench.profile === '7.5' ? 4 : 1,
    ...limits,
  });
}

/** One reconciliation with that client, in its session where it has one. */
export async function attemptWith(
  appliance: Appliance,
  scenario: Scenario,
  options: AttemptOptions = {},
): Promise<Attempt> {
  const { limits = ROOMY, mode = 'enforce', alter = (run: Run) => run } = options;
  const said: string[] = [];
  const journal = memoryJournal();
  const run = alter(
    runOf(appliance, {
      desired: desiredState(scenario),
      commitTimeoutMs: limits.commitTimeoutMs,
      closeTimeoutMs: limits.timeoutMs * 4 + 10_000,
      limits: { maxDeletes: 5, maxChangeRatio: 1, protect: [], allow: ['starling/join'], expectHostname: null },
      journal,
      log: (event, ...[fields]) => void said.push(JSON.stringify({ event, ...fields })),
    }),
  );
  const { record } = run;
  const ended = await runToEnd(run, mode, { assertSoleWriter: () => Promise.resolve() });
  const document = outcomeDocument(ended);
  const told = JSON.stringify([said, document, record.warnings]);
  return {
    ...ended,
    outcome: textOf(document, 'outcome'),
    reason: textOf(document, 'reason'),
    exit: OUTCOME_TABLE[ended.end].exit,
    record,
    warnings: record.warnings.map(({ code }) => code),
    journal: journal.state,
    secrets: told.includes('MARKED') || told.includes(DEFAULT_PASSWORD) ? 'told' : 'kept',
  };
}

function textOf(document: JsonObject, member: string): string {
  const text = document[member];
  return typeof text === 'string' ? text : '';
}

function memoryJournal(): TransactionJournal & { readonly state: 'clear' | 'left' } {
  let state: 'clear' | 'left' = 'clear';
  return {
    get state() {
      return state;
    },
    opening: () => {
      state = 'left';
      return Promise.resolve();
    },
    current: () => Promise.resolve(),
    closed: () => {
      state = 'clear';
      return Promise.resolve();
    },
  };
}
