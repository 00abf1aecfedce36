import type { Diagnostic } from '../shared/diagnostic.ts';
import type { YamlDocument, YamlValue } from '../yaml/read-yaml.ts';

/** A document whose members are in order, its tags not yet resolved. */
export interface ParsedDocument {
  /** As positions name it: relative to the desired-state directory, with `/`. */
  readonly file: string;
  readonly document: YamlDocument;
  readonly resource: string;
  readonly body: YamlValue;
  readonly ignore: readonly string[];
  readonly optional: boolean;
}

/** Takes one finding about the document at hand. */
export type Report = (pointer: string, at: 'key' | 'value', finding: Omit<Diagnostic, 'severity'>) => void;

/** What a document describes, as text that is equal for equal things. Two documents of one identity are an error. */
export function identityOf({ resource }: ParsedDocument): string {
  return resource;
}

/** The order of text by UTF-16 units: the same on every machine. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
