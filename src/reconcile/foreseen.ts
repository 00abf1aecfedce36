import { SpsGitopsError } from '../shared/errors.ts';

/** Any failure as one that the program foresees; what it does not foresee is `internal`, with its stack as cause. */
export function foreseen(error: unknown): SpsGitopsError {
  if (error instanceof SpsGitopsError) return error;
  const message = 'an unexpected failure; this is a defect of the program';
  return new SpsGitopsError('internal', message, { cause: error, hint: 'report it with the stack shown' });
}
