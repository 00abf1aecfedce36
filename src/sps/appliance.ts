import type { Json } from '../shared/json.ts';
import type { Secret } from '../shared/secret.ts';
import { sleep } from '../shared/sleep.ts';
import { ApplianceError, shapeError } from './appliance-error.ts';
import { basicCredentials } from './basic-credentials.ts';
import type { ApplianceLogin, ApplianceOptions } from './appliance-options.ts';
import type { Answer, OutgoingRequest } from './exchange.ts';
import type { ApplianceInfo, ChangeEntry, Reading, TransactionStatus } from './message.ts';
import { parseChanges, parseInfo, parseReading, parseTransactionStatus, type Origin } from './parse-answers.ts';
import { LOGIN_PATH, requireJson, requireOwnAnswer, requireSuccess } from './read-answer.ts';
import { isRequestPath } from './request-path.ts';
import { retryDelay, type RetryPolicy } from './retry.ts';
import { cookieHeader, sessionCookie } from './session-cookie.ts';
import { nameOf, Transport } from './transport.ts';

export type { ApplianceOptions, RequestReport } from './appliance-options.ts';

const INFO = '/api/info';
const TRANSACTION = '/api/transaction';
/** How often a read is sent again because its session id was replaced while it was under way. */
const MOST_RENEWALS = 4;
const DEFAULT_RETRY_DELAYS_MS: readonly number[] = [250, 1000];

interface Call {
  readonly method: OutgoingRequest['method'];
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly timeoutMs?: number;
}

/** A login session; the appliance may give it a new id with any answer. */
interface Session {
  id: Secret<string>;
}

/**
 * The protocol of one appliance. Every method throws `ApplianceError` when the appliance cannot be reached, says no or
 * answers nonsense, and the signal's own reason when it is aborted. GETs are repeated after passing failures; nothing
 * else ever is. It holds at most one session, and never opens one or a transaction by itself.
 */
export class Appliance {
  readonly #options: ApplianceOptions;
  readonly #transport: Transport;
  #session: Session | null = null;

  constructor(options: ApplianceOptions) {
    this.#options = options;
    this.#transport = new Transport(options);
  }

  /** Whether a login succeeded and was not forgotten; says nothing about what the appliance thinks of it. */
  get hasSession(): boolean {
    return this.#session !== null;
  }

  /** Requests written to a connection so far by method, repetitions included. */
  get requests(): Readonly<Record<string, number>> {
    return this.#transport.requests;
  }

  /** Begins a new session; the old one is forgotten first. A wrong password is tried once. core.md §2.1, §2.2. */
  async login(signal: AbortSignal): Promise<void> {
    this.#session = null;
    const { login } = this.#options;
    const call: Call = { method: 'GET', path: loginPath(login), headers: loginHeaders(login) };
    const { answer, origin } = await this.#send(call, 'login', signal);
    requireJson(origin.request, answer);
    const id = sessionCookie(answer.headers['set-cookie']);
    if (id === null) throw shapeError(origin.request, answer.status, 'without the cookie session_id');
    this.#session = { id };
    this.#options.onSession?.(id);
  }

  /** Drops the session on our side; no logout is known (core.md §2.5). */
  forgetSession(): void {
    this.#session = null;
  }

  /** Who the appliance is; without a session only what anonymous users may see. core.md §11.1. */
  async info(signal: AbortSignal): Promise<ApplianceInfo> {
    return this.#get(INFO, parseInfo, signal);
  }

  /** Reads an endpoint below `/api/configuration`. `RangeError` when the path has a query, a fragment or dot segments. */
  async read(path: string, signal: AbortSignal): Promise<Reading> {
    return this.#get(checked(path), parseReading, signal);
  }

  /** Whether this session has a transaction open, and the commit message policy. core.md §6.1. */
  async transactionStatus(signal: AbortSignal): Promise<TransactionStatus> {
    return this.#get(TRANSACTION, parseTransactionStatus, signal);
  }

  /** Opens a transaction, explicitly and with `Content-Length: 0`. core.md §6.1, §6.2. */
  async openTransaction(signal: AbortSignal): Promise<void> {
    await this.#send({ method: 'POST', path: TRANSACTION }, 'never', signal);
  }

  /** Replaces the whole object at the path with the bare body. core.md §5. */
  async put(path: string, body: Json, signal: AbortSignal): Promise<void> {
    await this.#send({ method: 'PUT', path: checked(path), body }, 'never', signal);
  }

  /** Posts a body. core.md §5. */
  async post(path: string, body: Json, signal: AbortSignal): Promise<void> {
    await this.#send({ method: 'POST', path: checked(path), body }, 'never', signal);
  }

