import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { OUTCOME_TABLE } from '../shared/outcome.ts';
import type { BegunRun, EndedRun, Observer } from './observer.ts';

/** What the process itself costs. */
export interface ProcessUsage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  /** Since 1970. */
  readonly startedAtSeconds: number;
}

/** In seconds: from a quick tick to an appliance that takes its time. */
const DURATIONS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 600];

/** The daemon's metrics in a registry of their own; what is observed costs microseconds. */
export class Metrics implements Observer {
  readonly #registry = new Registry();
  readonly #reconciliations = new Counter({
    ...this.#about('reconciliations_total', 'Runs that ended, by outcome and reason.'),
    labelNames: ['outcome', 'reason'] as const,
  });
  readonly #durations = new Histogram({
    ...this.#about('reconciliation_duration_seconds', 'How long runs took, by outcome.'),
    labelNames: ['outcome'] as const,
    buckets: DURATIONS,
  });
  readonly #lockHolds = new Histogram({
    ...this.#about('lock_hold_duration_seconds', 'How long runs that opened a transaction locked administrators out.'),
    buckets: DURATIONS,
  });
  readonly #requests = new Counter({
    ...this.#about(
      'appliance_requests_total',
      'Requests to the appliance, by method and status; none: no answer came.',
    ),
    labelNames: ['method', 'status'] as const,
  });
  readonly #drifted = new Gauge(
    this.#about('drifted_resources', 'Managed objects that were changed outside of git and are not put right.'),
  );
  readonly #success = new Gauge(
    this.#about('last_success_timestamp_seconds', 'When a run last ended well; 0 before the first.'),
  );
  readonly #applied = new Gauge({
    ...this.#about('last_applied_commit_info', 'The revision that the appliance was last seen to hold; always 1.'),
    labelNames: ['commit', 'digest'] as const,
  });

  // The four of prom-client's own that are cheap: its measure of the event loop wakes an idle process a hundred times a second.
  readonly #cpu = new Counter(this.#about('process_cpu_seconds_total', 'CPU time of the process, user and system.'));
  readonly #resident = new Gauge(this.#about('process_resident_memory_bytes', 'Resident memory of the process.'));
  readonly #startedAt = new Gauge(this.#about('process_start_time_seconds', 'When the process started.'));
  readonly #heap = new Gauge(this.#about('nodejs_heap_size_used_bytes', 'Heap in use.'));

  /** In ms since 1970. */
  readonly #now: () => number;
  readonly #usage: () => ProcessUsage;

  constructor(now: () => number, usage: () => ProcessUsage) {
    this.#now = now;
    this.#usage = usage;
    // What begins at 0 can be told from what is missing, and its first increase is seen.
    for (const { outcome, reason, retry } of Object.values(OUTCOME_TABLE)) {
      if (retry !== 'next-opening') this.#reconciliations.inc({ outcome, reason }, 0);
    }
  }

  /** `Content-Type` of `text`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics in the text format of Prometheus. */
  text(): Promise<string> {
    this.#measure(this.#usage());
    return this.#registry.metrics();
  }

  ticked(): void {
    // What ticks lead to is counted as runs.
  }

  passed(): void {
    // No run, nothing to count.
  }

  began(_run: BegunRun): void {
    // Counted at its end.
  }

  ended({ fields, revision, drifted, error }: EndedRun): void {
    const { outcome, reason, durationMs, lockHeldMs = 0 } = fields;
    this.#reconciliations.inc({ outcome, reason });
    this.#durations.observe({ outcome }, durationMs / 1000);
    if (lockHeldMs > 0) this.#lockHolds.observe(lockHeldMs / 1000);
    if (drifted !== null) this.#drifted.set(drifted);
    if (error === null) this.#success.set(this.#now() / 1000);
    if ((outcome !== 'in-sync' && outcome !== 'applied') || revision === null) return;
    this.#applied.reset();
    this.#applied.set({ commit: labelOf(revision['commit']), digest: labelOf(revision['digest']) }, 1);
  }

  requested({ method, status }: { readonly method: string; readonly status: number | null }): void {
    this.#requests.inc({ method, status: status === null ? 'none' : String(status) });
  }

  #about(name: string, help: string): { readonly name: string; readonly help: string; readonly registers: [Registry] } {
    return { name: `sps_gitops_${name}`, help, registers: [this.#registry] };
  }

  #measure({ cpuSeconds, residentBytes, startedAtSeconds, heapBytes }: ProcessUsage): void {
    this.#cpu.reset();
    this.#cpu.inc(cpuSeconds);
    this.#resident.set(residentBytes);
    this.#startedAt.set(startedAtSeconds);
    this.#heap.set(heapBytes);
  }
}

function labelOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
