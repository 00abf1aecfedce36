import fc from 'fast-check';
import { MARK } from './yaml-inputs.ts';

/** How an answer is made odd: a value of its JSON, its whole body, its head, or how it is sent. */
export type Odd =
  | {
      readonly kind: 'value';
      readonly at: number;
      readonly how: 'replace' | 'remove' | 'twice' | 'beside';
      readonly value: Filling;
    }
  | { readonly kind: 'body'; readonly body: Filling }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'flip'; readonly at: number; readonly byte: number }
  | { readonly kind: 'status'; readonly status: number; readonly body: Filling | null }
  | { readonly kind: 'headers'; readonly headers: readonly (readonly [name: string, value: string])[] }
  | { readonly kind: 'wire'; readonly form: WireForm };

/** What a body is made of: text so many times. */
export interface Filling {
  readonly before: string;
  readonly text: string;
  readonly times: number;
  readonly after: string;
}

const WIRE_FORMS = [
  ...[
    'chunked',
    'chunked-cut',
    'chunk-size',
    'short',
    'long',
    'twice',
    'close',
    'reset',
    'half-head',
    'garbage',
    'continue',
  ],
  ...['empty', 'one-byte-each', 'both-lengths', 'two-lengths', 'http10', 'huge-head', 'hang'],
] as const;
export type WireForm = (typeof WIRE_FORMS)[number];

/** Put where a text of the appliance may stand: the check knows what they are. */
export const ECHOES = { wanted: '@wanted@', live: '@live@', password: '@password@' } as const;

function once(text: string): Filling {
  return { before: '', text, times: 1, after: '' };
}

const smallValue = fc.oneof(
  fc.constantFrom(
    ...[
      'null',
      'true',
      'false',
      '0',
      '-1',
      '1.5',
      '-0',
      '1e999',
      '1e308',
      '9007199254740993',
      '""',
      '[]',
      '{}',
      '[null]',
      '[[1]]',
    ],
    ...[
      `"${MARK}1"`,
      `"${MARK}\\u001b[31m\\n"`,
      '"\\ud800"',
      '"\\u0000"',
      '"1"',
      '"a/b"',
      '"../x"',
      '"%2f"',
      '"-7001"',
      '"@order"',
    ],
    ...Object.values(ECHOES).flatMap((echo) => [`"${echo}"`, `"x ${echo} y"`, `{"a":["${echo}"]}`]),
    ...[
      '{"key":"1"}',
      '{"key":"1","meta":{"href":"/api/configuration/x509/1"}}',
      '{"meta":{"href":5}}',
      '{"a":NaN}',
      'undefined',
    ],
    ...[
      '{"__proto__":{"a":1}}',
      '{"constructor":1}',
      '{"":{"":""}}',
      '{"~":1,"/":2}',
      '{"enabled":"yes"}',
      '{"selection":null}',
    ],
  ),
  fc.json({ maxDepth: 3 }),
);

const largeValue: fc.Arbitrary<Filling> = fc.constantFrom(
  ...[300_000, 3_000_000].map((times) => ({ before: '"', text: 'x', times, after: '"' })),
  ...[1000, 20_000].map((times) => ({ before: '[', text: '{},', times, after: '1]' })),
  ...[50, 450, 600, 100_000].map((times) => ({
    before: '',
    text: '{"a":',
    times,
    after: `1${'}'.repeat(times % 1000)}`,
  })),
);

const value: fc.Arbitrary<Filling> = fc.oneof(
  { weight: 15, arbitrary: smallValue.map(once) },
  { weight: 1, arbitrary: largeValue },
);

const filling: fc.Arbitrary<Filling> = fc
  .oneof(
    fc.constantFrom(
      '',
      ' ',
      'null',
      '1',
      '"a"',
      '[]',
      '{}',
      '{',
      '<html>Sign in</html>',
      '{"body":{}}',
      '{"body":null}',
      '{"items":[]}',
    ),
    fc.constantFrom(
      ...[
        '{"error":{"type":"X","message":"@wanted@","details":{"a":["@password@"]}}}',
        '{"error":null}',
        '{"error":{"type":5}}',
      ],
      ...[
        '{"error":{"type":"@wanted@"}}',
        '{"error":{"type":"Locked","message":"\\u001b[31m"}}',
        '{"body":{"status":"open"}}',
      ],
      ...[
        '{"transaction":{"status":"closed"}}',
        '{"items":{}}',
        '{"items":[1]}',
        '{"items":[{"key":"a"}],"body":1}',
        '\uFEFF{}',
      ],
      ...[
        `{"items":[{"key":"1","meta":{"href":"/api/configuration/trust_stores/1"}}]}`,
        '{"meta":{"remaining_seconds":-1}}',
      ],
    ),
    fc.string({ unit: 'binary', maxLength: 30 }),
  )
  .map(once);

