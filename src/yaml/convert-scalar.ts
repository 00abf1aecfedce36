import type { Scalar } from 'yaml';
import type { Fault } from './fault.ts';
import { isYamlObject, Tagged, type TagName, type YamlObject, type YamlValue } from './yaml-value.ts';

const CORE_TAGS: ReadonlySet<string> = new Set([
  '!',
  ...['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
]);
const INTEGER = /^(?:[-+]?\d+|0o[0-7]+|0x[\da-f]+)$/i;

interface Answer {
  readonly value: YamlValue;
  readonly fault: Fault | undefined;
}

/** Tells whether a tag is one of YAML's core schema: its value arrives converted. */
export function isCoreTag(tag: string): boolean {
  return CORE_TAGS.has(tag);
}

/** The JSON value of an untagged scalar, or why there is none. */
export function convertScalar(node: Scalar.Parsed): Answer {
  const { value, source } = node;
  if (typeof value === 'number') return convertNumber(value, source);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return { value, fault: undefined };
  return refuse('not-json', 'JSON has no value of this kind');
}

function convertNumber(value: number, source: string): Answer {
  if (INTEGER.test(source) && !Number.isSafeInteger(value)) {
    const hint = 'put it in quotes if it is a string';
    return refuse('integer-too-large', 'the integer is beyond 2^53 and would lose digits', hint);
  }
  if (!Number.isFinite(value)) return refuse('not-json-number', 'JSON has no such number', 'put it in quotes');
  return { value, fault: undefined };
}

/** What a tag and its content stand for. `content` is a string for scalars, otherwise the converted collection. */
export function taggedValue(tag: string, content: YamlValue, allowed: readonly TagName[]): Answer {
  const known = allowed.find((name) => name === tag);
  if (known === undefined) {
    const hint = allowed.length === 0 ? 'no tags are accepted here' : `the tags are ${allowed.join(', ')}`;
    return refuse('unknown-tag', 'this tag is not known', hint);
  }
  if (typeof content === 'string' && content !== '') return { value: new Tagged(known, content), fault: undefined };
  if (known === '!ref' && isYamlObject(content) && isReference(content)) {
    return { value: new Tagged(known, content), fault: undefined };
  }
  const form = known === '!ref' ? 'a string, or a mapping of "resource" and "name"' : 'one scalar that is not empty';
  return refuse('tag-needs-scalar', `${known} takes ${form}`);
}

function isReference(content: YamlObject): content is { readonly resource: string; readonly name: string } {
  const { resource, name, ...others } = content;
  return typeof resource === 'string' && typeof name === 'string' && Object.keys(others).length === 0;
}

function refuse(code: string, message: string, hint?: string): Answer {
  return { value: null, fault: hint === undefined ? { code, message } : { code, message, hint } };
}
