import { createHash } from 'node:crypto';
import type { ValidateFunction } from 'ajv';
import type { JsonObject } from './json.ts';

/** Finds the validator of a schema among those that were compiled when the program was built. */
export type Precompiled = (schema: JsonObject) => ValidateFunction | undefined;

/** No schema has been compiled. */
export const NONE_PRECOMPILED: Precompiled = () => undefined;

/** The name of a schema's validator in the built module: a schema that has changed since does not find the old one. */
export function validatorName(schema: JsonObject): string {
  return `v${createHash('sha256').update(JSON.stringify(schema)).digest('hex')}`;
}

/** The validators of the built program; none where it was not built, as in tests of the sources. */
export async function loadPrecompiled(): Promise<Precompiled> {
  let built: Readonly<Record<string, ValidateFunction>>;
  try {
    const module = new URL('../validators.js', import.meta.url).href;
    built = (await import(/* @vite-ignore */ module)) as Readonly<Record<string, ValidateFunction>>;
  } catch {
    // Without them everything works, a fifth of a second later.
    return NONE_PRECOMPILED;
  }
  return (schema) => built[validatorName(schema)];
}
