/**
 * Why a run begins anew, its transaction closed: `session-lost` (401 in the middle), `transaction-gone` (409 to a write
 * while the status is closed, or the first writes vanished), `live-moved` (a touched resource), `hash-moved`
 * (`config_hash` before the commit), `hash-moved-at-open` (between the plan and the first reading in the transaction),
 * `message-refused` (the commit message, with the transaction closed by that).
 */
export type StartOverCause =
  'session-lost' | 'transaction-gone' | 'live-moved' | 'hash-moved' | 'hash-moved-at-open' | 'message-refused';

/** Thrown inside a transaction to unwind it; leaves `executeTransaction` as the cause of its end, never as an error. */
export class StartOver extends Error {
  override readonly name = 'StartOver';
  readonly because: StartOverCause;
  readonly pointers: readonly string[];

  constructor(because: StartOverCause, pointers: readonly string[] = []) {
    super(`the run starts over: ${because}`);
    this.because = because;
    this.pointers = pointers;
  }
}
