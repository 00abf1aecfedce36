import { isList } from '../shared/json.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import { childPointer } from '../shared/pointer.ts';
import { Secret } from '../shared/secret.ts';
import type { SecretTree } from '../shared/secret-tree.ts';
import { Tagged, type YamlValue } from '../yaml/read-yaml.ts';
import { isYamlObject } from '../yaml/yaml-value.ts';
import { decodeText } from './decode-text.ts';
import type { ValueFile } from './value-files.ts';

/** Where values come from. */
export interface ValueOrigin {
  /** A variable's value; an empty one is a value. */
  variable(name: string): string | undefined;
  file(path: string): Promise<ValueFile>;
}

/** A body whose tags are resolved, as far as they could be. */
export interface ResolvedBody {
  /** Each tag's value is a `Secret`; one of `null` where there is none. */
  readonly tree: SecretTree;
  /** Pointers into the body of tags that have no value. */
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

type Answer = { readonly value: string | number | boolean } | Omit<Diagnostic, 'severity'>;

/** Resolves the tags of a body. Without an origin no tag is resolved, and none is a finding: all are `open`. */
export async function resolveValues(body: YamlValue, origin: ValueOrigin | undefined): Promise<ResolvedBody> {
  const resolving: Resolving = { origin, open: [], findings: [] };
  const tree = await resolveAt(body, '', resolving);
  return { tree, open: resolving.open, findings: resolving.findings };
}

async function resolveAt(value: YamlValue, pointer: string, into: Resolving): Promise<SecretTree> {
  if (value instanceof Tagged) return resolveTag(value, pointer, into);
  if (isYamlObject(value)) {
    const members: [string, SecretTree][] = [];
    for (const [name, member] of Object.entries(value)) {
      members.push([name, await resolveAt(member, childPointer(pointer, name), into)]);
    }
    return Object.fromEntries(members);
  }
  if (typeof value !== 'object' || value === null || !isList(value)) return value;
  const elements: SecretTree[] = [];
  for (const [index, element] of value.entries()) {
    elements.push(await resolveAt(element, childPointer(pointer, index), into));
  }
  return elements;
}

async function resolveTag(tagged: Tagged, pointer: string, into: Resolving): Promise<SecretTree> {
  if (into.origin !== undefined) {
    const answer = await answerOf(tagged, into.origin);
    if (answer === undefined) return open(pointer, into);
    if ('value' in answer) return new Secret(answer.value);
    into.findings.push({ pointer, finding: { severity: 'error', ...answer } });
  }
  return open(pointer, into);
}

function open(pointer: string, into: Resolving): Secret {
  into.open.push(pointer);
  return new Secret(null);
}

async function answerOf({ tag, argument }: Tagged, origin: ValueOrigin): Promise<Answer | undefined> {
  if (typeof argument !== 'string') return undefined;
  switch (tag) {
    case '!env':
    case '!env:int':
    case '!env:bool':
      return convertVariable(tag, origin.variable(argument));
    case '!file':
      return textOf(await origin.file(argument));
    case '!key':
      return { value: argument };
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

const FILE_FAULTS = {
  missing: {
    code: 'file-missing',
    message: 'the file named here is not there',
    hint: 'check the path, which is relative to the YAML file; of a git checkout only what is committed counts',
  },
  outside: {
    code: 'file-outside-roots',
    message: 'the file named here is outside of the desired-state directory and of all file roots',
    hint: 'move it, or add its folder to desiredState.fileRoots',
  },
  loop: {
    code: 'link-loop',
    message: 'the symbolic links to the file named here lead in a circle',
    hint: 'lead one of the links to a file',
  },
  'not-a-file': { code: 'not-a-file', message: 'what is named here is not a file', hint: 'name a file' },
  unreadable: {
    code: 'file-unreadable',
    message: 'the file named here cannot be read',
    hint: 'give the user of the program read access',
  },
  'too-large': {
    code: 'file-too-large',
    message: 'the file named here is larger than 5 MiB',
    hint: 'check that it is the right file',
  },
} as const satisfies Record<Exclude<ValueFile['kind'], 'bytes'>, Omit<Diagnostic, 'severity'>>;

function textOf(file: ValueFile): Answer {
  if (file.kind !== 'bytes') return FILE_FAULTS[file.kind];
  const text = decodeText(file.bytes);
  if (text === undefined) {
    return { code: 'not-utf8', message: 'the file named here is not UTF-8 text', hint: 'save it as UTF-8' };
  }
  return { value: text.replace(/\r?\n$/, '') };
}
