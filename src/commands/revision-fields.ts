import type { DesiredState } from '../desired/desired-state.ts';
import { revisionDocument } from '../report/plan-document.ts';
import type { Registry } from '../resources/resource-type.ts';
import type { JsonObject } from '../shared/json.ts';
import type { SecretBook } from '../shared/secret-book.ts';
import { collectDesiredSecrets } from '../reconcile/collect-secrets.ts';

/**
 * The revision of the files that a run is for, as it may be shown. The secrets of the files are in the book afterwards: a
 * subject that holds one is withheld.
 */
export function shownRevision(
  { resources, revision }: DesiredState,
  registry: Registry,
  secrets: SecretBook,
): JsonObject {
  collectDesiredSecrets(resources, registry, secrets);
  return revisionDocument(revision, secrets);
}

/**
 * What every log entry of a run tells of the files that it is for: `commit`, 40 hex digits or null, and beside it `revision`
 * with `subject`, `author`, `dirty` and `digest`; without them where the files are not read.
 */
export function revisionFields(shown: JsonObject | null): JsonObject {
  if (shown === null) return { commit: null };
  const { commit, ...rest } = shown;
  return { commit: commit ?? null, revision: rest };
}
