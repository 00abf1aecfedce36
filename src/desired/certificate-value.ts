import { readCertificate } from '../shared/certificate.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';

/** What is said of something that is no PEM at all. */
export const NO_PEM: Omit<Diagnostic, 'severity'> = {
  code: 'certificate-invalid',
  message: 'there is no PEM certificate here',
  hint: 'give it in PEM, which begins with -----BEGIN CERTIFICATE-----; DER becomes PEM by `openssl x509 -inform der -in FILE`',
};

/**
 * The canonical PEM of the one certificate in a text, so that equal certificates are equal text; otherwise what is wrong:
 * `certificate-invalid`, `certificate-bundle` or `certificate-with-key`. Nothing of the text is told.
 */
export function readCertificateValue(text: string): { readonly value: string } | Omit<Diagnostic, 'severity'> {
  const reading = readCertificate(text);
  switch (reading.kind) {
    case 'certificate':
      return { value: reading.pem };
    case 'none':
      return NO_PEM;
    case 'invalid': {
      const hint = 'check that it is complete';
      return { code: 'certificate-invalid', message: 'the certificate cannot be parsed', hint };
    }
    case 'bundle': {
      const message = `this holds ${reading.count} certificates, an authority is one`;
      return { code: 'certificate-bundle', message, hint: 'give each its own entry' };
    }
    case 'with-key': {
      const hint = 'give the certificate alone, and make a new key if this one has been seen by others';
      return { code: 'certificate-with-key', message: 'there is a private key beside the certificate', hint };
    }
  }
}
