import { SpsGitopsError } from '../shared/errors.ts';
import type { JsonObject } from '../shared/json.ts';
import type { FailureCase } from '../shared/outcome.ts';
import type { SecretBook } from '../shared/secret-book.ts';
import { ApplianceError, retryAfterDetail } from '../sps/appliance-error.ts';
import { isSessionGone } from './close-transaction.ts';
import { StartOver } from './start-over.ts';

/** Where in a transaction an answer came. The first write may find the lock that opening did not (Q1). */
export type Place = 'read' | 'open' | 'first-write' | 'write' | 'first-delete' | 'delete' | 'commit';

/** Types that mean "no right", which a lock never is. core.md §2.4, §8. */
const NO_RIGHT: ReadonlySet<string> = new Set(['Unauthorized', 'AuthenticationFailure']);

/**
 * What a failure means at its place: `StartOver`, or an error with the outcome that is true there. The words with which the
 * appliance refuses because of a lock are not known (core.md §13 Q1), so the place decides: at the open and at the first
 * write every refusal that is not about rights counts as a lock, elsewhere every 403 and 423 does.
 */
export function failureAt(place: Place, error: unknown, secrets: SecretBook, about: JsonObject = {}): unknown {
  if (!(error instanceof ApplianceError)) return error;
  if (isSessionGone(error)) return new StartOver('session-lost');
  const row = rowAt(place, error);
  const details = { ...about, ...applianceAnswer(error, secrets) };
  return new SpsGitopsError(row, messageOf(row, error, secrets), {
    cause: error,
    details,
    ...hintOf(row, place, error),
  });
}

function rowAt(place: Place, error: ApplianceError): FailureCase {
  const { status, type } = error;
  if (place === 'read' || error.kind !== 'status' || status === null) {
    // Inside a run only the resources' own endpoints may be absent, and those were there when the plan was made.
    return error.failure === 'unsupported' ? 'targetUnreachable' : error.failure;
  }
  if (status === 403 && NO_RIGHT.has(type ?? '')) return 'forbidden';
  if (isLock(place, error)) return 'locked';
  if (!error.answered && place !== 'commit') return 'targetUnreachable';
  if (status >= 500 || status === 429) return place === 'commit' ? 'commitFailed' : 'targetUnreachable';
  if (place === 'commit') return status === 400 ? 'commitRejected' : 'commitFailed';
  return place === 'open' ? 'targetUnreachable' : 'stageRejected';
}

function isLock(place: Place, error: ApplianceError): boolean {
  const { status, type } = error;
  if (status === 423) return true;
  if (status === 403) return type === null || !/Starling|RemoteAccess/.test(type);
  const early = place === 'open' || place === 'first-write' || place === 'first-delete';
  // To a commit, 409 may as well mean that another transaction was faster (Q2).
  // To a DELETE it may say that the object is in use (Q18), to which a lock comes only before the first write.
  if (status === 409 && place === 'delete') return speaksOfLock(error);
  if (status === 409 && place === 'first-delete') return !speaksOfUse(error);
  if (status === 409) return place !== 'commit' || speaksOfLock(error);
  // A proxy's page says nothing about locks; the appliance's own error may, after the first write by its words alone.
  const isOwn = error.guideShaped || error.bodiless;
  return status !== null && status >= 500 && isOwn && (early || speaksOfLock(error));
}

/** How an object in use is called is not known either (Q18). */
function speaksOfUse(error: ApplianceError): boolean {
  const { type, applianceMessage, applianceDetails } = error;
  const words = `${type ?? ''} ${applianceMessage ?? ''} ${JSON.stringify(applianceDetails)}`;
  return !speaksOfLock(error) && /\b(in use|used by|referenc|refers?\b|depend)/i.test(words);
}

/** How a lock is called is not known (Q1); where the status alone does not tell, the appliance's words may. */
export function speaksOfLock({ type, applianceMessage }: ApplianceError): boolean {
  return /lock(ed|ing)?\b|busy\b/i.test(`${type ?? ''} ${applianceMessage ?? ''}`);
}

function messageOf(row: FailureCase, error: ApplianceError, secrets: SecretBook): string {
  const request = `${error.request.method} ${error.request.path}`;
  if (row === 'locked') return `the configuration is locked by someone else (${request} answered ${error.status})`;
  if (row === 'stageRejected') return `the appliance refused a change (${request} answered ${error.status})`;
  // The words hold `error.type`, which is text from the appliance like any other.
  if (error.type !== null && secrets.isIn(error.type)) return `${request} answered ${error.status}`;
  return error.message;
}

function hintOf(row: FailureCase, place: Place, error: ApplianceError): { readonly hint?: string } {
  switch (row) {
    case 'locked':
      return { hint: 'wait until the other user leaves the configuration pages, then run again' };
    case 'stageRejected':
      return place === 'delete' || place === 'first-delete'
        ? { hint: 'the object seems to be in use: remove or re-point what refers to it, then run again' }
        : { hint: 'correct the value that the appliance names, then run again' };
    case 'forbidden':
      return { hint: 'give the account the REST privilege and the rights of the pages that it manages' };
    default:
      return error.hint === undefined ? {} : { hint: error.hint };
  }
}

/** What the appliance said, less what contains a secret of this run. */
export function applianceAnswer(error: ApplianceError, secrets: SecretBook): JsonObject {
  const { method, path } = error.request;
  const said: Record<string, JsonObject[string]> = {
    request: `${method} ${path}`,
    kind: error.kind,
    status: error.status,
    ...retryAfterDetail(error.retryAfterMs),
  };
  if (error.type !== null) said['type'] = secrets.withhold(error.type);
  if (error.applianceMessage !== null) said['message'] = secrets.withhold(error.applianceMessage);
  if (error.applianceDetails !== null) said['details'] = secrets.withhold(error.applianceDetails);
  return said;
}
