import { compareText } from '../shared/compare-text.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { quoteName } from '../yaml/quote-name.ts';
import { identityKey } from './identity.ts';
import { identityOf, type ParsedDocument } from './parsed-document.ts';

interface Repeated {
  readonly parsed: ParsedDocument;
  /** The first document, in the order of files and lines, that says the same. */
  readonly earlier: ParsedDocument;
}

/** `duplicate-resource` at each document but the first about one singleton, one member or one collection as a whole. */
export function findDuplicates(documents: readonly ParsedDocument[]): readonly Diagnostic[] {
  return repeatedBy(documents, identityOf).map(({ parsed, earlier }) => {
    const { name, document } = parsed;
    const what = typeof name === 'string' ? `member ${quoteName(name)}` : 'resource';
    return document.place(typeof name === 'string' ? '/name' : '/resource', 'value', {
      severity: 'error',
      code: 'duplicate-resource',
      message: `the same ${what} is described in ${placeOf(earlier)}`,
      hint: 'merge the two documents into one',
    });
  });
}

/** `duplicate-previous-name` at each document but the first that takes over one member of a collection. */
export function findSharedPreviousNames(documents: readonly ParsedDocument[]): readonly Diagnostic[] {
  return repeatedBy(documents, previousIdentityOf).map(({ parsed, earlier }) =>
    parsed.document.place('/previousName', 'value', {
      severity: 'error',
      code: 'duplicate-previous-name',
      message: `the same member is renamed in ${placeOf(earlier)}`,
      hint: 'leave "previousName" out of one of the two',
    }),
  );
}

function previousIdentityOf(parsed: ParsedDocument): string | undefined {
  if (parsed.kind === 'collection' || parsed.previousName === null) return undefined;
  return identityKey({ resource: parsed.resource, name: parsed.previousName });
}

function repeatedBy(
  documents: readonly ParsedDocument[],
  keyOf: (parsed: ParsedDocument) => string | undefined,
): readonly Repeated[] {
  const repeated: Repeated[] = [];
  const first = new Map<string, ParsedDocument>();
  const inOrder = documents.toSorted(
    (left, right) => compareText(left.file, right.file) || left.document.line - right.document.line,
  );
  for (const parsed of inOrder) {
    const key = keyOf(parsed);
    if (key === undefined) continue;
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, parsed);
    else repeated.push({ parsed, earlier });
  }
  return repeated;
}

function placeOf({ file, document }: ParsedDocument): string {
  return `${file}:${document.line}`;
}
