import type { DesiredState } from '../desired/desired-state.ts';
import type { EventLog } from '../log/events.ts';
import { driftIn, type Drift } from '../plan/drift.ts';
import { fingerprintOf } from '../reconcile/fingerprint.ts';
import type { ReadAhead } from '../reconcile/read-ahead.ts';
import { failedEnd, runToEnd, type RunEnd } from '../reconcile/run-end.ts';
import type { PlannedRun, Run } from '../reconcile/run.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import type { SpsGitopsError } from '../shared/errors.ts';
import { canonicalJson } from '../shared/json.ts';
import { OUTCOME_TABLE } from '../shared/outcome.ts';
import { hashAgain, hashIn, hashNow } from './glance.ts';
import { learn } from './learn.ts';
import { loadFiles, type LoadedFiles } from './load-files.ts';
import { lookAhead, trustedRead } from './look-ahead.ts';
import type { Memory } from './memory.ts';
import type { EndedRun } from './observer.ts';
import type { ReconcilerParts, RunLog } from './reconciler-parts.ts';
import { logBrakes, logDrift, logEnd, logFindings, shortError } from './report-run.ts';
import type { Trigger } from './run-queue.ts';

/** A trigger that is being answered, and where the counting of its cost began. */
interface Begun {
  readonly runId: string;
  readonly trigger: Trigger;
  readonly at: number;
  readonly requests: Readonly<Record<string, number>>;
}

/** What a full run begins with. */
interface FullRun {
  readonly desired: DesiredState;
  readonly fingerprint: string;
  readonly ahead: ReadAhead | null;
}

/** How a run ended: for whoever goes by it, and for whoever is told of it. */
export interface Ended {
  readonly kind: 'ended';
  readonly end: RunEnd;
  /** How long the appliance asked to be left alone, in ms. */
  readonly restMs: number;
  readonly told: EndedRun;
}

/** What came of a trigger. */
export type Reconciled =
  | Ended
  /** Nothing ran: nothing moved since, or a login has to wait (until then, by the clock). */
  | { readonly kind: 'skipped'; readonly until: number | null };

