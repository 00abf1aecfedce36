import { createRegistry } from '../resources/registry.ts';
import type { Registry } from '../resources/resource-type.ts';
import { loadPrecompiled } from '../shared/precompiled.ts';
import type { CommandIo } from './command-io.ts';

/** The registry of the program's own schemas. */
export async function loadRegistry(io: CommandIo): Promise<Registry> {
  return createRegistry(await io.resourceSchemas(), await loadPrecompiled());
}
