import { isList, isObject, type Json, type JsonObject } from '../shared/json.ts';
import { syntacticError } from './answer.ts';
import { acceptedAuthority, authorityIdentity, respelledAuthority } from './authorities.ts';
import { isListOf, isName, isText, isWebLink, requireMember, requireObject } from './checks.ts';
import type { JsonQuirks } from './quirks.ts';

const errorsOf = new WeakMap<object, readonly string[]>();

const isCrlUrl = isText(isWebLink, 'an HTTP or HTTPS URL');
const isRevocationCheck = isText((text) => ['full', 'leaf', 'none'].includes(text), 'full, leaf or none');
const isCustom = isText((text) => text === 'custom', 'custom');

/**
 * What a written body makes of a custom trust store (endpoints-basic.md §1.6). Refusals are 400 `SyntacticError` naming
 * the place, also for the type of the built-in store and for CRL URLs that do not go with the revocation check. Unknown
 * members are dropped.
 */
export function acceptedTrustStore(body: Json, path: string, quirks: JsonQuirks): JsonObject {
  const store = requireObject(body, path);
  if (store['type'] !== undefined) isCustom(store['type'], `${path}/type`);
  const name = isName(requireMember(store, 'name', path), `${path}/name`);
  const isAuthority = (value: Json, place: string): Json => acceptedAuthority(value, place, quirks);
  const authorities = isListOf(isAuthority)(requireMember(store, 'authorities', path), `${path}/authorities`);
  const crlUrls = isListOf(isCrlUrl)(requireMember(store, 'crl_urls', path), `${path}/crl_urls`);
  const check = isRevocationCheck(requireMember(store, 'revocation_check', path), `${path}/revocation_check`);
  if ((check === 'none') !== (isList(crlUrls) && crlUrls.length === 0)) {
    throw syntacticError(`${path}/crl_urls`, 'CRL URLs are given if, and only if, the revocation is checked.');
  }
  return { authorities, crl_urls: crlUrls, name, revocation_check: check, type: 'custom' };
}

/** A trust store as GET shows it: its authorities in the spelling of the quirks. */
export function shownTrustStore(body: Json, quirks: JsonQuirks): Json {
  if (!isObject(body)) return body;
  const authorities = body['authorities'] ?? null;
  if (!isList(authorities)) return body;
  return { ...body, authorities: authorities.map((authority) => respelledAuthority(authority, quirks)) };
}

/** What in a trust store is there twice, each with its place inside of the body. */
export function trustStoreErrors(body: Json): readonly string[] {
  if (!isObject(body)) return [];
  const known = errorsOf.get(body);
  if (known !== undefined) return known;
  const errors = [
    ...repeated(body['authorities'], authorityIdentity, '/authorities', 'this authority is there twice'),
    ...repeated(
      body['crl_urls'],
      (url) => (typeof url === 'string' ? url : undefined),
      '/crl_urls',
      'this URL is there twice',
    ),
  ];
  errorsOf.set(body, errors);
  return errors;
}

function repeated(
  list: Json | undefined,
  identity: (value: Json) => string | undefined,
  place: string,
  message: string,
): readonly string[] {
  if (list === undefined || !isList(list)) return [];
  const identities = list.map(identity);
  return identities.flatMap((one, index) =>
    one !== undefined && identities.indexOf(one) < index ? [`${place}/${index}: ${message}`] : [],
  );
}
