import type { FieldNode, ResourceType } from '../resources/resource-type.ts';
import type { Diagnostic } from '../shared/diagnostic.ts';
import type { Json } from '../shared/json.ts';
import { isAtOrBelow, splitPointer } from '../shared/pointer.ts';
import type { ParsedDocument } from './parsed-document.ts';

/**
 * What the schema says about a body, placed. `open` are pointers into the body whose values are not known, because a tag
 * was not or could not be resolved: what is said about them, or follows from them, is left out.
 */
export function checkBody(
  { document }: ParsedDocument,
  type: ResourceType,
  body: Json,
  open: readonly string[],
): readonly Diagnostic[] {
  const mute = open.map((pointer) => muteAt(pointer, type.fields));
  return type
    .validateDesired(body)
    .filter((finding) => !mute.some((isMuted) => isMuted(finding.pointer)))
    .map(({ pointer, at, ...finding }) => document.place(`/body${pointer}`, at, { severity: 'error', ...finding }));
}

// An `if` on an unknown tag or switch decides about the whole object that it stands in.
function muteAt(open: string, fields: FieldNode): (pointer: string) => boolean {
  const parent = open.slice(0, Math.max(open.lastIndexOf('/'), 0));
  const name = splitPointer(open).at(-1);
  const node = fieldAt(fields, splitPointer(parent));
  const decides =
    name === 'selection' || (name !== undefined && name === node?.tag) || (name === 'enabled' && node?.optionalBlock);
  return (pointer) => isAtOrBelow(pointer, open) || (decides === true && isAtOrBelow(pointer, parent));
}

function fieldAt(root: FieldNode, tokens: readonly string[]): FieldNode | undefined {
  let node: FieldNode | undefined = root;
  for (const token of tokens) node = node?.elements ?? node?.members.get(token) ?? node?.otherMembers;
  return node;
}
