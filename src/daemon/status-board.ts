import type { Json, JsonObject } from '../shared/json.ts';
import { CONDITION_TYPES, initialConditions, type Conditions } from './conditions.ts';
import type { BegunRun, EndedRun, Observer } from './observer.ts';
import { readinessOf, type Readiness } from './readiness.ts';
import type { Trigger } from './run-queue.ts';

/** What becomes of a run that is asked for: see `Daemon.ask`. */
export type Asked = 'now' | 'next' | 'joined' | 'too-late';

/** The part of a daemon that others may look at and ask. */
export interface DaemonView {
  readonly conditions: Conditions;
  /** RFC 3339; null when there is none. */
  readonly nextTick: string | null;
  /** RFC 3339; null when none is scheduled. */
  readonly nextRetry: string | null;
  /** By what the run to come was asked for; null when there is none. */
  readonly pending: Trigger | null;
  ask(): Asked;
}

/** What a board stands on. */
export interface BoardParts {
  readonly version: string;
  /** RFC 3339. */
  readonly now: () => string;
  /** Monotonic, in ms. */
  readonly clock: () => number;
  readonly isStopping: () => boolean;
}

/** So many runs are remembered. */
export const MOST_RUNS = 20;

/** Knows how the daemon is, also while settings are read again and one daemon follows another. */
export class StatusBoard implements Observer {
  readonly #parts: BoardParts;
  readonly #startedAt: string;
  #daemon: DaemonView | null = null;
  #about: { readonly url: string | null; readonly mode: string } | null = null;
  #running: (JsonObject & { readonly startedAt: string }) | null = null;
  #runs: readonly JsonObject[] = [];
  #last: { readonly outcome: string; readonly reason: string } | null = null;
  #attempted: JsonObject | null = null;
  #applied: JsonObject | null = null;
  #blockedSince: number | null = null;
  #ticks = 0;

  constructor(parts: BoardParts) {
    this.#parts = parts;
    this.#startedAt = parts.now();
  }

  /** From now on it is about this daemon. What was seen of another appliance is forgotten. */
  show(daemon: DaemonView, about: { readonly url: string | null; readonly mode: string }): void {
    if (this.#about !== null && this.#about.url !== about.url) {
      this.#runs = [];
      this.#last = null;
      this.#attempted = null;
      this.#applied = null;
      this.#blockedSince = null;
    }
    this.#daemon = daemon;
    this.#about = about;
    this.#ticks = 0;
  }

  ticked(moments: number): void {
    this.#ticks += moments;
  }

  passed(): void {
    this.#ticks = 0;
  }

  began({ runId, trigger, revision }: BegunRun): void {
    this.#running = { runId, trigger, commit: commitOf(revision), startedAt: this.#parts.now() };
    this.#attempted = revision;
  }

  ended({ runId, trigger, revision, fields, error }: EndedRun): void {
    const { now, clock } = this.#parts;
    const { outcome, reason, ...rest } = fields;
    const endedAt = now();
    const startedAt = this.#running?.startedAt ?? endedAt;
    const commit = commitOf(revision);
    const shown: JsonObject = { runId, trigger, commit, startedAt, endedAt, outcome, reason, ...rest };
    this.#runs = [error === null ? shown : { ...shown, error }, ...this.#runs].slice(0, MOST_RUNS);
    this.#running = null;
    this.#last = { outcome, reason };
    if (outcome === 'in-sync' || outcome === 'applied') this.#applied = revision;
    this.#blockedSince = outcome === 'blocked' ? (this.#blockedSince ?? clock()) : null;
    this.#ticks = 0;
  }

  requested(): void {
    // The status tells of requests by run.
  }

  /** Whether the daemon is ready, and why. */
  get readiness(): Readiness {
    const { isStopping, clock } = this.#parts;
    const blockedMs = this.#blockedSince === null ? 0 : clock() - this.#blockedSince;
    return readinessOf({ isStopping: isStopping(), last: this.#last, blockedMs, ticks: this.#ticks });
  }

  /** Asks for a run; what comes while no daemon can take it is answered by the run with which the next one begins. */
  ask(): Asked {
    if (this.#parts.isStopping()) return 'too-late';
    const asked = this.#daemon?.ask() ?? 'too-late';
    return asked === 'too-late' ? 'joined' : asked;
  }

  /** The status: version 1 of `schemas/status.schema.json`, without a secret. */
  document(): JsonObject {
    const { version } = this.#parts;
    const daemon = this.#daemon;
    const { ready, code, message } = this.readiness;
    const conditions = daemon?.conditions ?? initialConditions(this.#startedAt);
    return {
      version: 1,
      ready,
      readiness: { code, message },
      program: { version, startedAt: this.#startedAt },
      appliance: this.#about === null ? null : { url: this.#about.url },
      mode: this.#about?.mode ?? null,
      conditions: CONDITION_TYPES.map((type) => ({ type, ...conditions[type] })),
      revision: { attempted: this.#attempted, applied: this.#applied },
      running: this.#running,
      pending: daemon?.pending ?? null,
      nextTick: daemon?.nextTick ?? null,
      nextRetry: daemon?.nextRetry ?? null,
      runs: this.#runs,
    };
  }
}

function commitOf(revision: BegunRun['revision']): Json {
  return revision?.['commit'] ?? null;
}
