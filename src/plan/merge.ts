import { memberNode } from '../resources/member-node.ts';
import type { FieldNode } from '../resources/resource-type.ts';
import { equalJson, isList, isObject, type Json, type JsonObject } from '../shared/json.ts';
import { valueAt, withValueAt } from '../shared/pointer.ts';
import { pairUp } from './pair-up.ts';

/** Looks behind a sealed string; needed where a value decides what a body means (an optional block's switch). */
export type Reveal = (value: Json) => Json;

/**
 * The target of a resource: the live body with the desired fields laid over it, ignored places as they are. Both bodies
 * sealed. Where this gives the live body back, the resource is in sync; so the diff, the write, the read-back and the
 * final proof all rest on this one function.
 */
export function mergeTarget(
  live: Json,
  desired: Json,
  node: FieldNode | undefined,
  ignore: readonly string[],
  reveal: Reveal,
): Json {
  const merged = merge(live, desired, node, reveal);
  // Only at `""` could the whole go, and there is always a live body to be kept.
  return ignore.reduce<Json>((target, pointer) => withValueAt(target, pointer, valueAt(live, pointer)) as Json, merged);
}

/** The target of an object that is not there yet: what the document says, less what asks for nothing. */
export function freshTarget(desired: Json, node: FieldNode | undefined, reveal: Reveal): Json {
  return merge(undefined, desired, node, reveal);
}

function merge(live: Json | undefined, desired: Json, node: FieldNode | undefined, reveal: Reveal): Json {
  if (isList(desired)) {
    return live !== undefined && isList(live)
      ? mergeList(live, desired, node, reveal)
      : freshList(desired, node, reveal);
  }
  if (!isObject(desired)) return desired;
  if (!isObject(live)) return live !== undefined && isEmpty(desired) ? live : fresh(desired, node, reveal);
  if (blockIsOff(desired, live, node, reveal)) {
    // A block that is off already is in sync, whether or not the appliance goes on showing its settings.
    return blockIsOff({}, live, node, reveal) ? live : { ...readOnlyMembers(live, node), ...onlySwitch(desired) };
  }
  if (tagMoves(live, desired, node)) return { ...readOnlyMembers(live, node), ...fresh(desired, node, reveal) };
  const merged: Record<string, Json> = { ...live };
  for (const [name, value] of Object.entries(desired)) {
    const member = memberNode(node, name);
    if (isEmpty(value) && !Object.hasOwn(live, name)) continue;
    merged[name] = merge(Object.hasOwn(live, name) ? live[name] : undefined, value, member, reveal);
  }
  return merged;
}

/** `{}` asks for nothing: it changes nothing, whatever is there. */
function isEmpty(value: Json): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

/** An object that has nothing to be laid over: as the file has it, less the settings of blocks that are off. */
function fresh(desired: JsonObject, node: FieldNode | undefined, reveal: Reveal): JsonObject {
  if (blockIsOff(desired, {}, node, reveal)) return onlySwitch(desired);
  return Object.fromEntries(
    Object.entries(desired).map(([name, value]) => {
      const member = memberNode(node, name);
      return [name, merge(undefined, value, member, reveal)];
    }),
  );
}

function freshList(desired: readonly Json[], node: FieldNode | undefined, reveal: Reveal): readonly Json[] {
  return desired.map((item) => merge(undefined, item, node?.elements, reveal));
}

function blockIsOff(desired: JsonObject, live: JsonObject, node: FieldNode | undefined, reveal: Reveal): boolean {
  if (!node?.optionalBlock) return false;
  const enabled = Object.hasOwn(desired, 'enabled') ? desired['enabled'] : live['enabled'];
  return enabled !== undefined && reveal(enabled) === false;
}

function onlySwitch(desired: JsonObject): JsonObject {
  return { enabled: desired['enabled'] as Json };
}

/** What only the appliance sets goes back as read, even where all the rest of an object goes. */
function readOnlyMembers(live: JsonObject, node: FieldNode | undefined): JsonObject {
  return Object.fromEntries(Object.entries(live).filter(([name]) => memberNode(node, name)?.readOnly === true));
}

/** Under another tag the old members mean nothing: the object is replaced whole. A tag is a scalar. */
function tagMoves(live: JsonObject, desired: JsonObject, node: FieldNode | undefined): boolean {
  const tags = node?.tag === undefined ? ['selection'] : ['selection', node.tag];
  return tags.some((tag) => {
    if (!Object.hasOwn(desired, tag) || !Object.hasOwn(live, tag)) return false;
    const want = desired[tag] as Json;
    return !isObject(want) && !isList(want) && !equalJson(want, live[tag] as Json);
  });
}

function mergeList(
  live: readonly Json[],
  desired: readonly Json[],
  node: FieldNode | undefined,
  reveal: Reveal,
): readonly Json[] {
  const meets = (liveItem: Json, desiredItem: Json) =>
    equalJson(merge(liveItem, desiredItem, node?.elements, reveal), liveItem);
  if (node?.set) {
    const pairs = live.length === desired.length ? pairUp(desired, live, (want, have) => meets(have, want)) : undefined;
    if (pairs !== undefined) return live;
  }
  const identity = node?.identity;
  if (identity !== undefined) return mergeByIdentity(live, desired, identity, node, reveal);
  if (node?.set) return freshList(desired, node, reveal);
  const same = live.length === desired.length && live.every((item, index) => meets(item, desired[index] as Json));
  // A list that says what the file says stays as it is, together with what the appliance added to its elements.
  return same ? live : freshList(desired, node, reveal);
}

function mergeByIdentity(
  live: readonly Json[],
  desired: readonly Json[],
  identity: string,
  node: FieldNode | undefined,
  reveal: Reveal,
): readonly Json[] {
  // Each live element is taken once: where a name occurs twice, merging again has to give the same.
  const left = [...live];
  return desired.map((want) => {
    const name = isObject(want) ? want[identity] : undefined;
    const index = name === undefined ? -1 : left.findIndex((item) => isObject(item) && hasName(item, identity, name));
    const [have] = index < 0 ? [] : left.splice(index, 1);
    return merge(have, want, node?.elements, reveal);
  });
}

function hasName(item: JsonObject, identity: string, name: Json): boolean {
  return Object.hasOwn(item, identity) && equalJson(item[identity] as Json, name);
}
