import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '../shared/listen-address.ts';
import type { Secret } from '../shared/secret.ts';

/** Under what terms a run may be asked for. */
export interface Access {
  /** The address that is listened at, without brackets. */
  readonly host: string;
  readonly token: Secret<string> | null;
}

/** Why a request for a run is refused. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/**
 * Why whoever sent these headers may not ask for a run; null when they may. A token that is set is wanted everywhere; without
 * one the loopback interface alone is open, and there not to web pages that a browser on this machine shows.
 */
export function refusalOf(headers: IncomingHttpHeaders, { host, token }: Access): Refusal | null {
  if (headers.origin !== undefined) {
    return forbidden('origin-refused', 'a web page may not ask for a run', 'leave the Origin header out');
  }
  if (isLoopback(host) && !isOurs(headers.host, host)) {
    const hint = 'ask by http://127.0.0.1, http://localhost or the address of http.listen';
    return forbidden('host-refused', 'the Host header names another host', hint);
  }
  if (token === null) {
    if (isLoopback(host)) return null;
    const message = 'a run can be asked for on the loopback interface only, as http.token is not set';
    return forbidden(
      'token-missing',
      message,
      'set http.token in the settings of the daemon and send it as a bearer token',
    );
  }
  return isToken(headers.authorization, token)
    ? null
    : {
        status: 401,
        code: 'token-refused',
        message: 'there is no bearer token, or it is not the right one',
        hint: 'send the token of http.token in the header Authorization: Bearer',
      };
}

function forbidden(code: string, message: string, hint: string): Refusal {
  return { status: 403, code, message, hint };
}

/** The Host header may have any port: forwarded ones differ. */
function isOurs(header: string | undefined, host: string): boolean {
  const name = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(header ?? '')?.[1] ?? '';
  return isLoopback(name) || (name !== '' && name === host);
}

/** Compared by their digests, so that neither time nor length tells how much of it was right. */
function isToken(header: string | undefined, token: Secret<string>): boolean {
  const [, given = ''] = /^bearer +(\S+) *$/i.exec(header ?? '') ?? [];
  return timingSafeEqual(digestOf(given), digestOf(token.reveal()));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
