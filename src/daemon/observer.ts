import type { JsonObject } from '../shared/json.ts';
import type { EndFields } from '../log/events.ts';
import type { Trigger } from './run-queue.ts';

/** A run, as whoever watches the daemon is told of it; nothing in it is a secret. */
export interface BegunRun {
  /** 32 hex digits. */
  readonly runId: string;
  readonly trigger: Trigger;
  /** `commit`, `subject`, `author`, `dirty` and `digest`; null where the files could not be read. */
  readonly revision: JsonObject | null;
}

/** A run that has ended, in the words of the entry that ends it in the log. */
export interface EndedRun extends BegunRun {
  readonly fields: EndFields;
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string } | null;
  /** Managed objects that were changed outside of git and not put right; null where the run did not come to tell. */
  readonly drifted: number | null;
}

/** Who watches the daemon. Calls are cheap, wait for nothing and never throw. */
export interface Observer {
  /** The schedule named that many moments: one that is a tick now, or those that were slept through. */
  ticked(moments: number): void;
  /** A trigger was looked at and led to no run. */
  passed(): void;
  began(run: BegunRun): void;
  ended(run: EndedRun): void;
  /** A request to the appliance; `status` is null when no answer came. */
  requested(request: { readonly method: string; readonly status: number | null }): void;
}

/** Tells each of several observers. */
export function observers(all: readonly Observer[]): Observer {
  return {
    ticked: (moments) => all.forEach((one) => one.ticked(moments)),
    passed: () => all.forEach((one) => one.passed()),
    began: (run) => all.forEach((one) => one.began(run)),
    ended: (run) => all.forEach((one) => one.ended(run)),
    requested: (request) => all.forEach((one) => one.requested(request)),
  };
}
