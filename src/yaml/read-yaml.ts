import { Composer, isScalar, type CollectionTag, type CST, type Document, type ParsedNode, type ScalarTag } from 'yaml';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { convertDocument, type Problem } from './convert-node.ts';
import { excerptAt, sourceText, type SourceText, type Span } from './excerpt.ts';
import { locate, startOf } from './locate.ts';
import { PARSER_MESSAGES } from './parser-messages.ts';
import { MAX_DEPTH, scanTokens, tokensOf } from './scan-tokens.ts';
import type { TagName, YamlValue } from './yaml-value.ts';

export { canonicalYaml, Tagged, type TagName, type YamlValue } from './yaml-value.ts';

/** One document of a file. */
export interface YamlDocument {
  readonly value: YamlValue;
  /** Of its first content. */
  readonly line: number;
  /** Pointers of the places that could not be read, each with an error among the findings; `value` holds `null` there. */
  readonly damaged: readonly string[];
  /**
   * The finding with position, pointer and excerpt of the place that `pointer` names, or of the nearest place above it.
   * Throws `SyntaxError` when `pointer` is not a JSON pointer.
   */
  place(pointer: string, at: 'key' | 'value', finding: Diagnostic): Diagnostic;
}

/** What a file's text comes to. */
export interface YamlReading {
  /** Those that could be parsed; documents without content, or of `null` alone, are left out. */
  readonly documents: readonly YamlDocument[];
  /** Everything wrong with the text, in its order: all errors. At most 1000; then `too-many-findings` is the last. */
  readonly findings: readonly Diagnostic[];
}

interface Reading {
  readonly file: string;
  readonly source: SourceText;
  readonly tags: readonly TagName[];
  /** Where the tags of the documents so far stand, ascending. */
  readonly tagOffsets: number[];
  readonly documents: YamlDocument[];
  readonly problems: (Problem & { readonly keys: readonly Span[] | undefined })[];
}

const MAX_FINDINGS = 1000;

/**
 * Reads YAML 1.2 (core schema) with the given tags besides YAML's own. Never throws, never quotes the text: everything
 * that the parser reports, warnings included, and everything that JSON cannot say is a finding with its place. `file` is
 * what positions name. A byte order mark is skipped.
 */
export function readYaml(file: string, text: string, options: { readonly tags: readonly TagName[] }): YamlReading {
  const source = sourceText(text.startsWith('\uFEFF') ? text.slice(1) : text);
  const reading: Reading = { file, source, tags: options.tags, tagOffsets: [], documents: [], problems: [] };
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    prettyErrors: false,
    merge: false,
    resolveKnownTags: false,
    // Keys are compared in convert-node: the parser compares each with each, which takes minutes for large mappings.
    uniqueKeys: false,
    logLevel: 'silent',
    customTags: options.tags.flatMap(parserTags),
  });
  const parsed = composer.compose(acceptedTokens(source.text, reading));
  for (const document of parsed) takeDocument(document, reading);
  const { errors, warnings } = composer.streamInfo();
  for (const { code, pos } of [...errors, ...warnings]) addSyntax(reading, code, pos[0]);
  return { documents: reading.documents, findings: findingsOf(reading) };
}

function parserTags(tag: TagName): (ScalarTag | CollectionTag)[] {
  const scalar: ScalarTag = { tag, resolve: (text) => text };
  return tag === '!ref' ? [scalar, { tag, collection: 'map', resolve: (map) => map }] : [scalar];
}