/** The guide's error shape, more or less, with secrets wherever text may stand. */
const refusal: fc.Arbitrary<Filling> = fc
  .record(
    {
      type: fc.constantFrom('Locked', 'SemanticError', 'Unauthorized', 'x y', '@wanted@', 'A.b_1', 5, null),
      message: fc.constantFrom('locked by admin', 'no: @wanted@', '@password@', `${MARK}`, '\u001b[31m\n', null),
      details: fc.constantFrom(null, { errors: ['@wanted@'] }, ['@password@'], { '@wanted@': 1 }, '@wanted@'),
    },
    { requiredKeys: ['type'], noNullPrototype: true },
  )
  .map((error) => once(JSON.stringify({ error })));

const large: fc.Arbitrary<Filling> = fc.oneof(
  fc.constant({ before: '', text: 'a', times: 17 * 1024 * 1024, after: '' }),
  fc.integer({ min: 100, max: 30_000 }).map((times) => ({ before: '', text: '{"a":', times, after: '1' })),
  fc.integer({ min: 100, max: 50_000 }).map((times) => ({ before: '{"items":[', text: '{},', times, after: '1]}' })),
);

const STATUSES = [
  ...[
    100, 101, 103, 201, 202, 204, 205, 206, 299, 300, 301, 302, 304, 307, 400, 401, 403, 404, 405, 408, 409, 412, 417,
    418,
  ],
  ...[421, 423, 425, 429, 431, 451, 500, 501, 502, 503, 504, 507, 511, 599, 600, 700, 999, 0, 1, 42],
];

const HEADERS = [
  ...['', 'text/html', 'application/json; charset=utf-16', 'application/octet-stream', 'x'.repeat(3000)].map((type) => [
    'content-type',
    type,
  ]),
  ...['0', '-1', '1e9', '99999999999', 'soon', 'Mon, 01 Jan 2001 00:00:00 GMT', 'Xyz, 99 Xyz 9999 99:99:99 GMT'].map(
    (time) => ['retry-after', time],
  ),
  ...['gzip', 'br', 'identity', 'nonsense'].map((coding) => ['content-encoding', coding]),
  ...[
    'session_id=',
    'session_id',
    'session_id=a b',
    'session_id="x"',
    'other=1',
    `session_id=${'s'.repeat(4000)}`,
    '=;;=',
    'session_id=x; Max-Age=0',
  ].map((cookie) => ['set-cookie', cookie]),
  ...['/api/configuration', 'https://example.com/', 'javascript:1', '%'].map((place) => ['location', place]),
  ['connection', 'close'],
  ['connection', 'upgrade'],
  ['upgrade', 'h2c'],
  ['transfer-encoding', 'identity'],
  ['transfer-encoding', 'gzip, chunked'],
  ['trailer', 'x'],
  ['x-odd', '\u0080\u00ff'],
  ['x-null', 'a\u0000b'],
  ['bad name', 'x'],
].map(([name = '', text = '']) => [name, text] as const);

/** Any oddity; those that cost a second of waiting, or many megabytes, are rare. */
export const odd: fc.Arbitrary<Odd> = fc.oneof(
  {
    weight: 24,
    arbitrary: fc.record({
      kind: fc.constant('value' as const),
      at: fc.nat({ max: 1000 }),
      how: fc.constantFrom('replace', 'replace', 'remove', 'twice', 'beside'),
      value,
    }),
  },
  { weight: 8, arbitrary: filling.map((body) => ({ kind: 'body' as const, body })) },
  { weight: 1, arbitrary: large.map((body) => ({ kind: 'body' as const, body })) },
  { weight: 3, arbitrary: fc.nat({ max: 1000 }).map((at) => ({ kind: 'cut' as const, at })) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('flip' as const), at: fc.nat({ max: 1000 }), byte: fc.nat({ max: 255 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('status' as const),
      status: fc.constantFrom(...STATUSES),
      body: fc.oneof(filling, refusal, refusal, fc.constant(null)),
    }),
  },
  {
    weight: 5,
    arbitrary: fc
      .array(fc.constantFrom(...HEADERS), { minLength: 1, maxLength: 3 })
      .map((headers) => ({ kind: 'headers' as const, headers })),
  },
  {
    weight: 8,
    arbitrary: fc.constantFrom(...WIRE_FORMS.slice(0, -1)).map((form) => ({ kind: 'wire' as const, form })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'wire' as const, form: 'hang' as const }) },
);
