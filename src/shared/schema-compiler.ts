import { createRequire } from 'node:module';
import type * as Ajv from 'ajv/dist/2020.js';
import type * as Formats from 'ajv-formats/dist/formats.js';

const require = createRequire(import.meta.url);

const ANNOTATIONS = `x-sps x-sps-message x-sps-secret x-sps-set x-sps-identity x-sps-tag x-sps-optional-block
  x-sps-derived x-sps-certificate x-sps-date x-sps-aliases x-sps-target-only`.split(/\s+/);

/**
 * A compiler of our schemas. Loaded when it is wanted: a built program has its validators compiled already, and the compiler
 * takes longer to load than they do. `source` keeps the code of what it compiles, for the build to write it down.
 */
export function newCompiler(purpose: 'run' | 'source' = 'run'): Ajv.Ajv2020 {
  const { Ajv2020 } = require('ajv/dist/2020.js') as typeof Ajv;
  // The formats alone: the package's entry point loads a second copy of ajv.
  const { fullFormats } = require('ajv-formats/dist/formats.js') as typeof Formats;
  // Union types and members described only in a branch are how the resource schemas express SPS's unions.
  // The schemas are ours and a test holds them against the meta-schema; doing that at every start would cost more than
  // all else that is compiled.
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    meta: false,
    validateSchema: false,
    ...(purpose === 'source' ? { code: { source: true, esm: true } } : {}),
  });
  for (const name of ['ipv4', 'ipv6'] as const) ajv.addFormat(name, fullFormats[name]);
  ajv.addVocabulary(ANNOTATIONS);
  return ajv;
}