// The composer is recursive and follows directives to other versions of YAML: it gets nothing that is too deep or other.
function* acceptedTokens(text: string, reading: Reading): Generator<CST.Token> {
  const tooDeep = (offset: number): void => {
    const message = `more than ${MAX_DEPTH} mappings and lists stand inside of each other`;
    const hint = 'look for brackets and dashes that are too many';
    addProblem(reading, { offset, pointer: '', code: 'too-deep', message, hint }, undefined);
  };
  let endsRefused = false;
  for (const token of tokensOf(text, tooDeep)) {
    // Without the document that it ends, its end would be one error more.
    if (token.type === 'doc-end' && endsRefused) continue;
    if (token.type === 'directive' && !/^%YAML[ \t]+1\.2[ \t]*$/.test(token.source)) {
      const message = 'the only directive that is accepted is "%YAML 1.2"';
      addProblem(reading, { offset: token.offset, pointer: '', code: 'directive', message }, undefined);
      continue;
    }
    if (token.type === 'document') {
      const { tags, tooDeepAt } = scanTokens(token);
      if (tooDeepAt !== undefined) {
        tooDeep(tooDeepAt);
        endsRefused = true;
        continue;
      }
      endsRefused = false;
      for (const tag of tags) reading.tagOffsets.push(tag);
    }
    yield token;
  }
}

function takeDocument(document: Document.Parsed, reading: Reading): void {
  const aboutTags = document.warnings.filter(({ code }) => code === 'TAG_RESOLVE_FAILED');
  const syntax = [...document.errors, ...document.warnings.filter(({ code }) => code !== 'TAG_RESOLVE_FAILED')];
  for (const { code, pos } of syntax) addSyntax(reading, code, pos[0]);
  const root = document.contents;
  if (syntax.length > 0 || isEmpty(root)) return;
  const tags = reading.tagOffsets;
  const { value, problems, damaged, keys } = convertDocument(root, reading.tags, tags);
  for (const problem of problems) addProblem(reading, problem, keys);
  const explained = new Set(problems.map(({ offset }) => offset));
  for (const { pos } of aboutTags) {
    if (explained.has(pos[0])) continue;
    const message = 'the value does not fit its tag';
    const hint = 'correct the value, or leave the tag out';
    addProblem(reading, { offset: pos[0], pointer: '', code: 'tag-mismatch', message, hint }, keys);
  }
  reading.documents.push({
    value,
    line: reading.source.placeOf(startOf(root, tags)).line,
    damaged,
    place: (pointer, at, finding) => placed(reading, finding, pointer, locate(root, pointer, at, tags), keys),
  });
}

function isEmpty(root: ParsedNode | null): root is null {
  return (
    root === null || (isScalar(root) && root.value === null && root.tag === undefined && root.anchor === undefined)
  );
}

function addSyntax(reading: Reading, code: keyof typeof PARSER_MESSAGES, offset: number): void {
  addProblem(reading, { offset, pointer: '', code: 'yaml-syntax', message: PARSER_MESSAGES[code] }, undefined);
}

function addProblem(reading: Reading, problem: Problem, keys: readonly Span[] | undefined): void {
  reading.problems.push({ ...problem, keys });
}

function findingsOf(reading: Reading): readonly Diagnostic[] {
  const sorted = reading.problems.toSorted((left, right) => left.offset - right.offset);
  const once = sorted.filter((problem, index) => {
    const previous = sorted[index - 1];
    return problem.offset !== previous?.offset || problem.message !== previous.message;
  });
  const findings = once
    .slice(0, MAX_FINDINGS)
    .map(({ offset, pointer, keys, ...fault }) =>
      placed(reading, { severity: 'error', ...fault }, pointer, offset, keys),
    );
  if (once.length <= MAX_FINDINGS) return findings;
  const message = `${once.length - MAX_FINDINGS} more findings are left out`;
  return [
    ...findings,
    { severity: 'error', code: 'too-many-findings', message, position: { file: reading.file, line: 1, column: 1 } },
  ];
}

function placed(
  { file, source }: Reading,
  finding: Diagnostic,
  pointer: string,
  offset: number,
  keys: readonly Span[] | undefined,
): Diagnostic {
  const position = { file, ...source.placeOf(offset) };
  return { ...finding, position, pointer, excerpt: excerptAt(source, offset, keys) };
}
