const LONGEST_NAME = 80;

/**
 * A member's name in quotes, for messages: shortened to 80 characters, and without anything that a terminal would act on.
 */
export function quoteName(name: string): string {
  const short = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
  return `"${stripControls(short)}"`;
}

/** The text with every control and formatting character replaced by `�`; tabs stay. */
export function stripControls(text: string): string {
  return text.replace(/[^\P{C}\t]/gu, '\uFFFD');
}
