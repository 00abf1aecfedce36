import type { ErrorObject, ValidateFunction } from 'ajv';
import { isObject, type Json, type JsonObject } from '../shared/json.ts';
import { nearest } from '../shared/nearest.ts';
import { childPointer, isAtOrBelow, valueAt } from '../shared/pointer.ts';
import type { SchemaFinding } from './resource-type.ts';

/** What a validator says about a body, without any of the body's values. */
export function schemaFindings(validate: ValidateFunction, schema: JsonObject, body: Json): readonly SchemaFinding[] {
  if (validate(body)) return [];
  const errors = validate.errors ?? [];
  const sums = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  const sumsAt = new Map<string, ErrorObject[]>();
  for (const sum of sums) sumsAt.set(sum.instancePath, [...(sumsAt.get(sum.instancePath) ?? []), sum]);
  const telling = errors.filter((error) => speaksForItself(error, sumsAt.get(error.instancePath) ?? []));
  const findings = telling.map((error) => findingOf(error, schema));
  const unique = new Map(findings.map((finding) => [`${finding.pointer} ${finding.code} ${finding.message}`, finding]));
  return [...unique.values()];
}

/** `if` only repeats that a `then` failed, and the branches of an `anyOf` are summed up by the `anyOf` itself. */
function speaksForItself(error: ErrorObject, sums: readonly ErrorObject[]): boolean {
  if (error.keyword === 'if') return false;
  return !sums.some((other) => other !== error && isAtOrBelow(error.schemaPath, other.schemaPath));
}

function findingOf(error: ErrorObject, schema: JsonObject): SchemaFinding {
  const parent = valueAt(schema, decodeURIComponent(error.schemaPath.replace(/^#/, '').replace(/\/[^/]+$/, '')));
  const own = isObject(parent) && typeof parent['x-sps-message'] === 'string' ? parent['x-sps-message'] : undefined;
  const pointer = error.instancePath;
  const params = error.params as Readonly<Record<string, string>>;
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = params['additionalProperty'] ?? '';
      const hint = suggestion(name, knownMembers(parent));
      const message = `the member ${JSON.stringify(name)} is not known`;
      return { pointer: childPointer(pointer, name), code: 'unknown-member', message, at: 'key', ...hint };
    }
    case 'required':
      return found(pointer, 'missing-member', `the member ${JSON.stringify(params['missingProperty'])} is missing`);
    case 'type':
      return found(pointer, 'wrong-type', `must be ${typeNames(params['type'])}`);
    case 'uniqueItems': {
      const [first, second] = [Number(params['i']), Number(params['j'])].toSorted((a, b) => a - b);
      return found(pointer, 'duplicate-item', `the items ${first} and ${second} are the same`);
    }
    case 'enum':
      return found(pointer, 'wrong-value', `must be one of ${JSON.stringify(params['allowedValues'])}`);
    case 'const':
      return found(pointer, 'wrong-value', own ?? `must be ${JSON.stringify(params['allowedValue'])}`);
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return found(pointer, 'out-of-range', `must be ${params['comparison']} ${params['limit']}`);
    default:
      return found(pointer, 'wrong-value', own ?? error.message ?? `violates ${error.keyword}`);
  }
}

function found(pointer: string, code: string, message: string): SchemaFinding {
  return { pointer, code, message, at: 'value' };
}

function typeNames(type: string | readonly string[] | undefined): string {
  const names = typeof type === 'string' ? type.split(',') : (type ?? []);
  return names
    .map((name) => (name === 'null' ? 'null' : /^[aeio]/.test(name) ? `an ${name}` : `a ${name}`))
    .join(' or ');
}

/** The members that a file may name: derived ones are known as well, but of no help. */
function knownMembers(schema: Json | undefined): readonly string[] {
  if (!isObject(schema) || !isObject(schema['properties'])) return [];
  const members = Object.entries(schema['properties']);
  return members.filter(([, member]) => !isObject(member) || member['x-sps-derived'] !== true).map(([name]) => name);
}

function suggestion(name: string, known: readonly string[]): { readonly hint: string } | Record<string, never> {
  const near = nearest(name, known);
  if (near !== undefined) return { hint: `did you mean ${JSON.stringify(near)}?` };
  return known.length > 0 && known.length <= 20 ? { hint: `known are ${known.join(', ')}` } : {};
}
