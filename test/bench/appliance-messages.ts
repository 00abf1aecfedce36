import type { Json } from '../../src/shared/json.ts';
import type { SimulatorOptions } from '../../src/simulator/simulator.ts';

/** A request as the simulated appliance saw it. Times are in ms since 1970. */
export interface TimedRequest {
  readonly method: string;
  readonly path: string;
  /** When its head had arrived. */
  readonly arrived: number;
  /** When its answer was ready to be sent. */
  readonly answered: number;
  /** Heads and bodies of request and answer, before encryption. */
  readonly bytes: number;
}

/** What the bench asks of the appliance's process; the answers are those of `Answers`. */
export type Order =
  | { readonly kind: 'start'; readonly options: SimulatorOptions }
  /** What every request waits before it takes effect, in ms. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** The requests since the last such order. */
  | { readonly kind: 'requests' }
  /** Changes the configuration behind everybody's back, all at once. */
  | { readonly kind: 'put'; readonly bodies: Readonly<Record<string, Json>> }
  /** The configuration at paths, a collection as the list of its members' bodies. */
  | { readonly kind: 'show'; readonly paths: readonly string[] }
  | { readonly kind: 'state' };

/** What answers each order. */
export interface Answers {
  readonly start: { readonly url: string; readonly caPem: string };
  readonly latency: null;
  readonly requests: readonly TimedRequest[];
  readonly put: null;
  readonly show: readonly Json[];
  readonly state: { readonly commits: number; readonly openTransactions: number };
}
