import { SpsGitopsError } from '../shared/errors.ts';
import type { Json } from '../shared/json.ts';
import type { FailureCase } from '../shared/outcome.ts';

/**
 * What went wrong between us and the appliance. `network`: no complete answer; `tls`: the peer could not be
 * authenticated; `timeout`: the deadline passed; `shape`: an answer that means nothing to us; `status`: an answer that
 * says no.
 */
export type ApplianceErrorKind = 'network' | 'tls' | 'timeout' | 'shape' | 'status';

/** The request that an error is about; the path is without its query. */
export interface RequestName {
  readonly method: string;
  readonly path: string;
}

/** What is known about a failed request. `text` goes on after `GET /api/…` and holds nothing of the answer's body. */
interface ApplianceFailure {
  readonly kind: ApplianceErrorKind;
  readonly request: RequestName;
  readonly text: string;
  readonly failure?: FailureCase;
  readonly hint?: string;
  readonly status?: number | null;
  readonly type?: string | null;
  readonly guideShaped?: boolean;
  readonly applianceMessage?: string | null;
  readonly applianceDetails?: Json | null;
  readonly answered?: boolean;
  readonly bodiless?: boolean;
  readonly retryAfterMs?: number | null;
  /** The code of the socket or of TLS, such as `ECONNREFUSED`. */
  readonly networkCode?: string | null;
}

/**
 * A request that did not succeed. Its row is `targetUnreachable` unless the answer says more (401, 403, 404); the
 * transaction stage knows better what a 400 or 409 means where it happened and maps those itself. It carries no `cause`:
 * the errors of the network layer may hold bytes of the answer.
 */
export class ApplianceError extends SpsGitopsError {
  override readonly name = 'ApplianceError';
  readonly kind: ApplianceErrorKind;
  readonly request: RequestName;
  /** The status of the answer, even of one that broke off later; null when none came. */
  readonly status: number | null;
  /** `error.type` of an answer in the guide's shape, when it looks like a type. core.md §8. */
  readonly type: string | null;
  /** The answer was JSON in the guide's error shape. core.md §3.1. */
  readonly guideShaped: boolean;
  /**
   * The appliance said no for certain: a complete answer of class 4xx in JSON, or a 403, 409 or 423 without a body, as a
   * lock may be told. A 5xx, a redirect, and a page of something in between do not prove that the request had no effect.
   */
  readonly answered: boolean;
  /** The answer came whole and had no body: no page of something in between. */
  readonly bodiless: boolean;
  /** `Retry-After` of the answer in milliseconds from when it came. */
  readonly retryAfterMs: number | null;
  // Private, so that printing the error does not print text that may hold a secret.
  readonly #applianceMessage: string | null;
  readonly #applianceDetails: Json | null;

  constructor(about: ApplianceFailure) {
    const { request, kind, status = null, type = null, networkCode = null, hint } = about;
    super(about.failure ?? 'targetUnreachable', `${request.method} ${request.path} ${about.text}`, {
      ...(hint === undefined ? {} : { hint }),
      details: {
        method: request.method,
        path: request.path,
        kind,
        status,
        type,
        networkCode,
        ...retryAfterDetail(about.retryAfterMs),
      },
    });
    this.kind = kind;
    this.request = request;
    this.status = status;
    this.type = type;
    this.guideShaped = about.guideShaped ?? false;
    this.answered = about.answered ?? false;
    this.bodiless = about.bodiless ?? false;
    this.retryAfterMs = about.retryAfterMs ?? null;
    this.#applianceMessage = about.applianceMessage ?? null;
    this.#applianceDetails = about.applianceDetails ?? null;
  }

  /** `error.message` as the appliance sent it: may hold a secret of this run, so withhold before it is shown. */
  get applianceMessage(): string | null {
    return this.#applianceMessage;
  }

  /** `error.details` as the appliance sent it: may hold a secret of this run, so withhold before it is shown. */
  get applianceDetails(): Json | null {
    return this.#applianceDetails;
  }
}

/** How long the appliance asked to be left alone, as a detail of an error: for the log, and for whoever plans the next run. */
export function retryAfterDetail(retryAfterMs: number | null | undefined): { readonly retryAfterMs?: number } {
  return retryAfterMs === null || retryAfterMs === undefined ? {} : { retryAfterMs };
}

/** What to do about an answer that the appliance would not give. */
export const NOT_SPS = 'Check that appliance.url leads to the appliance itself, not to a proxy or another service.';

/** An answer that came whole and means nothing: `expected` completes the sentence `answered 200 …`. */
export function shapeError(request: RequestName, status: number, expected: string): ApplianceError {
  return new ApplianceError({ kind: 'shape', request, status, text: `answered ${status} ${expected}`, hint: NOT_SPS });
}

/** Codes of undici for a client that was closed on our side: nothing can be sent through it any more. */
export const CODES_OF_CUT: readonly unknown[] = ['UND_ERR_DESTROYED', 'UND_ERR_CLOSED'];

/** We have closed the connection ourselves: sending again cannot succeed. */
export function isCut(error: unknown): boolean {
  return error instanceof ApplianceError && CODES_OF_CUT.includes(error.details['networkCode']);
}
