import type { Registry } from '../resources/resource-type.ts';
import { compareText } from '../shared/compare-text.ts';
import { mapBounded } from '../shared/concurrency.ts';
import { compareFindings, hasErrors, type Diagnostic } from '../shared/diagnostic.ts';
import type { YamlDocument } from '../yaml/read-yaml.ts';
import { checkDocuments } from './check-documents.ts';
import type { DesiredCollection, DesiredIdentity, DesiredResource, DesiredState } from './desired-state.ts';
import { digestOf } from './digest.ts';
import type { FileLoad } from './file-memory.ts';
import { LoadMemory } from './load-memory.ts';
import { limitFindings } from './limit-findings.ts';
import { openSource } from './open-source.ts';
import type { ParsedDocument } from './parsed-document.ts';
import { readFile } from './read-file.ts';
import { resolveDocument } from './resolve-document.ts';
import type { ValueOrigin } from './resolve-values.ts';
import { sourceMap } from './source-map.ts';
import { FILES_AT_ONCE, type Source } from './source.ts';
import { readValueFile } from './value-files.ts';
import { listYamlFiles } from './walk-tree.ts';

/** What to read, and how strictly: the settings below `desiredState`, and `--without-values`. */
export interface LoadOptions {
  readonly directory: string;
  readonly read: 'auto' | 'commit' | 'worktree';
  readonly fileRoots: readonly string[];
  /** A resource that no schema describes is an error. */
  readonly strict: boolean;
  /** `without`: tags are not resolved; the state then validates, but its tagged values are empty secrets and its uploads without bytes. */
  readonly values: 'resolve' | 'without';
}

/** What the files come to. */
export interface LoadResult {
  /** `null` when a finding is an error. */
  readonly state: DesiredState | null;
  /** Of all files, by file, line and column. */
  readonly findings: readonly Diagnostic[];
  readonly source: 'commit' | 'worktree';
  /** The commit that was read, 40 or 64 hex digits, also where it is not valid; null without one. */
  readonly commit: string | null;
  /** How many YAML files were read. */
  readonly files: number;
  /** How many documents with content they hold. */
  readonly documents: number;
}

interface Loading {
  readonly options: LoadOptions;
  readonly source: Source;
  readonly memory: LoadMemory;
  readonly file: FileLoad;
  readonly registry: Registry;
  readonly environment: (name: string) => string | undefined;
  readonly signal: AbortSignal;
  readonly findings: Diagnostic[];
  readonly documents: YamlDocument[];
  readonly parsed: ParsedDocument[];
}

/**
 * Reads, parses and validates the desired state. What is wrong with the files is a finding; all are found in one go.
 * Throws `inputUnstable` when the files changed while they were read, `inputInvalid` when git or a folder cannot be read
 * at all, and the signal's reason. `memory` is for who loads again and again.
 */
export async function loadDesiredState(
  options: LoadOptions,
  registry: Registry,
  environment: (name: string) => string | undefined,
  signal: AbortSignal,
  memory = new LoadMemory(),
): Promise<LoadResult> {
  const source = await openSource(options, environment, memory, signal);
  if ('findings' in source) {
    const kind = options.read === 'commit' ? 'commit' : 'worktree';
    return { state: null, findings: source.findings, source: kind, commit: null, files: 0, documents: 0 };
  }
  const file = memory.files.begin();
  const given = { options, source, memory, file, registry, environment, signal };
  try {
    return await load({ ...given, findings: [], documents: [], parsed: [] });
  } finally {
    file.end();
    await source.close();
  }
}

async function load(loading: Loading): Promise<LoadResult> {
  const { source, signal, findings, documents, parsed } = loading;
  const { files, findings: fromWalk } = await listYamlFiles(source.tree, signal);
  addAll(findings, fromWalk);
  const contents = await mapBounded(files, FILES_AT_ONCE, async ({ name, real }) => {
    signal.throwIfAborted();
    return [name, await source.tree.read(real, signal)] as const;
  });
  for (const [name, content] of contents) {
    const reading = readFile(name, content, loading.file);
    addAll(findings, reading.findings);
    addAll(documents, reading.documents);
    addAll(parsed, reading.parsed);
  }
  if (documents.length === 0 && !hasErrors(findings)) findings.push(noDocuments());
  const unknown = loading.options.strict ? 'refuse' : 'warn';
  addAll(findings, checkDocuments(loading.parsed, loading.registry, unknown));
  const resources = await resolveAll(loading);
  signal.throwIfAborted();
  await source.confirm(signal);
  if (source.kind === 'commit' && source.revision.dirty) findings.push(uncommitted());
  const sorted = limitFindings(findings.toSorted(compareFindings));
  return {
    state: hasErrors(sorted) ? null : stateOf(loading, resources, sorted),
    findings: sorted,
    source: source.kind,
    commit: source.revision.commit,
    files: files.length,
    documents: documents.length,
  };
}

// Files may hold more mistakes than a call takes arguments.
function addAll<T>(list: T[], more: readonly T[]): void {
  for (const one of more) list.push(one);
}

async function resolveAll(loading: Loading): Promise<readonly DesiredResource[]> {
  const things = loading.parsed.filter((parsed) => parsed.kind === 'thing');
  const resolved = await mapBounded(things, FILES_AT_ONCE, (parsed) => {
    const origin = loading.options.values === 'without' ? undefined : originFor(parsed.file, loading);
    const type = loading.registry.find(parsed.resource);
    return loading.memory.files.resolved(parsed, type, origin, (from) => resolveDocument(parsed, type, from));
  });
  for (const { findings } of resolved) addAll(loading.findings, findings);
  return resolved.map(({ resource }) => resource);
}

function originFor(file: string, { options, source, environment, signal }: Loading): ValueOrigin {
  return {
    variable: environment,
    file: (path) => readValueFile(source, options.directory, file, path, signal),
  };
}

function stateOf(
  { source, documents, parsed, file }: Loading,
  resources: readonly DesiredResource[],
  findings: readonly Diagnostic[],
): DesiredState {
  const digest = file.digest(documents, () => digestOf(documents.map(({ value }) => value)));
  return {
    revision: { ...source.revision, digest },
    resources: resources.toSorted(compareIdentities),
    collections: parsed.flatMap(collectionOf).toSorted((left, right) => compareText(left.resource, right.resource)),
    sources: sourceMap(parsed),
    warnings: findings,
  };
}

function collectionOf(parsed: ParsedDocument): readonly DesiredCollection[] {
  if (parsed.kind !== 'collection') return [];
  const { file, document, resource, prune, optional } = parsed;
  return [{ resource, prune, optional, source: { file, line: document.line, column: 1 } }];
}

// No name is empty, so that what has none comes first.
function compareIdentities(left: DesiredIdentity, right: DesiredIdentity): number {
  return compareText(left.resource, right.resource) || compareText(left.name ?? '', right.name ?? '');
}

function noDocuments(): Diagnostic {
  const hint = 'check desiredState.directory; an empty desired state never means "delete everything"';
  return { severity: 'error', code: 'no-documents', message: 'the desired-state directory has no document', hint };
}

function uncommitted(): Diagnostic {
  const message = 'there are uncommitted edits below the directory; the files of the commit count, the edits do not';
  const hint = 'commit the edits, or set desiredState.read: worktree';
  return { severity: 'warning', code: 'uncommitted', message, hint };
}
