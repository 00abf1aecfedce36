import { formatDuration } from '../shared/duration.ts';
import { ApplianceError, type ApplianceErrorKind, type RequestName } from './appliance-error.ts';

/** A failure below HTTP: whatever the socket, TLS or the HTTP parser gave, and how far the request had come. */
export interface BrokenExchange {
  readonly cause: unknown;
  /** The request had been written to a connection. */
  readonly sent: boolean;
  readonly status: number | null;
}

/** What the words need beyond the failure itself. */
interface Circumstances {
  readonly timeoutMs: number;
  /** The last day of the appliance's certificate as `YYYY-MM-DD`, when it was looked up. */
  readonly validUntil: string | null;
}

interface Explanation {
  readonly kind: ApplianceErrorKind;
  readonly text: string;
  readonly hint?: string;
}

const CHECK_URL = 'Check appliance.url and that the appliance offers its web interface and REST API there.';

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host name was not found',
  EAI_AGAIN: 'the host name could not be looked up just now',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
};

const TIMED_OUT: ReadonlySet<string> = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

// The names that Node.js gives to the results of OpenSSL's verification, and its own TLS errors.
const TLS_CODE =
  /^(?:ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA$|INVALID_PURPOSE$)/;

/** The error that stands for a failure below HTTP; its message has the cause in words and names no byte of the answer. */
export function networkError(request: RequestName, broken: BrokenExchange, known: Circumstances): ApplianceError {
  const code = codeOf(broken.cause);
  return new ApplianceError({
    ...explain(code, broken, known),
    request,
    status: broken.status,
    networkCode: code,
  });
}

function explain(code: string | null, broken: BrokenExchange, known: Circumstances): Explanation {
  if (code !== null && Object.hasOwn(UNREACHABLE, code)) {
    return { kind: 'network', text: `could not connect: ${UNREACHABLE[code] ?? code}`, hint: CHECK_URL };
  }
  if (code !== null && TIMED_OUT.has(code)) return timedOut(known.timeoutMs);
  if (code !== null && TLS_CODE.test(code)) return explainTls(code, broken.cause, known.validUntil);
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') {
    return { kind: 'network', text: 'was given up: the connection to the appliance was closed by this program' };
  }
  if (isParserError(broken.cause) || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return { kind: 'network', text: 'was answered with something that is not HTTP', hint: CHECK_URL };
  }
  if (!broken.sent) return { kind: 'network', text: 'could not connect: the connection was cut off', hint: CHECK_URL };
  const hint = 'Check what stands between this machine and the appliance, then run again.';
  return { kind: 'network', text: 'was cut off before the answer was complete', hint };
}

// undici's parser error has a code in some versions, and its name in all.
function isParserError(cause: unknown): boolean {
  return cause instanceof Error && (cause.name === 'HTTPParserError' || codeOf(cause)?.startsWith('HPE_') === true);
}

/** The words for a deadline that passed. */
export function timedOut(timeoutMs: number): Explanation {
  return {
    kind: 'timeout',
    text: `timed out after ${formatDuration(timeoutMs)}`,
    hint: 'If the appliance is only slow, raise appliance.requests.timeout (or commitTimeout).',
  };
}

function explainTls(code: string, cause: unknown, validUntil: string | null): Explanation {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return {
        kind: 'tls',
        text: `could not connect: the appliance's certificate ${expiredWhen(validUntil)}`,
        hint: "Renew the appliance's web certificate, and check the clock of this machine.",
      };
    case 'CERT_NOT_YET_VALID':
      return {
        kind: 'tls',
        text: "could not connect: the appliance's certificate is not valid yet",
        hint: 'Check the clocks of the appliance and of this machine.',
      };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        kind: 'tls',
        text: "could not connect: the appliance's certificate is for another host name",
        hint: `Use a name in appliance.url that the certificate holds${namesIn(cause)}.`,
      };
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return { kind: 'tls', text: 'could not connect: that port does not speak HTTPS', hint: CHECK_URL };
    default:
      break;
  }
  if (/^(?:EPROTO$|ERR_)/.test(code)) {
    return {
      kind: 'tls',
      text: `could not connect: the TLS handshake failed (${code})`,
      hint: 'Check the TLS settings of the appliance, and appliance.login.certificate and key if it asks for a client certificate.',
    };
  }
  return {
    kind: 'tls',
    text: `could not connect: the appliance's certificate is not trusted (${code})`,
    hint: "Put the appliance's CA certificate into the bundle that appliance.tls.ca (or SPS_CA) names.",
  };
}

/** Tells whether a failure is that of a certificate which has expired. */
export function isExpiry(cause: unknown): boolean {
  return codeOf(cause) === 'CERT_HAS_EXPIRED';
}

// It can also be an authority of the chain that has expired; then the date of the server's own certificate misleads.
function expiredWhen(validUntil: string | null): string {
  const isPast = validUntil !== null && Date.parse(validUntil) <= Date.now();
  return isPast ? `expired on ${validUntil}` : 'or one of its authorities has expired';
}

function namesIn(cause: unknown): string {
  const certificate: unknown = cause instanceof Error && 'cert' in cause ? cause.cert : undefined;
  if (typeof certificate !== 'object' || certificate === null || !('subjectaltname' in certificate)) return '';
  const names = certificate.subjectaltname;
  // The peer is not authenticated: only what a list of names is made of, and not much of it, gets into a message.
  return typeof names === 'string' && /^[\w .:,*-]{1,200}$/.test(names) ? ` (${names})` : '';
}

/** The code of an error, of the first one that has a code where several addresses were tried. */
function codeOf(cause: unknown): string | null {
  if (!(cause instanceof Error)) return null;
  if ('code' in cause && typeof cause.code === 'string' && /^[A-Z][A-Z0-9_]{0,59}$/.test(cause.code)) return cause.code;
  if (!(cause instanceof AggregateError)) return null;
  for (const inner of cause.errors) {
    const code = codeOf(inner);
    if (code !== null) return code;
  }
  return null;
}
