import type { ActionOperation } from '../plan/operation.ts';
import { SpsGitopsError } from '../shared/errors.ts';
import { isObject, type Json } from '../shared/json.ts';
import { ApplianceError } from '../sps/appliance-error.ts';
import { isSessionGone } from './close-transaction.ts';
import { applianceAnswer } from './failure-at.ts';
import { lookAgain } from './look-again.ts';
import { NEVER } from './never.ts';
import { isLoginRefused } from './read-committed.ts';
import { orAborted } from './or-aborted.ts';
import { unstoppable } from './settle-commit.ts';
import type { TransactionContext } from './transaction-context.ts';

/**
 * Carries out what a transaction forbids, one after the other, each proved by reading: what the answer says does not count.
 * Throws `actionFailed`; what was committed before stays committed, and the next run does what is left. A run that was
 * stopped begins no further action.
 */
export async function runActions(actions: readonly ActionOperation[], context: TransactionContext): Promise<void> {
  for (const action of actions) {
    context.signal.throwIfAborted();
    await assertSoleWriter(action, context);
    const refusal = await attempt(action, context);
    await prove(action, refusal, context);
    context.log('action.done', { resource: action.resource, action: action.remedy.kind });
  }
}

/** Sends the request; gives what went wrong. A session that is gone is renewed once: then nothing was carried out. */
async function attempt(action: ActionOperation, context: TransactionContext): Promise<unknown> {
  const { appliance } = context;
  try {
    await appliance.delete(action.href, NEVER);
    return undefined;
  } catch (error) {
    if (!isSessionGone(error)) return error;
  }
  try {
    appliance.forgetSession();
    await appliance.login(unstoppable(context));
    await appliance.delete(action.href, NEVER);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Reads until the condition holds. After a clear refusal one look is enough. */
async function prove(action: ActionOperation, refusal: unknown, context: TransactionContext): Promise<void> {
  const signal = unstoppable(context);
  const isRefused = refusal instanceof ApplianceError && refusal.answered;
  const deadline = isRefused ? context.clock() : context.clock() + context.commitTimeoutMs;
  if (isLoginRefused(refusal)) throw failed(action, refusal, 'unread', context);
  let failure = refusal;
  let readings = 0;
  const look = async (): Promise<'done' | undefined> => {
    try {
      const body = await readAgain(action, context, signal);
      if (!isTelling(body)) return undefined;
      readings += 1;
      return isLeft(action, body) ? 'done' : undefined;
    } catch (error) {
      failure ??= error;
      if (isLoginRefused(error)) throw failed(action, error, 'unread', context);
      return undefined;
    }
  };
  if ((await lookAgain(look, deadline, context, signal)) === undefined) {
    throw failed(action, failure, readings > 0 ? 'still-joined' : 'unread', context);
  }
}

/** An answer that does not say whether the appliance is joined tells neither. */
function isTelling(body: Json): boolean {
  return isObject(body) && typeof body['joined'] === 'boolean';
}

/** What else is shown of a join may go with it. */
function isLeft(action: ActionOperation, body: Json): boolean {
  return action.comparison.again(body).patch.every(({ path }) => path !== '/joined');
}

/** Another process may have taken over meanwhile; what cannot be taken back is for one alone to do. */
async function assertSoleWriter(action: ActionOperation, context: TransactionContext): Promise<void> {
  try {
    await orAborted(context.assertSoleWriter(), context.signal);
  } catch (error) {
    context.signal.throwIfAborted();
    if (context.progress.transaction !== 'committed') throw error;
    throw failed(action, error, 'not-sent', context);
  }
}

const WHY = {
  'still-joined': 'still says that the appliance is joined',
  unread: 'could not be read afterwards, so that it is not known whether it was left',
  'not-sent': 'was not asked, as another process took over the state directory',
} as const;

async function readAgain(action: ActionOperation, context: TransactionContext, signal: AbortSignal): Promise<Json> {
  const { appliance } = context;
  try {
    return await appliance.readStatus(action.href, signal);
  } catch (error) {
    if (!isSessionGone(error)) throw error;
    appliance.forgetSession();
    await appliance.login(signal);
    return appliance.readStatus(action.href, signal);
  }
}

function failed(
  action: ActionOperation,
  cause: unknown,
  why: keyof typeof WHY,
  { progress, secrets }: TransactionContext,
): SpsGitopsError {
  const details = cause instanceof ApplianceError ? applianceAnswer(cause, secrets) : {};
  const before = progress.transaction === 'committed' ? 'the changes are committed, but ' : '';
  const message = `${before}leaving Starling failed: ${action.href} ${WHY[why]}`;
  return new SpsGitopsError('actionFailed', message, {
    cause,
    details,
    hint: 'the next run tries again; see what the appliance says, or leave Starling on the web UI',
  });
}
