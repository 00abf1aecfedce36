import type { Registry } from '../resources/resource-type.ts';
import { compareText } from '../shared/compare-text.ts';
import { compareFindings, hasErrors, type Diagnostic } from '../shared/diagnostic.ts';
import { readYaml, type YamlDocument } from '../yaml/read-yaml.ts';
import { checkDocuments } from './check-documents.ts';
import { CommitMemory } from './commit-memory.ts';
import { decodeText } from './decode-text.ts';
import type { DesiredCollection, DesiredIdentity, DesiredResource, DesiredState } from './desired-state.ts';
import { digestOf } from './digest.ts';
import { unstable } from './disk-tree.ts';
import { limitFindings } from './limit-findings.ts';
import { openSource } from './open-source.ts';
import { parseDocument } from './parse-documents.ts';
import type { ParsedDocument } from './parsed-document.ts';
import { DESIRED_TAGS } from './plain-tags.ts';
import { resolveDocument } from './resolve-document.ts';
import type { ValueOrigin } from './resolve-values.ts';
import { sourceMap } from './source-map.ts';
import type { FileBytes, Source } from './source.ts';
import { readValueFile } from './value-files.ts';
import { listYamlFiles, type YamlFile } from './walk-tree.ts';

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
  memory = new CommitMemory(),
): Promise<LoadResult> {
  const source = await openSource(options, environment, memory, signal);
  if ('findings' in source) {
    const kind = options.read === 'commit' ? 'commit' : 'worktree';
    return { state: null, findings: source.findings, source: kind, commit: null, files: 0, documents: 0 };
  }
  try {
    return await load({ options, source, registry, environment, signal, findings: [], documents: [], parsed: [] });
  } finally {
    await source.close();
  }
}

async function load(loading: Loading): Promise<LoadResult> {
  const { source, signal, findings, documents } = loading;
  const { files, findings: fromWalk } = await listYamlFiles(source.tree, signal);
  addAll(findings, fromWalk);
  for (const file of files) await readFile(file, loading);
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

async function readFile(file: YamlFile, loading: Loading): Promise<void> {
  const { source, signal, findings, documents, parsed } = loading;
  signal.throwIfAborted();
  const text = textOf(file.name, await source.tree.read(file.real, signal));
  if (typeof text !== 'string') {
    findings.push({ severity: 'error', ...text, position: { file: file.name, line: 1, column: 1 } });
    return;
  }
  const reading = readYaml(file.name, text, { tags: DESIRED_TAGS });
  addAll(findings, reading.findings);
  for (const document of reading.documents) {
    documents.push(document);
    const answer = parseDocument(file.name, document);
    addAll(findings, answer.findings);
    if (answer.parsed !== undefined) parsed.push(answer.parsed);
  }
}

// Files may hold more mistakes than a call takes arguments.
function addAll(findings: Diagnostic[], more: readonly Diagnostic[]): void {
  for (const finding of more) findings.push(finding);
}

function textOf(name: string, answer: FileBytes): string | Omit<Diagnostic, 'severity'> {
  switch (answer.kind) {
    case 'bytes':
      return (
        decodeText(answer.bytes) ?? {
          code: 'not-utf8',
          message: 'the file is not UTF-8 text',
          hint: 'save it as UTF-8',
        }
      );
    case 'too-large':
      return { code: 'file-too-large', message: 'the file is larger than 5 MiB', hint: 'split it into several' };
    case 'unreadable':
      return {
        code: 'file-unreadable',
        message: 'the file cannot be read',
        hint: 'give the user of the program read access',
      };
    case 'missing':
      // It was there when the folder was listed.
      throw unstable('a file vanished while the files were read', { path: name });
  }
}

async function resolveAll(loading: Loading): Promise<readonly DesiredResource[]> {
  const resources: DesiredResource[] = [];
  for (const parsed of loading.parsed) {
    if (parsed.kind === 'collection') continue;
    const origin = loading.options.values === 'without' ? undefined : originFor(parsed.file, loading);
    const { resource, findings } = await resolveDocument(parsed, loading.registry.find(parsed.resource), origin);
    addAll(loading.findings, findings);
    resources.push(resource);
  }
  return resources;
}

function originFor(file: string, { options, source, environment, signal }: Loading): ValueOrigin {
  return {
    variable: environment,
    file: (path) => readValueFile(source, options.directory, file, path, signal),
  };
}

function stateOf(
  { source, documents, parsed }: Loading,
  resources: readonly DesiredResource[],
  findings: readonly Diagnostic[],
): DesiredState {
  return {
    revision: { ...source.revision, digest: digestOf(documents.map(({ value }) => value)) },
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
