import { compareText } from './compare-text.ts';

/** A place in a file; line and column count from 1, the column in UTF-16 units. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * One finding about input. It holds no scalar of the input: messages name members, types and codes; the excerpt shows
 * keys and indentation only.
 */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** Stable, in kebab-case. */
  readonly code: string;
  readonly message: string;
  /** The next step, where there is one beyond the message. */
  readonly hint?: string;
  readonly position?: Position;
  /** JSON pointer into the document, `""` for the whole of it. */
  readonly pointer?: string;
  /** Lines to print below the finding, with a caret under the place. */
  readonly excerpt?: readonly string[];
}

/** Tells whether findings forbid going on. */
export function hasErrors(findings: readonly Diagnostic[]): boolean {
  return findings.some((finding) => finding.severity === 'error');
}

/** The order of the files, as findings about them always come; what has no place comes first. For `sort`. */
export function compareFindings({ position: left }: Diagnostic, { position: right }: Diagnostic): number {
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined);
  return compareText(left.file, right.file) || left.line - right.line || left.column - right.column;
}
