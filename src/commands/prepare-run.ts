import type { DesiredState } from '../desired/desired-state.ts';
import { loadDesiredState } from '../desired/load-desired-state.ts';
import type { EventLog } from '../log/events.ts';
import { createLogger } from '../log/logger.ts';
import type { Run } from '../reconcile/run.ts';
import type { Registry } from '../resources/resource-type.ts';
import type { Settings } from '../settings/settings.ts';
import { hasErrors, type Diagnostic } from '../shared/diagnostic.ts';
import { invalidInput } from '../shared/invalid-input.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Appliance } from '../sps/appliance.ts';
import type { CommandIo } from './command-io.ts';
import { connect, newRunId, recoverLeft, runOn } from './connect.ts';
import { revisionFields, shownRevision } from './revision-fields.ts';

/** Loads the desired state or throws `inputInvalid` with every finding. */
export async function requireDesiredState(
  settings: Settings,
  registry: Registry,
  io: CommandIo,
): Promise<DesiredState> {
  const options = { ...settings.desiredState, values: 'resolve' } as const;
  const result = await loadDesiredState(options, registry, (name) => io.environment[name], io.signal);
  if (result.state === null || hasErrors(result.findings)) {
    throw invalidInput('the desired state is not valid', result.findings);
  }
  return result.state;
}

/** The log of a one-shot command: stderr, from `warn` on unless the settings ask for `debug` or for less. */
function oneShotLog(settings: Settings, fields: JsonObject, io: CommandIo): EventLog {
  const { level, format } = settings.log;
  return createLogger({
    level: level === null || level === 'info' ? 'warn' : level,
    format,
    colour: io.errorTerminal === 'colour' ? 'always' : 'never',
    destination: { write: io.stderr, isTTY: io.errorTerminal !== 'none' },
  }).child(fields).log;
}

/** A run, its connection, and the time at which it began. */
export interface PreparedRun {
  readonly run: Run;
  readonly appliance: Appliance;
  readonly url: string;
  /** Closes what a killed process left open, see `recoverLeft`. */
  readonly recover: () => Promise<readonly Diagnostic[]>;
  readonly started: number;
}

/** What a run is made of beside the settings. */
export interface RunParts {
  readonly desired: DesiredState;
  readonly registry: Registry;
  readonly unknown: 'hide' | 'show';
}

/** Puts the adapters of one run together. The caller closes the appliance. */
export function prepareRun(settings: Settings, parts: RunParts, io: CommandIo): PreparedRun {
  const id = newRunId();
  const connection = connect(settings, {
    version: io.version,
    onRequest: (report) => log('request.sent', { ...report }),
  });
  const revision = revisionFields(shownRevision(parts.desired, parts.registry, connection.secrets));
  const log = oneShotLog(settings, { runId: id, ...revision }, io);
  const { appliance, url } = connection;
  const run = runOn(connection, settings, { ...parts, id, log, signal: io.signal });
  const recover = () => recoverLeft(connection, settings, run);
  return { run, appliance, url, recover, started: run.clock() };
}
