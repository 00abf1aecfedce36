import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Json } from '../shared/json.ts';
import { syntacticError } from './answer.ts';
import { requireObject } from './checks.ts';
import { keyOf, parentOf } from './configuration.ts';
import type { ProfileFacts } from './profiles.ts';
import type { Quirks } from './quirks.ts';
import { withKnownReferences } from './reference-fields.ts';
import { refuseReferenceObjects, refuseUnchangedSecrets } from './references.ts';
import { acceptedTrustStore } from './trust-stores.ts';
import { acceptedPassword, acceptedPrivateKey } from './write-once.ts';

type Operation = 'POST' | 'PUT' | 'DELETE';

const ALL: readonly Operation[] = ['POST', 'PUT', 'DELETE'];

/** What can be done with the members of collections that are not like the others (core.md §9, §10, §11.4). */
const OPERATIONS: Readonly<Record<string, readonly Operation[]>> = {
  'ica/connections': [],
  'network/nics': ['PUT'],
  passwords: ['POST'],
  private_keys: ['POST'],
};

const UUID_KEYS: ReadonlySet<string> = new Set(['passwords', 'private_keys', 'x509']);

/** Collections of which only members can be read (core.md §9). */
const UNLISTED: ReadonlySet<string> = new Set(['passwords', 'private_keys']);

/** Tells whether a collection refuses to be listed. */
export function isUnlisted(path: string): boolean {
  return UNLISTED.has(path);
}

/** Tells whether a collection's members can be created (`POST`), replaced or deleted on this firmware. */
export function isPermitted(operation: Operation, collection: string, facts: ProfileFacts): boolean {
  // Plugins come by upload; that they can be deleted is newer than 6.0 (endpoints-basic.md §8.1).
  if (collection.startsWith('plugins/')) return operation === 'DELETE' && facts.profile !== '6.0';
  return (OPERATIONS[collection] ?? ALL).includes(operation);
}

/** A key that the appliance gives: a run of digits with a hexadecimal tail, 22 characters in all, or a UUID. */
export function newKey(collection: string): string {
  if (UUID_KEYS.has(collection)) return randomUUID();
  return `${randomInt(1e11, 1e12)}${randomBytes(5).toString('hex')}`;
}

/** Refuses what cannot be done with a built-in member, one with a negative number as its key: 400 `SyntacticError`. */
export function refuseBuiltIn(operation: 'PUT' | 'DELETE', path: string): void {
  if (!/^-\d+$/.test(keyOf(path))) return;
  if (operation === 'PUT' && parentOf(path) !== 'trust_stores') return;
  throw syntacticError(`/api/configuration/${path}`, 'The object is built in.');
}

/**
 * What a written body makes of a member. `stored` is what stood there, `pattern` another member of the collection that
 * shows where references are. Refusals are 400 `SyntacticError` naming the place, and 400 `SemanticError` for secrets
 * that are sent back, by quirk.
 */
export function acceptedMember(
  path: string,
  body: Json,
  { stored, pattern }: { readonly stored: Json | undefined; readonly pattern: Json | undefined },
  quirks: Quirks,
): Json {
  const href = `/api/configuration/${stored === undefined ? (parentOf(path) ?? '') : path}`;
  refuseReferenceObjects(body, href);
  switch (parentOf(path)) {
    case 'passwords':
      return acceptedPassword(body, href);
    case 'private_keys':
      return acceptedPrivateKey(body, href);
    case 'trust_stores':
      return acceptedTrustStore(body, href, quirks);
    default: {
      const shown = withKnownReferences(path, requireObject(body, href), stored ?? pattern, quirks.references);
      if (stored !== undefined && quirks.unchangedSecret === 'refused') refuseUnchangedSecrets(shown, stored, href);
      return shown;
    }
  }
}
