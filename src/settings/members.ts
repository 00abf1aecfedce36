import { isList, type Json } from '../shared/json.ts';
import { valueAt } from '../shared/pointer.ts';

/** Reads members of checked settings; what is missing, or was found to be of another type, gives the default. */
export class Members {
  readonly #settings: Json;

  constructor(settings: Json) {
    this.#settings = settings;
  }

  has(pointer: string): boolean {
    return valueAt(this.#settings, pointer) !== undefined;
  }

  /** Whether it is there, and `null`. */
  isNull(pointer: string): boolean {
    return valueAt(this.#settings, pointer) === null;
  }

  text(pointer: string): string | undefined {
    const value = valueAt(this.#settings, pointer);
    return typeof value === 'string' && value !== '' ? value : undefined;
  }

  number(pointer: string, otherwise: number): number {
    const value = valueAt(this.#settings, pointer);
    return typeof value === 'number' ? value : otherwise;
  }

  flag(pointer: string, otherwise: boolean): boolean {
    const value = valueAt(this.#settings, pointer);
    return typeof value === 'boolean' ? value : otherwise;
  }

  texts(pointer: string): readonly string[] {
    const value = valueAt(this.#settings, pointer);
    return value !== undefined && isList(value) ? value.filter((item) => typeof item === 'string') : [];
  }

  /** One of the allowed words. */
  word<const T extends string>(pointer: string, allowed: readonly T[]): T | undefined {
    const value = this.text(pointer);
    return allowed.find((word) => word === value);
  }
}
