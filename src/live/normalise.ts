import type { LiveReference } from '../plan/live-resource.ts';
import { canonicalText } from '../resources/canonical-text.ts';
import { memberNode } from '../resources/member-node.ts';
import type { FieldNode } from '../resources/resource-type.ts';
import { readCertificate } from '../shared/certificate.ts';
import { isList, isObject, type Json, type JsonObject } from '../shared/json.ts';
import { childPointer } from '../shared/pointer.ts';

const NO_NAMES: ReadonlyMap<string, string> = new Map();

/**
 * A body as the appliance reads it, in the form in which it is compared: references become the key string (core.md §4),
 * derived members are left out, members have the schema's own names, certificates and dates one spelling. Normalising
 * twice gives the same as normalising once.
 */
export function normalise(body: Json, node: FieldNode | undefined): Json {
  if (isList(body)) return body.map((item) => normalise(item, node?.elements));
  if (typeof body === 'string') return normalText(body, node);
  if (!isObject(body)) return body;
  const own = ownNames(body, node);
  const members: [string, Json][] = [];
  for (const [given, value] of Object.entries(body)) {
    const name = own.get(given) ?? given;
    const member = memberNode(node, name);
    if (!member?.derived) members.push([name, normalise(value, member)]);
  }
  const normal = Object.fromEntries(members);
  // Asked last: leaving out a derived member may be what makes a reference.
  const reference = referenceIn(normal);
  return reference === undefined ? normal : normalText(reference.key, node);
}

/** The places of a body, as the appliance reads it, that refer to something; `pointer` is where the body stands. */
export function referencesIn(body: Json, pointer = ''): readonly LiveReference[] {
  if (isList(body)) return body.flatMap((item, index) => referencesIn(item, childPointer(pointer, index)));
  if (!isObject(body)) return [];
  const reference = referenceIn(body);
  if (reference !== undefined) return [{ pointer, href: reference.href }];
  return Object.entries(body).flatMap(([name, member]) => referencesIn(member, childPointer(pointer, name)));
}

/**
 * The schema's own names of the members whose name is not certain (`FieldNode.aliases`), by the name under which each stands
 * in an object; members that are not there are left out. A member stands under its own name, else under the first of its
 * aliases that is there, else, if it is a certificate, under the name of whatever single member that the schema does not
 * name holds one.
 */
export function ownNames(object: JsonObject, node: FieldNode | undefined): ReadonlyMap<string, string> {
  if (node === undefined || node.uncertain.length === 0) return NO_NAMES;
  const { uncertain } = node;
  const own = new Map<string, string>();
  const unnamed = new Map<string, Json>();
  for (const [name, value] of Object.entries(object)) {
    // Judged in normal form, in which a second look finds them.
    if (name !== '' && !node.members.has(name)) unnamed.set(name, normalise(value, node.otherMembers));
  }
  const settle = (member: string, name: string | undefined): void => {
    if (name === undefined) return;
    own.set(name, member);
    unnamed.delete(name);
  };
  for (const [member, field] of uncertain) {
    const isIt = (alias: string) =>
      unnamed.has(alias) && (!field.certificate || typeof unnamed.get(alias) === 'string');
    settle(member, Object.hasOwn(object, member) ? member : field.aliases.find(isIt));
  }
  const settled = new Set(own.values());
  for (const [member, field] of uncertain) {
    if (settled.has(member) || !field.certificate) continue;
    const certificates = [...unnamed].filter(([, value]) => isCertificate(value)).map(([name]) => name);
    if (certificates.length === 1) settle(member, certificates[0]);
  }
  return own;
}

function normalText(text: string, node: FieldNode | undefined): Json {
  const bare = node?.bare;
  if (bare === undefined) return canonicalText(text, node);
  const [name, member] = bare;
  return { [name]: normalise(text, member) };
}

function isCertificate(value: Json): boolean {
  return typeof value === 'string' && readCertificate(value).kind === 'certificate';
}

/** A reference is an object of `key` and `meta.href`, with or without the body of its target; nothing else has `meta`. */
function referenceIn(value: JsonObject): { readonly key: string; readonly href: string } | undefined {
  const { key, meta } = value;
  const href = isObject(meta) ? meta['href'] : undefined;
  if (typeof key !== 'string' || typeof href !== 'string') return undefined;
  const isBare = Object.keys(value).every((name) => name === 'key' || name === 'meta' || name === 'body');
  return isBare ? { key, href } : undefined;
}
