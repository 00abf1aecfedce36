import type { FieldNode, NamedNode } from './resource-type.ts';

/** What follows for a node from its children. */
type Following = Pick<FieldNode, 'uncertain' | 'bare' | 'holdsUncertain'>;

/** Found out once for each node: bodies are many, and every string of theirs asks. */
export function uncertainMembers({
  members,
  otherMembers,
  elements,
}: Pick<FieldNode, 'members' | 'otherMembers' | 'elements'>): Following {
  const uncertain: readonly NamedNode[] = [...members].filter(
    ([, { aliases, derived }]) => aliases.length > 0 && !derived,
  );
  const children = [...members.values(), otherMembers, elements];
  return {
    uncertain,
    bare: uncertain.find(([, { aliases }]) => aliases.includes('')),
    holdsUncertain: uncertain.length > 0 || children.some((child) => child?.holdsUncertain === true),
  };
}
