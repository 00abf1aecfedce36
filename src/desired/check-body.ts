import { memberNode } from '../resources/member-node.ts';
import type { FieldNode, ResourceType, SchemaFinding } from '../resources/resource-type.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import type { Json } from '../shared/json.ts';
import { isAtOrBelow, placesAbove, splitPointer, withValueAt } from '../shared/pointer.ts';
import { MAX_FINDINGS } from './limit-findings.ts';
import type { DocumentHead } from './parsed-document.ts';

/**
 * What the schema says about a body, placed. `open` are pointers into the body whose values are not known, because a tag
 * was not or could not be resolved: what is said about them, or follows from them, is left out.
 */
export function checkBody(
  { document }: DocumentHead,
  type: ResourceType,
  body: Json,
  open: readonly string[],
): readonly Diagnostic[] {
  const isMuted = mutedBy(open, type.fields);
  const unresolved = new Set(open);
  return findingsWhateverSwitches(type, body, open)
    .filter((finding) => isAboutOpenName(finding, unresolved) || !isMuted(finding.pointer))
    .filter((finding) => !isAboutOpenItems(finding, open))
    .slice(0, MAX_FINDINGS + 1)
    .map(({ pointer, at, ...finding }) => document.place(`/body${pointer}`, at, { severity: 'error', ...finding }));
}

// That a member does not exist, or is not ours to set, holds whatever its value would be.
function isAboutOpenName({ pointer, at }: SchemaFinding, open: ReadonlySet<string>): boolean {
  return at === 'key' && open.has(pointer);
}

// Two values that are not known look the same.
function isAboutOpenItems({ pointer, code }: SchemaFinding, open: readonly string[]): boolean {
  return code === 'duplicate-item' && open.some((one) => isAtOrBelow(one, pointer));
}

// A schema may ask for more while an object is enabled: if that is not known, only what holds either way counts.
function findingsWhateverSwitches(type: ResourceType, body: Json, open: readonly string[]): readonly SchemaFinding[] {
  const switches = open.filter((pointer) => pointer.endsWith('/enabled'));
  if (switches.length === 0) return type.validateDesired(body);
  const whenOff = findingsWith(type, body, switches, false);
  return findingsWith(type, body, switches, true).filter((one) =>
    whenOff.some(
      ({ pointer, code, message }) => one.pointer === pointer && one.code === code && one.message === message,
    ),
  );
}

function findingsWith(
  type: ResourceType,
  body: Json,
  switches: readonly string[],
  value: Json,
): readonly SchemaFinding[] {
  const changed = switches.reduce<Json | undefined>((before, pointer) => withValueAt(before, pointer, value), body);
  // No pointer is the root's, and what has a value keeps one.
  return type.validateDesired(changed as Json);
}

// An `if` on an unknown tag decides about the whole object that it stands in.
function mutedBy(open: readonly string[], fields: FieldNode): (pointer: string) => boolean {
  const muted = new Set(open);
  for (const one of open) {
    const parent = one.slice(0, Math.max(one.lastIndexOf('/'), 0));
    const name = splitPointer(one).at(-1);
    const decides = name === 'selection' || (name !== undefined && name === fieldAt(fields, splitPointer(parent))?.tag);
    if (decides) muted.add(parent);
  }
  // By the places above a finding, which are few: places that are open may be as many as a file holds.
  return (pointer) => placesAbove(pointer).some((place) => muted.has(place));
}

function fieldAt(root: FieldNode, tokens: readonly string[]): FieldNode | undefined {
  let node: FieldNode | undefined = root;
  for (const token of tokens) node = node?.elements ?? memberNode(node, token);
  return node;
}
