import type { Diagnostic } from '../shared/diagnostic.ts';
import { COLLECTION_PATHS } from '../resources/known-paths.ts';
import type { Registry } from '../resources/resource-type.ts';
import { compareText, identityOf, type ParsedDocument } from './parsed-document.ts';

/** How a resource is judged that neither the registry knows nor anything like it. */
export type UnknownResources = 'warn' | 'refuse';

/**
 * What is wrong between documents, and between them and the registry: `duplicate-resource` at each document but the first
 * of its kind, and `unknown-resource`.
 */
export function checkDocuments(
  documents: readonly ParsedDocument[],
  registry: Registry,
  unknown: UnknownResources,
): readonly Diagnostic[] {
  return [...findDuplicates(documents), ...documents.flatMap((parsed) => checkKnown(parsed, registry, unknown))];
}

function findDuplicates(documents: readonly ParsedDocument[]): readonly Diagnostic[] {
  const findings: Diagnostic[] = [];
  const first = new Map<string, ParsedDocument>();
  const inOrder = documents.toSorted(
    (left, right) => compareText(left.file, right.file) || left.document.line - right.document.line,
  );
  for (const parsed of inOrder) {
    const identity = identityOf(parsed);
    const earlier = first.get(identity);
    if (earlier === undefined) {
      first.set(identity, parsed);
      continue;
    }
    findings.push(
      parsed.document.place('/resource', 'value', {
        severity: 'error',
        code: 'duplicate-resource',
        message: `the same resource is described in ${earlier.file}:${earlier.document.line}`,
        hint: 'merge the two documents into one',
      }),
    );
  }
  return findings;
}

function checkKnown(
  { resource, document }: ParsedDocument,
  registry: Registry,
  unknown: UnknownResources,
): readonly Diagnostic[] {
  if (registry.find(resource) !== undefined) return [];
  const collection = collectionAbove(resource);
  if (collection !== undefined) {
    const message = `the path names a member of ${collection} by its key; keys differ between appliances`;
    const hint = `write resource: ${collection}`;
    return [document.place('/resource', 'value', { severity: 'error', code: 'resource-path', message, hint })];
  }
  const nearest = registry.nearest(resource);
  const severity = nearest !== undefined || unknown === 'refuse' ? 'error' : 'warning';
  const message = 'no schema describes this resource';
  const hint =
    nearest === undefined
      ? 'check the path; without a schema the body cannot be validated'
      : `did you mean "${nearest}"?`;
  return [document.place('/resource', 'value', { severity, code: 'unknown-resource', message, hint })];
}

function collectionAbove(resource: string): string | undefined {
  return [...COLLECTION_PATHS].find((collection) => resource.startsWith(`${collection}/`));
}
