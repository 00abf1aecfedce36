import { Secret } from '../shared/secret.ts';

const NAME = 'session_id';

// RFC 6265 §4.1.1: cookie octets, with or without the quotes around them.
const VALUE = /^(?:[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+|"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+")$/;

/**
 * The value of the last `session_id` cookie that an answer sets, null when it sets none. Attributes are not looked at:
 * `expires` is a time of the appliance's clock, and a client whose clock is ahead would throw the session away at once.
 * core.md §2.1.
 */
export function sessionCookie(setCookie: string | readonly string[] | undefined): Secret<string> | null {
  const lines = typeof setCookie === 'string' ? [setCookie] : (setCookie ?? []);
  let session: Secret<string> | null = null;
  for (const line of lines) {
    const [pair = ''] = line.split(';', 1);
    const at = pair.indexOf('=');
    const value = pair.slice(at + 1).trim();
    if (at > 0 && pair.slice(0, at).trim() === NAME && VALUE.test(value)) session = new Secret(value);
  }
  return session;
}

/** The header that carries a session. */
export function cookieHeader(session: Secret<string>): string {
  return `${NAME}=${session.reveal()}`;
}
