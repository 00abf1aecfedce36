import { readFile } from 'node:fs/promises';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { newCompiler } from '../shared/schema-compiler.ts';
import { isObject, parseJson, type Json, type JsonObject } from '../shared/json.ts';
import { nearest } from '../shared/nearest.ts';
import { childPointer, valueAt } from '../shared/pointer.ts';
import { loadPrecompiled } from '../shared/precompiled.ts';
import { quoteName } from '../yaml/quote-name.ts';

const SCHEMA = new URL('../../schemas/settings.schema.json', import.meta.url);

/** What the schema says about one member, without its value. */
interface SchemaFault {
  readonly pointer: string;
  readonly at: 'key' | 'value';
  readonly code: string;
  /** Goes on after the member's name. */
  readonly message: string;
  readonly hint?: string;
}

interface Validator {
  readonly schema: JsonObject;
  readonly validate: ValidateFunction;
}

let validator: Promise<Validator> | null = null;

/** Every way in which the settings do not fit `schemas/settings.schema.json`. */
export async function checkSchema(settings: Json): Promise<readonly SchemaFault[]> {
  validator ??= compile();
  const { schema, validate } = await validator;
  return validate(settings) ? [] : (validate.errors ?? []).map((error) => explain(error, schema));
}

async function compile(): Promise<Validator> {
  const schema = parseJson(await readFile(SCHEMA, 'utf8'));
  if (!isObject(schema)) throw new TypeError('the schema of the settings is not an object');
  const precompiled = await loadPrecompiled();
  return { schema, validate: precompiled(schema) ?? newCompiler().compile(schema) };
}

function explain(error: ErrorObject, schema: JsonObject): SchemaFault {
  const params = error.params as Readonly<Record<string, string | number>>;
  const place = { pointer: error.instancePath, at: 'value' } as const;
  const owner = valueAt(schema, error.schemaPath.replace(/^#/, '').replace(/\/[^/]*$/, ''));
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = String(params['additionalProperty']);
      const hint = suggestion(name, owner);
      return {
        pointer: childPointer(error.instancePath, name),
        at: 'key',
        code: 'unknown-member',
        message: 'is not known',
        ...hint,
      };
    }
    case 'type':
      return {
        ...place,
        code: 'wrong-type',
        message: ownMessage(owner) ?? `must be of type ${String(params['type'])}`,
      };
    case 'enum':
      return { ...place, code: 'wrong-value', message: `must be one of ${listed(error)}` };
    case 'minimum':
    case 'maximum':
      return {
        ...place,
        code: 'out-of-range',
        message: `must be ${String(params['comparison'])} ${String(params['limit'])}`,
      };
    default:
      return { ...place, code: 'wrong-value', message: messageOf(owner) };
  }
}

function listed(error: ErrorObject): string {
  const { allowedValues = [] } = error.params as { readonly allowedValues?: readonly string[] };
  return allowedValues.join(', ');
}

function messageOf(owner: Json | undefined): string {
  return ownMessage(owner) ?? 'does not have the form that is expected';
}

function ownMessage(owner: Json | undefined): string | undefined {
  const message = isObject(owner) ? owner['x-sps-message'] : undefined;
  return typeof message === 'string' ? message : undefined;
}

function suggestion(name: string, owner: Json | undefined): { readonly hint?: string } {
  const properties = isObject(owner) ? owner['properties'] : undefined;
  const known = isObject(properties) ? Object.keys(properties) : [];
  const near = nearest(name, known);
  if (near !== undefined) return { hint: `Did you mean ${quoteName(near)}?` };
  return known.length === 0 ? {} : { hint: `Known here: ${known.join(', ')}.` };
}
