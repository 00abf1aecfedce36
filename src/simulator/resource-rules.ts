import { isList, isObject, type Json } from '../shared/json.ts';
import { syntacticError } from './answer.ts';
import {
  isAddress,
  isBoolean,
  isInteger,
  isNullOr,
  isOpenUnion,
  isRecord,
  isString,
  isText,
  isUnion,
  requireMember,
  requireObject,
  type Check,
} from './checks.ts';
import type { Quirks } from './quirks.ts';
import { refuseReferenceObjects, withReferences } from './references.ts';
import { TRAFFIC_ALERTS } from './seeds.ts';

const SPLUNK_SETTINGS: Readonly<Record<string, Check>> = {
  flush_interval: isInteger(),
  host: isAddress,
  pam_address: isAddress,
  port: isInteger(1, 65_535),
  ssl: isOpenUnion,
  token: isString,
};

const CHECKS: Readonly<Record<string, Check>> = {
  'alerting/traffic_alerts': isRecord(
    Object.fromEntries(TRAFFIC_ALERTS.map((name) => [name, isRecord({ email: isBoolean, snmp: isBoolean })])),
  ),
  'management/support_info': isRecord({
    uri: isNullOr(
      isUnion({ url: isText(isWebLink, 'an HTTP or HTTPS link'), mailto: isText(isMailto, 'a mailto: link') }),
    ),
  }),
};

/** Resources that GET shows and nothing writes (core.md §11.4). */
const READ_ONLY: ReadonlySet<string> = new Set(['aaa/acls', 'management/license']);

/** Collections of which only members can be read (core.md §9). */
const UNLISTED: ReadonlySet<string> = new Set(['passwords', 'private_keys']);

/** Tells whether a collection refuses to be listed. */
export function isUnlisted(path: string): boolean {
  return UNLISTED.has(path);
}

/** The method that writes a singleton, `null` for one that is read-only. */
export function writingMethod(path: string, quirks: Quirks): 'PUT' | 'POST' | null {
  if (READ_ONLY.has(path)) return null;
  return path === 'management/splunk_forwarder' ? quirks.splunkMethod : 'PUT';
}

/**
 * What a written body makes of a singleton. Refusals are 400 `SyntacticError` with the path of the value: references
 * as objects (core.md §4), values that the three documented bodies do not accept, and a body of another kind than the
 * stored one (inferred). Unknown members of the documented bodies are dropped silently (core.md §5).
 */
export function acceptedBody(path: string, body: Json, stored: Json, quirks: Quirks): Json {
  const href = `/api/configuration/${path}`;
  refuseReferenceObjects(body, href);
  if (path === 'management/splunk_forwarder') return acceptedSplunk(body, stored, href, quirks);
  const check = CHECKS[path];
  if (check !== undefined) return check(body, href);
  if (kindOf(body) !== kindOf(stored)) throw syntacticError(href, 'The body is of another kind.');
  return withReferences(body, stored);
}

function acceptedSplunk(body: Json, stored: Json, href: string, quirks: Quirks): Json {
  const object = requireObject(body, href);
  if (isBoolean(requireMember(object, 'enabled', href), `${href}/enabled`) === true) {
    return isRecord({ enabled: isBoolean, ...SPLUNK_SETTINGS })(object, href);
  }
  const given = Object.entries(SPLUNK_SETTINGS).flatMap(([name, check]): [string, Json][] => {
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    return value === undefined ? [] : [[name, check(value, `${href}/${name}`)]];
  });
  if (quirks.splunkDisabled === 'bare') return { enabled: false };
  return { ...(isObject(stored) ? stored : {}), ...Object.fromEntries(given), enabled: false };
}

function kindOf(value: Json): 'list' | 'object' | 'scalar' {
  if (isList(value)) return 'list';
  return isObject(value) ? 'object' : 'scalar';
}

function isWebLink(text: string): boolean {
  return /^https?:\/\/[^/\s]/i.test(text) && URL.canParse(text);
}

function isMailto(text: string): boolean {
  return /^mailto:[^\s@]+@[^\s@]+$/i.test(text);
}