  /** The appliance's own list of pending changes, without their values. core.md §7.1. */
  async changes(signal: AbortSignal): Promise<readonly ChangeEntry[]> {
    return this.#get(`${TRANSACTION}/changes`, parseChanges, signal);
  }

  /** Commits; waits as long as `commitTimeoutMs`. A null message is not sent at all. core.md §6.1. */
  async commit(message: string | null, signal: AbortSignal): Promise<void> {
    const body = message === null ? { status: 'commit' } : { status: 'commit', commit_message: message };
    const timeoutMs = this.#options.commitTimeoutMs;
    await this.#send({ method: 'PUT', path: TRANSACTION, body, timeoutMs }, 'never', signal);
  }

  /** Rolls the open transaction back. Without an open one the appliance may say 404 or 409 (core.md §13, Q3). */
  async rollback(signal: AbortSignal): Promise<void> {
    await this.#send({ method: 'DELETE', path: TRANSACTION }, 'never', signal);
  }

  /** Ends all connections at once and forgets the session. May be called twice. */
  async close(): Promise<void> {
    this.#session = null;
    await this.#transport.close();
  }

  async #get<T>(path: string, parse: (origin: Origin, answer: Json) => T, signal: AbortSignal): Promise<T> {
    const { answer, origin } = await this.#send({ method: 'GET', path }, 'read', signal);
    return parse(origin, requireJson(origin.request, answer));
  }

  async #send(call: Call, policy: RetryPolicy, signal: AbortSignal): Promise<{ answer: Answer; origin: Origin }> {
    const delays = this.#options.retryDelaysMs ?? DEFAULT_RETRY_DELAYS_MS;
    let timeouts = 0;
    for (let failed = 1; ; failed += 1) {
      const sentWith = this.#session?.id;
      try {
        return await this.#sendOnce(call, signal);
      } catch (error) {
        if (error instanceof ApplianceError && error.kind === 'timeout') timeouts += 1;
        if (policy === 'read' && failed <= MOST_RENEWALS && this.#wasRenewed(error, sentWith)) continue;
        const delay = retryDelay(error, policy, { failed, timeouts }, delays);
        if (delay === null) throw error;
        await sleep(delay, signal);
      }
    }
  }

  async #sendOnce(call: Call, signal: AbortSignal): Promise<{ answer: Answer; origin: Origin }> {
    const session = this.#session;
    const request = this.#outgoing(call, session);
    const answer = await this.#transport.send(request, signal);
    this.#renew(session, answer);
    const name = nameOf(request);
    requireSuccess(name, answer);
    if (call.method !== 'GET') requireOwnAnswer(name, answer);
    return { answer, origin: { request: name, status: answer.status } };
  }

  #outgoing(call: Call, session: Session | null): OutgoingRequest {
    const body = call.body === undefined ? null : Buffer.from(JSON.stringify(call.body), 'utf8');
    return {
      method: call.method,
      path: call.path,
      headers: {
        accept: 'application/json',
        'user-agent': this.#options.userAgent,
        // After the login the cookie alone speaks: with both, a session that has ended would silently be replaced.
        ...(session === null ? {} : { cookie: cookieHeader(session.id) }),
        ...(body === null ? {} : { 'content-type': 'application/json' }),
        ...call.headers,
      },
      body,
      timeoutMs: call.timeoutMs ?? this.#options.timeoutMs,
    };
  }

  // Of requests under way together, one may bring a new id, and with it the end of the one that the others were sent with.
  #wasRenewed(error: unknown, sentWith: Session['id'] | undefined): boolean {
    if (!(error instanceof ApplianceError) || error.status !== 401 || sentWith === undefined) return false;
    return this.#session !== null && this.#session.id !== sentWith;
  }

  // Changes the session that the request belonged to, which may have been forgotten or replaced meanwhile.
  #renew(session: Session | null, answer: Answer): void {
    if (session === null) return;
    const id = sessionCookie(answer.headers['set-cookie']);
    if (id === null || id.reveal() === session.id.reveal()) return;
    session.id = id;
    this.#options.onSession?.(id);
  }
}

function checked(path: string): string {
  if (!isRequestPath(path))
    throw new RangeError('a request path begins with /api/ and has no query, fragment or dot segments');
  return path;
}

function loginPath(login: ApplianceLogin): string {
  const query = new URLSearchParams();
  if (login.kind === 'certificate') query.set('type', 'x509');
  if (login.method !== undefined) query.set('login_method', login.method);
  return query.size === 0 ? LOGIN_PATH : `${LOGIN_PATH}?${query.toString()}`;
}

function loginHeaders(login: ApplianceLogin): Readonly<Record<string, string>> {
  if (login.kind === 'certificate') return {};
  return { authorization: `Basic ${basicCredentials(login.username, login.password).reveal()}` };
}
