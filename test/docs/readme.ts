import { readFileSync } from 'node:fs';
import { ROOT } from '../resource-schemas.ts';

/** One row of a table: its cells by the column's heading, as they stand in the text. */
export type Row = Readonly<Record<string, string>>;

/** The text of README.md. */
export const README = readFileSync(new URL('README.md', ROOT), 'utf8');

/** The part of the README below a heading of the second level, up to the next one. Throws when there is none. */
export function section(heading: string): string {
  const [, ...parts] = README.split(/^## /m);
  const part = parts.find((text) => text.startsWith(`${heading}\n`));
  if (part === undefined) throw new Error(`the README has no section "${heading}"`);
  return part;
}

/** The table of a section that has just these columns. Throws when there is none, or more than one. */
export function table(heading: string, columns: readonly string[]): readonly Row[] {
  const found = tables(section(heading)).filter(([head]) => head?.join() === columns.join());
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new Error(`"${heading}" has ${found.length} tables with the columns ${columns.join(', ')}`);
  }
  const [, , ...rows] = only;
  if (rows.length === 0) throw new Error(`the table of "${heading}" is empty`);
  return rows.map((cells) => Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ''])));
}

/** A cell of a row. Throws when the row has no such column. */
export function cell(row: Row, column: string): string {
  const text = row[column];
  if (text === undefined) throw new Error(`there is no column "${column}"`);
  return text;
}

/** The cell's text without the backticks around it; throws when it is not one code span. */
export function code(row: Row, column: string): string {
  const [only, ...more] = codes(cell(row, column));
  if (only === undefined || more.length > 0)
    throw new Error(`${JSON.stringify(row)}: "${column}" is not one code span`);
  return only;
}

/** All code spans of a text, in their order. */
export function codes(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, inner]) => inner ?? '');
}

/** The fenced blocks of a language, without the indentation that they have inside of lists. */
export function blocks(language: string): readonly string[] {
  return [...README.matchAll(/^( *)```(\w+)\n(.*?)^ *```$/gms)]
    .filter(([, , info]) => info === language)
    .map(([, indent = '', , text = '']) => text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
}

function tables(text: string): readonly (readonly (readonly string[])[])[] {
  return [...text.matchAll(/(?:^\|.*\|\n)+/gm)].map(([whole]) => whole.trimEnd().split('\n').map(cellsOf));
}

function cellsOf(line: string): readonly string[] {
  return line
    .slice(1, -1)
    .split('|')
    .map((text) => text.trim());
}
