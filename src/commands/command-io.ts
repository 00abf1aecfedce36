import type { JsonObject } from '../shared/json.ts';
import type { Paint } from '../report/paint.ts';

/** Everything that a command may touch of the process it runs in. */
export interface CommandIo {
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Results. */
  readonly stdout: (text: string) => void;
  /** Findings, errors and progress. */
  readonly stderr: (text: string) => void;
  readonly paintOut: Paint;
  readonly paintError: Paint;
  /** What stdout is written to. */
  readonly outTerminal: 'none' | 'plain' | 'colour';
  /** What stderr is written to. */
  readonly errorTerminal: 'none' | 'plain' | 'colour';
  /** A person sits at a terminal and can be asked. */
  readonly interactive: boolean;
  /** Asks a yes-or-no question on the terminal; only `yes` is a yes. An abort rejects. */
  readonly confirm: (question: string, signal: AbortSignal) => Promise<boolean>;
  readonly signal: AbortSignal;
  /** The parsed files of `schemas/resources/`. */
  readonly resourceSchemas: () => Promise<readonly JsonObject[]>;
  /** Puts the simulator's CA certificate into a temporary file and gives its path. */
  readonly writeCa: (pem: string) => Promise<string>;
  /** Calls the listener at each SIGHUP, which then ends nothing; gives the function that takes it away. */
  readonly onHangup: (listener: () => void) => () => void;
  /** The folder of the example of desired state that comes with the program. */
  readonly quickstart: string;
  /** The program's version, for the User-Agent. */
  readonly version: string;
}
