import { memberNode } from '../resources/member-node.ts';
import type { FieldNode } from '../resources/resource-type.ts';
import { equalJson, isList, isObject, type Json, type JsonObject } from '../shared/json.ts';
import { normalise, ownNames } from './normalise.ts';

/** How one appliance spells the members whose names are not certain. Of use with the nodes that it was learnt with. */
export interface Spelling {
  /** By the member's node; `""` for a member that stands without an object around it. */
  readonly names: ReadonlyMap<FieldNode, string>;
}

/** The schema's own names everywhere. */
export const OWN_SPELLING: Spelling = { names: new Map() };

/**
 * Learns from a body, as the appliance reads it, how it spells each uncertain member. What is seen first counts; what is
 * not seen at all keeps the schema's own name.
 */
export function spellingOf(body: Json, node: FieldNode | undefined): Spelling {
  if (node?.holdsUncertain !== true) return OWN_SPELLING;
  const names = new Map<FieldNode, string>();
  learn(body, node, names);
  return { names };
}

/** The spelling of several bodies; what the first of them tells counts. */
export function firstSpelling(spellings: readonly Spelling[]): Spelling {
  const names = new Map<FieldNode, string>();
  for (const spelling of spellings) for (const [member, name] of spelling.names) learnName(member, name, names);
  return { names };
}

/**
 * A body in normal form as the appliance takes it. What is sent means the same: where the appliance's spelling would not
 * read back as the body, as with two members of one name, the object stays in the schema's own.
 */
export function respell(body: Json, node: FieldNode | undefined, spelling: Spelling): Json {
  if (spelling.names.size === 0) return body;
  if (isList(body)) return body.map((item) => respell(item, node?.elements, spelling));
  if (!isObject(body)) return body;
  const spelt = speltObject(body, node, spelling);
  return equalJson(normalise(spelt, node), normalise(body, node)) ? spelt : body;
}

function speltObject(object: JsonObject, node: FieldNode | undefined, spelling: Spelling): Json {
  const members = Object.entries(object).map(([name, value]): [string, Json] => {
    const member = memberNode(node, name);
    const given = member === undefined ? undefined : spelling.names.get(member);
    return [given ?? name, respell(value, member, spelling)];
  });
  const [only, ...others] = members;
  if (only?.[0] === '' && others.length === 0) return only[1];
  return Object.fromEntries(members);
}

function learn(body: Json, node: FieldNode | undefined, names: Map<FieldNode, string>): void {
  if (node?.holdsUncertain !== true) return;
  if (isList(body)) body.forEach((item) => learn(item, node.elements, names));
  else if (typeof body === 'string') learnName(node.bare?.[1], '', names);
  else if (isObject(body)) {
    const own = ownNames(body, node);
    for (const [name, member] of own) learnName(node.members.get(member), name, names);
    for (const [name, value] of Object.entries(body)) learn(value, memberNode(node, own.get(name) ?? name), names);
  }
}

function learnName(member: FieldNode | undefined, name: string, names: Map<FieldNode, string>): void {
  if (member !== undefined && !names.has(member)) names.set(member, name);
}
