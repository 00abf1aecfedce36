import { SpsGitopsError } from '../shared/errors.ts';
import { ApplianceError } from '../sps/appliance-error.ts';
import type { Committed } from './commit.ts';
import { applianceAnswer } from './failure-at.ts';
import { lookAgain } from './look-again.ts';
import { isLoginRefused, readCommitted } from './read-committed.ts';
import type { Rebased } from './rebase.ts';
import { differences, standStill } from './touched.ts';
import type { TransactionContext } from './transaction-context.ts';

/** So long a commit may have been answered before its effect can be read, in ms; not documented. */
const LATE_MS = 5000;

/**
 * Reads the touched resources after the commit, until they can be read: a commit may restart the appliance's services. Where
 * there is a reading from after the commit, `known`, it is the first. A difference has to show twice, as the row is terminal
 * and one answer may be nonsense that is well formed; and for a while it does not count where everything still reads as it
 * did before the writes, as the commit's effect may be late.
 * Throws `notIdempotent` with the pointers that differ from what was sent, or `committedUnread` after `commitTimeoutMs`.
 */
export async function proveCommit(
  { touched, created, volatile }: Rebased,
  known: Committed['read'],
  context: TransactionContext,
): Promise<void> {
  const operations = touched.map((one) => one.operation);
  const begun = context.clock();
  const deadline = begun + context.commitTimeoutMs;
  const signal = AbortSignal.timeout(context.commitTimeoutMs * 2);
  let failure: unknown;
  let seen: readonly string[] | undefined;
  let first = known;
  const look = async (): Promise<readonly string[] | undefined> => {
    try {
      const read = first ?? (await readCommitted(operations, created, context, signal));
      first = null;
      const now = differences(read);
      if (now.length === 0) return now;
      const mayBeLate = context.clock() - begun < LATE_MS && standStill(touched, read, volatile);
      if (seen !== undefined && !mayBeLate) return now;
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
