import type { ReadAhead } from '../reconcile/read-ahead.ts';
import type { Memory } from './memory.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import type { Trigger } from './run-queue.ts';

/** By what a run that reads the appliance is begun whatever the files are: they have probably not moved. */
const UNMOVED: ReadonlySet<Trigger> = new Set(['cron', 'signal', 'http']);

type LookParts = Pick<
  ReconcilerParts,
  'memory' | 'appliance' | 'quickTick' | 'fullReadIntervalMs' | 'clock' | 'readAhead'
>;

/** Begins to read what the run will want, while the files are looked at; null where that cannot be told, or is not wanted. */
export function lookAhead(trigger: Trigger, parts: LookParts, signal: AbortSignal): ReadAhead | null {
  const { memory, appliance, clock, readAhead } = parts;
  const { managed, verdict, restUntil } = memory;
  if (!UNMOVED.has(trigger) || managed === null || verdict !== null || memory.session === 'doubtful') return null;
  if (!appliance.hasSession || (trigger === 'cron' && clock() < restUntil)) return null;
  return readAhead(trustedRead(trigger, parts) === null ? managed.resources : null, signal);
}

/**
 * The full read for which an unmoved hash may stand at this trigger; null where everything has to be read again. The contract,
 * section 2.
 */
export function trustedRead(
  trigger: Trigger,
  { memory, appliance, quickTick, fullReadIntervalMs, clock }: Omit<LookParts, 'readAhead'>,
): (Memory['fullRead'] & { readonly hash: string }) | null {
  const { fullRead, trust } = memory;
  if (trigger !== 'cron' || quickTick === 'off' || trust !== 'trusted' || fullRead === null) return null;
  if (!appliance.hasSession || clock() - fullRead.at >= fullReadIntervalMs) return null;
  const { hash } = fullRead;
  return hash === null ? null : { ...fullRead, hash };
}
