import type { DesiredState } from '../desired/desired-state.ts';
import type { EventLog } from '../log/events.ts';
import { driftIn, type Drift } from '../plan/drift.ts';
import { fingerprintOf } from '../reconcile/fingerprint.ts';
import { failedEnd, runToEnd, type RunEnd } from '../reconcile/run-end.ts';
import type { PlannedRun, Run } from '../reconcile/run.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { SpsGitopsError } from '../shared/errors.ts';
import { canonicalJson } from '../shared/json.ts';
import { OUTCOME_TABLE } from '../shared/outcome.ts';
import { sleep } from '../shared/sleep.ts';
import { hashAgain, hashNow, type ApplianceGlance } from './glance.ts';
import { learn } from './learn.ts';
import type { Memory } from './memory.ts';
import { logBrakes, logDrift, logEnd, logFindings } from './report-run.ts';
import type { Trigger } from './run-queue.ts';

/** Where the desired state comes from. */
export interface DesiredStateSource {
  /** Null with findings that say why. Throws `inputUnstable` while the files move. */
  load(signal: AbortSignal): Promise<{ readonly state: DesiredState | null; readonly findings: readonly Diagnostic[] }>;
}

/** What a reconciler works with. */
export interface ReconcilerParts {
  readonly source: DesiredStateSource;
  readonly appliance: ApplianceGlance;
  /** A run on the connection of the daemon. */
  readonly newRun: (parts: {
    readonly id: string;
    readonly desired: DesiredState;
    readonly log: EventLog;
    readonly signal: AbortSignal;
  }) => Run;
  readonly newId: () => string;
  /** The log of one run, and from then on of the connection's requests. */
  readonly logFor: (run: {
    readonly runId: string;
    readonly trigger: Trigger;
    /** Null while the files are not read. */
    readonly desired: DesiredState | null;
  }) => EventLog;
  /** Takes the writer lock where it is not held, and closes what a killed process left open. Throws `otherWriter`. */
  readonly becomeWriter: (run: Run) => Promise<void>;
  readonly assertSoleWriter: () => Promise<void>;
  readonly mode: 'enforce' | 'observe';
  readonly quickTick: 'on' | 'off';
  readonly fullReadIntervalMs: number;
  readonly memory: Memory;
  /** Random; keys the fingerprints of this process. */
  readonly key: Uint8Array;
  /** Monotonic, in ms. */
  readonly clock: () => number;
}

/** Where the counting of a run's cost began. */
interface Begun {
  readonly at: number;
  readonly requests: Readonly<Record<string, number>>;
}

/** What a full run begins with. */
interface FullRun {
  readonly runId: string;
  readonly desired: DesiredState;
  readonly fingerprint: string;
  readonly begun: Begun;
}

/** What came of a trigger. */
export type Reconciled =
  | {
      readonly kind: 'ended';
      readonly end: RunEnd;
      readonly commit: string | null;
      /** The live state was not read, as nothing says that it moved. */
      readonly assumed: boolean;
      readonly drift: 'none' | 'left';
    }
  /** Nothing ran: nothing moved since, or a login has to wait (until then, by the clock). */
  | { readonly kind: 'skipped'; readonly until: number | null };

/** Triggers by which a person, or a start, asks for a run whatever happened before. */
const ASKED: ReadonlySet<Trigger> = new Set(['start', 'signal', 'http']);
const LOAD_ATTEMPTS = 4;
const LOAD_PAUSE_MS = 250;

/** Decides for each trigger whether and how much to run, and does it. One at a time; never throws. */
export class Reconciler {
  readonly #parts: ReconcilerParts;
  /** The run under way, for whoever has to end it. */
  #run: Run | null = null;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  /** The run under way, or the one that ended last. */
  get run(): Run | null {
    return this.#run;
  }

