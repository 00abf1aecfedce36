import type { Diagnostic, Position } from '../shared/diagnostic.ts';
import type { SecretTree } from '../shared/secret-tree.ts';

/** What of git the desired state was read from. Without git, `commit`, `subject` and `author` are null. */
export interface Revision {
  /** 40 hex digits, or 64 in a repository of SHA-256. */
  readonly commit: string | null;
  readonly subject: string | null;
  readonly author: string | null;
  /** There are uncommitted changes below the directory. With `read: commit` they were not read. */
  readonly dirty: boolean;
  /** `sha256:` and 64 hex digits, over the documents in canonical form with tags unresolved. */
  readonly digest: string;
}

/** A file to be uploaded. */
export interface UploadFile {
  /** Its last path segment: what the appliance is told as the file's name. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What tells one desired thing from all others. */
export interface DesiredIdentity {
  /** Path below `/api/configuration`, or a registered exception. */
  readonly resource: string;
  /** The member's name; null for a singleton and for a collection itself. */
  readonly name: string | null;
}

/** One thing that the files want, its tags resolved. */
export interface DesiredResource extends DesiredIdentity {
  /** The name under which the member may still be live. */
  readonly previousName: string | null;
  /** `absent`: the member is to be gone, and `body` is `{}`. */
  readonly state: 'present' | 'absent';
  /** The managed fields, without the member's `name`. */
  readonly body: SecretTree;
  /** JSON pointers below `body` that are left alone. */
  readonly ignore: readonly string[];
  /** A 404 is a warning and the resource is skipped. */
  readonly optional: boolean;
  /** What to upload when a member of `body` differs from the live one. */
  readonly upload: UploadFile | null;
  /** Where the document begins; the file is relative to the desired-state directory, with `/`. */
  readonly source: Position;
}

/** What the files want of a collection as a whole. */
export interface DesiredCollection {
  readonly resource: string;
  /** Members that no document names are to be deleted. */
  readonly prune: boolean;
  /** A 404 is a warning and the collection is skipped. */
  readonly optional: boolean;
  readonly source: Position;
}

/** Finds places in the files again, for findings of later stages. */
export interface SourceMap {
  /** The finding with position and excerpt of the place in the document of `of` that `pointer` names, or of the nearest place above it. */
  place(of: DesiredIdentity, pointer: string, at: 'key' | 'value', finding: Diagnostic): Diagnostic;
}

/** What the files say, validated. */
export interface DesiredState {
  readonly revision: Revision;
  /** In the order of `resource` and `name`, each once. */
  readonly resources: readonly DesiredResource[];
  /** In the order of `resource`, each once. */
  readonly collections: readonly DesiredCollection[];
  readonly sources: SourceMap;
  readonly warnings: readonly Diagnostic[];
}
