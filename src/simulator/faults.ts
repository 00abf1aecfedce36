import type { Json } from '../shared/json.ts';
import type { RecordedRequest } from './requests.ts';

/** Which requests a fault meets; every member that is given must fit. */
interface FaultMatch {
  /** Place of the request in `requests`, from 0. */
  readonly index?: number;
  /** Strikes from the how-many-eth request on that fits the other members, counted from 1 since the fault was added. */
  readonly nth?: number;
  readonly method?: string;
  /** The whole path without the query, or a pattern that is found in it. */
  readonly path?: string | RegExp;
}

/** What goes wrong, and its particulars. */
type FaultKind =
  /** The connection is cut before the request takes effect. */
  | { readonly kind: 'drop-before' }
  /** The request takes effect, then the connection is cut without an answer. */
  | { readonly kind: 'drop-after' }
  /** The request takes effect and is answered after `ms` milliseconds. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** This status with `json`, `html` or an empty body. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly json?: Json;
      readonly html?: string;
      readonly effect?: Effect;
    }
  /** A page of HTML with `status`, 502 unless given. */
  | { readonly kind: 'html'; readonly status?: number; readonly html?: string; readonly effect?: Effect }
  /** The request takes effect; half of the answer's body is sent, then the connection is cut. */
  | { readonly kind: 'truncate' }
  /** No answer ever; the connection is released at the stop. */
  | { readonly kind: 'hang'; readonly effect?: Effect }
  /** The request takes effect; status and type are right, the JSON is not what was asked for. */
  | { readonly kind: 'wrong-shape'; readonly json?: Json }
  /** The request takes effect twice, as behind a proxy that repeats; the second answer is sent. */
  | { readonly kind: 'duplicate' }
  /** The request takes effect; the answer is a JSON string of `bytes` bytes, 64 MiB unless given. */
  | { readonly kind: 'huge'; readonly bytes?: number }
  /** 302 to `location`, `/login` unless given. */
  | { readonly kind: 'redirect'; readonly location?: string; readonly effect?: Effect }
  /** The request's session has ended when it arrives. */
  | { readonly kind: 'expire-session' };

/** Whether the request takes effect although the answer hides it; `none` unless given. */
type Effect = 'none' | 'applied';

/** A fault to inject; `times` is 1 unless given. */
export type Fault = FaultKind & { readonly match: FaultMatch; readonly times?: number };

interface PlannedFault {
  readonly fault: Fault;
  seen: number;
  left: number;
}

/** The faults still to come. Of several that fit a request, the one that was added first strikes. */
export class FaultPlan {
  readonly #planned: PlannedFault[] = [];

  /** How many faults wait for their request; 0 proves that every one has struck. */
  get pending(): number {
    return this.#planned.length;
  }

  /** Adds a fault. Throws `RangeError` for `times` below 1 and for a status outside of 200–599. */
  add(fault: Fault): void {
    if (fault.times !== undefined && fault.times < 1) throw new RangeError('times is at least 1');
    const status = 'status' in fault ? fault.status : undefined;
    if (status !== undefined && (status < 200 || status > 599)) throw new RangeError('status is 200 to 599');
    this.#planned.push({ fault, seen: 0, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#planned.length = 0;
  }

  /** The fault that strikes this request, used up once; `undefined` for none. */
  take(request: RecordedRequest): Fault | undefined {
    // Every fault counts the requests that fit it, also those that another one strikes.
    const striking = this.#planned.filter((planned) => strikes(planned, request))[0];
    if (striking === undefined) return undefined;
    striking.left -= 1;
    if (striking.left === 0) this.#planned.splice(this.#planned.indexOf(striking), 1);
    return striking.fault;
  }
}

function strikes(planned: PlannedFault, request: RecordedRequest): boolean {
  const { match } = planned.fault;
  if (match.index !== undefined && match.index !== request.index) return false;
  if (match.method !== undefined && match.method !== request.method) return false;
  if (typeof match.path === 'string' && match.path !== request.path) return false;
  if (match.path instanceof RegExp && request.path.search(match.path) < 0) return false;
  planned.seen += 1;
  return match.nth === undefined || planned.seen >= match.nth;
}
