import { inspect } from 'node:util';

/** What is printed in the place of a secret. */
export const SECRET_MASK = '(secret)';

type Scalar = string | number | boolean | null;

/** A value that cannot print itself: every way of turning it into text gives the mask; only `reveal` gives the value. */
export class Secret<T extends Scalar = Scalar> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself, for the request that needs it and for comparison in memory. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return SECRET_MASK;
  }

  toJSON(): string {
    return SECRET_MASK;
  }

  [inspect.custom](): string {
    return SECRET_MASK;
  }
}