/** Triggers by which a person, or a start, asks for a run whatever happened before. */
const ASKED: ReadonlySet<Trigger> = new Set(['start', 'signal', 'http']);

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
    const { newId, clock, appliance } = this.#parts;
    const begun: Begun = { runId: newId(), trigger, at: clock(), requests: appliance.requests };
    const loading = this.#parts.logFor({ runId: begun.runId, trigger, files: null });
    const ahead = lookAhead(trigger, this.#parts, signal);
    try {
      return await this.#answer(begun, loading, ahead, signal);
    } finally {
      // No request of this run is under way any more when the next one begins.
      await ahead?.stop();
    }
  }

  async #answer(begun: Begun, loading: RunLog, ahead: ReadAhead | null, signal: AbortSignal): Promise<Reconciled> {
    const { source, logFor, memory, key } = this.#parts;
    const { runId, trigger } = begun;
    let loaded: LoadedFiles;
    try {
      loaded = await loadFiles(source, loading.log, signal);
    } catch (error) {
      return this.#notLoaded(error, loading, begun);
    }
    if (loaded.state === null) {
      const { error, commit } = loaded;
      const runLog = commit === null ? loading : logFor({ runId, trigger, files: { commit } });
      return this.#notLoaded(error, runLog, begun);
    }
    const { state: desired } = loaded;
    memory.invalid = null;
    const { commit } = desired.revision;
    const fingerprint = fingerprintOf(desired, key);
    // Of other files, what was read is something else; what the appliance says of itself is not.
    const fitting = ahead?.live === null || memory.managed?.fingerprint === fingerprint ? ahead : null;
    if (fitting === null) await ahead?.stop();
    const runLog = logFor({ runId, trigger, files: desired });
    // Also where nothing runs: an uncommitted edit changes nothing of what is reconciled.
    this.#tell('files', desired.warnings, runLog.log);
    const skipped = await this.#skip(trigger, { fingerprint, commit }, signal);
    if (skipped !== null) return skipped;
    memory.seen = { fingerprint, commit };
    this.#begin(begun, runLog);
    runLog.log('desired.loaded', { resources: desired.resources.length });
    const glance = await this.#glance(trigger, fingerprint, fitting, signal);
    if (glance === 'unmoved') {
      return this.#end(begun, runLog, { end: 'inSync', transaction: 'none', error: null }, { assumed: true });
    }
    // A glance that failed is no failure: it is taken again.
    const full = { desired, fingerprint, ahead: glance === 'failed' ? null : fitting };
    return this.#runInFull(full, begun, runLog, signal);
  }

  async #runInFull(
    { desired, fingerprint, ahead }: FullRun,
    begun: Begun,
    runLog: RunLog,
    signal: AbortSignal,
  ): Promise<Reconciled> {
    const { newRun, mode, memory, appliance, clock, becomeWriter, assertSoleWriter, fullReadIntervalMs } = this.#parts;
    const { log } = runLog;
    if (memory.session === 'doubtful') appliance.forgetSession();
    memory.session = 'good';
    const settled = memory.settled?.fingerprint === fingerprint ? memory.settled : null;
    const run = newRun({ id: begun.runId, desired, settled, log, signal });
    run.record.ahead = ahead;
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
    learn(memory, run, fingerprint, end, { now: clock(), longestRestMs: fullReadIntervalMs });
    memory.verdict = await this.#verdict(end, { fingerprint, commit: desired.revision.commit }, signal);
    this.#tell('run', [...run.record.warnings, ...(run.record.planned?.plan.warnings ?? [])], log);
    return this.#end(begun, runLog, end, { run, drifted: drift.length });
  }

  #begin({ runId, trigger }: Begun, { log, revision }: RunLog): void {
    log('trigger.received');
    log('reconcile.started');
    this.#parts.onBegin({ runId, trigger, revision });
  }

  /** Logs the end of a run; `drifted` is how many objects it found to have drifted. */
  #end(
    begun: Begun,
    { log, revision }: RunLog,
    end: RunEnd,
    {
      run = null,
      assumed = false,
      drifted = 0,
    }: { readonly run?: Run | null; readonly assumed?: boolean; readonly drifted?: number },
  ): Ended {
    const fields = logEnd(log, end, { ...this.#cost(begun), assumed, run });
    const { runId, trigger } = begun;
    const isPutRight = end.end === 'applied' || end.end === 'inSync';
    const left = isPutRight ? 0 : drifted;
    const told = { runId, trigger, revision, fields, error: shortError(end.error) };
    const isTold = end.error === null || left > 0;
    const { memory, clock } = this.#parts;
    return {
      kind: 'ended',
      end,
      restMs: Math.max(0, memory.restUntil - clock()),
      told: { ...told, drifted: isTold ? left : null },
    };
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
  #notLoaded(cause: unknown, runLog: RunLog, begun: Begun): Reconciled {
    const { memory } = this.#parts;
    const end = failedEnd(cause, null);
    const mark = end.end === 'inputInvalid' && end.error !== null ? markOf(end.error) : null;
    if (mark !== null && mark === memory.invalid && !ASKED.has(begun.trigger)) return { kind: 'skipped', until: null };
    memory.invalid = mark;
    // When the files are back, also as they were before, it is for a run to say how things stand.
    memory.seen = null;
    memory.verdict = null;
    memory.fullRead = null;
    this.#begin(begun, runLog);
    logFindings(end.error?.findings ?? [], runLog.log);
    return this.#end(begun, runLog, end, {});
  }

  /** Whether there is nothing to do for this trigger; null when there may be. */
  async #skip(
    trigger: Trigger,
    now: { readonly fingerprint: string; readonly commit: string | null },
    signal: AbortSignal,
  ): Promise<Reconciled | null> {
    const { memory, appliance, clock, fullReadIntervalMs } = this.#parts;
    const { seen, verdict, loginGate, restUntil } = memory;
    if (!appliance.hasSession && clock() < loginGate) return { kind: 'skipped', until: loginGate };
    if (ASKED.has(trigger)) return null;
    if (clock() < restUntil) return { kind: 'skipped', until: restUntil };
    const isSeen = seen?.fingerprint === now.fingerprint && seen.commit === now.commit;
    if (trigger === 'file' && isSeen) return { kind: 'skipped', until: null };
    if (verdict === null || verdict.fingerprint !== now.fingerprint || verdict.commit !== now.commit) return null;
    const hash = verdict.hash === null ? null : await hashAgain(this.#parts, signal);
    const isSame = hash === null ? clock() - verdict.at < fullReadIntervalMs : hash === verdict.hash;
    return isSame ? { kind: 'skipped', until: null } : null;
  }

  /** The quick tick: an unmoved hash stands for an unmoved configuration, as far as it has earned that. */
  async #glance(
    trigger: Trigger,
    fingerprint: string,
    ahead: ReadAhead | null,
    signal: AbortSignal,
  ): Promise<'unmoved' | 'moved' | 'failed' | 'not-taken'> {
    const trusted = trustedRead(trigger, this.#parts);
    if (trusted === null || trusted.fingerprint !== fingerprint) return 'not-taken';
    const hash = await (ahead === null ? hashNow(this.#parts, signal) : hashIn(ahead.info));
    if (hash === null) return 'failed';
    return hash === trusted.hash ? 'unmoved' : 'moved';
  }

  async #verdict(
    { end, error }: RunEnd,
    now: { readonly fingerprint: string; readonly commit: string | null },
    signal: AbortSignal,
  ): Promise<Memory['verdict']> {
    // The state directory may get well while files and appliance stay as they are.
    if (OUTCOME_TABLE[end].retry !== 'terminal' || error?.code === 'state-directory') return null;
    // A login that is refused says nothing about the files, and is tried again when its pause is over.
    if (this.#parts.clock() < this.#parts.memory.loginGate) return null;
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

/** What tells one set of findings from another. */
function markOf({ code, message, findings }: SpsGitopsError): string {
  const found = findings.map((finding) => [finding.code, finding.message, { ...finding.position }]);
  return canonicalJson([code, message, found]);
}
