import { generate } from 'selfsigned';

/** A certificate with its key, both PEM. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

/** What a test wants of a certificate. */
export interface Wanted {
  readonly names?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** An authority of its own, able to issue. Elliptic keys: they are made in a moment. */
export async function makeAuthority(name: string, wanted: Pick<Wanted, 'notAfter'> = {}): Promise<Issued> {
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date('2020-01-01T00:00:00Z'),
    notAfterDate: wanted.notAfter ?? new Date('2100-01-01T00:00:00Z'),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { certificate: made.cert, key: made.private };
}

/** A certificate for servers (and clients) from an authority; for `localhost` and 127.0.0.1 unless names are given. */
export async function issue(authority: Issued, wanted: Wanted = {}): Promise<Issued> {
  const names = (wanted.names ?? ['localhost']).map((value) => ({ type: 2 as const, value }));
  const addresses = wanted.names === undefined ? [{ type: 7 as const, ip: '127.0.0.1' }] : [];
  const altNames = [...names, ...addresses];
  const made = await generate([{ name: 'commonName', value: 'scripted server' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: wanted.notBefore ?? new Date(Date.now() - 3_600_000),
    notAfterDate: wanted.notAfter ?? new Date(Date.now() + 86_400_000),
    ca: { cert: authority.certificate, key: authority.key },
    extensions: [
      { name: 'basicConstraints', cA: false },
      ...(altNames.length === 0 ? [] : [{ name: 'subjectAltName' as const, altNames }]),
    ],
  });
  return { certificate: made.cert, key: made.private };
}
