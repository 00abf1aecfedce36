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
  isWebLink,
  requireMember,
  requireObject,
  type Check,
} from './checks.ts';
import type { Quirks } from './quirks.ts';
import { withKnownReferences } from './reference-fields.ts';
import { refuseReferenceObjects, refuseUnchangedSecrets } from './references.ts';
import { acceptedStarling } from './starling.ts';
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
  'management/soap': isRecord({ enabled: isBoolean }),
  'management/support_info': isRecord({
    uri: isNullOr(
      isUnion({ url: isText(isWebLink, 'an HTTP or HTTPS link'), mailto: isText(isMailto, 'a mailto: link') }),
    ),
  }),
};

/** Resources that GET shows and nothing writes (core.md §11.4). */
const READ_ONLY: ReadonlySet<string> = new Set(['aaa/acls', 'management/license']);

/** The method that writes a singleton, `null` for one that is read-only. */
export function writingMethod(path: string, quirks: Quirks): 'PUT' | 'POST' | null {
  if (READ_ONLY.has(path)) return null;
  return path === 'management/splunk_forwarder' ? quirks.splunkMethod : 'PUT';
}

/**
 * What a written body makes of a singleton. Refusals are 400 `SyntacticError` with the path of the value: references
 * as objects (core.md §4), values that the documented bodies do not accept, and a body of another kind than the stored
 * one (inferred); beside them those of `acceptedStarling`, and secrets that are sent back, by quirk. Unknown members of
 * the documented bodies are dropped silently (core.md §5).
 */
export function acceptedBody(path: string, body: Json, stored: Json, quirks: Quirks): Json {
  const href = `/api/configuration/${path}`;
  refuseReferenceObjects(body, href);
  if (path === 'management/splunk_forwarder') return acceptedSplunk(body, stored, href, quirks);
  if (path === 'starling') return acceptedStarling(body, stored, href);
  const check = CHECKS[path];
  if (check !== undefined) return check(body, href);
  if (kindOf(body) !== kindOf(stored)) throw syntacticError(href, 'The body is of another kind.');
  const shown = withKnownReferences(path, body, stored, quirks.references);
  if (quirks.unchangedSecret === 'refused') refuseUnchangedSecrets(shown, stored, href);
  return shown;
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

function isMailto(text: string): boolean {
  return /^mailto:[^\s@]+@[^\s@]+$/i.test(text);
}
