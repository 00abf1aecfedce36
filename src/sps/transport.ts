import { performance } from 'node:perf_hooks';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { Pool } from 'undici';
// The pool alone: undici's entry point loads its fetch, WebSocket, caches and mocks as well.
import UndiciPool from 'undici/lib/dispatcher/pool.js';
import { ApplianceError, type RequestName, NOT_SPS } from './appliance-error.ts';
import type { ApplianceOptions } from './appliance-options.ts';
import { exchange, type Answer, type ExchangeResult, type OutgoingRequest } from './exchange.ts';
import { isExpiry, networkError, timedOut } from './network-failure.ts';
import { certificateExpiry } from './peer-certificate.ts';
import { Slots } from './slots.ts';

/** No answer of the appliance comes near this; more would only fill our memory. */
const MAX_ANSWER_MIB = 16;

/** The pooled connections to one appliance: bounded in number, time and size; sends each request once. */
export class Transport {
  readonly #pool: Pool;
  readonly #slots: Slots;
  readonly #options: ApplianceOptions;
  readonly #requests = new Map<string, number>();
  #closing: Promise<void> | null = null;

  constructor(options: ApplianceOptions) {
    this.#options = options;
    this.#slots = new Slots(options.concurrency);
    this.#pool = new UndiciPool(options.url, {
      connections: options.concurrency,
      pipelining: 1,
      connect: {
        ...trustOf(options),
        rejectUnauthorized: options.verify,
        timeout: options.timeoutMs,
      },
    });
  }

  /** How many requests were written to a connection, by method. */
  get requests(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#requests);
  }

  /** One request, one answer of whatever status; throws `ApplianceError` when there is none, or the signal's reason. */
  async send(request: OutgoingRequest, signal: AbortSignal): Promise<Answer> {
    const name = nameOf(request);
    const result = await this.#slots.use(() => this.#exchange(name, request, signal), signal);
    switch (result.kind) {
      case 'answer':
        return result.answer;
      case 'aborted':
        throw signal.reason;
      case 'timeout':
        throw new ApplianceError({ ...timedOut(request.timeoutMs), request: name, status: result.status });
      case 'too-large':
        throw new ApplianceError({
          kind: 'shape',
          request: name,
          status: result.status,
          text: `answered ${result.status} with more than ${MAX_ANSWER_MIB} MiB`,
          hint: NOT_SPS,
        });
      case 'broken':
        throw networkError(name, result, {
          timeoutMs: this.#options.timeoutMs,
          validUntil: isExpiry(result.cause) ? await certificateExpiry(this.#options.url) : '',
        });
    }
  }

  /** Ends all connections at once; requests that are still out fail. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#pool.destroy();
    return this.#closing;
  }

  async #exchange(name: RequestName, request: OutgoingRequest, signal: AbortSignal): Promise<ExchangeResult> {
    const started = performance.now();
    const limits = { maxBytes: MAX_ANSWER_MIB * 1024 * 1024, onSent: () => this.#count(request.method) };
    const result = await exchange(this.#pool, request, limits, signal);
    const { status, bytesReceived } = result;
    this.#options.onRequest?.({
      ...name,
      status,
      durationMs: Math.round(performance.now() - started),
      bytesReceived,
    });
    return result;
  }

  #count(method: string): void {
    this.#requests.set(method, (this.#requests.get(method) ?? 0) + 1);
  }
}

/** Whom the appliance is taken for, and us: read once for all connections, as every reading takes milliseconds. */
function trustOf({ ca, login }: ApplianceOptions): { readonly secureContext: SecureContext } | SecureContextOptions {
  const given: SecureContextOptions = {
    ...(ca === undefined ? {} : { ca }),
    ...(login.kind === 'certificate' ? { cert: login.certificate, key: login.key.reveal() } : {}),
  };
  try {
    return { secureContext: createSecureContext(given) };
  } catch {
    // Whoever connects with it is told what is wrong.
    return given;
  }
}

/** What a request is called in errors and logs. */
export function nameOf(request: OutgoingRequest): RequestName {
  const [path = ''] = request.path.split('?', 1);
  return { method: request.method, path };
}
