import { parseDocument } from '../../../src/desired/parse-documents.ts';
import type { ParsedDocument, ParsedThing } from '../../../src/desired/parsed-document.ts';
import { DESIRED_TAGS } from '../../../src/desired/plain-tags.ts';
import type { Diagnostic } from '../../../src/shared/diagnostic.ts';
import { readYaml } from '../../../src/yaml/read-yaml.ts';

/** What a finding is told by: its code, its pointer, and its place in the file. */
export type Told = readonly [code: string, pointer: string, line: number, column: number];

/** The documents of a text, and what is wrong with each for itself. */
export function parse(
  text: string,
  file = 'f.yaml',
): { readonly parsed: readonly ParsedDocument[]; readonly findings: readonly Diagnostic[] } {
  const reading = readYaml(file, text, { tags: DESIRED_TAGS });
  const answers = reading.documents.map((document) => parseDocument(file, document));
  return {
    parsed: answers.flatMap(({ parsed }) => (parsed === undefined ? [] : [parsed])),
    findings: [...reading.findings, ...answers.flatMap(({ findings }) => findings)],
  };
}

/** The first document of a text. Throws when it cannot be worked with, or is about a collection as a whole. */
export function parseThing(text: string): ParsedThing {
  const [parsed] = parse(text).parsed;
  if (parsed?.kind !== 'thing') throw new Error('the document is not about a thing');
  return parsed;
}

/** Findings by what they are told by. */
export function told(findings: readonly Diagnostic[]): readonly Told[] {
  return findings.map(({ code, pointer, position }) => [
    code,
    pointer ?? 'nowhere',
    position?.line ?? 0,
    position?.column ?? 0,
  ]);
}
