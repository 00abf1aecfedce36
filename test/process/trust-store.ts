import { readFileSync } from 'node:fs';
import { ROOT } from '../resource-schemas.ts';

/** The certificate of an authority, PEM. */
export const CERTIFICATE = readFileSync(new URL('config-examples/quickstart/ca/corporate.pem', ROOT), 'utf8');

/** The document of a trust store with that authority, whose file lies beside it. */
export function storeDocument(name: string, more = ''): string {
  return `resource: trust_stores
name: ${name}
${more}body:
  revocation_check: none
  crl_urls: []
  authorities: [ { certificate: !file ca.pem } ]
`;
}
