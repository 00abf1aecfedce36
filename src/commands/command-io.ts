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
  /** The program's version, for the User-Agent. */
  readonly version: string;
}
