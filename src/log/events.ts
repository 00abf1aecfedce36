import type { Json, JsonObject } from '../shared/json.ts';
import type { Log, NoFields } from '../shared/log.ts';

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

/** A finding about the files or the settings. */
export type FindingFields = {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly pointer?: string;
};

/** What a warning or an error is told with beside its findings. */
type Trouble = { readonly code: string; readonly message: string; readonly hint?: string };

/** How a run ended, by the outcome table, and what it cost. */
export type EndFields = {
  readonly outcome: string;
  readonly transaction: string;
  readonly reason: string;
  readonly durationMs: number;
  /** By method. */
  readonly requests: Readonly<Record<string, number>>;
  /** The live state was not read: nothing says that it moved. */
  readonly assumed?: boolean;
  readonly planDigest?: string;
  readonly staged?: number;
  readonly committed?: number;
  readonly lockHeldMs?: number;
};

/** An appliance that would not or could not: our words, its own, and what the error knows besides. */
type ApplianceTrouble = { readonly message: string; readonly said?: Json; readonly [detail: string]: Json };

/**
 * The fields of each event, beside those that all entries of a run have (`runId`, `trigger`, `commit`, `revision`). Times are
 * in ms, counts are of what their names say.
 */
export type EventFields = {
  readonly 'daemon.started': { readonly version: string };
  readonly 'daemon.stopping': NoFields;
  /** How the last run ended; `outcome` is null when there was none. */
  readonly 'daemon.stopped': {
    readonly outcome: string | null;
    readonly transaction?: string;
    readonly reason?: string;
  };
  readonly 'settings.loaded': {
    readonly url: string | null;
    readonly mode: string;
    /** `HOST:PORT` of the HTTP interface; null when it is off. */
    readonly listen: string | null;
  };
  readonly 'settings.invalid': Trouble & { readonly findings: readonly FindingFields[] };
  readonly 'trigger.received': NoFields;
  readonly 'session.opened': NoFields;
  readonly 'request.sent': {
    readonly method: string;
    readonly path: string;
    /** Null when no answer came. */
    readonly status: number | null;
    readonly durationMs: number;
    readonly bytesReceived: number;
  };
  readonly 'reconcile.started': NoFields;
  readonly 'desired.loaded': { readonly resources: number };
  readonly 'desired.invalid': { readonly count: number; readonly findings: readonly FindingFields[] };
  readonly 'desired.uncommitted': FindingFields;
  readonly 'input.unstable': { readonly attempt: number; readonly message: string };
  readonly 'live.read': { readonly resources: number };
  readonly 'plan.computed': { readonly planDigest: string; readonly operations: number; readonly unchanged: number };
  readonly 'plan.blocked': { readonly message: string; readonly brakes?: Json; readonly [detail: string]: Json };
  readonly 'transaction.opened': NoFields;
  readonly 'operation.staged': {
    readonly resource: string;
    /** Of a member. */
    readonly name: string | null;
    readonly action: string;
  };
  readonly 'transaction.checked': { readonly changes: number; readonly pendingVisible: boolean };
  readonly 'transaction.committed': { readonly operations: number };
  readonly 'transaction.rolled_back': { readonly staged: number };
  readonly 'transaction.recovered': {
    readonly outcome: 'closed' | 'gone';
    /** RFC 3339. */
    readonly openedAt: string;
    /** The run that opened it. */
    readonly openedBy: string;
    /** The commit that it was for. */
    readonly openedFor: string | null;
  };
  readonly 'action.done': { readonly resource: string; readonly action: string };
  readonly 'appliance.locked': ApplianceTrouble;
  readonly 'appliance.unreachable': ApplianceTrouble;
  readonly 'drift.detected': {
    readonly resource: string;
    readonly name: Json;
    /** JSON pointers below the body; `""` for an object that came or went. */
    readonly pointers: readonly string[];
  };
  readonly 'warning.raised': FindingFields;
  readonly 'reconcile.succeeded': EndFields;
  readonly 'reconcile.failed': EndFields &
    Trouble & {
      readonly details: JsonObject;
      readonly findings?: readonly FindingFields[];
      /** Of a defect of the program. */
      readonly stack?: string;
    };
  readonly 'retry.scheduled': { readonly delayMs: number; readonly attempt: number; readonly reason: string };
  readonly 'condition.changed': { readonly condition: string; readonly status: string; readonly reason: string };
};

/** The log of this program. */
export type EventLog = Log<EventFields>;
