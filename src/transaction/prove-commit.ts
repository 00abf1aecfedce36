import { SpsGitopsError } from '../shared/errors.ts';
import { ApplianceError } from '../sps/appliance-error.ts';
import { applianceAnswer } from './failure-at.ts';
import { lookAgain } from './look-again.ts';
import { isLoginRefused, readCommitted } from './read-committed.ts';
import type { Rebased } from './rebase.ts';
import { differences } from './touched.ts';
import type { TransactionContext } from './transaction-context.ts';

/**
 * Reads the touched resources after the commit, until they can be read: a commit may restart the appliance's services. A
 * difference has to show twice, as the row is terminal and one answer may be nonsense that is well formed.
 * Throws `notIdempotent` with the pointers that differ from what was sent, or `committedUnread` after `commitTimeoutMs`.
 */
export async function proveCommit({ touched, created }: Rebased, context: TransactionContext): Promise<void> {
  const operations = touched.map((one) => one.operation);
  const deadline = context.clock() + context.commitTimeoutMs;
  const signal = AbortSignal.timeout(context.commitTimeoutMs * 2);
  let failure: unknown;
  let seen: readonly string[] | undefined;
  const look = async (): Promise<readonly string[] | undefined> => {
    try {
      const now = differences(await readCommitted(operations, created, context, signal));
      if (now.length === 0 || seen !== undefined) return now;
      seen = now;
      return undefined;
    } catch (error) {
      if (isLoginRefused(error)) throw committedUnread(error, context);
      failure = error;
      return undefined;
    }
  };
  const differing = (await lookAgain(look, deadline, context, signal)) ?? seen;
  if (differing === undefined) throw committedUnread(failure, context);
  if (differing.length === 0) return;
  throw new SpsGitopsError('notIdempotent', 'the commit took effect, yet the appliance differs from what was sent', {
    details: { pointers: [...differing] },
    hint: 'write the values in the files as the appliance gives them back',
  });
}

function committedUnread(cause: unknown, { secrets }: TransactionContext): SpsGitopsError {
  const message = 'the changes are committed, but the appliance could not be read afterwards';
  const details = cause instanceof ApplianceError ? applianceAnswer(cause, secrets) : {};
  return new SpsGitopsError('committedUnread', message, {
    cause,
    details,
    hint: 'run `sps-gitops plan` to see that it is in sync',
  });
}
