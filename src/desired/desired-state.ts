import type { Diagnostic, Position } from '../shared/diagnostic.ts';
import type { SecretTree } from '../shared/secret-tree.ts';

/** What of git the desired state was read from. Without git, `commit`, `subject` and `author` are null. */
export interface Revision {
  /** 40 hex digits. */
  readonly commit: string | null;
  readonly subject: string | null;
  readonly author: string | null;
  /** There are uncommitted changes below the directory. With `read: commit` they were not read. */
  readonly dirty: boolean;
  /** `sha256:` and 64 hex digits, over the documents in canonical form with tags unresolved. */
  readonly digest: string;
}

/** One thing that the files want, its tags resolved. */
export interface DesiredResource {
  /** Path below `/api/configuration`. */
  readonly resource: string;
  /** The managed fields. */
  readonly body: SecretTree;
  /** JSON pointers below `body` that are left alone. */
  readonly ignore: readonly string[];
  /** A 404 is a warning and the resource is skipped. */
  readonly optional: boolean;
  /** Where the document begins; the file is relative to the desired-state directory, with `/`. */
  readonly source: Position;
}

/** Finds places in the files again, for findings of later stages. */
export interface SourceMap {
  /** The finding with position and excerpt of the place in the document of `resource` that `pointer` names, or of the nearest place above it. */
  place(resource: string, pointer: string, at: 'key' | 'value', finding: Diagnostic): Diagnostic;
}

/** What the files say, validated. */
export interface DesiredState {
  readonly revision: Revision;
  /** In the order of `resource`, each once. */
  readonly resources: readonly DesiredResource[];
  readonly sources: SourceMap;
  readonly warnings: readonly Diagnostic[];
}
