import type { DesiredResource } from '../desired/desired-state.ts';
import type { LiveResource } from '../plan/live-resource.ts';
import { memberNode } from '../resources/member-node.ts';
import { UNDESCRIBED_MEMBER } from '../resources/undescribed-member.ts';
import type { FieldNode, Registry } from '../resources/resource-type.ts';
import { isList, type Json } from '../shared/json.ts';
import { Secret } from '../shared/secret.ts';
import type { SecretBook } from '../shared/secret-book.ts';
import { isTreeObject, revealTree, type SecretTree } from '../shared/secret-tree.ts';

/** Remembers what the files hold of secrets: `!env` and `!file` values, what the schema marks or does not describe. */
export function collectDesiredSecrets(desired: readonly DesiredResource[], registry: Registry, book: SecretBook): void {
  for (const { resource, body } of desired) collect(body, registry.find(resource)?.fields, book);
}

/** Remembers what the appliance holds of secrets: what the schema marks, and what no schema describes. */
export function collectLiveSecrets(
  live: ReadonlyMap<string, LiveResource>,
  registry: Registry,
  book: SecretBook,
): void {
  for (const one of live.values()) {
    if (one.state === 'unsupported') continue;
    const node = registry.find(one.resource)?.fields;
    if (one.state === 'present') collect(one.body, node, book);
    else for (const { body } of one.members) collect(body, node ?? UNDESCRIBED_MEMBER, book);
  }
}

function collect(tree: SecretTree, node: FieldNode | undefined, book: SecretBook): void {
  if (tree instanceof Secret) book.add(tree.reveal());
  else if (node?.secret) book.add(revealTree(tree));
  else if (isTreeObject(tree)) {
    for (const [name, value] of Object.entries(tree)) {
      collect(value, memberNode(node, name), book);
    }
  } else if (typeof tree === 'object' && tree !== null && isList<SecretTree>(tree)) {
    for (const item of tree) collect(item, node?.elements, book);
  } else if (node === undefined) book.addUndescribed(tree as Exclude<Json, object>);
}
