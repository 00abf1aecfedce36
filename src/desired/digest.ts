import { createHash } from 'node:crypto';
import { compareText } from '../shared/compare-text.ts';
import { canonicalYaml, type YamlValue } from '../yaml/read-yaml.ts';

/**
 * `sha256:` and 64 hex digits over documents in canonical form, tags unresolved. How documents are spread over files, and
 * the order of files, documents and members, do not count.
 */
export function digestOf(documents: readonly YamlValue[]): string {
  const hash = createHash('sha256');
  // Canonical text has no line breaks, so that the separator cannot be part of a document.
  for (const text of documents.map(canonicalYaml).sort(compareText)) hash.update(`${text}\n`);
  return `sha256:${hash.digest('hex')}`;
}
