import { resolve } from 'node:path';
import { childPointer, isAtOrBelow, splitPointer } from '../shared/pointer.ts';
import { Secret } from '../shared/secret.ts';
import { isTreeObject, type SecretTree } from '../shared/secret-tree.ts';
import { Tagged, type YamlValue } from '../yaml/read-yaml.ts';
import { quoteName } from '../yaml/quote-name.ts';
import { isYamlObject } from '../yaml/yaml-value.ts';
import type { Findings } from './findings.ts';
import { TOKEN } from './http-settings.ts';
import { readText, withoutFinalNewline } from './read-text.ts';
import type { SettingsInput } from './settings.ts';

/** What tags are resolved with. */
interface TagContext {
  readonly environment: SettingsInput['environment'];
  /** What `!file` is relative to. */
  readonly folder: string;
  readonly needs: SettingsInput['needs'];
  /** Pointers whose value comes from elsewhere: a tag that stands there is not looked at. */
  readonly overridden: ReadonlySet<string>;
  readonly findings: Findings;
}

/**
 * The value with `!env` and `!file` resolved to secrets. A member whose tag cannot be resolved is left out, with a
 * finding; so is, without one, a member that is overridden, and a secret of the appliance or the HTTP interface that is not
 * needed.
 */
export async function resolveTags(
  value: YamlValue,
  pointer: string,
  context: TagContext,
): Promise<SecretTree | undefined> {
  if (context.overridden.has(pointer)) return undefined;
  if (value instanceof Tagged) return resolveTag(value, pointer, context);
  if (isYamlObject(value)) {
    const members: Record<string, SecretTree> = {};
    for (const [key, member] of Object.entries(value)) {
      const resolved = await resolveTags(member, childPointer(pointer, key), context);
      if (resolved !== undefined) members[key] = resolved;
    }
    return members;
  }
  if (typeof value !== 'object' || value === null) return value;
  const items: SecretTree[] = [];
  for (const [index, item] of value.entries()) {
    const resolved = await resolveTags(item, childPointer(pointer, index), context);
    if (resolved !== undefined) items.push(resolved);
  }
  return items;
}

/** Tells whether the value at a pointer came from a tag, so that no finding may quote it. */
export function isSecretAt(tree: SecretTree | undefined, pointer: string): boolean {
  let value = tree;
  for (const token of splitPointer(pointer)) value = isTreeObject(value) ? value[token] : undefined;
  return value instanceof Secret;
}

async function resolveTag(
  { tag, argument }: Tagged,
  pointer: string,
  context: TagContext,
): Promise<Secret | undefined> {
  if (context.needs === 'files' && isAtOrBelow(pointer, '/appliance')) return undefined;
  if (context.needs !== 'daemon' && pointer === TOKEN) return undefined;
  if (typeof argument !== 'string') return undefined;
  if (tag === '!file') return fromFile(argument, pointer, context);
  const { environment, findings } = context;
  const text = Object.hasOwn(environment, argument) ? environment[argument] : undefined;
  const variable = /^[A-Z][A-Z0-9_]{0,79}$/.test(argument) ? `the variable ${argument}, which` : 'a variable that';
  if (text === undefined) {
    const hint = 'Set it, or correct the name.';
    findings.error(pointer, { code: 'env-unset', message: `refers to ${variable} is not set`, hint });
    return undefined;
  }
  if (tag === '!env:int') {
    const number = Number(text);
    if (/^-?\d+$/.test(text) && Number.isSafeInteger(number)) return new Secret(number);
    findings.error(pointer, { code: 'env-not-int', message: `refers to ${variable} is not a whole number` });
    return undefined;
  }
  if (tag === '!env:bool') {
    if (/^(?:true|false|1|0)$/.test(text)) return new Secret(text === 'true' || text === '1');
    findings.error(pointer, { code: 'env-not-bool', message: `refers to ${variable} is not true, false, 1 or 0` });
    return undefined;
  }
  return new Secret(text);
}

async function fromFile(path: string, pointer: string, context: TagContext): Promise<Secret | undefined> {
  const place = resolve(context.folder, path);
  const read = await readText(place);
  if (read.kind === 'text') return new Secret(withoutFinalNewline(read.text));
  context.findings.error(pointer, {
    code: 'file-unreadable',
    message: `refers to the file ${quoteName(place)}, which ${read.problem}`,
    hint: 'Correct the path, which is relative to the settings file, or the permissions.',
  });
  return undefined;
}
