import { readdirSync, readFileSync } from 'node:fs';
import { createRegistry } from '../src/resources/registry.ts';
import type { Registry } from '../src/resources/resource-type.ts';
import type { JsonObject } from '../src/shared/json.ts';

/** The repository's root. */
export const ROOT = new URL('..', import.meta.url);

/** The parsed files of `schemas/resources/`. */
export function resourceSchemas(): readonly JsonObject[] {
  const folder = new URL('schemas/resources/', ROOT);
  return readdirSync(folder).map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as JsonObject);
}

/** The registry that the program itself uses. */
export function realRegistry(): Registry {
  return createRegistry(resourceSchemas());
}
