import { Lexer, Parser, type CST } from 'yaml';

/** How many mappings and lists may stand inside of each other. */
export const MAX_DEPTH = 100;

/** What the tokens of a document tell that its nodes do not. */
export interface TokenScan {
  /** The offsets of all tags, ascending. */
  readonly tags: readonly number[];
  /** Where the nesting goes beyond `MAX_DEPTH`. */
  readonly tooDeepAt: number | undefined;
}

/** Looks through a document's tokens. Without recursion: the depth of the nesting is what it has to find out. */
export function scanTokens(document: CST.Document): TokenScan {
  const tags: number[] = [];
  const open: { token: CST.Token; depth: number }[] = [];
  const note = (marks: readonly CST.SourceToken[] | undefined): void => {
    for (const mark of marks ?? []) if (mark.type === 'tag') tags.push(mark.offset);
  };
  note(document.start);
  if (document.value !== undefined) open.push({ token: document.value, depth: 1 });
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    if (!('items' in entry.token)) continue;
    if (entry.depth > MAX_DEPTH) return { tags: [], tooDeepAt: entry.token.offset };
    for (const { start, key, sep, value } of entry.token.items) {
      note(start);
      note(sep);
      for (const token of [key, value]) if (token) open.push({ token, depth: entry.depth + 1 });
    }
  }
  return { tags: tags.sort((left, right) => left - right), tooDeepAt: undefined };
}

/**
 * The tokens of a text. Where it nests so deeply that the parser would use up memory or stack, `tooDeep` is called with
 * the offset and the rest of the text is left out.
 */
export function* tokensOf(text: string, tooDeep: (offset: number) => void): Generator<CST.Token> {
  const parser = new Parser();
  const lexemes = new Lexer().lex(text);
  for (;;) {
    const lexeme = nextLexeme(lexemes);
    if (lexeme === 'overflow' || parser.stack.length > MAX_DEPTH + 3) {
      tooDeep(parser.offset);
      return;
    }
    if (lexeme.done === true) break;
    yield* parser.next(lexeme.value);
  }
  yield* parser.end();
}

// A net: in a line of many indicators the lexer calls itself once for each. It throws for no other reason.
function nextLexeme(lexemes: Generator<string, void>): IteratorResult<string, void> | 'overflow' {
  try {
    return lexemes.next();
  } catch {
    return 'overflow';
  }
}
