import { isIP } from 'node:net';
import { connect } from 'node:tls';

/** Looking at a certificate must not make a failing request much slower. */
const LOOK_MS = 3_000;

/**
 * The end of validity of the certificate that a server shows, as `YYYY-MM-DD`; null when it cannot be found out. The
 * connection is made for looking only: nothing is sent on it and nothing of it is trusted.
 */
export function certificateExpiry(origin: string): Promise<string | null> {
  const { hostname, port } = new URL(origin);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: port === '' ? 443 : Number(port),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      rejectUnauthorized: false,
    });
    const timer = setTimeout(() => finish(null), LOOK_MS);
    const finish = (expiry: string | null): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(expiry);
    };
    socket.once('secureConnect', () => finish(asDate(socket.getPeerCertificate().valid_to)));
    socket.on('error', () => finish(null));
  });
}

function asDate(text: string | undefined): string | null {
  const at = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? null : new Date(at).toISOString().slice(0, 10);
}
