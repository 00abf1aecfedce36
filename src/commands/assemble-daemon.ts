import type { Conditions } from '../daemon/conditions.ts';
import { startSchedule } from '../daemon/cron-schedule.ts';
import { Daemon, type DaemonParts } from '../daemon/daemon.ts';
import type { Memory } from '../daemon/memory.ts';
import { observers, type Observer } from '../daemon/observer.ts';
import { Reconciler } from '../daemon/reconciler.ts';
import { systemTimers } from '../daemon/timers.ts';
import { watchFiles } from '../daemon/watch-files.ts';
import { loadDesiredState } from '../desired/load-desired-state.ts';
import { LoadMemory } from '../desired/load-memory.ts';
import type { LiveMemory } from '../live/live-memory.ts';
import type { EventLog } from '../log/events.ts';
import { logWarning } from '../log/findings.ts';
import type { Logger } from '../log/logger.ts';
import { readAhead } from '../reconcile/read-ahead.ts';
import type { Registry } from '../resources/resource-type.ts';
import type { Settings } from '../settings/settings.ts';
import type { RequestReport } from '../sps/appliance-options.ts';
import { acquireWriterLock, type WriterLock } from '../transaction/writer-lock.ts';
import { connect, liveSource, newRunId, recoverLeft, runOn } from './connect.ts';
import { revisionFields, shownRevision } from './revision-fields.ts';

/** What a daemon is put together from. */
export interface DaemonInput {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly memory: Memory;
  /** Of the daemon before this one, which had other settings; none unless given. */
  readonly conditions?: Conditions | null;
  readonly key: Uint8Array;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly triggers: Triggers;
  /** Who watches; nobody unless given. */
  readonly watchers?: readonly Observer[];
}

/** A daemon that has not started, and what closes all that it stands on. */
export interface Assembled {
  readonly daemon: Daemon;
  readonly close: () => Promise<void>;
}

/** What wakes the daemon, and when; a test drives its own. */
export type Triggers = Pick<DaemonParts, 'timers' | 'random' | 'watch' | 'schedule'>;

/** The real ones of the settings: file events and a poll, and the cron schedule. */
export function triggersOf({ desiredState, reconcile }: Settings, warn: (message: string) => void): Triggers {
  const { directory, fileRoots } = desiredState;
  const { pollMs, schedule: expression, timezone } = reconcile;
  return {
    timers: systemTimers,
    random: () => Math.random(),
    watch: (onEvent, signal) => watchFiles({ directory, fileRoots, pollMs, onProblem: warn }, onEvent, signal),
    schedule: (onTick, onMissed) => startSchedule({ expression, timezone }, onTick, warn, onMissed),
  };
}

/** Puts the adapters of the daemon together. Nothing is opened before it starts. */
export function assembleDaemon(input: DaemonInput): Assembled {
  const { settings, logger, registry, memory, key, version, triggers } = input;
  const { reconcile, desiredState } = settings;
  let log: EventLog = logger.log;
  let lock: WriterLock | null = null;
  const observer = observers(input.watchers ?? []);
  // Of a run that has not begun: its entries come after those that say so, and name the commit.
  let early: RequestReport[] | null = null;
  const onRequest = (report: RequestReport): void => {
    if (early === null) log('request.sent', { ...report });
    else early.push(report);
    observer.requested(report);
  };
  const tellEarly = (): void => {
    for (const report of early ?? []) log('request.sent', { ...report });
    early = null;
  };
  const connection = connect(settings, { version, onRequest });
  const loads = new LoadMemory();
  const readings: LiveMemory = new Map();
  const { appliance } = connection;
  const reconciler = new Reconciler({
    source: {
      load: (signal) => {
        const environment = (name: string) => input.environment[name];
        return loadDesiredState({ ...desiredState, values: 'resolve' }, registry, environment, signal, loads);
      },
    },
    appliance,
    newRun: (parts) => runOn(connection, settings, { ...parts, registry, unknown: 'hide', readings }),
    readAhead: (resources, signal) =>
      readAhead({ appliance, source: liveSource(appliance, settings, registry, readings), resources }, signal),
    newId: newRunId,
    logFor: ({ files, ...fields }) => {
      const isRead = files !== null && 'revision' in files;
      // Of files that cannot be made sense of, the secrets are not known: a subject might hold one.
      const shown = isRead ? shownRevision(files, registry, connection.secrets) : null;
      const about = isRead || files === null ? revisionFields(shown) : { commit: files.commit };
      log = logger.child({ ...fields, ...about }).log;
      if (files === null) early = [];
      // What is asked next may decide that there is no run.
      else if (early?.length === 0) early = null;
      return { log, revision: shown };
    },
    onBegin: (run) => {
      tellEarly();
      observer.began(run);
    },
    becomeWriter: async (run) => {
      lock = await kept(lock);
      lock ??= await acquireWriterLock(settings.state.directory);
      for (const warning of await recoverLeft(connection, settings, run)) logWarning(warning, run.log);
    },
    assertSoleWriter: async () => lock?.assertHeld(),
    mode: reconcile.mode,
    quickTick: reconcile.quickTick ? 'on' : 'off',
    fullReadIntervalMs: reconcile.fullReadIntervalMs,
    memory,
    key,
    clock: () => triggers.timers.now(),
  });
  const daemon = new Daemon({
    ...triggers,
    reconciler,
    now: () => new Date().toISOString(),
    log: logger.log,
    observer,
    conditions: input.conditions ?? null,
    quietPeriodMs: reconcile.quietPeriodMs,
    retry: reconcile.retry,
    drainTimeoutMs: settings.shutdown.drainTimeoutMs,
    cut: () => appliance.close(),
  });
  const close = async (): Promise<void> => {
    await appliance.close();
    await lock?.release();
  };
  return { daemon, close };
}

/** The lock, unless another process took it for abandoned: then it is to be taken anew, before anything is opened. */
async function kept(lock: WriterLock | null): Promise<WriterLock | null> {
  try {
    await lock?.assertHeld();
    return lock;
  } catch {
    await lock?.release();
    return null;
  }
}
