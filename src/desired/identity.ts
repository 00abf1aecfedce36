import type { DesiredIdentity } from './desired-state.ts';

/** Text that is equal for equal identities and for no others. */
export function identityKey({ resource, name }: DesiredIdentity): string {
  return JSON.stringify([resource, name]);
}
