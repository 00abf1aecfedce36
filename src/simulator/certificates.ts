import { generate } from 'selfsigned';

/** A certificate and its private key, both PEM. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

/** What one simulator presents, accepts and holds: all of it on elliptic curves, because that takes the least time. */
export interface SimulatorCertificates {
  /** The CA's certificate, which clients pin. */
  readonly caPem: string;
  /** For `localhost` and `127.0.0.1`. */
  readonly server: Identity;
  /** Accepted for a login with certificate. */
  readonly client: Identity;
  /** Of authorities to put into trust stores, PEM; the built-in store has the first one. */
  readonly authorities: readonly string[];
}

/** Makes the certificates of as many authorities, PEM, for tests of trust stores; their private keys are forgotten. */
export async function makeAuthorities(count: number): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, index) => `Test authority ${index + 1}`);
  return Promise.all(
    names.map(async (value) => {
      const extensions = [{ name: 'basicConstraints', cA: true, critical: true } as const];
      const made = await generate([{ name: 'commonName', value }], { keyType: 'ec', algorithm: 'sha256', extensions });
      return made.cert;
    }),
  );
}

/** Makes a CA, a server and a client certificate issued by it, and three authorities that have nothing to do with it. */
export async function makeCertificates(commonName: string): Promise<SimulatorCertificates> {
  const ca = await generate([{ name: 'commonName', value: 'Simulated appliance CA' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const issuer = { key: ca.private, cert: ca.cert };
  const server = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: issuer,
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  const client = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: issuer,
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', clientAuth: true },
    ],
  });
  return {
    caPem: ca.cert,
    server: { certificate: server.cert, key: server.private },
    client: { certificate: client.cert, key: client.private },
    authorities: await makeAuthorities(3),
  };
}
