/** What the system calls a failure, such as `ENOENT`; `unknown` where it does not say. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
