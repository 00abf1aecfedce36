/** How urgent an entry is; the words that `level` holds. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

interface EventRow {
  readonly level: LogLevel;
  /** Stable text; what varies is in the fields. */
  readonly msg: string;
}

/** Every event that the program logs, with its level and its constant message: the closed list of the contract, section 8. */
export const EVENTS = {
  'daemon.started': { level: 'info', msg: 'daemon started' },
  'daemon.stopping': { level: 'info', msg: 'daemon is stopping' },
  'daemon.stopped': { level: 'info', msg: 'daemon stopped' },
  'settings.loaded': { level: 'info', msg: 'settings loaded' },
  'settings.invalid': { level: 'error', msg: 'settings are invalid' },
  'trigger.received': { level: 'info', msg: 'trigger received' },
  'session.opened': { level: 'info', msg: 'session on the appliance opened' },
  'request.sent': { level: 'debug', msg: 'request sent to the appliance' },
  'reconcile.started': { level: 'info', msg: 'reconciliation started' },
  'desired.loaded': { level: 'info', msg: 'desired state loaded' },
  'desired.invalid': { level: 'error', msg: 'desired state is invalid' },
  'desired.uncommitted': { level: 'warn', msg: 'uncommitted edits are not applied' },
  'input.unstable': { level: 'warn', msg: 'files of the desired state keep moving' },
  'live.read': { level: 'info', msg: 'live state read' },
  'plan.computed': { level: 'info', msg: 'plan computed' },
  'plan.blocked': { level: 'warn', msg: 'plan is blocked' },
  'transaction.opened': { level: 'info', msg: 'transaction opened' },
  'operation.staged': { level: 'info', msg: 'operation staged' },
  'transaction.checked': { level: 'info', msg: 'transaction checked' },
  'transaction.committed': { level: 'info', msg: 'transaction committed' },
  'transaction.rolled_back': { level: 'info', msg: 'transaction rolled back' },
  'transaction.recovered': { level: 'warn', msg: 'transaction left behind was closed' },
  'action.done': { level: 'info', msg: 'action done' },
  'appliance.locked': { level: 'warn', msg: 'appliance is locked by somebody else' },
  'appliance.unreachable': { level: 'warn', msg: 'appliance cannot be reached' },
  'drift.detected': { level: 'warn', msg: 'live configuration was changed outside of git' },
  'warning.raised': { level: 'warn', msg: 'warning raised' },
  'reconcile.succeeded': { level: 'info', msg: 'reconciliation succeeded' },
  'reconcile.failed': { level: 'error', msg: 'reconciliation failed' },
  'retry.scheduled': { level: 'info', msg: 'retry scheduled' },
  'condition.changed': { level: 'info', msg: 'condition changed' },
} as const satisfies Record<string, EventRow>;

/** The name of an event. */
export type EventName = keyof typeof EVENTS;
