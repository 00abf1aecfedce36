import { createHmac } from 'node:crypto';
import { describeCertificate, readCertificate } from '../shared/certificate.ts';
import { isList, isObject, type Json } from '../shared/json.ts';
import { SECRET_MASK } from '../shared/secret.ts';

/** What is printed in the place of a value that no schema describes. */
export const UNKNOWN_MASK = '(not shown: no schema)';

/**
 * Why a value is sealed: it is secret, no schema describes it, or it is a certificate, which is shown by what it says. A
 * value that is sealed for several reasons is shown by the strictest.
 */
export type SealKind = 'secret' | 'unknown' | 'certificate';

const STRICTNESS: Readonly<Record<SealKind, number>> = { secret: 2, unknown: 1, certificate: 0 };

interface SealedValue {
  readonly value: Json;
  readonly kind: SealKind;
}

/**
 * Turns values that must not be shown into opaque strings for one run. Equal values give equal strings, so everything up to
 * the write can compare, merge and diff without holding a secret. The key must be random and of this run only: with it
 * the strings could be guessed.
 */
export class Sealer {
  readonly #key: Uint8Array;
  readonly #sealed = new Map<string, SealedValue>();

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** The opaque string for a scalar. */
  seal(value: Json, kind: SealKind): string {
    const text = `sealed:${createHmac('sha256', this.#key).update(JSON.stringify(value)).digest('hex')}`;
    const known = this.#sealed.get(text);
    if (known === undefined || STRICTNESS[kind] > STRICTNESS[known.kind]) this.#sealed.set(text, { value, kind });
    return text;
  }

  /** The document with every sealed string replaced by its value: for validation and for the request, never for output. */
  reveal(document: Json): Json {
    return this.#replace(document, (sealed) => sealed.value);
  }

  /** The document with every sealed string replaced by its mask. */
  mask(document: Json): Json {
    return this.#replace(document, maskOf);
  }

  #replace(document: Json, replacement: (sealed: SealedValue) => Json): Json {
    if (typeof document === 'string') {
      const sealed = this.#sealed.get(document);
      return sealed === undefined ? document : replacement(sealed);
    }
    if (isList(document)) return document.map((item) => this.#replace(item, replacement));
    if (!isObject(document)) return document;
    return Object.fromEntries(
      Object.entries(document).map(([name, value]) => [name, this.#replace(value, replacement)]),
    );
  }
}

function maskOf({ kind, value }: SealedValue): string {
  switch (kind) {
    case 'secret':
      return SECRET_MASK;
    case 'unknown':
      return UNKNOWN_MASK;
    case 'certificate': {
      const reading = readCertificate(typeof value === 'string' ? value : '');
      return reading.kind === 'certificate' ? describeCertificate(reading.pem) : '(not one certificate)';
    }
  }
}
