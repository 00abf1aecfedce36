import type { Json } from '../shared/json.ts';
import type { Appliance, ApplianceRequest } from './appliance.ts';
import {
  jsonAnswer,
  methodNotAllowed,
  notFound,
  Refusal,
  syntacticError,
  unauthenticated,
  type Answer,
} from './answer.ts';
import { remainingSeconds } from './meta.ts';
import type { LoginMethod } from './sessions.ts';

const PASSWORD_LOGIN: LoginMethod = { name: 'local', authentication: 'local', credential: 'password' };
const CERTIFICATE_LOGIN: LoginMethod = { name: 'x509', authentication: 'x509', credential: 'x509' };

/**
 * `GET /api/authentication`: a login with password or, with `type=x509`, with the certificate of the TLS connection
 * (core.md §2.1, §2.2). 401 `AuthenticationFailure` for wrong credentials and unknown login methods.
 */
export function logIn(appliance: Appliance, request: ApplianceRequest): Answer {
  if (request.method !== 'GET') throw methodNotAllowed(request.method, request.path);
  const method = requestedMethod(appliance, request);
  const user = method === PASSWORD_LOGIN ? userByPassword(appliance, request) : userByCertificate(appliance, request);
  const session = appliance.sessions.open(user, method);
  const meta = { href: request.path, parent: '/api', ...remainingSeconds(appliance, session) };
  return jsonAnswer(200, { meta }, { 'Set-Cookie': cookieOf(appliance, session.id) });
}

/** The login methods, readable without a login: `types` up to 7.0, `login_methods` from 7.1 on (core.md §2.2). */
export function listLoginMethods(appliance: Appliance, request: ApplianceRequest): Answer {
  const discovery = appliance.facts.loginDiscovery;
  if (request.path !== `/api/authentication/${discovery}`) throw notFound(request.path);
  if (request.method !== 'GET') throw methodNotAllowed(request.method, request.path);
  const meta = { href: request.path, parent: '/api/authentication' };
  if (discovery === 'types') return jsonAnswer(200, { meta, types: ['basic', 'x509'] });
  const methods = [PASSWORD_LOGIN, CERTIFICATE_LOGIN].map((method): Json =>
    appliance.quirks.loginMethodShape === 'names' ? method.name : { ...method },
  );
  return jsonAnswer(200, { login_methods: methods, meta });
}

function requestedMethod(appliance: Appliance, request: ApplianceRequest): LoginMethod {
  const known = appliance.facts.loginDiscovery === 'types' ? ['type'] : ['type', 'login_method'];
  const foreign = [...request.query.keys()].find((name) => !known.includes(name));
  if (foreign !== undefined) throw syntacticError(request.path, 'The query has an unknown parameter.');
  const type = request.query.get('type');
  if (type !== null && type !== 'x509') throw syntacticError(request.path, 'The type of login is unknown.');
  const method = type === 'x509' ? CERTIFICATE_LOGIN : PASSWORD_LOGIN;
  const name = request.query.get('login_method');
  if (name !== null && name !== method.name) throw authenticationFailure();
  return method;
}

function userByPassword(appliance: Appliance, request: ApplianceRequest): string {
  const credentials = /^Basic +([A-Za-z0-9+/]+=*) *$/i.exec(request.header('authorization'))?.[1];
  if (credentials === undefined) throw unauthenticated(request.path);
  const { username, password } = appliance.options;
  // Compared as bytes: credentials that are not UTF-8 are simply wrong.
  if (!Buffer.from(credentials, 'base64').equals(Buffer.from(`${username}:${password}`, 'utf8'))) {
    throw authenticationFailure();
  }
  return username;
}

function userByCertificate(appliance: Appliance, request: ApplianceRequest): string {
  if (request.clientCertificate !== 'accepted') throw authenticationFailure();
  return appliance.options.username;
}

function authenticationFailure(): Refusal {
  return new Refusal(401, 'AuthenticationFailure', 'The credentials are not accepted.');
}

function cookieOf(appliance: Appliance, id: string): string {
  const { sessionSeconds, cookieExpiresSkewSeconds } = appliance.quirks;
  const expires = appliance.options.clock() + (sessionSeconds + cookieExpiresSkewSeconds) * 1000;
  return `session_id=${id}; expires=${new Date(expires).toUTCString()}; Path=/; Secure`;
}
