import { formatDuration } from '../shared/duration.ts';
import { ApplianceError, CODES_OF_CUT, type ApplianceErrorKind, type RequestName } from './appliance-error.ts';

/** A failure below HTTP: whatever the socket, TLS or the HTTP parser gave, and how far the request had come. */
export interface BrokenExchange {
  readonly cause: Error;
  /** The request had been written to a connection. */
  readonly sent: boolean;
  /** Of the answer that had begun, null when none had. */
  readonly status: number | null;
}

/** What the words need beyond the failure itself. */
interface Circumstances {
  /** How long a connection may take to come about. */
  readonly timeoutMs: number;
  /** The end of validity of the appliance's certificate in a form of `Date.parse`, empty when that is not known. */
  readonly validUntil: string;
}

interface Explanation {
  readonly kind: ApplianceErrorKind;
  readonly text: string;
  readonly hint?: string;
}

const CHECK_URL = 'Check appliance.url and that the appliance offers its web interface and REST API there.';

const UNREACHABLE: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'the connection was refused'],
  ['ENOTFOUND', 'the host name was not found'],
  ['EAI_AGAIN', 'the host name could not be looked up just now'],
  ['EHOSTUNREACH', 'there is no route to the host'],
  ['ENETUNREACH', 'there is no route to the network'],
  ['ETIMEDOUT', 'nobody answered'],
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
    networkCode: code === '' ? null : code,
  });
}

function explain(code: string, broken: BrokenExchange, known: Circumstances): Explanation {
  if (CODES_OF_CUT.includes(code)) {
    return { kind: 'network', text: 'was given up: the connection to the appliance was closed by this program' };
  }
  if (TLS_CODE.test(code)) return explainTls(code, broken.cause, known.validUntil);
  if (broken.cause.name === 'HTTPParserError' || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return { kind: 'network', text: 'was answered with something that is not HTTP', hint: CHECK_URL };
  }
  if (broken.sent) {
    const hint = 'Check what stands between this machine and the appliance, then run again.';
    return { kind: 'network', text: 'was cut off before the answer was complete', hint };
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT') {
    const text = `could not connect: nobody answered within ${formatDuration(known.timeoutMs)}`;
    return { kind: 'timeout', text, hint: CHECK_URL };
  }
  const why = UNREACHABLE.get(code) ?? 'the connection was cut off';
  return { kind: 'network', text: `could not connect: ${why}`, hint: CHECK_URL };
}

/** The words for a deadline that passed. */
export function timedOut(timeoutMs: number): Explanation {
  return {
    kind: 'timeout',
    text: `timed out after ${formatDuration(timeoutMs)}`,
    hint: 'If the appliance is only slow, raise appliance.requests.timeout (or commitTimeout).',
  };
}

function explainTls(code: string, cause: Error, validUntil: string): Explanation {
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
export function isExpiry(cause: Error): boolean {
  return codeOf(cause) === 'CERT_HAS_EXPIRED';
}

// It can also be an authority of the chain that has expired; then the date of the server's own certificate misleads.
function expiredWhen(validUntil: string): string {
  const end = Date.parse(validUntil);
  if (!(end <= Date.now())) return 'or one of its authorities has expired';
  return `expired on ${new Date(end).toISOString().slice(0, 10)}`;
}

function namesIn(cause: Error & { readonly cert?: { readonly subjectaltname?: unknown } }): string {
  const names = cause.cert?.subjectaltname;
  // The peer is not authenticated: only what a list of names is made of, and not much of it, gets into a message.
  return typeof names === 'string' && /^[\w .:,*-]{1,200}$/.test(names) ? ` (${names})` : '';
}

/** The code of an error, empty when it has none. Where several addresses were tried, Node.js gives that of the first. */
function codeOf(cause: Error & { readonly code?: unknown }): string {
  return typeof cause.code === 'string' && /^[A-Z][A-Z0-9_]{0,59}$/.test(cause.code) ? cause.code : '';
}
