import { foreseen } from '../reconcile/foreseen.ts';
import { outcomeDocument } from '../report/run-document.ts';
import type { JsonObject } from '../shared/json.ts';
import { OUTCOME_TABLE } from '../shared/outcome.ts';
import { askDaemon, notADaemon, originOf } from './ask-daemon.ts';
import type { CommandIo } from './command-io.ts';
import { printFailure, printJson, printStack } from './print.ts';
import { requireSettings, type CommonFlags } from './require-settings.ts';
import { isStatus, statusText } from './status-text.ts';

/** The flags of `status`. */
export interface StatusFlags extends CommonFlags {
  /** Only whether the process lives. */
  readonly live?: boolean;
  readonly json?: boolean;
}

/**
 * Asks the daemon of the settings how it is, and prints that. Returns the exit code: 0 when it is ready (with `live`, when
 * it answers), 1 when it is not, also when nobody answers; 3 for settings that are not valid.
 */
export async function status(flags: StatusFlags, io: CommandIo): Promise<number> {
  try {
    const { settings } = await requireSettings(flags, 'files', io);
    const origin = originOf(settings.http.listen);
    const { isGood, document } = flags.live === true ? await liveness(origin, io) : await condition(origin, io);
    if (flags.json === true) printJson(document, io);
    else io.stdout(flags.live === true ? `The daemon at ${origin} lives.\n` : statusText(document, io.paintOut));
    return OUTCOME_TABLE[isGood ? 'inSync' : 'internal'].exit;
  } catch (cause) {
    const error = foreseen(cause);
    if (flags.json === true) {
      const end = outcomeDocument({ end: error.failure, transaction: 'none', error });
      const members = flags.live === true ? { live: false } : { ready: false };
      printStack(error, io);
      printJson({ version: 1, ...members, ...end }, io);
    } else printFailure(error, null, io);
    return error.exitCode;
  }
}

interface Told {
  readonly isGood: boolean;
  readonly document: JsonObject;
}

async function liveness(origin: string, io: CommandIo): Promise<Told> {
  const { status: code, body } = await askDaemon(origin, '/healthz', io.signal);
  if (body['live'] !== true) throw notADaemon(origin);
  return { isGood: code === 200, document: { version: 1, live: true } };
}

async function condition(origin: string, io: CommandIo): Promise<Told> {
  const { status: code, body } = await askDaemon(origin, '/status', io.signal);
  if (code !== 200 || !isStatus(body)) throw notADaemon(origin);
  return { isGood: body['ready'] === true, document: body };
}
