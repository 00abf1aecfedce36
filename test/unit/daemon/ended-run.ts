import type { EndedRun } from '../../../src/daemon/observer.ts';
import type { EndFields } from '../../../src/log/events.ts';

/** The id of every run of these tests. */
export const RUN_ID = '0123456789abcdef'.repeat(2);

/** The revision of every run of these tests. */
export const REVISION = {
  commit: 'c0ffee'.repeat(7).slice(0, 40),
  subject: 'Open the door',
  author: 'A Committer',
  dirty: false,
  digest: `sha256:${'1'.repeat(64)}`,
};

/** A run by a tick that ended as given: without a failure it succeeded. */
export function endedRun(
  fields: Partial<EndFields> & Pick<EndFields, 'outcome'>,
  differs: Partial<EndedRun> = {},
): EndedRun {
  const isFailure = fields.outcome === 'failed' || fields.outcome === 'blocked';
  const reason = fields.reason ?? 'Succeeded';
  return {
    runId: RUN_ID,
    trigger: 'cron',
    revision: REVISION,
    fields: { transaction: 'none', reason, durationMs: 12, requests: { GET: 3 }, ...fields },
    error: isFailure ? { code: reason, message: 'it did not work', hint: 'try again' } : null,
    drifted: isFailure ? null : 0,
    ...differs,
  };
}
