import { readdirSync, readFileSync } from 'node:fs';
import { ROOT } from '../resource-schemas.ts';

/** The text of one source file, its path relative to the repository. */
export function source(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

/** What the pattern's first group matches in a text, sorted and each once. Throws when it matches nothing. */
export function scan(text: string, pattern: RegExp): readonly string[] {
  const found = [...new Set([...text.matchAll(pattern)].map(([, group]) => group ?? ''))].toSorted();
  if (found.length === 0) throw new Error(`${pattern.source} matches nothing: the scan is out of date`);
  return found;
}

/** All sources of the program as one text; the demonstration is no part of it. */
export function allSources(): string {
  return readdirSync(new URL('src/', ROOT), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name !== 'demo.ts')
    .map((name) => source(`src/${name}`))
    .join('\n');
}