  /** Answers one trigger. */
  async reconcile(trigger: Trigger, signal: AbortSignal): Promise<Reconciled> {
    const { newId, logFor, memory, key, clock, appliance } = this.#parts;
    const runId = newId();
    const begun: Begun = { at: clock(), requests: appliance.requests };
    let log = logFor({ runId, trigger, desired: null });
    let desired: DesiredState;
    try {
      desired = await this.#load(log, signal);
    } catch (error) {
      return this.#notLoaded(error, trigger, log, begun);
    }
    memory.invalid = null;
    const { commit } = desired.revision;
    const fingerprint = fingerprintOf(desired, key);
    log = logFor({ runId, trigger, desired });
    // Also where nothing runs: an uncommitted edit changes nothing of what is reconciled.
    this.#tell('files', desired.warnings, log);
    const skipped = await this.#skip(trigger, { fingerprint, commit }, signal);
    if (skipped !== null) return skipped;
    memory.seen = { fingerprint, commit };
    begin(log);
    log('desired.loaded', { resources: desired.resources.length });
    if (await this.#isUnmoved(trigger, fingerprint, signal)) {
      const end: RunEnd = { end: 'inSync', transaction: 'none', error: null };
      logEnd(log, end, { ...this.#cost(begun), assumed: true, run: null });
      return { kind: 'ended', end, commit, assumed: true, drift: 'none' };
    }
    return this.#runInFull({ runId, desired, fingerprint, begun }, log, signal);
  }

  async #runInFull(
    { runId, desired, fingerprint, begun }: FullRun,
    log: EventLog,
    signal: AbortSignal,
  ): Promise<Reconciled> {
    const { newRun, mode, memory, clock, becomeWriter, assertSoleWriter } = this.#parts;
    const run = newRun({ id: runId, desired, log, signal });
    this.#run = run;
    let drift: readonly Drift[] = [];
    const check = (planned: PlannedRun) => {
      if (mode === 'observe') logBrakes(planned.brakes, log);
      drift = memory.verified === null ? [] : driftIn(planned.plan.operations, planned.live, memory.verified);
      // While it cannot be put right, as under somebody's lock, it is told once.
      const told = JSON.stringify(drift);
      if (told !== memory.toldDrift) logDrift(drift, run, log);
      memory.toldDrift = told;
    };
    const end = await this.#ended(run, async () => {
      if (mode === 'enforce') await becomeWriter(run);
      return runToEnd(run, mode, { check, assertSoleWriter });
    });
    learn(memory, run, fingerprint, end, clock());
    memory.verdict = await this.#verdict(end, { fingerprint, commit: desired.revision.commit }, signal);
    this.#tell('run', [...run.record.warnings, ...(run.record.planned?.plan.warnings ?? [])], log);
    logEnd(log, end, { ...this.#cost(begun), assumed: false, run });
    const left = drift.length > 0 && end.end !== 'applied' && end.end !== 'inSync';
    return { kind: 'ended', end, commit: desired.revision.commit, assumed: false, drift: left ? 'left' : 'none' };
  }

  /** Logs the warnings that were not there the last time. */
  #tell(about: 'files' | 'run', warnings: readonly Diagnostic[], log: EventLog): void {
    const { memory } = this.#parts;
    const told = new Set(memory.toldWarnings[about]);
    const texts = warnings.map(({ code, message, position }) => JSON.stringify([code, message, position]));
    logFindings(
      warnings.filter((_, index) => !told.has(texts[index] ?? '')),
      log,
    );
    memory.toldWarnings = { ...memory.toldWarnings, [about]: texts };
  }

