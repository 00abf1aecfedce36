import { createHash, randomBytes } from 'node:crypto';
import { canonicalJson, isObject, type Json, type JsonObject } from '../shared/json.ts';
import { valueAt } from '../shared/pointer.ts';
import type { Appliance, ApplianceRequest } from './appliance.ts';
import { jsonAnswer, methodNotAllowed, type Answer } from './answer.ts';
import type { Configuration } from './configuration.ts';
import { remainingSeconds } from './meta.ts';
import type { Session } from './sessions.ts';

const digests = new WeakMap<Configuration, string>();

/** `GET /api/info`; a session sees more than the anonymous (core.md §11.1). */
export function showInfo(appliance: Appliance, request: ApplianceRequest, session: Session | undefined): Answer {
  if (request.method !== 'GET') throw methodNotAllowed(request.method, request.path);
  const { facts, options, transactions } = appliance;
  const anonymous: JsonObject = {
    domainname: 'example',
    hostname: options.hostname,
    nickname: null,
    ...(facts.profile === '6.0' ? {} : { plugin_sdk_version: { feature: '1.4', full: '1.4.4' } }),
    support_link: supportLink(transactions.committed),
  };
  const meta = { href: '/api/info', parent: '/api' };
  if (session === undefined) return jsonAnswer(200, { body: anonymous, key: 'about_info', meta });
  const body: JsonObject = {
    ...anonymous,
    analytics_enabled: false,
    build_date: '2025-01-15T12:00:00+00:00',
    ...configHash(appliance, session),
    firmware_version: facts.firmware,
    roles: [...options.roles],
    version: facts.version,
  };
  return jsonAnswer(200, { body, key: 'about_info', meta: { ...meta, ...remainingSeconds(appliance, session) } });
}

/** `GET /api/setup`, without a login (core.md §11.2). The wizard itself is not simulated. */
export function showSetup(appliance: Appliance, request: ApplianceRequest): Answer {
  if (request.method !== 'GET') throw methodNotAllowed(request.method, request.path);
  const meta = { eula: 'https://example.com/eula', href: '/api/setup', parent: '/api', remaining_seconds: 0 };
  return jsonAnswer(200, { meta, status: appliance.quirks.setupStatus });
}

/**
 * The user information: user, permitted methods and, from 7.4 on, login method and the token for browser-like agents
 * (core.md §2.6, §1). The member name `token` is inferred (Q19).
 */
export function showUserInfo(appliance: Appliance, request: ApplianceRequest, session: Session): Answer {
  if (request.method !== 'GET') throw methodNotAllowed(request.method, request.path);
  const newer = appliance.facts.loginDiscovery === 'login_methods';
  return jsonAnswer(200, {
    endpoints: [{ methods: ['DELETE', 'GET', 'POST', 'PUT'], url: '/api' }],
    ...(newer ? { login_method: { ...session.loginMethod }, token: session.token } : {}),
    meta: { href: request.path, parent: '/api', ...remainingSeconds(appliance, session) },
    user: { name: session.user },
  });
}

function configHash(appliance: Appliance, session: Session): JsonObject {
  const { quirks, transactions } = appliance;
  switch (quirks.configHash) {
    case 'absent':
      return {};
    case 'volatile':
      return { config_hash: randomBytes(16).toString('hex') };
    case 'committed':
      return { config_hash: digestOf(transactions.committed) };
    case 'with-pending':
      return { config_hash: digestOf(transactions.pending(session.id)) };
    case 'moves-on-open':
      return { config_hash: hex32(`${digestOf(transactions.committed)} ${transactions.openings}`) };
  }
}

function digestOf(configuration: Configuration): string {
  const known = digests.get(configuration);
  if (known !== undefined) return known;
  const content: Json = {
    bodies: Object.fromEntries(configuration.bodies),
    collections: Object.fromEntries(configuration.collections),
  };
  const digest = hex32(canonicalJson(content));
  digests.set(configuration, digest);
  return digest;
}

function hex32(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function supportLink(configuration: Configuration): Json {
  const uri = valueAt(configuration.bodies.get('management/support_info'), '/uri');
  // What an appliance without support information links to is not documented; the guide's sample shows a mail address.
  return isObject(uri) && typeof uri['value'] === 'string' ? uri['value'] : 'mailto:administrator@example.com';
}
