import { isAlias, isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import { splitPointer } from '../shared/pointer.ts';
import { firstWhere } from './binary-search.ts';

/** The offset where a node begins, its tag included. `tags` are the offsets of the document's tags, ascending. */
export function startOf(node: ParsedNode, tags: readonly number[]): number {
  const start = node.range[0];
  if (isAlias(node) || node.tag === undefined) return start;
  const behind = firstWhere(tags, (tag) => tag > start);
  const [last = start] = tags.slice(behind - 1, behind);
  return last;
}

/**
 * The offset of what a JSON pointer names: of the member's key, or of its value. Where the document has nothing of that
 * name, that of the key of the nearest place above. What an alias stands for is placed at the alias.
 */
export function locate(root: ParsedNode, pointer: string, at: 'key' | 'value', tags: readonly number[]): number {
  let key: ParsedNode | undefined;
  let node = root;
  for (const token of splitPointer(pointer)) {
    const child = childOf(node, token);
    if (child === undefined) return startOf(key ?? node, tags);
    ({ key, node } = child);
  }
  return startOf(at === 'key' ? (key ?? node) : node, tags);
}

function childOf(
  node: ParsedNode,
  token: string,
): { readonly key: ParsedNode | undefined; readonly node: ParsedNode } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && key.value === token);
    return pair?.value ? { key: pair.key, node: pair.value } : undefined;
  }
  if (!isSeq(node) || !/^(0|[1-9]\d*)$/.test(token)) return undefined;
  const element = node.items[Number(token)];
  return element === undefined ? undefined : { key: undefined, node: element as ParsedNode };
}
