import type { Diagnostic } from './diagnostic.ts';
import { SpsGitopsError } from './errors.ts';

/** The `inputInvalid` for findings about files: all of them, its code that of the first error. `message` says what is not valid. */
export function invalidInput(message: string, findings: readonly Diagnostic[]): SpsGitopsError {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const count = errors.length === 1 ? '1 finding' : `${errors.length} findings`;
  return new SpsGitopsError('inputInvalid', `${message}: ${count}`, {
    findings,
    ...(first === undefined ? {} : { code: first.code }),
  });
}
