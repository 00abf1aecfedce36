import type { TimedRequest } from './appliance-messages.ts';

/** The requests that nothing but the appliance could have made faster. */
export interface Floor {
  /** How many of them stand one after the other. */
  readonly rounds: number;
  /** What the appliance took for them, in ms. */
  readonly ms: number;
}

/**
 * What the same requests cost with no client at all: of all chains in which each request arrived after the one before it
 * was answered, the one for which the appliance took longest. A request's time at the appliance is from the arrival of its
 * head to the moment its answer is ready, which is the injected latency and what the simulator computes. Requests that
 * overlap were under way together, so that of eight reads, four at a time, two count. What is between the requests of the
 * chain (the client, the sockets, the TLS handshake) is what the ratio of the wall time to this shows.
 */
export function floorOf(requests: readonly TimedRequest[]): Floor {
  const sorted = requests.toSorted((left, right) => left.answered - right.answered);
  // The best chain among the first so many of them.
  const best: Floor[] = [{ rounds: 0, ms: 0 }];
  for (const { arrived, answered } of sorted) {
    const without = best.at(-1) ?? { rounds: 0, ms: 0 };
    const before = best[countAnsweredBy(arrived, sorted)] ?? { rounds: 0, ms: 0 };
    const within = { rounds: before.rounds + 1, ms: before.ms + answered - arrived };
    best.push(within.ms > without.ms ? within : without);
  }
  return best.at(-1) ?? { rounds: 0, ms: 0 };
}

/** How many of the sorted requests had been answered at a time. */
function countAnsweredBy(time: number, sorted: readonly TimedRequest[]): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.answered ?? Number.POSITIVE_INFINITY) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The requests from the opening of a transaction to its commit, both included; none where nothing was committed. */
export function underLock(requests: readonly TimedRequest[]): readonly TimedRequest[] {
  const opened = requests.find(({ method, path }) => method === 'POST' && path === '/api/transaction');
  const committed = requests.findLast(({ method, path }) => method === 'PUT' && path === '/api/transaction');
  if (opened === undefined || committed === undefined) return [];
  return requests.filter(({ arrived, answered }) => arrived >= opened.arrived && answered <= committed.answered);
}