  #cost({ at, requests }: Begun): { readonly durationMs: number; readonly requests: Readonly<Record<string, number>> } {
    const { appliance, clock } = this.#parts;
    const sent = Object.entries(appliance.requests).map(([method, count]) => [method, count - (requests[method] ?? 0)]);
    return { durationMs: clock() - at, requests: Object.fromEntries(sent.filter(([, count]) => count !== 0)) };
  }

  async #ended(run: Run, work: () => Promise<RunEnd>): Promise<RunEnd> {
    try {
      return await work();
    } catch (error) {
      return failedEnd(error, run.record);
    }
  }

  /** Without files there is no run. The same findings are told once. */
  #notLoaded(cause: unknown, trigger: Trigger, log: EventLog, begun: Begun): Reconciled {
    const { memory } = this.#parts;
    const end = failedEnd(cause, null);
    const mark = end.end === 'inputInvalid' && end.error !== null ? markOf(end.error) : null;
    if (mark !== null && mark === memory.invalid && !ASKED.has(trigger)) return { kind: 'skipped', until: null };
    memory.invalid = mark;
    // When the files are back, also as they were before, it is for a run to say how things stand.
    memory.seen = null;
    memory.verdict = null;
    memory.fullRead = null;
    begin(log);
    logFindings(end.error?.findings ?? [], log);
    logEnd(log, end, { ...this.#cost(begun), assumed: false, run: null });
    return { kind: 'ended', end, commit: null, assumed: false, drift: 'none' };
  }

  /** Loads the files; while they move, again, a few times. Throws `inputInvalid` with all findings. */
  async #load(log: EventLog, signal: AbortSignal): Promise<DesiredState> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { state, findings } = await this.#parts.source.load(signal);
        if (state === null) throw invalid(findings);
        return state;
      } catch (error) {
        const isUnstable = error instanceof SpsGitopsError && error.failure === 'inputUnstable';
        if (!isUnstable || attempt === LOAD_ATTEMPTS) throw error;
        log('input.unstable', { attempt, message: error.message });
        await sleep(LOAD_PAUSE_MS * attempt, signal);
      }
    }
  }

  /** Whether there is nothing to do for this trigger; null when there may be. */
  async #skip(
    trigger: Trigger,
    now: { readonly fingerprint: string; readonly commit: string | null },
    signal: AbortSignal,
  ): Promise<Reconciled | null> {
    const { memory, appliance, clock, fullReadIntervalMs } = this.#parts;
    const { seen, verdict, loginGate } = memory;
    if (!appliance.hasSession && clock() < loginGate) return { kind: 'skipped', until: loginGate };
    if (ASKED.has(trigger)) return null;
    const isSeen = seen?.fingerprint === now.fingerprint && seen.commit === now.commit;
    if (trigger === 'file' && isSeen) return { kind: 'skipped', until: null };
    if (verdict === null || verdict.fingerprint !== now.fingerprint || verdict.commit !== now.commit) return null;
    const hash = verdict.hash === null ? null : await hashAgain(this.#parts, signal);
    const isSame = hash === null ? clock() - verdict.at < fullReadIntervalMs : hash === verdict.hash;
    return isSame ? { kind: 'skipped', until: null } : null;
  }

  /** The quick tick: an unmoved hash stands for an unmoved configuration, as far as it has earned that. */
  async #isUnmoved(trigger: Trigger, fingerprint: string, signal: AbortSignal): Promise<boolean> {
    const { memory, appliance, quickTick, fullReadIntervalMs, clock } = this.#parts;
    const { fullRead, trust } = memory;
    if (trigger !== 'cron' || quickTick === 'off' || trust !== 'trusted' || fullRead === null) return false;
    if (fullRead.fingerprint !== fingerprint || clock() - fullRead.at >= fullReadIntervalMs) return false;
    if (!appliance.hasSession || fullRead.hash === null) return false;
    return (await hashNow(this.#parts, signal)) === fullRead.hash;
  }

  async #verdict(
    { end, error }: RunEnd,
    now: { readonly fingerprint: string; readonly commit: string | null },
    signal: AbortSignal,
  ): Promise<Memory['verdict']> {
    // The state directory may get well while files and appliance stay as they are.
    if (OUTCOME_TABLE[end].retry !== 'terminal' || error?.code === 'state-directory') return null;
    return { ...now, hash: await this.#steadyHash(signal), at: this.#parts.clock() };
  }

  /** The hash that tells when the live configuration moves; null where it does not tell. */
  async #steadyHash(signal: AbortSignal): Promise<string | null> {
    if (this.#parts.memory.trust === 'distrusted') return null;
    const hash = await hashNow(this.#parts, signal);
    // One that moves at every reading would have the failure tried again at every tick.
    return hash !== null && (await hashNow(this.#parts, signal)) === hash ? hash : null;
  }
}

/** The two entries with which a run begins in the log. */
function begin(log: EventLog): void {
  log('trigger.received');
  log('reconcile.started');
}

/** What tells one set of findings from another. */
function markOf({ code, message, findings }: SpsGitopsError): string {
  const found = findings.map((finding) => [finding.code, finding.message, { ...finding.position }]);
  return canonicalJson([code, message, found]);
}

function invalid(findings: readonly Diagnostic[]): SpsGitopsError {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const count = errors.length === 1 ? '1 finding' : `${errors.length} findings`;
  return new SpsGitopsError('inputInvalid', `the desired state is not valid: ${count}`, {
    findings,
    ...(first === undefined ? {} : { code: first.code }),
  });
}
