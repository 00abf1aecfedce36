import { memberNode } from '../resources/member-node.ts';
import type { FieldNode } from '../resources/resource-type.ts';
import { isList, type Json } from '../shared/json.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { childPointer } from '../shared/pointer.ts';
import { Secret } from '../shared/secret.ts';
import type { SecretTree } from '../shared/secret-tree.ts';
import { Tagged, type TagName, type YamlValue } from '../yaml/read-yaml.ts';
import { isYamlObject } from '../yaml/yaml-value.ts';
import { NO_PEM, readCertificateValue } from './certificate-value.ts';
import { decodeText } from './decode-text.ts';
import { FILE_FAULTS, type ValueFile } from './value-files.ts';

/** Where values come from. */
export interface ValueOrigin {
  /** A variable's value; an empty one is a value. */
  variable(name: string): string | undefined;
  file(path: string): Promise<ValueFile>;
}

/** A body whose tags are resolved, as far as they could be. */
export interface ResolvedBody {
  /**
   * Each tag's value is a `Secret`, but for a key and for a certificate from a file; a place without a value holds a `Secret` of `null`.
   * Certificates are in canonical form.
   */
  readonly tree: SecretTree;
  /** Pointers into the body of places that have no value: of tags, and of certificates that cannot be used. */
  readonly open: readonly string[];
  /** By pointer into the body. */
  readonly findings: readonly { readonly pointer: string; readonly finding: Diagnostic }[];
}

interface Resolving {
  /** Missing when tags are not to be resolved. */
  readonly origin: ValueOrigin | undefined;
  readonly open: string[];
  readonly findings: { readonly pointer: string; readonly finding: Diagnostic }[];
}

/** A place in a body, and what the schema says about it. */
interface Place {
  readonly pointer: string;
  readonly node: FieldNode | undefined;
}

type OutsideTag = Exclude<TagName, '!key'>;

/** A value, or what is wrong with what should give one. */
export type Answer = { readonly value: string | number | boolean } | Omit<Diagnostic, 'severity'>;

/**
 * Resolves the tags of a body and brings its certificates into canonical form. Without an origin only `!key` is resolved;
 * the other tags are `open`, and none is a finding. `fields` is what the schema says about the body, `undefined` without a schema.
 */
export async function resolveValues(
  body: YamlValue,
  origin: ValueOrigin | undefined,
  fields: FieldNode | undefined,
): Promise<ResolvedBody> {
  const resolving: Resolving = { origin, open: [], findings: [] };
  const tree = await resolveAt(body, { pointer: '', node: fields }, resolving);
  return { tree, open: resolving.open, findings: resolving.findings };
}

async function resolveAt(value: YamlValue, place: Place, into: Resolving): Promise<SecretTree> {
  if (value instanceof Tagged) {
    const { tag, argument } = value;
    // A key needs nothing from outside, and is no secret.
    return tag === '!key' ? resolveAt(argument, place, into) : resolveTag(tag, argument, place, into);
  }
  const { pointer, node } = place;
  if (isYamlObject(value)) {
    const members: [string, SecretTree][] = [];
    for (const [name, member] of Object.entries(value)) {
      const at = { pointer: childPointer(pointer, name), node: memberNode(node, name) };
      members.push([name, await resolveAt(member, at, into)]);
    }
    return Object.fromEntries(members);
  }
  if (typeof value === 'string' && node?.certificate === true) {
    const answer = readCertificateValue(value);
    return 'value' in answer ? answer.value : refuse(answer, pointer, into);
  }
  if (typeof value !== 'object' || value === null || !isList(value)) return value;
  const elements: SecretTree[] = [];
  for (const [index, element] of value.entries()) {
    elements.push(await resolveAt(element, { pointer: childPointer(pointer, index), node: node?.elements }, into));
  }
  return elements;
}

async function resolveTag(
  tag: OutsideTag,
  argument: Json,
  { pointer, node }: Place,
  into: Resolving,
): Promise<SecretTree> {
  if (into.origin === undefined) return open(pointer, into);
  const given = await answerOf(tag, argument, into.origin);
  if (given === undefined) return open(pointer, into);
  // A certificate that is no text is in DER, and saving it as text would not help.
  if (node?.certificate === true && 'code' in given && given.code === 'not-utf8') return refuse(NO_PEM, pointer, into);
  const isCertificate = node?.certificate === true && 'value' in given && typeof given.value === 'string';
  const answer = isCertificate ? readCertificateValue(given.value) : given;
  if (!('value' in answer)) return refuse(answer, pointer, into);
  // A certificate is for everybody to see, unless it comes from where secrets are kept.
  return isCertificate && tag === '!file' ? answer.value : new Secret(answer.value);
}

function refuse(fault: Omit<Diagnostic, 'severity'>, pointer: string, into: Resolving): Secret {
  into.findings.push({ pointer, finding: { severity: 'error', ...fault } });
  return open(pointer, into);
}

function open(pointer: string, into: Resolving): Secret {
  into.open.push(pointer);
  return new Secret(null);
}

async function answerOf(tag: OutsideTag, argument: Json, origin: ValueOrigin): Promise<Answer | undefined> {
  if (typeof argument !== 'string') return undefined;
  switch (tag) {
    case '!env':
    case '!env:int':
    case '!env:bool':
      return convertVariable(tag, origin.variable(argument));
    case '!file':
      return textOf(await origin.file(argument));
    case '!ref':
      // Refused where documents are parsed.
      return undefined;
  }
}

function convertVariable(tag: '!env' | '!env:int' | '!env:bool', value: string | undefined): Answer {
  // The name is not told: who takes the tag for a mark of secrets has written the secret itself.
  if (value === undefined) {
    const hint = 'set it for the process that reads the files, or correct the name';
    return { code: 'env-unset', message: 'the environment variable named here is not set', hint };
  }
  switch (tag) {
    case '!env':
      return { value };
    case '!env:int': {
      const isInteger = /^[+-]?\d+$/.test(value) && Number.isSafeInteger(Number(value));
      if (isInteger) return { value: Number(value) };
      return { code: 'env-not-int', message: 'the environment variable named here is not an integer below 2^53' };
    }
    case '!env:bool':
      if (/^(?:true|false|1|0)$/.test(value)) return { value: value === 'true' || value === '1' };
      return { code: 'env-not-bool', message: 'the environment variable named here is not true, false, 1 or 0' };
  }
}

function textOf(file: ValueFile): Answer {
  if (file.kind !== 'bytes') return FILE_FAULTS[file.kind];
  const text = decodeText(file.bytes);
  if (text === undefined) {
    return { code: 'not-utf8', message: 'the file named here is not UTF-8 text', hint: 'save it as UTF-8' };
  }
  return { value: text.replace(/\r?\n$/, '') };
}
