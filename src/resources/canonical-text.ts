import { readCertificate } from '../shared/certificate.ts';
import type { FieldNode } from './resource-type.ts';

const SLASHED_DATE = /^(\d{4})\/(\d{2})\/(\d{2})$/;

/**
 * A string of a body in the one spelling in which the program compares it: a certificate in canonical PEM, a date as
 * `YYYY-MM-DD`. Text that is not exactly one certificate or not a date, and text of other places, stays as it is.
 */
export function canonicalText(text: string, node: FieldNode | undefined): string {
  if (node?.certificate) {
    const reading = readCertificate(text);
    if (reading.kind === 'certificate') return reading.pem;
  }
  return node?.date ? text.replace(SLASHED_DATE, '$1-$2-$3') : text;
}
