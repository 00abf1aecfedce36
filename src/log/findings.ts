import type { Diagnostic } from '../shared/diagnostic.ts';
import type { EventLog, FindingFields } from './events.ts';

/** Logs one warning; edits that are not committed have an event of their own. */
export function logWarning(warning: Diagnostic, log: EventLog): void {
  log(warning.code === 'uncommitted' ? 'desired.uncommitted' : 'warning.raised', findingFields(warning));
}

/** A finding as log entries hold it. */
export function findingFields({ code, message, hint, position, pointer }: Diagnostic): FindingFields {
  return {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(position === undefined ? {} : { ...position }),
    ...(pointer === undefined || pointer === '' ? {} : { pointer }),
  };
}
