import { isObject, parseJson, type Json } from '../shared/json.ts';
import type { FailureCase } from '../shared/outcome.ts';
import { ApplianceError, shapeError, type RequestName, NOT_SPS } from './appliance-error.ts';
import type { Answer } from './exchange.ts';
import { parseRetryAfter } from './retry.ts';

/** What every logical login path begins with. core.md §2.1. */
export const LOGIN_PATH = '/api/authentication';

/** Types of a 403 that are about the state of Starling, so that rights would not help. endpoints-basic.md §1.7. */
const ABOUT_STARLING: ReadonlySet<string> = new Set([
  'RemoteAccessDependsOnStarlingJoinError',
  'StarlingJoinInfoIsReadOnlyError',
]);

/** Statuses that may be all that a locked configuration answers with. core.md §13 Q1. */
const LOCK_STATUSES: ReadonlySet<number> = new Set([403, 409, 423]);

/** The body of an answer: parsed, empty, or neither. */
type Content =
  { readonly kind: 'json'; readonly value: Json } | { readonly kind: 'empty' } | { readonly kind: 'other' };

/** The JSON of an answer to a read; throws a `shape` error when there is none. The content decides, not its type. */
export function requireJson(request: RequestName, answer: Answer): Json {
  const content = contentOf(answer);
  if (content.kind === 'json') return content.value;
  throw shapeError(request, answer.status, `${describe(answer, content)} instead of JSON`);
}

/**
 * The JSON of an answer to a write, `undefined` when it is empty. Throws a `shape` error when it holds something else, as
 * a proxy's page does: whether the appliance carried the request out is then not known.
 */
export function requireOwnAnswer(request: RequestName, answer: Answer): Json | undefined {
  const content = contentOf(answer);
  if (content.kind === 'other')
    throw shapeError(request, answer.status, `${describe(answer, content)} instead of JSON`);
  return content.kind === 'json' ? content.value : undefined;
}

/** Throws a `status` error for 4xx and 5xx, a `shape` error for 1xx and 3xx; every 2xx is success. Redirects are not followed. */
export function requireSuccess(request: RequestName, answer: Answer): void {
  const { status } = answer;
  if (status >= 200 && status < 300) return;
  if (status < 400) throw shapeError(request, status, 'instead of a result, and redirects are not followed');
  throw statusError(request, answer);
}

function statusError(request: RequestName, answer: Answer): ApplianceError {
  const { status } = answer;
  const content = contentOf(answer);
  const error = content.kind === 'json' ? guideError(content.value) : null;
  const type = error === null ? null : typeOf(error);
  const bodiless = content.kind === 'empty';
  return new ApplianceError({
    kind: 'status',
    request,
    text: `answered ${status}${wording(answer, content, type, error !== null)}`,
    ...explainStatus(request, status, content, type),
    status,
    type,
    guideShaped: error !== null,
    applianceMessage: typeof error?.['message'] === 'string' ? error['message'] : null,
    applianceDetails: error?.['details'] ?? null,
    answered: content.kind === 'json' ? status < 500 : bodiless && LOCK_STATUSES.has(status),
    bodiless,
    retryAfterMs: parseRetryAfter(headerOf(answer, 'retry-after'), Date.now()),
  });
}

function wording(answer: Answer, content: Content, type: string | null, guideShaped: boolean): string {
  if (type !== null) return ` ${type}`;
  if (content.kind === 'other') return ` ${describe(answer, content)} instead of JSON`;
  if (content.kind === 'json' && !guideShaped) return " with JSON that is not in the appliance's error shape";
  return '';
}

function explainStatus(
  request: RequestName,
  status: number,
  content: Content,
  type: string | null,
): { readonly failure?: FailureCase; readonly hint?: string } {
  if (status === 401) {
    if (request.path !== LOGIN_PATH) return { failure: 'authFailed', hint: 'The session has ended: log in again.' };
    return {
      failure: 'authFailed',
      hint: 'Check appliance.login: username and password (or certificate and key), and method if the account needs one.',
    };
  }
  // A page of something in between is no statement of the appliance about rights or endpoints.
  if (content.kind === 'other') return { hint: NOT_SPS };
  if (status >= 500) return { hint: "Look at the appliance's own log and health page, then run again." };
  if (status === 403) {
    if (type !== null && ABOUT_STARLING.has(type)) return { failure: 'forbidden' };
    return {
      failure: 'forbidden',
      hint: 'Give the account the REST server privilege and the rights for this path; they count from the next login.',
    };
  }
  return status === 404 ? { failure: 'unsupported' } : {};
}

/** The `error` member of the guide's shape, null when the JSON is something else. core.md §3.1. */
function guideError(value: Json): Record<string, Json> | null {
  if (!isObject(value)) return null;
  const error = value['error'];
  return isObject(error) && typeof error['type'] === 'string' ? error : null;
}

function typeOf(error: Readonly<Record<string, Json>>): string | null {
  const type = error['type'];
  return typeof type === 'string' && /^[A-Za-z][A-Za-z0-9_.]{0,79}$/.test(type) ? type : null;
}

function contentOf(answer: Answer): Content {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(answer.body);
    if (text.trim() === '') return { kind: 'empty' };
    return { kind: 'json', value: parseJson(text) };
  } catch {
    return { kind: 'other' };
  }
}

function describe(answer: Answer, content: Content): string {
  if (content.kind === 'empty') return 'with an empty body';
  const [type = ''] = (headerOf(answer, 'content-type') ?? '').split(';', 1);
  const named = /^[a-z0-9.+-]{1,40}\/[a-z0-9.+-]{1,60}$/i.test(type.trim()) ? type.trim().toLowerCase() : null;
  return named === null || named === 'application/json' ? 'with something that cannot be parsed' : `with ${named}`;
}

/** A header by its name in lower case, the first one of several. */
export function headerOf(answer: Answer, name: string): string | undefined {
  const value = answer.headers[name];
  return typeof value === 'string' ? value : value?.[0];
}
