import { X509Certificate } from 'node:crypto';

/**
 * What a text holds that should hold one certificate. `pem` is canonical: 64 columns, LF, a final newline, made from the
 * DER bytes, so that equal certificates give equal text. `none`: no PEM certificate at all; `invalid`: one that is cut
 * off or cannot be parsed; `bundle`: more than one; `with-key`: a private key besides, whatever else there is.
 */
export type CertificateReading =
  | { readonly kind: 'certificate'; readonly pem: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'bundle'; readonly count: number }
  | { readonly kind: 'with-key' };

/** The labels that OpenSSL takes for a certificate; what `TRUSTED` has beyond the certificate is not part of it. */
const LABEL = '(?:X509 |TRUSTED )?CERTIFICATE-----';
const BEGIN = new RegExp(`-----BEGIN ${LABEL}`, 'g');
const BLOCK = new RegExp(`-----BEGIN ${LABEL}([^-]*)-----END ${LABEL}`);
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** Every DER certificate is a SEQUENCE. Anything else might be PEM once more, which the parser would take as well. */
const SEQUENCE = 0x30;

/** One run meets the same certificate several times, and OpenSSL takes a fifth of a millisecond to parse it. */
const KEPT = new Map<string, string>();
const MOST_KEPT = 1000;
const LONGEST_KEPT = 8192;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * Looks for the PEM certificate in a text, which may have other lines around it (`openssl` prints subjects there). Line
 * width, line endings and indentation do not count. Never throws and never quotes the text.
 */
export function readCertificate(text: string): CertificateReading {
  if (text.includes('PRIVATE KEY-----')) return { kind: 'with-key' };
  const count = text.match(BEGIN)?.length ?? 0;
  if (count === 0) return { kind: 'none' };
  if (count > 1) return { kind: 'bundle', count };
  const pem = KEPT.get(text) ?? canonicalPem(text);
  if (pem === undefined) return { kind: 'invalid' };
  keep(text, pem);
  return { kind: 'certificate', pem };
}

/**
 * One line for people: subject, last day of validity (UTC), SHA-256 of the DER bytes in lower-case hexadecimal. Says so
 * when the text is not exactly one certificate; never throws.
 */
export function describeCertificate(pem: string): string {
  const certificate = parsed(BLOCK.exec(pem)?.[1] ?? '');
  if (certificate === undefined) return 'a certificate that cannot be parsed';
  // Without a subject Node.js gives `undefined`, against its own types.
  const { subject } = certificate as { readonly subject: string | undefined };
  const name = subject === undefined ? 'certificate without a subject' : `certificate of ${oneLine(subject)}`;
  const digest = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
  return `${name}, expires ${day(certificate.validTo)}, SHA-256 ${digest}`;
}

function canonicalPem(text: string): string | undefined {
  const certificate = parsed(BLOCK.exec(text)?.[1] ?? '');
  return certificate === undefined ? undefined : pemOf(certificate);
}

function keep(text: string, pem: string): void {
  if (text.length > LONGEST_KEPT) return;
  // Put in again, it is the latest; what was met least lately goes.
  KEPT.delete(text);
  KEPT.set(text, pem);
  const [oldest] = KEPT.keys();
  if (KEPT.size > MOST_KEPT && oldest !== undefined) KEPT.delete(oldest);
}

function parsed(base64: string): X509Certificate | undefined {
  const compact = base64.replaceAll(/\s/g, '');
  // Node.js skips what is not base64: a damaged text would be decoded to other bytes.
  if (!BASE64.test(compact) || compact.length % 4 !== 0) return undefined;
  const der = Buffer.from(compact, 'base64');
  if (der[0] !== SEQUENCE) return undefined;
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

function pemOf(certificate: X509Certificate): string {
  const lines = certificate.raw.toString('base64').match(/.{1,64}/g) ?? [];
  return `${['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----'].join('\n')}\n`;
}

function oneLine(subject: string): string {
  return subject.replaceAll('\n', ', ');
}

/** `May  1 00:00:00 2031 GMT`, as OpenSSL prints it, as `2031-05-01`; another form stays. */
function day(validTo: string): string {
  const [, month = '', date = '', year = ''] = /^(\w{3}) +(\d{1,2}) [\d:.]+ (\d{4}) GMT$/.exec(validTo) ?? [];
  const number = MONTHS.indexOf(month) + 1;
  return number === 0 ? validTo : `${year}-${String(number).padStart(2, '0')}-${date.padStart(2, '0')}`;
}
