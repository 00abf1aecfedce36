import { HttpDoor } from '../daemon/http-door.ts';
import { isTaken } from '../daemon/http-listener.ts';
import { answer } from '../daemon/http-routes.ts';
import type { Metrics } from '../daemon/metrics.ts';
import type { Observer } from '../daemon/observer.ts';
import type { StatusBoard } from '../daemon/status-board.ts';
import type { Settings } from '../settings/settings.ts';
import { parseListenAddress } from '../shared/listen-address.ts';
import { processUsage } from './process-usage.ts';

/** What the daemon shows of itself over HTTP, for as long as the process lives. */
export class HttpInterface {
  readonly #board: StatusBoard;
  readonly #whenTaken: 'fail' | 'any-port';
  #metrics: Metrics | null = null;
  readonly #door = new HttpDoor((request, access) => {
    const metrics = this.#metrics;
    if (metrics === null) throw new TypeError('there are metrics before anybody can ask for them');
    return answer(request, { board: this.#board, metrics, access });
  });

  /** `whenTaken`: what to do where another process listens at the address. */
  constructor(board: StatusBoard, whenTaken: 'fail' | 'any-port') {
    this.#board = board;
    this.#whenTaken = whenTaken;
  }

  /** Whoever is to be told what the daemon does. */
  get watchers(): readonly Observer[] {
    return this.#metrics === null ? [this.#board] : [this.#board, this.#metrics];
  }

  /** `HOST:PORT` as it is bound; null while it is off. */
  get address(): string | null {
    return this.#door.address;
  }

  /** Goes where the settings say. Throws `port-unavailable`, and stays where it was, when that cannot be. */
  async follow({ http: { listen, token } }: Pick<Settings, 'http'>): Promise<void> {
    const address = listen === null ? null : parseListenAddress(listen);
    // Loaded only where somebody may ask: it costs as much as the rest of the start.
    if (address !== null && this.#metrics === null) {
      const { Metrics } = await import('../daemon/metrics.ts');
      this.#metrics ??= new Metrics(() => Date.now(), processUsage);
    }
    try {
      await this.#door.move({ address, token });
    } catch (error) {
      if (address === null || this.#whenTaken === 'fail' || !isTaken(error)) throw error;
      await this.#door.move({ address: { ...address, port: 0 }, token });
    }
  }

  /** Ends it, last of all. */
  async close(): Promise<void> {
    await this.#door.close();
  }
}
