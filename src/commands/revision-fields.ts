import type { DesiredState } from '../desired/desired-state.ts';
import { revisionDocument } from '../report/plan-document.ts';
import type { Registry } from '../resources/resource-type.ts';
import type { JsonObject } from '../shared/json.ts';
import type { SecretBook } from '../shared/secret-book.ts';
import { collectDesiredSecrets } from '../reconcile/collect-secrets.ts';

/**
 * What every log entry of a run tells of the files that it is for: `commit`, 40 hex digits or null, and beside it `revision`
 * with `subject`, `author`, `dirty` and `digest`. The secrets of the files are in the book afterwards: a subject that holds
 * one is withheld.
 */
export function revisionFields(
  { resources, revision }: DesiredState,
  registry: Registry,
  secrets: SecretBook,
): JsonObject {
  collectDesiredSecrets(resources, registry, secrets);
  const { commit, ...rest } = revisionDocument(revision, secrets);
  return { commit: commit ?? null, revision: rest };
}
