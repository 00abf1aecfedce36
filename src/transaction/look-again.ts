import { sleep } from '../shared/sleep.ts';
import type { TransactionContext } from './transaction-context.ts';

/** First and longest pause between two looks, in ms. */
const PAUSE_MS = { first: 100, longest: 2000 };

/**
 * Calls `look` until it gives a value, with growing pauses; the last look is at the deadline (by the context's clock), or
 * at once when that is over. Gives `undefined` when no look told.
 */
export async function lookAgain<T>(
  look: () => Promise<T | undefined>,
  deadline: number,
  { clock }: Pick<TransactionContext, 'clock'>,
  signal: AbortSignal,
): Promise<T | undefined> {
  for (let pause = PAUSE_MS.first; ; pause = Math.min(pause * 2, PAUSE_MS.longest)) {
    const seen = await look();
    if (seen !== undefined) return seen;
    const left = deadline - clock();
    if (left <= 0) return undefined;
    await sleep(Math.min(pause, left), signal);
  }
}
