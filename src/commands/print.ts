import { errorText } from '../report/error-text.ts';
import type { SpsGitopsError } from '../shared/errors.ts';
import type { JsonObject } from '../shared/json.ts';
import type { TransactionState } from '../shared/outcome.ts';
import type { CommandIo } from './command-io.ts';

/** Prints a failure for a person. */
export function printFailure(error: SpsGitopsError, transaction: TransactionState | null, io: CommandIo): void {
  io.stderr(errorText(error, transaction, io.paintError));
  printStack(error, io);
}

/** Prints where a defect happened; a failure that the program foresees has no stack. */
export function printStack(error: SpsGitopsError, io: CommandIo): void {
  const { cause } = error;
  if (error.code === 'InternalError' && cause instanceof Error) io.stderr(`${cause.stack ?? cause.message}\n`);
}

/** Prints one JSON document. */
export function printJson(document: JsonObject, io: CommandIo): void {
  io.stdout(`${JSON.stringify(document, null, 2)}\n`);
}
