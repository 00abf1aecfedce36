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

/** How one request ended, and how far its answer had come. */
export type ExchangeResult = {
  /** Of the answer, even of one that broke off later; null when none came. */
  readonly status: number | null;
  /** Of the answer's body. */
  readonly bytesReceived: number;
} & Ending;

type Ending =
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** The deadline passed, there was more than `maxBytes`, or the caller's signal was aborted. */
  | { readonly kind: 'timeout' | 'too-large' | 'aborted' }
  | ({ readonly kind: 'broken' } & Omit<BrokenExchange, 'status'>);

interface Limits {
  readonly maxBytes: number;
  /** Called when the request is written to a connection. */
  readonly onSent: () => void;
}

/** Sends one request on a connection of the pool and collects the answer within its deadline and a size. Never rejects. */
export function exchange(
  pool: Pool,
  request: OutgoingRequest,
  limits: Limits,
  signal: AbortSignal,
): Promise<ExchangeResult> {
  return new Promise<ExchangeResult>((resolve) => {
    const collector = new Collector(limits, (result) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(result);
    });
    const timer = setTimeout(() => collector.giveUp('timeout'), request.timeoutMs);
    const onAbort = (): void => collector.giveUp('aborted');
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else pool.dispatch(dispatchOptions(request), collector);
  });
}

/** Takes what comes in for one request. What happens after the end no longer counts. */
class Collector implements Dispatcher.DispatchHandler {
  readonly #limits: Limits;
  readonly #onEnd: (result: ExchangeResult) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #givenUp = false;
  /** 0 while there is none. */
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(limits: Limits, onEnd: (result: ExchangeResult) => void) {
    this.#limits = limits;
    this.#onEnd = onEnd;
  }

  giveUp(kind: 'timeout' | 'too-large' | 'aborted'): void {
    this.#end({ kind });
    this.#givenUp = true;
    this.#chunks = [];
    // The connection is of no use any more: the rest of the answer could be taken for the next one.
    this.#controller?.abort(new Error('given up'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Given up while it waited for a connection: aborting here keeps it from being written at all.
    if (this.#givenUp) controller.abort(new Error('given up'));
    else this.#limits.onSent();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
    if (this.#bytes > this.#limits.maxBytes) this.giveUp('too-large');
  }

  onResponseEnd(): void {
    const answer = { status: this.#status, headers: this.#headers, body: Buffer.concat(this.#chunks) };
    this.#end({ kind: 'answer', answer });
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    this.#end({ kind: 'broken', cause, sent: this.#controller !== null });
  }

  #end(ending: Ending): void {
    const status = this.#status === 0 ? null : this.#status;
    this.#onEnd({ status, bytesReceived: this.#bytes, ...ending });
  }
}

function dispatchOptions(request: OutgoingRequest): Dispatcher.DispatchOptions {
  return {
    method: request.method,
    path: request.path,
    headers: request.headers,
    body: request.body,
    // The deadline is ours, over the whole.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
}
