/**
 * Tells whether a path can be sent as it stands: below `/api/`, printable ASCII, without query, fragment, empty or dot
 * segments. Configuration paths know no query parameters (core.md §3.3).
 */
export function isRequestPath(path: string): boolean {
  if (!/^\/api\/[\x21-\x7e]+$/.test(path) || /["#?\\<>^`{|}]/.test(path)) return false;
  return path
    .slice(1)
    .split('/')
    .every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}
