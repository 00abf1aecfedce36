import type { ErrorCode } from 'yaml';

/**
 * What to say for each error code of the parser (yaml 2.9, `errors.d.ts`). Its own messages quote the input, so they are
 * never passed on.
 */
export const PARSER_MESSAGES: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias takes neither a tag nor an anchor',
  BAD_ALIAS: 'this is not a valid anchor or alias',
  BAD_COLLECTION_TYPE: 'the tag does not fit this kind of value',
  BAD_DIRECTIVE: 'this is not a valid YAML directive',
  BAD_DQ_ESCAPE: 'the escape in this double-quoted string is not valid',
  BAD_INDENT: 'the indentation does not fit the lines around it, or a bracket above is not closed',
  BAD_PROP_ORDER: 'tag and anchor stand in the wrong place',
  BAD_SCALAR_START: 'a plain string cannot begin with this character; quote it',
  BLOCK_AS_IMPLICIT_KEY: 'a nested mapping or list has to begin on its own line',
  BLOCK_IN_FLOW: 'inside of { } and [ ] only that style is possible',
  DUPLICATE_KEY: 'the member occurs twice',
  IMPOSSIBLE: 'the parser cannot make sense of this place',
  KEY_OVER_1024_CHARS: 'a key is at most 1024 characters long',
  MISSING_CHAR: 'something is missing here: a quote, a bracket, a comma, a colon or a space',
  MULTILINE_IMPLICIT_KEY: 'a key has to be on a single line',
  MULTIPLE_ANCHORS: 'a value has at most one anchor',
  MULTIPLE_DOCS: 'only one document is possible here',
  MULTIPLE_TAGS: 'a value has at most one tag',
  NON_STRING_KEY: 'a key has to be a string',
  RESOURCE_EXHAUSTION: 'the document is nested too deeply',
  TAB_AS_INDENT: 'indentation takes spaces, not tabs',
  TAG_RESOLVE_FAILED: 'the tag is not valid',
  UNEXPECTED_TOKEN: 'this is not valid YAML: look for a quote, colon or bracket that is missing or too many',
};
