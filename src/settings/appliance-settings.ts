import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { resolve } from 'node:path';
import { Secret } from '../shared/secret.ts';
import { quoteName } from '../yaml/quote-name.ts';
import { durationMember } from './duration-member.ts';
import type { Findings } from './findings.ts';
import type { Members } from './members.ts';
import { readText } from './read-text.ts';
import type { ApplianceSettings, LoginSettings } from './settings.ts';

/** What the appliance's part is built from. */
export interface ApplianceContext {
  readonly members: Members;
  readonly findings: Findings;
  /** What paths of the file are relative to. */
  readonly folder: string;
  /** Whether the value at a pointer came from a variable or a file, and is shown to nobody. */
  readonly isSecret: (pointer: string) => boolean;
}

const LOGIN = '/appliance/login';
const PEM_HINT = 'Name a file that begins with -----BEGIN CERTIFICATE-----, undamaged.';
const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Checks what can be told without any other file; what is missing is not looked at. */
export function checkAppliance({ members, findings }: ApplianceContext): {
  readonly url: string | undefined;
  readonly requests: ApplianceSettings['requests'];
} {
  const url = members.text('/appliance/url');
  if (!members.flag('/appliance/tls/verify', true)) {
    findings.add('/appliance/tls/verify', {
      severity: 'warning',
      code: 'tls-not-verified',
      message: "appliance.tls.verify is off: the appliance's certificate is not verified",
      hint: "Set appliance.tls.ca to the appliance's CA certificate instead.",
    });
  }
  if (isPasswordLogin(members) && isCertificateLogin(members)) {
    findings.error(LOGIN, {
      code: 'login-ambiguous',
      message: 'has both a password login and a client certificate',
      hint: 'Keep one of them.',
    });
  }
  return {
    url: url === undefined ? undefined : origin(url, findings),
    requests: {
      concurrency: members.number('/appliance/requests/concurrency', 4),
      timeoutMs: durationMember('/appliance/requests/timeout', '30s', { members, findings }),
      commitTimeoutMs: durationMember('/appliance/requests/commitTimeout', '3m', { members, findings }),
    },
  };
}

/** The appliance's part, with the files that it names; null after findings that forbid it. */
export async function buildAppliance(context: ApplianceContext): Promise<ApplianceSettings | null> {
  const { members, findings } = context;
  const { url, requests } = checkAppliance(context);
  requireMember('/appliance/url', ', or SPS_URL', context);
  const ca = await readPem('/appliance/tls/ca', context);
  if (ca !== undefined) checkBundle(ca, findings);
  const login = await buildLogin(context);
  if (url === undefined || login === null) return null;
  return {
    url,
    expectHostname: members.text('/appliance/expectHostname') ?? null,
    tls: { ca, verify: members.flag('/appliance/tls/verify', true) },
    login,
    requests,
  };
}

function origin(text: string, findings: Findings): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : null;
  const hint = 'Write it as https://sps.example.com, with a port where it is not 443.';
  if (url?.protocol !== 'https:') {
    findings.error('/appliance/url', { code: 'url-not-https', message: 'is not an https URL', hint });
    return undefined;
  }
  const isOrigin = url.pathname === '/' && url.username === '' && url.password === '' && !/[?#@]/.test(text);
  if (isOrigin) return url.origin;
  findings.error('/appliance/url', { code: 'url-not-origin', message: 'holds more than scheme, host and port', hint });
  return undefined;
}

function isPasswordLogin(members: Members): boolean {
  return members.has(`${LOGIN}/username`) || members.has(`${LOGIN}/password`);
}

function isCertificateLogin(members: Members): boolean {
  return members.has(`${LOGIN}/certificate`) || members.has(`${LOGIN}/key`);
}

