import { X509Certificate } from 'node:crypto';
import { isObject, type Json, type JsonObject } from '../shared/json.ts';
import { syntacticError } from './answer.ts';
import { isString, requireMember, requireObject } from './checks.ts';
import type { JsonQuirks } from './quirks.ts';

/** What the appliance works out from the certificate. */
const DERIVED: readonly string[] = ['fingerprint', 'issuer', 'subject'];

const ONE_CERTIFICATE = /^\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*$/;

type Form = Pick<JsonQuirks, 'authorityNames' | 'pemLineWidth' | 'pemFinalNewline'>;

/** Listings of many stores would parse every certificate again each time. */
const shownBefore = new WeakMap<object, { readonly form: Form; readonly shown: Json }>();

/**
 * Checks an authority that is written, in the spelling of the quirk. Refusals are 400 `SyntacticError` naming the place:
 * without its certificate (a member of another spelling is unknown, and dropped), not exactly one PEM certificate, and,
 * by quirk, derived members.
 */
export function acceptedAuthority(value: Json, path: string, quirks: JsonQuirks): Json {
  const { authorityNames, authorityDerived } = quirks;
  if (authorityNames === 'bare') return shownAuthority(requireCertificate(value, path), quirks);
  const object = requireObject(value, path);
  const derived = DERIVED.find((name) => Object.hasOwn(object, name));
  if (derived !== undefined && authorityDerived === 'refused') {
    throw syntacticError(`${path}/${derived}`, 'The value is derived from the certificate and cannot be written.');
  }
  const certificate = requireCertificate(requireMember(object, authorityNames, path), `${path}/${authorityNames}`);
  return shownAuthority(certificate, quirks);
}

/** An authority as GET shows it, whatever the spelling it is stored in; one without a certificate is left as it is. */
export function respelledAuthority(value: Json, form: Form): Json {
  if (!isObject(value)) return respelled(value, form);
  const known = shownBefore.get(value);
  if (known !== undefined && isSameForm(known.form, form)) return known.shown;
  const shown = respelled(value, form);
  const { authorityNames, pemLineWidth, pemFinalNewline } = form;
  shownBefore.set(value, { form: { authorityNames, pemLineWidth, pemFinalNewline }, shown });
  return shown;
}

function respelled(value: Json, form: Form): Json {
  const certificate = certificateOf(value);
  return certificate === undefined ? value : shownAuthority(certificate, form);
}

function isSameForm(one: Form, other: Form): boolean {
  return (
    one.authorityNames === other.authorityNames &&
    one.pemLineWidth === other.pemLineWidth &&
    one.pemFinalNewline === other.pemFinalNewline
  );
}

/** What two spellings of the same authority have in common: the SHA-256 of the certificate, `undefined` without one. */
export function authorityIdentity(value: Json): string | undefined {
  return certificateOf(value)?.fingerprint256;
}

function shownAuthority(certificate: X509Certificate, form: Form): Json {
  const pem = pemOf(certificate, form);
  if (form.authorityNames === 'bare') return pem;
  const shown: JsonObject = {
    [form.authorityNames]: pem,
    fingerprint: { digest: certificate.fingerprint256.replaceAll(':', '').toLowerCase(), hash_algorithm: 'sha256' },
    issuer: certificate.issuer.replaceAll('\n', ', '),
    subject: certificate.subject.replaceAll('\n', ', '),
  };
  return shown;
}

function pemOf(certificate: X509Certificate, { pemLineWidth, pemFinalNewline }: Form): string {
  const lines = certificate.raw.toString('base64').match(new RegExp(`.{1,${pemLineWidth}}`, 'g')) ?? [];
  const pem = ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----'].join('\n');
  return pemFinalNewline === 'present' ? `${pem}\n` : pem;
}

function requireCertificate(value: Json, path: string): X509Certificate {
  isString(value, path);
  const certificate = certificateOf(value);
  if (certificate !== undefined) return certificate;
  throw syntacticError(path, 'The value must be one certificate in PEM.');
}

function certificateOf(value: Json): X509Certificate | undefined {
  // What is stored may be in another spelling than the present one: the certificate is told by what it looks like.
  const texts = isObject(value) ? Object.values(value) : [value];
  const text = texts.find((one) => typeof one === 'string' && ONE_CERTIFICATE.test(one));
  if (typeof text !== 'string') return undefined;
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}
