/**
 * The text with control characters and bidirectional marks written as escapes: text from outside can neither steer the
 * terminal nor begin a line of its own.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
