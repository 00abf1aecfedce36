import type { Json } from '../shared/json.ts';
import { parentOf } from './configuration.ts';
import type { ReferenceField } from './quirks.ts';
import { withReferences, withReferencesAt } from './references.ts';

const PROTOCOLS = ['http', 'ica', 'mssql', 'rdp', 'ssh', 'telnet', 'vnc'];

/** Where bodies refer to other objects (core.md §9, endpoints-connections.md §2–4); the place in `email` is inferred. */
const DOCUMENTED: readonly ReferenceField[] = [
  { on: 'management/email', pointer: '/smtp_auth/password', to: 'passwords' },
  { on: 'management/system_backup', pointer: '/backup_policy', to: 'policies/backup_policies' },
  { on: 'policies/backup_policies', pointer: '/target/auth_key', to: 'private_keys' },
  { on: 'policies/user_databases', pointer: '/users/*/passwords/*', to: 'passwords' },
  ...PROTOCOLS.flatMap((protocol): ReferenceField[] => [
    { on: `${protocol}/channel_policies`, pointer: '/rules/*/time_policy', to: 'policies/time_policies' },
    {
      on: `${protocol}/channel_policies`,
      pointer: '/rules/*/actions/content_policy',
      to: 'policies/content_policies',
    },
    { on: `${protocol}/connections`, pointer: '/indexing/policy', to: 'policies/indexing' },
  ]),
];

/**
 * The body as GET shows it afterwards: keys become references where the facts or the quirk `references` know of one,
 * and where `pattern`, the stored body or that of another member, has one.
 */
export function withKnownReferences(
  path: string,
  body: Json,
  pattern: Json | undefined,
  fields: readonly ReferenceField[],
): Json {
  const collection = parentOf(path);
  return [...DOCUMENTED, ...fields]
    .filter(({ on }) => on === path || on === collection)
    .reduce((shown, { pointer, to }) => withReferencesAt(shown, pointer, to), withReferences(body, pattern));
}
