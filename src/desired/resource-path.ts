const SEGMENT = /^[A-Za-z0-9_.@-]+$/;

/** What is wrong with a resource's path, or `undefined`. The characters are those of the paths in the guide (inferred). */
export function faultOfResource(resource: string): { readonly message: string; readonly hint: string } | undefined {
  const hint = 'write the path below /api/configuration, as in management/syslog';
  if (resource === '') return { message: 'the path is empty', hint };
  if (resource.startsWith('/')) return { message: 'the path begins with "/"', hint: 'leave the leading "/" out' };
  if (resource.endsWith('/')) return { message: 'the path ends with "/"', hint: 'leave the trailing "/" out' };
  for (const segment of resource.split('/')) {
    if (segment === '') return { message: 'the path has an empty segment', hint: 'write "/" once' };
    if (segment === '.' || segment === '..') return { message: 'the path has a "." or ".." segment', hint };
    if (!SEGMENT.test(segment)) {
      return { message: 'the path has a character that is not a letter, a digit or one of _ . @ -', hint };
    }
  }
  return undefined;
}
