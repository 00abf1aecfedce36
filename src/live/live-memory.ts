import type { ResourceContent, FoundMember } from './look-into.ts';

/** What an answer came to, and the digest of its bytes. */
export interface Kept<T> {
  readonly digest: string;
  readonly value: T;
}

/** What the answers came to from which a resource was last read whole. */
interface KnownResource {
  readonly content: Kept<ResourceContent>;
  /** By key: those that were asked for one by one. */
  readonly members: ReadonlyMap<string, Kept<FoundMember>>;
}

/**
 * By resource, what was read last: an answer that is the same to the byte is not looked into again. For readings of one
 * appliance by one registry.
 */
export type LiveMemory = Map<string, KnownResource>;
