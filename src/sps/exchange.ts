import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher, Pool } from 'undici';
import type { BrokenExchange } from './network-failure.ts';

/** A request as it goes out. */
export interface OutgoingRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** With its query, where there is one. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  /** Over everything: connecting, sending, headers and body. */
  readonly timeoutMs: number;
}

/** An answer that came whole. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** How one request ended; only the caller's own abort is a rejection. */
export type ExchangeResult =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'timeout'; readonly status: number | null }
  | { readonly kind: 'too-large'; readonly status: number }
  | ({ readonly kind: 'broken' } & BrokenExchange);

/** Sends one request on a connection of the pool and collects the answer within a deadline and a size. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #maxBytes: number;
  readonly #onSent: () => void;
  readonly #settle: (act: () => void) => void;
  readonly #resolve: (result: ExchangeResult) => void;
  readonly result: Promise<ExchangeResult>;
  #controller: Dispatcher.DispatchController | null = null;
  #settled = false;
  #status: number | null = null;
  #headers: IncomingHttpHeaders = {};
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(
    pool: Pool,
    request: OutgoingRequest,
    limits: { readonly maxBytes: number; readonly onSent: () => void },
    signal: AbortSignal,
  ) {
    this.#maxBytes = limits.maxBytes;
    this.#onSent = limits.onSent;
    const { promise, resolve, reject } = deferred<ExchangeResult>();
    this.result = promise;
    this.#resolve = resolve;
    const onAbort = (): void => this.#stop(() => reject(signal.reason));
    const timer = setTimeout(
      () => this.#stop(() => resolve({ kind: 'timeout', status: this.#status })),
      request.timeoutMs,
    );
    this.#settle = (act) => {
      if (this.#settled) return;
      this.#settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      act();
    };
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else pool.dispatch(dispatchOptions(request), this);
  }

  /** Bytes of the answer's body so far. */
  get bytesReceived(): number {
    return this.#bytes;
  }

  /** The answer's status, null while there is none. */
  get status(): number | null {
    return this.#status;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Given up while it waited for a connection: aborting here keeps it from being written at all.
    if (this.#settled) controller.abort(new Error('given up'));
    else this.#onSent();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) {
      this.#stop(() => this.#resolve({ kind: 'too-large', status: this.#status ?? 0 }));
      return;
    }
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const answer = { status: this.#status ?? 0, headers: this.#headers, body: Buffer.concat(this.#chunks) };
    this.#settle(() => this.#resolve({ kind: 'answer', answer }));
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    const sent = this.#controller !== null;
    this.#settle(() => this.#resolve({ kind: 'broken', cause, sent, status: this.#status }));
  }

  #stop(act: () => void): void {
    if (this.#settled) return;
    this.#settle(act);
    this.#chunks = [];
    // The connection is of no use any more: the rest of the answer could be taken for the next one.
    this.#controller?.abort(new Error('given up'));
  }
}

function dispatchOptions(request: OutgoingRequest): Dispatcher.DispatchOptions {
  return {
    method: request.method,
    path: request.path,
    headers: request.headers,
    body: request.body,
    headersTimeout: request.timeoutMs,
    bodyTimeout: request.timeoutMs,
  };
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}
