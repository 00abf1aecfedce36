import { SpsGitopsError } from '../shared/errors.ts';
import { isStaged, type ActionOperation, type Operation } from '../plan/operation.ts';
import { executeTransaction } from '../transaction/execute-transaction.ts';
import { hashUnstable, type HashAtOpen } from '../transaction/rebase.ts';
import { runActions } from '../transaction/run-actions.ts';
import type { StartOver } from '../transaction/start-over.ts';
import { commitMessage } from './commit-message.ts';
import { planRun, sessionLostTwice } from './plan-run.ts';
import type { PlannedRun, Run } from './run.ts';

/** How many times the live configuration may move under a run before it gives up. */
const MOVES_BEFORE_GIVING_UP = 3;

/** How a run ended that did not fail. */
export type ApplyEnd = 'inSync' | 'applied' | 'differences';

/** What a caller may add to a run. */
export interface ApplyOptions {
  /** Throws when this is not the plan that was meant; asked for every plan before anything is opened. */
  readonly check?: (planned: PlannedRun) => void;
  /** Asks whether to go on; `false` ends the run with `differences`. Asked once for each different plan. */
  readonly approve?: (planned: PlannedRun) => Promise<boolean>;
  /** Throws when another writer has taken over. */
  readonly assertSoleWriter: () => Promise<void>;
}

/** What a run has learnt from its earlier attempts. */
interface Lessons {
  sessionsLost: number;
  transactionsGone: number;
  moves: number;
  guard: 'on' | 'off';
  /** Hashes that the appliance had before ours moved them; when one comes back by itself, only we moved it. */
  suspects: readonly (string | null)[];
  hashAtOpen: HashAtOpen;
  sendMessage: boolean;
  approved: string | null;
}

/**
 * One reconciliation: plans, applies the plan in one transaction, and does after it what a transaction forbids. Begins anew, within bounds, when the session is lost
 * or the configuration moves meanwhile. Throws with the row that is true; `run.record` tells how far it came.
 */
export async function applyRun(run: Run, options: ApplyOptions): Promise<ApplyEnd> {
  const lessons: Lessons = {
    sessionsLost: 0,
    transactionsGone: 0,
    moves: 0,
    guard: 'on',
    suspects: [],
    hashAtOpen: 'start-over',
    sendMessage: true,
    approved: null,
  };
  for (;;) {
    const end = await attempt(run, options, lessons);
    if (end !== 'again') return end;
    run.signal.throwIfAborted();
  }
}

async function attempt(run: Run, options: ApplyOptions, lessons: Lessons): Promise<ApplyEnd | 'again'> {
  const { record } = run;
  record.warnings.length = 0;
  record.staged = 0;
  const planned = await planRun(run);
  options.check?.(planned);
  if (planned.plan.operations.length === 0) {
    record.transaction = 'none';
    return 'inSync';
  }
  if (planned.brakes.length > 0) throw unsafe(planned);
  if (!(await isApproved(planned, options, lessons))) return 'differences';
  const context = { ...run, progress: record, assertSoleWriter: options.assertSoleWriter };
  const staged = planned.plan.operations.filter(isStaged);
  const actions = planned.plan.operations.filter(isAction);
  if (staged.length === 0) {
    record.transaction = 'none';
    await runActions(actions, context);
    return 'applied';
  }
  const { configHash } = planned.appliance;
  if (configHash !== null && lessons.suspects.includes(configHash)) lessons.guard = 'off';
  if (lessons.guard === 'off') record.warnings.push(hashUnstable('it follows changes that are only pending'));
  const end = await executeTransaction(
    {
      operations: staged,
      configHash: lessons.guard === 'on' ? configHash : null,
      hashAtOpen: lessons.hashAtOpen,
      message: lessons.sendMessage ? messageOf(planned, run) : null,
    },
    context,
  );
  if (end.kind === 'committed') {
    await runActions(actions, context);
    return 'applied';
  }
  return startOver(end.cause, [configHash, end.hash], run, lessons);
}

function isAction(operation: Operation): operation is ActionOperation {
  return !isStaged(operation);
}

async function isApproved(planned: PlannedRun, { approve }: ApplyOptions, lessons: Lessons): Promise<boolean> {
  const { digest } = planned.plan;
  if (approve === undefined || lessons.approved === digest) return true;
  lessons.approved = digest;
  return approve(planned);
}

function messageOf(planned: PlannedRun, run: Run): string {
  const facts = { revision: run.desired.revision, planDigest: planned.plan.digest, runId: run.id };
  return commitMessage(run.commitTemplate, facts, run.secrets);
}

function startOver(cause: StartOver, hashes: readonly (string | null)[], run: Run, lessons: Lessons): 'again' {
  switch (cause.because) {
    case 'session-lost':
      return sessionLost(run, lessons);
    case 'transaction-gone':
      return transactionGone(run, lessons);
    case 'message-refused':
      lessons.sendMessage = false;
      return 'again';
    case 'live-moved':
    case 'hash-moved':
    case 'hash-moved-at-open': {
      lessons.moves += 1;
      lessons.suspects = cause.because === 'hash-moved' ? hashes : [];
      lessons.hashAtOpen = cause.because === 'hash-moved-at-open' ? 'take' : 'start-over';
      if (lessons.moves < MOVES_BEFORE_GIVING_UP) return 'again';
      const message = `the live configuration moved ${MOVES_BEFORE_GIVING_UP} times while the plan was being applied`;
      const hint = 'look for another writer on the appliance, then run again';
      throw new SpsGitopsError('planChanged', message, { details: { pointers: [...cause.pointers] }, hint });
    }
  }
}

function transactionGone(run: Run, lessons: Lessons): 'again' {
  lessons.transactionsGone += 1;
  run.appliance.forgetSession();
  if (lessons.transactionsGone === 1) return 'again';
  throw new SpsGitopsError('locked', 'the appliance dropped the transaction twice in the middle of the run', {
    hint: 'somebody else seems to take the configuration; wait until they leave it, then run again',
  });
}

function sessionLost(run: Run, lessons: Lessons): 'again' {
  lessons.sessionsLost += 1;
  run.appliance.forgetSession();
  if (lessons.sessionsLost === 1) return 'again';
  throw sessionLostTwice();
}

function unsafe({ brakes }: PlannedRun): SpsGitopsError {
  const [first] = brakes;
  const count = brakes.length === 1 ? 'a brake' : `${brakes.length} brakes`;
  return new SpsGitopsError('planUnsafe', `the plan set off ${count}`, {
    details: { brakes: brakes.map(({ code, message, hint }) => ({ code, message, hint })) },
    ...(first === undefined ? {} : { hint: first.hint }),
  });
}
