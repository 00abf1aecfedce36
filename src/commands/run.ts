import { randomBytes } from 'node:crypto';
import type { Conditions } from '../daemon/conditions.ts';
import type { Daemon } from '../daemon/daemon.ts';
import { newMemory, type Memory } from '../daemon/memory.ts';
import type { Trigger } from '../daemon/run-queue.ts';
import { StatusBoard } from '../daemon/status-board.ts';
import { findingFields, logWarning } from '../log/findings.ts';
import { createLogger, type Logger } from '../log/logger.ts';
import { foreseen } from '../reconcile/foreseen.ts';
import type { Registry } from '../resources/resource-type.ts';
import type { Settings } from '../settings/settings.ts';
import type { SpsGitopsError } from '../shared/errors.ts';
import type { CommandIo } from './command-io.ts';
import { assembleDaemon, triggersOf, type Assembled } from './assemble-daemon.ts';
import { HttpInterface } from './http-interface.ts';
import { loadRegistry } from './load-registry.ts';
import { printFailure } from './print.ts';
import { requireSettings, type CommonFlags } from './require-settings.ts';
import { SettingsReloads } from './settings-reloads.ts';

/** The flags of `run`. */
export interface RunFlags extends CommonFlags {
  /** Against a simulated appliance of our own. */
  readonly simulate?: boolean;
}

/** What outlives a reload of the settings. */
interface Lasting {
  readonly registry: Registry;
  readonly key: Uint8Array;
  memory: Memory;
  conditions: Conditions | null;
  url: string | null;
}

/**
 * The daemon: reconciles at every trigger until the io's signal aborts, then ends cleanly and returns 0. Settings that are
 * not valid at the start are exit code 3; later ones, read at SIGHUP, leave the old ones in force.
 */
export async function run(flags: RunFlags, io: CommandIo): Promise<number> {
  try {
    if (flags.simulate !== true) return await runDaemon(flags, io);
    // The simulator is for this alone: what it loads would stay in the memory of every daemon.
    const { openSandbox } = await import('./sandbox.ts');
    const sandbox = await openSandbox(flags, io);
    try {
      return await runDaemon(flags, { ...io, environment: sandbox.environment });
    } finally {
      await sandbox.close();
    }
  } catch (cause) {
    const error = foreseen(cause);
    if (io.outTerminal === 'none') logStartFailure(error, io);
    else printFailure(error, null, io);
    return error.exitCode;
  }
}

async function runDaemon(flags: RunFlags, io: CommandIo): Promise<number> {
  let loaded = await requireSettings(flags, 'daemon', io);
  const lasting: Lasting = {
    registry: await loadRegistry(io),
    key: randomBytes(32),
    memory: newMemory(),
    conditions: null,
    url: null,
  };
  const first = loggerFor(loaded.settings, io);
  first.log('daemon.started', { version: io.version });
  // Everything that waits is unreferenced: this is what the process lives for.
  const alive = setInterval(() => undefined, 2 ** 30);
  let trigger: Trigger = 'start';
  let logger = first;
  const board = boardFor(io);
  const http = new HttpInterface(board, flags.simulate === true ? 'any-port' : 'fail');
  const load = async () => {
    const next = await requireSettings(flags, 'daemon', io);
    await http.follow(next.settings);
    return next;
  };
  const reloads = new SettingsReloads(io, load, (cause) => logInvalid(foreseen(cause), logger));
  try {
    await http.follow(loaded.settings);
    for (;;) {
      const { settings, warnings } = loaded;
      const { mode } = settings.reconcile;
      const url = settings.appliance?.url ?? null;
      logger = loggerFor(settings, io);
      logger.log('settings.loaded', { url, mode, listen: http.address });
      for (const warning of warnings) logWarning(warning, logger.log);
      forgetOtherAppliance(lasting, settings);
      const { log } = logger;
      const triggers = triggersOf(settings, (message) => log('warning.raised', { code: 'trigger', message }));
      const { version, environment } = io;
      const { watchers } = http;
      const assembled = assembleDaemon({ settings, logger, ...lasting, version, environment, triggers, watchers });
      board.show(assembled.daemon, { url, mode });
      const next = await live(assembled, trigger, { reloads, io, logger });
      if (next === null) return 0;
      lasting.conditions = assembled.daemon.conditions;
      loaded = next;
      trigger = 'signal';
    }
  } finally {
    reloads.close();
    await http.close();
    clearInterval(alive);
  }
}

function boardFor({ version, signal }: CommandIo): StatusBoard {
  return new StatusBoard({
    version,
    now: () => new Date().toISOString(),
    clock: () => performance.now(),
    isStopping: () => signal.aborted,
  });
}

type Loaded = Awaited<ReturnType<typeof requireSettings>>;

interface Living {
  readonly reloads: SettingsReloads<Loaded>;
  readonly io: CommandIo;
  readonly logger: Logger;
}

/** One life of the daemon: until it has to end (null), or until new settings take over. */
async function live({ daemon, close }: Assembled, first: Trigger, living: Living): Promise<Loaded | null> {
  const { io, logger, reloads } = living;
  const stop = (): void => {
    logger.log('daemon.stopping');
    void daemon.stop(io.signal.reason);
  };
  io.signal.addEventListener('abort', stop, { once: true });
  if (io.signal.aborted) stop();
  try {
    await started(daemon, first, io);
    const next = await reloads.next(io.signal);
    if (next !== null) await daemon.idle();
    // A stop that came meanwhile counts, whatever was loaded.
    return io.signal.aborted ? null : next;
  } finally {
    io.signal.removeEventListener('abort', stop);
    await daemon.stop(io.signal.reason);
    await close();
    if (io.signal.aborted) logger.log('daemon.stopped', daemon.lastEnd ?? { outcome: null });
  }
}

/** A start that the signal interrupts is no failure. */
async function started(daemon: Daemon, first: Trigger, io: CommandIo): Promise<void> {
  try {
    await daemon.start(first);
  } catch (error) {
    if (!io.signal.aborted) throw error;
  }
}

/** What was learnt of one appliance says nothing about another. */
function forgetOtherAppliance(lasting: Lasting, settings: Settings): void {
  const url = settings.appliance?.url ?? null;
  if (lasting.url !== url) {
    lasting.memory = newMemory();
    lasting.conditions = null;
  }
  // With other settings a failure is worth another look, and so is a login.
  lasting.memory.verdict = null;
  lasting.memory.loginGate = 0;
  lasting.url = url;
}

function loggerFor(settings: Settings, io: CommandIo): Logger {
  const { level, format } = settings.log;
  return createLogger({
    level: level ?? 'info',
    format,
    colour: io.outTerminal === 'colour' ? 'always' : 'never',
    destination: { write: io.stdout, isTTY: io.outTerminal !== 'none' },
  });
}

/** Without settings there is no log to go by: one entry in the default form. */
function logStartFailure(error: SpsGitopsError, io: CommandIo): void {
  logInvalid(
    error,
    createLogger({ level: 'info', format: 'json', colour: 'never', destination: { write: io.stdout } }),
  );
}

function logInvalid({ code, message, hint, findings }: SpsGitopsError, { log }: Logger): void {
  log('settings.invalid', {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    findings: findings.map(findingFields),
  });
}
