import { listenAddressText, type ListenAddress } from '../shared/listen-address.ts';
import type { Secret } from '../shared/secret.ts';
import type { Access } from './http-guard.ts';
import {
  isTaken,
  LIMITS,
  openListener,
  type Answering,
  type HttpLimits,
  type HttpListener,
  type HttpRequest,
} from './http-listener.ts';

/** Where to be found. */
export interface DoorPlace {
  /** Null for nowhere. */
  readonly address: ListenAddress | null;
  readonly token: Secret<string> | null;
}

/** Answers requests under the terms of the place at which they came. */
export type DoorAnswering = (request: HttpRequest, access: Access) => ReturnType<Answering>;

interface Open {
  readonly wanted: ListenAddress;
  readonly listener: HttpListener;
}

/** The one listener of a daemon, which may move while it is open. */
export class HttpDoor {
  readonly #answering: DoorAnswering;
  readonly #limits: HttpLimits;
  #open: Open | null = null;
  #token: DoorPlace['token'] = null;
  #isClosed = false;
  #moved: Promise<void> = Promise.resolve();

  constructor(answering: DoorAnswering, limits: HttpLimits = LIMITS) {
    this.#answering = answering;
    this.#limits = limits;
  }

  /** `HOST:PORT` as it is bound; null while nothing is listened at. */
  get address(): string | null {
    return this.#open === null ? null : listenAddressText(this.#open.listener.address);
  }

  /**
   * Listens there from now on. Where that cannot be, everything stays as it was, and the promise rejects with
   * `port-unavailable`. Moves go one after the other; after `close` none does anything.
   */
  async move(place: DoorPlace): Promise<void> {
    const moved = this.#moved.then(() => this.#move(place));
    this.#moved = moved.catch(() => undefined);
    await moved;
  }

  /** Closes it for good. May be called twice and at any time. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#moved;
    const open = this.#open;
    this.#open = null;
    await open?.listener.close();
  }

  async #move({ address, token }: DoorPlace): Promise<void> {
    if (this.#isClosed) return;
    const old = this.#open;
    const stays = old !== null && address !== null && listenAddressText(old.wanted) === listenAddressText(address);
    if (!stays) {
      this.#open = address === null ? null : await this.#opened(address, old);
      if (old !== this.#open) await old?.listener.close();
    }
    this.#token = token;
  }

  async #opened(address: ListenAddress, old: Open | null): Promise<Open> {
    try {
      return await this.#listen(address);
    } catch (error) {
      if (old === null || old.listener.address.port !== address.port || !isTaken(error)) throw error;
      return this.#exchanged(address, old);
    }
  }

  /** The old address and the new one share a port, which may be all that is in the way. */
  async #exchanged(address: ListenAddress, old: Open): Promise<Open> {
    await old.listener.close();
    try {
      return await this.#listen(address);
    } catch (error) {
      this.#open = { wanted: old.wanted, listener: (await this.#listen(old.listener.address)).listener };
      throw error;
    }
  }

  async #listen(wanted: ListenAddress): Promise<Open> {
    let host = wanted.host;
    const answering: Answering = (request) => this.#answering(request, { host, token: this.#token });
    const listener = await openListener(wanted, answering, this.#limits);
    host = listener.address.host;
    return { wanted, listener };
  }
}
