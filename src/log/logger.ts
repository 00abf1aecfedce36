import { createRequire } from 'node:module';
import { pino, stdTimeFunctions, type Logger as PinoLogger } from 'pino';
import type * as PinoPretty from 'pino-pretty';
import type { JsonObject } from '../shared/json.ts';
import { EVENTS, type EventLog, type LogLevel } from './events.ts';

/** Where log lines go; each call is one whole line with its end, written before the call returns. */
export interface LogDestination {
  write(line: string): unknown;
  /** Whether somebody watches; `auto` is pretty then. */
  readonly isTTY?: boolean;
}

/** How to log. */
export interface LoggerOptions {
  /** Entries below this level are left out. */
  readonly level: LogLevel;
  readonly format: 'json' | 'pretty' | 'auto';
  /** Counts for the pretty format only. */
  readonly colour: 'always' | 'never';
  readonly destination: LogDestination;
}

/** A log of the closed list of events, and logs below it that add fields to each entry. */
export interface Logger {
  readonly log: EventLog;
  /** A logger whose entries also hold these fields, such as `runId`. */
  child(fields: JsonObject): Logger;
}

/** Members of every entry that no field may stand in for. */
const OWN_MEMBERS: ReadonlySet<string> = new Set(['time', 'level', 'event', 'msg']);

/**
 * One JSON object a line: `time` (RFC 3339, UTC), `level` (the word), `event`, the fields and `msg`; or the same for
 * people to read. Neither process id nor host name is added. A `Secret` among the fields prints its mask.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { destination, format } = options;
  const pretty = format === 'pretty' || (format === 'auto' && destination.isTTY === true);
  return wrap(
    pino(
      {
        level: options.level,
        base: null,
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (level) => ({ level }) },
        // pino treats a field called err as an error otherwise.
        serializers: { err: (value: unknown) => value },
      },
      { write: pretty ? prettyWriter(options) : (line) => destination.write(line) },
    ),
  );
}

function wrap(logger: PinoLogger): Logger {
  return {
    log: (event, ...[fields]) => {
      const { level, msg } = EVENTS[event];
      logger[level]({ event, ...withoutOwn(fields) }, msg);
    },
    child: (fields) => wrap(logger.child(withoutOwn(fields))),
  };
}

// pino would write such a member twice; the reader's parser would then take the field for the entry's own.
function withoutOwn(fields: JsonObject = {}): JsonObject {
  if (!Object.keys(fields).some((name) => OWN_MEMBERS.has(name))) return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [OWN_MEMBERS.has(name) ? `${name}_` : name, value]),
  );
}

function prettyWriter({ colour, destination }: LoggerOptions): (line: string) => void {
  // Loaded when it is wanted: it would double what a log costs at the start.
  const { prettyFactory } = createRequire(import.meta.url)('pino-pretty') as typeof PinoPretty;
  const format = prettyFactory({
    colorize: colour === 'always',
    translateTime: 'UTC:yyyy-mm-dd"T"HH:MM:ss.l"Z"',
    singleLine: true,
    messageFormat: '{event}: {msg}',
    // A person reads the commit; the rest of the revision would fill every line.
    ignore: 'event,revision',
  });
  return (line) => {
    destination.write(format(line));
  };
}
