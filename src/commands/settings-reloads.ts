import type { CommandIo } from './command-io.ts';

/** Settings that are read again at each SIGHUP; the newest that are valid wait until somebody takes them. */
export class SettingsReloads<T> {
  readonly #forget: () => void;
  #loaded: T | null = null;
  #loading: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;

  /** Listens from now on, so that no SIGHUP ends the process; `load` rejects for settings that are not valid. */
  constructor(io: CommandIo, load: () => Promise<T>, onInvalid: (cause: unknown) => void) {
    this.#forget = io.onHangup(() => {
      // One after the other: the settings of the last SIGHUP are the last.
      this.#loading = this.#loading.then(load).then((loaded) => {
        this.#loaded = loaded;
        this.#wake();
      }, onInvalid);
    });
  }

  /** New settings as soon as there are some; null when the signal aborts. */
  async next(signal: AbortSignal): Promise<T | null> {
    if (this.#loaded === null && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    const loaded = signal.aborted ? null : this.#loaded;
    this.#loaded = null;
    return loaded;
  }

  /** Listens no more. */
  close(): void {
    this.#forget();
  }
}
