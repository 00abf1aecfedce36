import fc from 'fast-check';

/** Scalars that stand for the user's own: text that tells of the input holds one of these. */
export const MARK = 'zq7mark';

/** A scalar of the user, in any of the ways in which YAML writes one. */
const markedScalar: fc.Arbitrary<string> = fc
  .tuple(
    fc.nat({ max: 99 }),
    fc.constantFrom('%', '"%"', "'%'", '|-\n    %', '>\n    %\n', '"%\\n"', '&a %', '!!str %'),
  )
  .map(([number, form]) => form.replace('%', `${MARK}${number}`));

/** Pieces that mean something to YAML, or to those who read it. */
const PIECES = [
  ...[
    '\n',
    ' ',
    '  ',
    '\t',
    ': ',
    ':',
    '- ',
    '? ',
    ', ',
    '{',
    '}',
    '[',
    ']',
    '#',
    '"',
    "'",
    '|',
    '>',
    '&a ',
    '*a',
    '\r',
  ],
  ...[
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '%TAG ! x\n',
    '<<: ',
    '!env ',
    '!env:int ',
    '!env:bool ',
    '!file ',
    '!key ',
    '!ref ',
  ],
  ...[
    '!!binary ',
    '!<x> ',
    '!x ',
    '.nan',
    '-.inf',
    '1e400',
    '0x1F',
    '9007199254740993',
    'null',
    '~',
    'true',
    '2026-01-01',
  ],
  ...[
    '__proto__: 1\n',
    'constructor: {}\n',
    '\uFEFF',
    '\u0000',
    '\u2028',
    '\u001b[31m',
    '🙂',
    'é',
    '\\',
    '%',
    '`',
    '@',
  ],
  ...[
    'resource',
    'name',
    'previousName',
    'state: absent\n',
    'prune: true\n',
    'ignore: [/a]\n',
    'upload: license.txt\n',
  ],
  ...['optional: true\n', 'order: 1\n', 'body:\n', 'body', 'enabled', 'ca/corporate.pem', '../..', '/etc/hostname', ''],
];

const piece = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...PIECES) },
  { weight: 3, arbitrary: markedScalar },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('[', '{a: ', '- ', '? ', '  '), fc.integer({ min: 50, max: 3000 }))
      .map(([one, count]) => one.repeat(count)),
  },
);

/** One change of a text: a piece put over so many characters at a place, which is a fraction of its length. */
interface Edit {
  readonly at: number;
  readonly over: number;
  readonly text: string;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.integer({ min: 0, max: 1000 }),
  over: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 80 })),
  text: piece,
});

/** The text of one of the originals after a few edits, or pieces alone, or bytes that are no text at all. */
export function yamlBytes(originals: readonly string[]): fc.Arbitrary<Buffer> {
  const mutated = fc
    .tuple(fc.constantFrom(...originals), fc.array(edit, { minLength: 1, maxLength: 6 }))
    .map(([original, edits]) => edits.reduce(applied, original));
  const pieces = fc.array(piece, { maxLength: 30 }).map((parts) => parts.join(''));
  return fc.oneof(
    { weight: 8, arbitrary: mutated.map((text) => Buffer.from(text)) },
    { weight: 2, arbitrary: pieces.map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: mutated.map((text) => Buffer.from(text, 'utf16le')) },
  );
}

function applied(text: string, { at, over, text: put }: Edit): string {
  const from = Math.floor((text.length * at) / 1000);
  return text.slice(0, from) + put + text.slice(from + over);
}
