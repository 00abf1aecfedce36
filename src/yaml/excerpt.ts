import { LineCounter } from 'yaml';
import { firstWhere } from './binary-search.ts';
import { stripControls } from './quote-name.ts';

/** A stretch of text in UTF-16 offsets; `to` is the first offset behind it. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A text of which offsets can be turned into places. */
export interface SourceText {
  readonly text: string;
  /** Line and column of an offset, both from 1. */
  placeOf(offset: number): { readonly line: number; readonly column: number };
}

/** Prepares a text for looking up places; lines end with `\n` or `\r\n`. */
export function sourceText(text: string): SourceText {
  // The parser's own calls leave out lines behind a syntax error, so the counter is filled here.
  const counter = new LineCounter();
  counter.addNewLine(0);
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) counter.addNewLine(end + 1);
  return {
    text,
    placeOf(offset) {
      const { line, col } = counter.linePos(Math.min(offset, text.length));
      return { line, column: col };
    },
  };
}

// A line may be as long as a file: only this much of it, around the place, is looked at.
const BEFORE = 100;
const BEHIND = 60;

interface Piece extends Span {
  readonly shown: boolean;
}

/**
 * Two lines to print below a finding: the line of `offset`, and a caret under the place. Of the line only indentation,
 * `- ` and the keys in `keys` (ascending, none overlapping) with their `:` are shown; the rest is `…`. Without `keys`, when
 * the document could not be parsed, only the indentation is: what looks like a key may then be part of a value.
 */
export function excerptAt(source: SourceText, offset: number, keys: readonly Span[] | undefined): readonly string[] {
  const { line, column } = source.placeOf(offset);
  const start = offset - (column - 1);
  const end = endOfLine(source.text, start);
  const window = { from: Math.max(start, offset - BEFORE), to: Math.min(end, offset + BEHIND) };
  const lead = window.from === start ? leadOf(source.text.slice(start, window.to), keys !== undefined) : 0;
  const pieces = cut(window, window.from + lead, keysOf(source.text, keys ?? [], window));
  const { shown, caret } = render(source.text, pieces, offset);
  const number = String(line).padStart(4);
  const blank = shown.slice(0, caret).replace(/[^\t]/g, ' ');
  return [`${number} | ${stripControls(shown.trimEnd())}`, `${' '.repeat(number.length)} | ${blank}^`];
}

function endOfLine(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  const end = newline < 0 ? text.length : newline;
  return end > start && text[end - 1] === '\r' ? end - 1 : end;
}

function leadOf(line: string, withDashes: boolean): number {
  return line.length - line.replace(withDashes ? /^[ \t]*(?:-(?: +|$))*/ : /^[ \t]*/, '').length;
}

function keysOf(text: string, keys: readonly Span[], window: Span): readonly Span[] {
  const found: Span[] = [];
  // A window has no more keys than characters.
  const first = firstWhere(keys, ({ from }) => from >= window.from);
  for (const key of keys.slice(first, first + BEFORE + BEHIND)) {
    if (key.to > window.to) break;
    const colon = /^\s?: ?/.exec(text.slice(key.to, window.to));
    found.push({ from: key.from, to: key.to + (colon?.[0].length ?? 0) });
  }
  return found;
}

function cut(window: Span, leadEnd: number, keys: readonly Span[]): readonly Piece[] {
  const pieces: Piece[] = [{ from: window.from, to: leadEnd, shown: true }];
  let at = leadEnd;
  for (const key of keys) {
    pieces.push({ from: at, to: key.from, shown: false }, { ...key, shown: true });
    at = key.to;
  }
  pieces.push({ from: at, to: window.to, shown: false });
  return pieces.filter((piece) => piece.to > piece.from);
}

function render(text: string, pieces: readonly Piece[], offset: number): { shown: string; caret: number } {
  let shown = '';
  let caret: number | undefined;
  for (const piece of pieces) {
    const raw = text.slice(piece.from, piece.to);
    const visible = piece.shown || raw.trim() === '';
    if (offset >= piece.from && offset < piece.to) {
      caret = shown.length + (visible ? offset - piece.from : raw.length - raw.trimStart().length);
    }
    shown += visible ? raw : raw.replace(/\S(?:.*\S)?/su, '…');
  }
  return { shown, caret: caret ?? shown.length };
}
