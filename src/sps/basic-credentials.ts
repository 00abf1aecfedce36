import { Secret } from '../shared/secret.ts';

/** What stands behind `Basic ` in the login's header: UTF-8 before base64. core.md §1, §2.1. */
export function basicCredentials(username: string, password: Secret<string>): Secret<string> {
  return new Secret(Buffer.from(`${username}:${password.reveal()}`, 'utf8').toString('base64'));
}
