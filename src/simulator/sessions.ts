import { randomBytes } from 'node:crypto';
import type { Quirks } from './quirks.ts';

/** How a session was opened, in the words of the user information (core.md §2.2). */
export interface LoginMethod {
  readonly name: string;
  readonly authentication: 'local' | 'x509';
  readonly credential: 'password' | 'x509';
}

/** A login; the cookie's value is `id`. */
export interface Session {
  /** 40 hexadecimal digits. */
  readonly id: string;
  readonly user: string;
  readonly loginMethod: LoginMethod;
  /** What agents that look like a browser must send as `X-Token`. */
  readonly token: string;
  /** Milliseconds of the simulator's clock. */
  readonly openedAt: number;
  usedAt: number;
}

/** The live sessions. The end of one is told to `onEnd`, which drops its transaction. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #quirks: Quirks;
  readonly #clock: () => number;
  readonly #onEnd: (id: string) => void;

  constructor(quirks: Quirks, clock: () => number, onEnd: (id: string) => void) {
    this.#quirks = quirks;
    this.#clock = clock;
    this.#onEnd = onEnd;
  }

  /** The number of sessions that are still good. */
  get count(): number {
    this.endExpired();
    return this.#sessions.size;
  }

  open(user: string, loginMethod: LoginMethod): Session {
    const now = this.#clock();
    const [id, token] = [randomBytes(20).toString('hex'), randomBytes(20).toString('hex')];
    const session: Session = { id, user, loginMethod, token, openedAt: now, usedAt: now };
    this.#sessions.set(id, session);
    return session;
  }

  /** The live session of a cookie; asking counts as a use. */
  use(id: string | null): Session | undefined {
    this.endExpired();
    const session = id === null ? undefined : this.#sessions.get(id);
    if (session !== undefined) session.usedAt = this.#clock();
    return session;
  }

  /** Seconds until the session ends, rounded down. */
  remainingSeconds(session: Session): number {
    return Math.max(0, Math.floor((this.#endOf(session) - this.#clock()) / 1000));
  }

  end(id: string): void {
    if (this.#sessions.delete(id)) this.#onEnd(id);
  }

  endAll(): void {
    for (const id of this.#sessions.keys()) this.end(id);
  }

  /** Ends what is over its time; others' requests must notice it too, because a transaction goes with its session. */
  endExpired(): void {
    const now = this.#clock();
    for (const session of this.#sessions.values()) if (this.#endOf(session) <= now) this.end(session.id);
  }

  #endOf(session: Session): number {
    const from = this.#quirks.sessionExpiry === 'inactivity' ? session.usedAt : session.openedAt;
    return from + this.#quirks.sessionSeconds * 1000;
  }
}
