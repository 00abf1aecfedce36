import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Json, JsonObject } from '../shared/json.ts';
import type { Fault } from './faults.ts';
import type { JsonQuirks } from './quirks.ts';
import { closedObject, QUIRK_SCHEMAS } from './quirk-schema.ts';

/** A body that the control interface does not accept; the message names the member. */
export class ControlInputError extends Error {
  override readonly name = 'ControlInputError';
}

/** Gives the value as what it must be, or throws `ControlInputError`. */
type InputReader<T> = (value: Json) => T;

/** The bodies that the control interface takes. */
export interface ControlInputs {
  readonly fault: InputReader<Fault>;
  readonly lock: InputReader<{ readonly holder: string | null }>;
  readonly quirks: InputReader<Partial<JsonQuirks>>;
  /** Either a body, or `delete`. */
  readonly secondWriter: InputReader<{ readonly path: string; readonly body?: Json; readonly delete?: true }>;
}

const TEXT: JsonObject = { type: 'string' };
const EFFECT: JsonObject = { enum: ['none', 'applied'] };
const STATUS: JsonObject = { type: 'integer', minimum: 200, maximum: 599 };

/** The members of each kind of fault beside `kind`, `match` and `times`; `ms` and the `status` of `status` are required. */
const FAULT_MEMBERS: { readonly [Kind in Fault['kind']]: JsonObject } = {
  'drop-before': {},
  'drop-after': {},
  delay: { ms: { type: 'number', minimum: 0 } },
  status: {
    status: STATUS,
    headers: { type: 'object', additionalProperties: TEXT },
    json: {},
    html: TEXT,
    effect: EFFECT,
  },
  html: { status: STATUS, html: TEXT, effect: EFFECT },
  truncate: {},
  hang: { effect: EFFECT },
  'wrong-shape': { json: {} },
  duplicate: {},
  huge: { bytes: { type: 'integer', minimum: 2 } },
  redirect: { location: TEXT, effect: EFFECT },
  'expire-session': {},
};

const MATCH = closedObject(
  { index: { type: 'integer', minimum: 0 }, nth: { type: 'integer', minimum: 1 }, method: TEXT, path: TEXT },
  ['index', 'nth', 'method', 'path'],
);

/** Builds the readers; a path in a fault's `match` is a whole path, patterns are for tests in the process. */
export function createControlInputs(): ControlInputs {
  const ajv = new Ajv2020({ discriminator: true, allowUnionTypes: true });
  const reader = <T>(schema: JsonObject): InputReader<T> => readerOf(ajv.compile<T>(schema));
  return {
    fault: reader({
      type: 'object',
      required: ['kind'],
      discriminator: { propertyName: 'kind' },
      oneOf: Object.entries(FAULT_MEMBERS).map(([kind, members]) => faultSchema(kind, members)),
    }),
    lock: reader(closedObject({ holder: { type: ['string', 'null'] } })),
    quirks: reader(closedObject({ ...QUIRK_SCHEMAS }, Object.keys(QUIRK_SCHEMAS))),
    secondWriter: reader({
      ...closedObject({ path: TEXT, body: {}, delete: { const: true } }, ['body', 'delete']),
      if: { type: 'object', required: ['delete'] },
      then: { type: 'object', properties: { body: false } },
      else: { type: 'object', required: ['body'] },
    }),
  };
}

function faultSchema(kind: string, particulars: JsonObject): JsonObject {
  const required = kind === 'delay' || kind === 'status' ? ['ms', 'status'] : [];
  const optional = ['times', ...Object.keys(particulars).filter((name) => !required.includes(name))];
  const common = { kind: { const: kind }, match: MATCH, times: { type: 'integer', minimum: 1 } };
  return closedObject({ ...common, ...particulars }, optional);
}

function readerOf<T>(validate: ValidateFunction<T>): InputReader<T> {
  return (value) => {
    const input: unknown = value;
    if (validate(input)) return input;
    throw new ControlInputError(describe(validate));
  };
}

function describe(validate: ValidateFunction): string {
  const error = validate.errors?.[0];
  if (error === undefined) return 'the body is not accepted';
  const params: Readonly<Record<string, unknown>> = error.params;
  const member = params['additionalProperty'] ?? params['missingProperty'] ?? params['tag'];
  const at = error.instancePath === '' ? 'the body' : error.instancePath;
  const name = typeof member === 'string' ? ` (${member})` : '';
  return `${at} ${error.message ?? 'is not accepted'}${name}`;
}
