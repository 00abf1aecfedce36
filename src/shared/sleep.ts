// oxlint-disable-next-line no-restricted-imports -- the one wait that client and transaction share; no stage that is pure imports it
import { setTimeout as wait } from 'node:timers/promises';

/** Waits for that many milliseconds; an abort rejects at once with the signal's reason. */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(milliseconds, undefined, { signal });
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}