async function buildLogin(context: ApplianceContext): Promise<LoginSettings | null> {
  const { members } = context;
  if (isPasswordLogin(members) && isCertificateLogin(members)) return null;
  const method = members.text(`${LOGIN}/method`);
  if (isCertificateLogin(members)) return certificateLogin(method, context);
  requireMember(`${LOGIN}/username`, ', or SPS_USERNAME', context);
  requireMember(`${LOGIN}/password`, ', or SPS_PASSWORD or SPS_PASSWORD_FILE', context);
  const username = members.text(`${LOGIN}/username`);
  const password = members.text(`${LOGIN}/password`);
  if (username === undefined || password === undefined) return null;
  return { kind: 'password', username, password: new Secret(password), method };
}

async function certificateLogin(method: string | undefined, context: ApplianceContext): Promise<LoginSettings | null> {
  requireMember(`${LOGIN}/certificate`, '', context);
  requireMember(`${LOGIN}/key`, '', context);
  const certificate = await readPem(`${LOGIN}/certificate`, context);
  const key = await readPem(`${LOGIN}/key`, context);
  const certificateObject = certificate === undefined ? null : parseCertificate(certificate);
  const keyObject = key === undefined ? null : parseKey(key);
  const { findings } = context;
  if (certificate !== undefined && certificateObject === null) {
    findings.error(`${LOGIN}/certificate`, {
      code: 'not-a-certificate',
      message: 'is not a certificate in PEM',
      hint: PEM_HINT,
    });
  }
  if (key !== undefined && keyObject === null) {
    findings.error(`${LOGIN}/key`, {
      code: 'not-a-key',
      message: 'is not a private key in PEM without a passphrase',
      hint: 'Name the file of a key in PEM, without a passphrase.',
    });
  }
  if (certificate === undefined || key === undefined || certificateObject === null || keyObject === null) return null;
  if (!certificateObject.checkPrivateKey(keyObject)) {
    findings.error(`${LOGIN}/key`, {
      code: 'key-mismatch',
      message: 'does not belong to the certificate',
      hint: 'Name the key that the certificate was made for.',
    });
    return null;
  }
  return { kind: 'certificate', certificate, key: new Secret(key), method };
}

function requireMember(pointer: string, elsewhere: string, { members, findings }: ApplianceContext): void {
  if (members.has(pointer) || findings.explains(pointer)) return;
  findings.error(pointer, { code: 'missing-member', message: 'is missing', hint: `Set it${elsewhere}.` });
}

/** The text of a PEM file; `!file` and `!env` may also give the PEM itself. */
async function readPem(
  pointer: string,
  { members, findings, folder, isSecret }: ApplianceContext,
): Promise<string | undefined> {
  const value = members.text(pointer);
  if (value === undefined || value.includes('-----BEGIN ')) return value;
  const path = resolve(folder, value);
  const read = await readText(path);
  if (read.kind === 'text') return read.text;
  if (pointer.endsWith('/key')) {
    // A key without its PEM lines looks like a path; it must not be quoted as one.
    findings.error(pointer, {
      code: 'file-unreadable',
      message: `names no file that can be read (it ${read.problem}), and is not a key in PEM either`,
      hint: 'Name the file of the key, or give the whole PEM with its BEGIN and END lines.',
    });
    return undefined;
  }
  findings.error(pointer, {
    code: 'file-unreadable',
    message: `names ${isSecret(pointer) ? 'a file' : `the file ${quoteName(path)}`}, which ${read.problem}`,
    hint: 'Correct the path or the permissions.',
  });
  return undefined;
}

function checkBundle(pem: string, findings: Findings): void {
  const blocks = pem.match(CERTIFICATES) ?? [];
  const isSound = blocks.length > 0 && blocks.every((block) => parseCertificate(block) !== null);
  if (!isSound)
    findings.error('/appliance/tls/ca', {
      code: 'not-a-certificate',
      message: 'is not a bundle of certificates in PEM',
      hint: PEM_HINT,
    });
}

function parseCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}

function parseKey(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    return null;
  }
}
