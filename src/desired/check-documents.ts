import { COLLECTION_PATHS } from '../resources/known-paths.ts';
import type { Registry, ResourceType } from '../resources/resource-type.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { findDuplicates, findSharedPreviousNames } from './duplicates.ts';
import type { ParsedDocument } from './parsed-document.ts';

/** How a resource is judged that neither the registry knows nor anything like it. */
export type UnknownResources = 'warn' | 'refuse';

/**
 * What is wrong between documents, and between them and the registry: `duplicate-resource` and `duplicate-previous-name`
 * at each document but the first of its kind; `name-on-singleton`, `prune-on-singleton`, `name-missing` and
 * `upload-not-possible` where a document does not fit its resource; `unknown-resource`, and `resource-path` for the path
 * of a member.
 */
export function checkDocuments(
  documents: readonly ParsedDocument[],
  registry: Registry,
  unknown: UnknownResources,
): readonly Diagnostic[] {
  const judged = documents.map((parsed) => ({ parsed, misfit: misfitOf(parsed, registry.find(parsed.resource)) }));
  // What a misfit is about is not known: with its name, or without, it may be a double of none.
  const fitting = judged.filter(({ misfit }) => misfit === undefined).map(({ parsed }) => parsed);
  return [
    ...findDuplicates(fitting),
    ...findSharedPreviousNames(fitting),
    ...judged.flatMap(({ misfit }) => misfit ?? []),
    ...documents.flatMap((parsed) => checkUpload(parsed, registry)),
    ...documents.flatMap((parsed) => checkKnown(parsed, registry, unknown)),
  ];
}

const NOTHING_TO_PRUNE = 'there is nothing to prune';
const NO_MEMBERS = 'there are no members to tell apart by name';

// Whether a resource without a schema is a collection is not known before the appliance has answered.
function misfitOf(parsed: ParsedDocument, type: ResourceType | undefined): Diagnostic | undefined {
  const { document, kind, name } = parsed;
  if (type?.kind === 'singleton' && (kind === 'collection' || name !== null)) {
    const [member, why] =
      kind === 'collection' ? (['prune', NOTHING_TO_PRUNE] as const) : (['name', NO_MEMBERS] as const);
    return document.place(`/${member}`, 'key', {
      severity: 'error',
      code: `${member}-on-singleton`,
      message: `this resource is not a collection: ${why}`,
      hint: `leave "${member}" out`,
    });
  }
  if (type?.kind === 'collection' && kind === 'thing' && name === null) {
    const message = 'a member of a collection is told by its name';
    return document.place('', 'value', {
      severity: 'error',
      code: 'name-missing',
      message,
      hint: 'write "name" beside "resource"',
    });
  }
  return undefined;
}

function checkUpload(parsed: ParsedDocument, registry: Registry): readonly Diagnostic[] {
  if (parsed.kind === 'collection' || parsed.upload === null) return [];
  const type = registry.find(parsed.resource);
  // What is misspelt may well be something that takes files.
  if (type === undefined && (collectionAbove(parsed.resource) ?? registry.nearest(parsed.resource)) !== undefined) {
    return [];
  }
  if (type?.remedy?.kind === 'upload') return [];
  const possible = registry.types.filter(({ remedy }) => remedy?.kind === 'upload').map(({ resource }) => resource);
  const hint = `leave "upload" out; ${possible.length === 0 ? 'no resource takes files' : `files go to ${possible.join(', ')}`}`;
  const message = 'no file can be uploaded to this resource';
  return [parsed.document.place('/upload', 'key', { severity: 'error', code: 'upload-not-possible', message, hint })];
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
    const hint = `write resource: ${collection}, and the member's name as "name"`;
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
