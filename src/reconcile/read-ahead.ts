import { readLive, type LiveSource } from '../live/read-live.ts';
import type { LiveResource } from '../plan/live-resource.ts';
import type { ApplianceInfo } from '../sps/message.ts';

/** A reading of the appliance that was begun before the files were read. Where nobody looks at it, nothing is lost but itself. */
export interface ReadAhead {
  readonly info: Promise<ApplianceInfo>;
  /** What was read after that; null where the information alone was asked for. */
  readonly live: Promise<ReadonlyMap<string, LiveResource>> | null;
  /** Ends what is still under way; resolves when none of its requests is. */
  stop(): Promise<void>;
}

/** What is read ahead. */
export interface ReadAheadParts {
  readonly appliance: { info(signal: AbortSignal): Promise<ApplianceInfo> };
  readonly source: LiveSource;
  /** What will be wanted as far as can be told; null for the information alone. */
  readonly resources: readonly string[] | null;
}

/** Begins to read in the session that there is; never logs in. What fails is for whoever looks at it. */
export function readAhead({ appliance, source, resources }: ReadAheadParts, signal: AbortSignal): ReadAhead {
  const stopper = new AbortController();
  // By hand: on Node.js 20 a composite signal may be collected before one of its sources fires.
  const passOn = (): void => stopper.abort(signal.reason);
  if (signal.aborted) passOn();
  else signal.addEventListener('abort', passOn);
  const info = appliance.info(stopper.signal);
  // After it, so that its hash is the older one: what moves meanwhile is then seen.
  const live = resources === null ? null : info.then(() => readLive(resources, source, stopper.signal));
  let isOver = false;
  const all = Promise.allSettled([info, live]).then(() => {
    isOver = true;
    signal.removeEventListener('abort', passOn);
  });
  return {
    info,
    live,
    async stop() {
      if (!isOver) stopper.abort();
      await all;
    },
  };
}
