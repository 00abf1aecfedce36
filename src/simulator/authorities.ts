import { X509Certificate } from 'node:crypto';
import { isObject, type Json, type JsonObject } from '../shared/json.ts';
import { syntacticError } from './answer.ts';
import { isString, requireMember, requireObject } from './checks.ts';
import type { JsonQuirks } from './quirks.ts';

/** The spellings of the certificate's member; the facts lost the real one (endpoints-basic.md §1.6). */
const SPELLINGS: readonly string[] = ['certificate', 'x509_certificate', 'pem'];

/** What the appliance works out from the certificate. */
const DERIVED: readonly string[] = ['fingerprint', 'issuer', 'subject'];

const ONE_CERTIFICATE = /^\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*$/;

type Form = Pick<JsonQuirks, 'authorityNames' | 'pemLineWidth' | 'pemFinalNewline'>;

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
  const certificate = certificateOf(value);
  return certificate === undefined ? value : shownAuthority(certificate, form);
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
  const text = isObject(value) ? SPELLINGS.map((name) => value[name]).find((pem) => pem !== undefined) : value;
  if (typeof text !== 'string' || !ONE_CERTIFICATE.test(text)) return undefined;
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}
