import { canonicalText } from '../resources/canonical-text.ts';
import { memberNode } from '../resources/member-node.ts';
import type { FieldNode } from '../resources/resource-type.ts';
import type { Json } from '../shared/json.ts';
import { Secret } from '../shared/secret.ts';
import { isTreeList, isTreeObject, type SecretTree } from '../shared/secret-tree.ts';
import type { Sealer, SealKind } from './seal.ts';

/**
 * Where the desired body holds secrets. The elements of a list are taken together: which live element a desired one will
 * meet is not known before the comparison, and both sides have to be sealed alike.
 */
interface SecretPlaces {
  readonly secret: boolean;
  /** There is a secret here or further in. */
  readonly holds: boolean;
  readonly members: ReadonlyMap<string, SecretPlaces>;
  readonly elements: SecretPlaces | undefined;
}

/** Seals both sides of a comparison at the same places: schema secrets, `!env` and `!file` values, undescribed members. */
export interface BodySealer {
  desired(body: SecretTree): Json;
  live(body: Json): Json;
}

/** What decides, beside the schema, which values are shown. */
export interface SealOptions {
  readonly sealer: Sealer;
  /** `show` leaves values that no schema describes readable. */
  readonly unknown: 'hide' | 'show';
  /** Tells of a text that it contains a secret of this run and has to be withheld whole. */
  readonly containsSecret: (text: string) => boolean;
}

/** The sealer for one resource's bodies. */
export function bodySealer(desired: SecretTree, node: FieldNode | undefined, options: SealOptions): BodySealer {
  const places = secretPlaces([desired]);
  const run = (body: SecretTree) => sealAt(body, node, places, undefined, options);
  return { desired: run, live: run };
}

function secretPlaces(trees: readonly SecretTree[]): SecretPlaces {
  const objects = trees.filter((tree) => isTreeObject(tree));
  const names = new Set(objects.flatMap((tree) => Object.keys(tree)));
  const lists = trees.filter(isTreeList);
  const items = lists.flat();
  const secret = trees.some((tree) => tree instanceof Secret);
  const elements = items.length > 0 ? secretPlaces(items) : undefined;
  const members = new Map(
    [...names].map((name) => [
      name,
      secretPlaces(objects.flatMap((tree) => (Object.hasOwn(tree, name) ? [tree[name] as SecretTree] : []))),
    ]),
  );
  const inside = [...members.values(), ...(elements === undefined ? [] : [elements])];
  return { secret, holds: secret || inside.some((place) => place.holds), members, elements };
}

function sealAt(
  tree: SecretTree,
  node: FieldNode | undefined,
  places: SecretPlaces | undefined,
  inherited: SealKind | undefined,
  options: SealOptions,
): Json {
  const kind = kindAt(tree, node, places, inherited, options);
  if (tree instanceof Secret) return options.sealer.seal(canonical(tree.reveal(), node), 'secret');
  if (isTreeObject(tree)) {
    return Object.fromEntries(
      Object.entries(tree).map(([name, value]) => {
        const member = memberNode(node, name);
        return [name, sealAt(value, member, places?.members.get(name), kind, options)];
      }),
    );
  }
  if (isTreeList(tree)) return tree.map((item) => sealAt(item, node?.elements, places?.elements, kind, options));
  const scalar = canonical(tree, node);
  if (kind !== undefined) return options.sealer.seal(scalar, kind);
  if (typeof scalar === 'string' && options.containsSecret(scalar)) return options.sealer.seal(scalar, 'secret');
  return scalar;
}

/** Both sides meet in one spelling. */
function canonical(scalar: Json, node: FieldNode | undefined): Json {
  return typeof scalar === 'string' ? canonicalText(scalar, node) : scalar;
}

function kindAt(
  tree: SecretTree,
  node: FieldNode | undefined,
  places: SecretPlaces | undefined,
  inherited: SealKind | undefined,
  options: SealOptions,
): SealKind | undefined {
  if (inherited === 'secret' || node?.secret || places?.secret || isShapedOtherwise(tree, places)) return 'secret';
  if (node === undefined) return options.unknown === 'hide' ? 'unknown' : undefined;
  return node.certificate ? 'certificate' : undefined;
}

/** Where the file has secrets further in, a value of another shape may hold them in its own way. */
function isShapedOtherwise(tree: SecretTree, places: SecretPlaces | undefined): boolean {
  if (!places?.holds) return false;
  if (isTreeObject(tree)) return places.members.size === 0;
  return isTreeList(tree) ? places.elements === undefined : true;
}
