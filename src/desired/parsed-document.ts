import type { Diagnostic } from '../shared/diagnostic.ts';
import type { YamlDocument, YamlValue } from '../yaml/read-yaml.ts';
import { identityKey } from './identity.ts';

/** What every document has, whatever it describes. */
export interface DocumentHead {
  /** As positions name it: relative to the desired-state directory, with `/`. */
  readonly file: string;
  readonly document: YamlDocument;
  readonly resource: string;
  readonly optional: boolean;
}

/** A document about a singleton or a member of a collection, its tags not yet resolved. */
export interface ParsedThing extends DocumentHead {
  readonly kind: 'thing';
  /** `null` when the document has none; `undefined` when it has one that cannot be used, which is an error. */
  readonly name: string | null | undefined;
  readonly previousName: string | null;
  readonly state: 'present' | 'absent';
  /** With its tags; `{}` with `absent`. */
  readonly body: YamlValue;
  readonly ignore: readonly string[];
  /** The path of the file to upload, relative to the YAML file. */
  readonly upload: string | null;
}

/** A document about a collection as a whole. */
export interface ParsedCollection extends DocumentHead {
  readonly kind: 'collection';
  readonly name: null;
  readonly prune: boolean;
}

/** A document whose members are in order. */
export type ParsedDocument = ParsedThing | ParsedCollection;

/** Takes one finding about the document at hand. */
export type Report = (pointer: string, at: 'key' | 'value', finding: Omit<Diagnostic, 'severity'>) => void;

/**
 * What a document describes, as text that is equal for equal things. Two documents of one identity are an error. There is
 * none for a document whose name cannot be used.
 */
export function identityOf({ resource, name }: ParsedDocument): string | undefined {
  return name === undefined ? undefined : identityKey({ resource, name });
}
