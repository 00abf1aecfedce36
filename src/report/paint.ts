import { styleText } from 'node:util';

/** Gives text a meaning on a terminal; the text itself where there are no colours. */
export interface Paint {
  added(text: string): string;
  removed(text: string): string;
  changed(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
}

// Whether there are colours is the caller's decision; by default styleText looks at standard output.
const paint = (format: 'green' | 'red' | 'yellow' | 'bold' | 'dim') => (text: string) =>
  styleText(format, text, { validateStream: false });

/** Colours for a terminal. */
export const COLOURS: Paint = {
  added: paint('green'),
  removed: paint('red'),
  changed: paint('yellow'),
  strong: paint('bold'),
  faint: paint('dim'),
};

const same = (text: string) => text;

/** No colours at all. */
export const PLAIN: Paint = { added: same, removed: same, changed: same, strong: same, faint: same };
