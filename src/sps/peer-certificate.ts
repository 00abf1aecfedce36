import { isIP } from 'node:net';
import { connect } from 'node:tls';

/** Looking at a certificate must not make a failing request much slower. */
const LOOK_MS = 3_000;

/**
 * The end of validity of the certificate that a server shows, as OpenSSL writes it (`Mar  4 12:00:00 2021 GMT`);
 * empty when it cannot be found out within `lookMs`. The connection is made for looking only: nothing is sent on it and nothing of it is trusted.
 */
export function certificateExpiry(origin: string, lookMs = LOOK_MS): Promise<string> {
  const { hostname, port } = new URL(origin);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: port === '' ? 443 : Number(port),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      rejectUnauthorized: false,
    });
    const finish = (expiry: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(expiry);
    };
    const timer = setTimeout(() => finish(''), lookMs);
    socket.once('secureConnect', () => finish(socket.getPeerCertificate().valid_to));
    socket.on('error', () => finish(''));
  });
}
