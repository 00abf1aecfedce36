import { ApplianceError, isCut } from './appliance-error.ts';

/** Which failures are worth sending the same request again. */
export type RetryPolicy = 'never' | 'read' | 'login';

/** Longer than this we do not wait inside of a run: the failure goes up, with what the appliance asked for. */
const LONGEST_RETRY_AFTER_MS = 30_000;

/** What has been tried so far. */
interface Attempts {
  /** Answers that failed, this one included: 1 after the first. */
  readonly failed: number;
  readonly timeouts: number;
}

/**
 * How many milliseconds to wait before the request is sent again, or null when it is not. `read`: broken connections,
 * 429 and 5xx, and one timeout. `login`: broken connections and 5xx only, since each try may count towards a lock-out.
 */
export function retryDelay(
  error: unknown,
  policy: RetryPolicy,
  attempts: Attempts,
  delaysMs: readonly number[],
): number | null {
  const delay = delaysMs[attempts.failed - 1];
  if (delay === undefined || !(error instanceof ApplianceError)) return null;
  if (!isWorthIt(error, policy, attempts)) return null;
  const wanted = error.retryAfterMs ?? 0;
  return wanted > LONGEST_RETRY_AFTER_MS ? null : Math.max(delay, wanted);
}

function isWorthIt(error: ApplianceError, policy: RetryPolicy, attempts: Attempts): boolean {
  if (policy === 'never' || isCut(error)) return false;
  if (error.kind === 'network') return true;
  if (error.kind === 'timeout') return policy === 'read' && attempts.timeouts <= 1;
  if (error.kind !== 'status' || error.status === null) return false;
  return error.status >= 500 || (policy === 'read' && error.status === 429);
}

/** Milliseconds that a `Retry-After` header asks for, in seconds or as an HTTP date; null when it says neither. */
export function parseRetryAfter(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  // Date.parse takes far more than HTTP dates, so the form is checked first: RFC 9110 §5.6.7, the preferred form.
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(header)) return null;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
