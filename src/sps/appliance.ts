import type { Json } from '../shared/json.ts';
import type { Secret } from '../shared/secret.ts';
import { sleep } from '../shared/sleep.ts';
import { ApplianceError, shapeError } from './appliance-error.ts';
import type { ApplianceOptions } from './appliance-options.ts';
import { checkedPath, jsonContent, loginCall, outgoingRequest, type Call } from './call.ts';
import { createdKey } from './created-key.ts';
import { EndpointAnswer } from './endpoint-answer.ts';
import type { Answer } from './exchange.ts';
import type { ApplianceInfo, ChangeEntry, TransactionStatus } from './message.ts';
import { encodeForm, type FormPart } from './multipart.ts';
import { parseChanges, parseInfo, parseTransactionStatus, type Origin } from './parse-answers.ts';
import { headerOf, requireJson, requireOwnAnswer, requireSuccess } from './read-answer.ts';
import { retryDelay, type RetryPolicy } from './retry.ts';
import { sessionCookie } from './session-cookie.ts';
import { nameOf, Transport } from './transport.ts';

export type { ApplianceOptions, RequestReport } from './appliance-options.ts';

const INFO = '/api/info';
const TRANSACTION = '/api/transaction';
/** How often a read is sent again because its session id was replaced while it was under way. */
const MOST_RENEWALS = 4;
const DEFAULT_RETRY_DELAYS_MS: readonly number[] = [250, 1000];

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

  /** The session that requests are sent with, null without one; the appliance may replace it with any answer. */
  get session(): Secret<string> | null {
    return this.#session?.id ?? null;
  }

  /** Requests written to a connection so far by method, repetitions included. */
  get requests(): Readonly<Record<string, number>> {
    return this.#transport.requests;
  }

  /** Begins a new session; the old one is forgotten first. A wrong password is tried once. core.md §2.1, §2.2. */
  async login(signal: AbortSignal): Promise<void> {
    this.#session = null;
    const { answer, origin } = await this.#send(loginCall(this.#options.login), 'login', signal);
    requireJson(origin.request, answer);
    const id = sessionCookie(answer.headers['set-cookie']);
    if (id === null) throw shapeError(origin.request, answer.status, 'without the cookie session_id');
    this.#session = { id };
    this.#options.onSession?.(id);
  }

  /**
   * Goes on with a session that a process before us began, instead of a login; whether it is still good the next answer
   * tells. For closing what was left behind, and nothing else.
   */
  resume(session: Secret<string>): void {
    this.#session = { id: session };
    this.#options.onSession?.(session);
  }

  /** Drops the session on our side; no logout is known (core.md §2.5). */
  forgetSession(): void {
    this.#session = null;
  }

  /** Who the appliance is; without a session only what anonymous users may see. core.md §11.1. */
  async info(signal: AbortSignal): Promise<ApplianceInfo> {
    return this.#get(INFO, parseInfo, signal);
  }

  /**
   * Asks for an endpoint; what it answered is for the caller to look into. `RangeError` when the path has a query, a fragment
   * or dot segments.
   */
  async fetch(path: string, signal: AbortSignal): Promise<EndpointAnswer> {
    const { answer, origin } = await this.#send({ method: 'GET', path: checkedPath(path) }, 'read', signal);
    return new EndpointAnswer(origin, answer);
  }

  /**
   * Reads a resource that shows its members under `body` or bare beside `key` and `meta`, an empty object when there are
   * none. `RangeError` as `fetch`. endpoints-basic.md §1.2, §1.8.
   */
  async readStatus(path: string, signal: AbortSignal): Promise<Json> {
    return (await this.fetch(path, signal)).status();
  }

  /** Whether this session has a transaction open, and the commit message policy. core.md §6.1. */
  async transactionStatus(signal: AbortSignal): Promise<TransactionStatus> {
    return this.#get(TRANSACTION, parseTransactionStatus, signal);
  }

  /** Opens a transaction, explicitly and with `Content-Length: 0`. core.md §6.1, §6.2. */
  async openTransaction(signal: AbortSignal): Promise<void> {
    await this.#write({ method: 'POST', path: TRANSACTION }, signal);
  }

  /** Replaces the whole object at the path with the bare body. `RangeError` as `fetch`, here and below. core.md §5. */
  async put(path: string, body: Json, signal: AbortSignal): Promise<void> {
    await this.#write({ method: 'PUT', path: checkedPath(path), content: jsonContent(body) }, signal);
  }

  /** Posts a body to a singleton that takes no PUT (endpoints-basic.md §1.4). */
  async post(path: string, body: Json, signal: AbortSignal): Promise<void> {
    await this.#write({ method: 'POST', path: checkedPath(path), content: jsonContent(body) }, signal);
  }

  /**
   * Makes a member of the collection at the path and gives the key that the appliance chose, null when the answer does
   * not tell it: then the member is found by its name. core.md §5, §13 Q6.
   */
  async create(path: string, body: Json, signal: AbortSignal): Promise<string | null> {
    const call: Call = { method: 'POST', path: checkedPath(path), content: jsonContent(body) };
    const { answer, json } = await this.#write(call, signal);
    return createdKey(path, json, headerOf(answer, 'location'));
  }

  /** Removes the member at the path. core.md §5. */
  async delete(path: string, signal: AbortSignal): Promise<void> {
    await this.#write({ method: 'DELETE', path: checkedPath(path) }, signal);
  }

  /** Uploads a file as the only part of a form, of known length and without `Expect`. core.md §1, §10. */
  async upload(path: string, part: FormPart, signal: AbortSignal): Promise<void> {
    await this.#write({ method: 'POST', path: checkedPath(path), content: encodeForm(part) }, signal);
  }

  /** The appliance's own list of pending changes, without their values. core.md §7.1. */
  async changes(signal: AbortSignal): Promise<readonly ChangeEntry[]> {
    return this.#get(`${TRANSACTION}/changes`, parseChanges, signal);
  }

  /** Commits; waits as long as `commitTimeoutMs`. A null message is not sent at all. core.md §6.1. */
  async commit(message: string | null, signal: AbortSignal): Promise<void> {
    const body = message === null ? { status: 'commit' } : { status: 'commit', commit_message: message };
    const timeoutMs = this.#options.commitTimeoutMs;
    await this.#write({ method: 'PUT', path: TRANSACTION, content: jsonContent(body), timeoutMs }, signal);
  }

  /** Rolls the open transaction back. Without an open one the appliance may say 404 or 409 (core.md §13, Q3). */
  async rollback(signal: AbortSignal): Promise<void> {
    await this.#write({ method: 'DELETE', path: TRANSACTION }, signal);
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

  async #write(call: Call, signal: AbortSignal): Promise<{ answer: Answer; json: Json | undefined }> {
    const { answer, origin } = await this.#send(call, 'never', signal);
    return { answer, json: requireOwnAnswer(origin.request, answer) };
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
    const request = outgoingRequest(call, session?.id ?? null, this.#options);
    const answer = await this.#transport.send(request, signal);
    this.#renew(session, answer);
    const name = nameOf(request);
    requireSuccess(name, answer);
    return { answer, origin: { request: name, status: answer.status } };
  }

  // Of requests under way together, one may bring a new id, and with it the end of the one that the others were sent with.
  #wasRenewed(error: unknown, sentWith: Session['id'] | undefined): boolean {
    if (!(error instanceof ApplianceError) || error.status !== 401 || sentWith === undefined) return false;
    return this.#session !== null && this.#session.id !== sentWith;
  }

  // Changes the session that the request belonged to, which may have been forgotten or replaced meanwhile. A cookie that
  // comes with a 401 begins a session of nobody: it must not push out the id that has to close the transaction.
  #renew(session: Session | null, answer: Answer): void {
    if (session === null || answer.status === 401) return;
    const id = sessionCookie(answer.headers['set-cookie']);
    if (id === null || id.reveal() === session.id.reveal()) return;
    session.id = id;
    this.#options.onSession?.(id);
  }
}
