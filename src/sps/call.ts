import type { Json } from '../shared/json.ts';
import type { Secret } from '../shared/secret.ts';
import type { ApplianceLogin, ApplianceOptions } from './appliance-options.ts';
import { basicCredentials } from './basic-credentials.ts';
import type { OutgoingRequest } from './exchange.ts';
import { LOGIN_PATH } from './read-answer.ts';
import { isRequestPath } from './request-path.ts';
import { cookieHeader } from './session-cookie.ts';

/** A body with the type that it is sent under. */
interface Content {
  readonly type: string;
  readonly bytes: Buffer;
}

/** What is asked of the appliance, before session and agent are added. */
export interface Call {
  readonly method: OutgoingRequest['method'];
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly content?: Content;
  /** `timeoutMs` of the options unless given. */
  readonly timeoutMs?: number;
}

/** The request of a login. core.md §2.1, §2.2. */
export function loginCall(login: ApplianceLogin): Call {
  return { method: 'GET', path: loginPath(login), headers: loginHeaders(login) };
}

/** A JSON value as it is sent. */
export function jsonContent(value: Json): Content {
  return { type: 'application/json', bytes: Buffer.from(JSON.stringify(value), 'utf8') };
}

/** The call as it goes out within a session, which is null before the login. */
export function outgoingRequest(
  call: Call,
  session: Secret<string> | null,
  options: ApplianceOptions,
): OutgoingRequest {
  return {
    method: call.method,
    path: call.path,
    headers: {
      accept: 'application/json',
      'user-agent': options.userAgent,
      // After the login the cookie alone speaks: with both, a session that has ended would silently be replaced.
      ...(session === null ? {} : { cookie: cookieHeader(session) }),
      ...(call.content === undefined ? {} : { 'content-type': call.content.type }),
      ...call.headers,
    },
    body: call.content?.bytes ?? null,
    timeoutMs: call.timeoutMs ?? options.timeoutMs,
  };
}

/** The path itself; `RangeError` when `isRequestPath` says no. */
export function checkedPath(path: string): string {
  if (!isRequestPath(path))
    throw new RangeError('a request path begins with /api/ and has no query, fragment or dot segments');
  return path;
}

function loginPath(login: ApplianceLogin): string {
  const query = new URLSearchParams();
  if (login.kind === 'certificate') query.set('type', 'x509');
  if (login.method !== undefined) query.set('login_method', login.method);
  return query.size === 0 ? LOGIN_PATH : `${LOGIN_PATH}?${query.toString()}`;
}

function loginHeaders(login: ApplianceLogin): Readonly<Record<string, string>> {
  if (login.kind === 'certificate') return {};
  return { authorization: `Basic ${basicCredentials(login.username, login.password).reveal()}` };
}
