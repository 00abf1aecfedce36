import type { Json } from './json.ts';
import { Secret } from './secret.ts';

/** JSON in which any scalar may be a `Secret`. */
export type SecretTree = null | boolean | number | string | Secret | readonly SecretTree[] | SecretTreeObject;

/** The object form of `SecretTree`. */
export interface SecretTreeObject {
  readonly [member: string]: SecretTree;
}

/** Tells whether a tree is an object rather than a list, a scalar or a secret. */
export function isTreeObject(tree: SecretTree | undefined): tree is SecretTreeObject {
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree) && !(tree instanceof Secret);
}

/** Tells whether a tree is a list. */
export function isTreeList(tree: SecretTree): tree is readonly SecretTree[] {
  return Array.isArray(tree);
}

/** The tree with every secret replaced by what `replace` makes of it. */
export function replaceSecrets(tree: SecretTree, replace: (secret: Secret) => Json): Json {
  if (tree instanceof Secret) return replace(tree);
  if (isTreeObject(tree)) {
    return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, replaceSecrets(value, replace)]));
  }
  return isTreeList(tree) ? tree.map((item) => replaceSecrets(item, replace)) : tree;
}

/** The plain JSON, secrets and all: for ajv and for the request that sends it, never for anything that prints. */
export function revealTree(tree: SecretTree): Json {
  return replaceSecrets(tree, (secret) => secret.reveal());
}
