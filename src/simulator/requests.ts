import type { IncomingHttpHeaders } from 'node:http';

/** What the simulator saw of a request, in the order of arrival. */
export interface RecordedRequest {
  /** Place in `requests`, from 0; starts anew after `clearRequests`. */
  readonly index: number;
  readonly method: string;
  /** The path without the query, as it was sent. */
  readonly path: string;
  /** The query without the question mark, `''` for none. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** The body as text, `null` when there was none. */
  readonly body: string | null;
  /** The session id of the cookie, whether or not it is good; `null` without one. */
  readonly session: string | null;
  /** The status of the answer, `null` as long as, or if, none was given. */
  readonly status: number | null;
}

/** A step that tests take before a request is answered. */
export type RequestListener = (request: RecordedRequest) => void | Promise<void>;

type OpenRecord = { -readonly [Member in keyof RecordedRequest]: RecordedRequest[Member] };

/** The record of requests, and those who want to be told of each. */
export class RequestLog {
  readonly #records: OpenRecord[] = [];
  readonly #listeners = new Set<RequestListener>();

  get records(): readonly RecordedRequest[] {
    return this.#records;
  }

  /** Adds a request and waits for every listener. Gives the function that notes the status of the answer. */
  async add(
    request: Omit<RecordedRequest, 'index' | 'status'>,
  ): Promise<readonly [RecordedRequest, (status: number) => void]> {
    const record: OpenRecord = { ...request, index: this.#records.length, status: null };
    this.#records.push(record);
    for (const listener of this.#listeners) await listener(record);
    return [
      record,
      (status) => {
        record.status = status;
      },
    ];
  }

  clear(): void {
    this.#records.length = 0;
  }

  /** Registers a listener; the function that comes back takes it away again. */
  listen(listener: RequestListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
