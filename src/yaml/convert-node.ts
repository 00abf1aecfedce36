import { isAlias, isMap, isScalar, type Alias, type ParsedNode } from 'yaml';
import { childPointer } from '../shared/pointer.ts';
import { convertScalar, isCoreTag, taggedValue } from './convert-scalar.ts';
import type { Span } from './excerpt.ts';
import type { Fault } from './fault.ts';
import { isNamed, KEY_NOT_STRING, refuseKey, spanOfKey, type NamedKey } from './keys.ts';
import { startOf } from './locate.ts';
import type { TagName, YamlValue } from './yaml-value.ts';

/** One thing wrong with a document that can be parsed. */
export interface Problem extends Fault {
  readonly offset: number;
  readonly pointer: string;
}

/** What a document's nodes come to. */
export interface Converted {
  /** `null` in the places that are damaged. */
  readonly value: YamlValue;
  readonly problems: readonly Problem[];
  /** Pointers of the values that could not be read. */
  readonly damaged: readonly string[];
  /** Where keys stand that excerpts may show; ascending. */
  readonly keys: readonly Span[];
}

interface Anchor {
  readonly value: YamlValue;
  readonly size: number;
  readonly damaged: boolean;
}

interface Conversion {
  readonly allowed: readonly TagName[];
  readonly tags: readonly number[];
  readonly anchors: Map<string, Anchor | 'open'>;
  readonly problems: Problem[];
  readonly damaged: string[];
  readonly keys: Span[];
  /** Nodes and characters so far, with what aliases repeat. */
  size: number;
  aliased: number;
}

type ContentNode = Exclude<ParsedNode, Alias.Parsed>;
type MapNode = Extract<ContentNode, { items: { key: unknown }[] }>;

// Aliases may repeat as much as the largest file holds: enough for any use, and small enough for memory.
const MAX_ALIASED = 5 * 1024 * 1024;

/** Turns parsed nodes into a value, and finds all that JSON cannot say. `tags` are the offsets of the document's tags. */
export function convertDocument(root: ParsedNode, allowed: readonly TagName[], tags: readonly number[]): Converted {
  const into: Conversion = {
    allowed,
    tags,
    anchors: new Map(),
    problems: [],
    damaged: [],
    keys: [],
    size: 0,
    aliased: 0,
  };
  const value = convertNode(root, '', into);
  return { value, problems: into.problems, damaged: into.damaged, keys: into.keys };
}

function convertNode(node: ParsedNode, pointer: string, into: Conversion): YamlValue {
  if (isAlias(node)) return convertAlias(node, pointer, into);
  const before = { size: into.size, damaged: into.damaged.length };
  into.size += 1;
  if (node.anchor === undefined) return convertContent(node, pointer, into);
  const { anchor } = node;
  into.anchors.set(anchor, 'open');
  const value = convertContent(node, pointer, into);
  into.anchors.set(anchor, {
    value,
    size: into.size - before.size,
    damaged: into.damaged.length > before.damaged,
  });
  return value;
}

function convertAlias(node: Alias.Parsed, pointer: string, into: Conversion): YamlValue {
  const anchor = into.anchors.get(node.source);
  if (anchor === undefined) {
    const message = 'no anchor of this name stands before the alias';
    const hint = 'put the anchor above, or the value in quotes if it is a string';
    return damage(node, pointer, { code: 'alias-unknown', message, hint }, into);
  }
  if (anchor === 'open') {
    const message = 'the alias stands inside of what it names';
    return damage(node, pointer, { code: 'alias-recursive', message, hint: 'write the value out' }, into);
  }
  into.size += anchor.size;
  into.aliased += anchor.size;
  if (into.aliased > MAX_ALIASED) {
    const message = 'the aliases make the document far larger than a file may be';
    return damage(node, pointer, { code: 'alias-bomb', message, hint: 'write the values out' }, into);
  }
  if (anchor.damaged) into.damaged.push(pointer);
  return anchor.value;
}

function convertContent(node: ContentNode, pointer: string, into: Conversion): YamlValue {
  if (node.tag !== undefined && !isCoreTag(node.tag)) return convertTagged(node.tag, node, pointer, into);
  if (isScalar(node)) {
    const { value, fault } = convertScalar(node);
    if (typeof value === 'string') into.size += value.length;
    return fault === undefined ? value : damage(node, pointer, fault, into);
  }
  return convertCollection(node, pointer, into);
}

function convertCollection(
  node: Exclude<ContentNode, { source: string }>,
  pointer: string,
  into: Conversion,
): YamlValue {
  if (isMap(node)) return convertMap(node, pointer, into);
  // A pair inside of [ ] arrives as a mapping of its own, so every element is a node.
  return node.items.map((item, index) => convertNode(item, childPointer(pointer, index), into));
}

function convertTagged(tag: string, node: ContentNode, pointer: string, into: Conversion): YamlValue {
  const content = isScalar(node) ? String(node.value) : convertCollection(node, pointer, into);
  if (typeof content === 'string') into.size += content.length;
  const { value, fault } = taggedValue(tag, content, into.allowed);
  return fault === undefined ? value : damage(node, pointer, fault, into);
}

function convertMap(node: MapNode, pointer: string, into: Conversion): YamlValue {
  const members = new Map<string, YamlValue>();
  const seen = new Set<string>();
  for (const { key, value } of node.items) {
    if (value === null) {
      // Neither name nor pointer is told: inside of { } what lacks a colon may as well be a value.
      const message = 'there is no ":" and no value behind this';
      const hint = 'write it as "name: value"';
      into.problems.push({ offset: startOf(key, into.tags), pointer, code: 'value-missing', message, hint });
      continue;
    }
    // Also below a key that is refused: what is wrong in there is to be found in the same run.
    if (!isNamed(key)) {
      into.problems.push({ offset: startOf(key, into.tags), pointer, ...KEY_NOT_STRING });
      convertNode(value, pointer, into);
      continue;
    }
    const name = key.value;
    const member = childPointer(pointer, name);
    noteKey(key, into);
    const fault = refuseKey(key, seen);
    const converted = convertNode(value, member, into);
    if (fault === undefined) members.set(name, converted);
    else into.problems.push({ offset: startOf(key, into.tags), pointer: member, ...fault });
    seen.add(name);
  }
  return Object.fromEntries(members);
}

function noteKey(key: NamedKey, into: Conversion): void {
  const name = key.value;
  const span = spanOfKey(key);
  if (span !== undefined) into.keys.push(span);
  into.size += 1 + name.length;
  if (key.anchor === undefined) return;
  into.anchors.set(key.anchor, { value: name, size: 1 + name.length, damaged: false });
}

function damage(node: ParsedNode, pointer: string, fault: Fault, into: Conversion): null {
  into.problems.push({ offset: startOf(node, into.tags), pointer, ...fault });
  into.damaged.push(pointer);
  return null;
}
