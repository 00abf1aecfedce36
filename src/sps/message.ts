import type { Json } from '../shared/json.ts';

/** Who the appliance is (`GET /api/info`); members that only logged-in users see may be null. core.md §11.1. */
export interface ApplianceInfo {
  readonly hostname: string | null;
  readonly firmware: string | null;
  readonly roles: readonly string[];
  /** A hint of change, never a proof of "no change" (inferred; Q16). */
  readonly configHash: string | null;
}

/** One item of a listing; `body` is there when the firmware sends it along. */
export interface ListingItem {
  readonly key: string;
  readonly href: string;
  readonly body: Json | undefined;
}

/** The answer to reading a configuration endpoint. core.md §3.1. */
export type Reading =
  { readonly kind: 'leaf'; readonly body: Json } | { readonly kind: 'listing'; readonly items: readonly ListingItem[] };

/** `GET /api/transaction`, in either of its two shapes. core.md §6.1. */
export interface TransactionStatus {
  readonly status: 'open' | 'closed';
  /** The commit message policy, null when the firmware does not tell. */
  readonly commitMessage: 'required' | 'optional' | null;
  /** Seconds until the session ends, and with it its transaction; null when the answer does not tell. core.md §2.3. */
  readonly remainingSeconds: number | null;
}

/** One entry of `GET /api/transaction/changes`. core.md §7.1. Values are left out: they may hold secrets. */
export interface ChangeEntry {
  readonly type: string;
  readonly path: string;
}
