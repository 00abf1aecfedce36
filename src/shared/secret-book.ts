import { isList, isObject, type Json } from './json.ts';

/** What stands in the place of text that contained a secret. */
export const WITHHELD = '(withheld: contains a secret)';

/** Shorter lines of a multi-line secret (`-----`, `}`) would match harmless text. */
const TELLING_LINE = 16;

/** Shorter values that no schema describes (`ip`, 443) stand in too many harmless texts to be recognised by. */
const TELLING_UNDESCRIBED = 6;

/**
 * The secrets of one run, to recognise text from outside that repeats one of them. Values that are known to be secret by
 * their place never depend on this: they are sealed by place.
 */
export class SecretBook {
  readonly #forms = new Map<string, number>();
  readonly #undescribed = new Set<string>();

  /** Remembers a secret. Booleans, null and the empty string are passed over: every text would contain them. */
  add(secret: Json): void {
    if (typeof secret === 'number') this.#addText(String(secret));
    if (typeof secret === 'string' && secret !== '') {
      this.#addText(secret);
      const lines = secret.split(/\r?\n/).filter((line) => line.length >= TELLING_LINE);
      if (lines.length > 1 || secret.includes('\n')) lines.forEach((line) => this.#addText(line));
    }
    if (isList(secret)) secret.forEach((item) => this.add(item));
    else if (isObject(secret)) Object.values(secret).forEach((value) => this.add(value));
  }

  #addText(text: string): void {
    // Half a surrogate pair has no UTF-8 form: whoever encodes it sends U+FFFD in its place.
    const wellFormed = text.replace(/\p{Surrogate}/gu, '\ufffd');
    const base64 = Buffer.from(wellFormed, 'utf8').toString('base64').replace(/=+$/, '');
    const json = JSON.stringify(text).slice(1, -1);
    for (const form of [text, wellFormed, json, encodeURIComponent(wellFormed), base64]) {
      this.#forms.set(form, Math.max(this.#forms.get(form) ?? 0, text.length));
    }
  }

  /**
   * Remembers a value that no schema describes. It may be a secret, so text from outside that contains it is withheld; but
   * it may as well be a host name that stands in other places, so it hides nothing that is a value by its place.
   */
  addUndescribed(value: string | number | boolean | null): void {
    const text = String(value);
    if (text.length >= TELLING_UNDESCRIBED) this.#undescribed.add(text);
  }

  /** Tells whether the text contains, as such or encoded, a secret of at least `minLength` characters. */
  isSecretIn(text: string, minLength = 1): boolean {
    for (const [form, length] of this.#forms) if (length >= minLength && text.includes(form)) return true;
    return false;
  }

  /** Tells whether the text contains a secret, or a value that may be one. */
  isIn(text: string): boolean {
    if (this.isSecretIn(text)) return true;
    for (const value of this.#undescribed) if (text.includes(value)) return true;
    return false;
  }

  /** The value itself, or `WITHHELD` when any part of it contains a secret. */
  withhold(value: Json): Json {
    return this.#holds(value) ? WITHHELD : value;
  }

  #holds(value: Json): boolean {
    if (typeof value === 'string') return this.isIn(value);
    if (typeof value === 'number') return this.isIn(String(value));
    if (isList(value)) return value.some((item) => this.#holds(item));
    if (isObject(value)) return Object.entries(value).some(([key, item]) => this.isIn(key) || this.#holds(item));
    return false;
  }
}
