import type { Json } from '../shared/json.ts';

/** A place in a live body that refers to another object. */
export interface LiveReference {
  /** JSON pointer into the body as it was read. */
  readonly pointer: string;
  /** URL path of what is referred to. */
  readonly href: string;
}

/** A body as the appliance has it, in normal form. */
interface LiveBody {
  readonly body: Json;
  readonly references: readonly LiveReference[];
}

/** One member of a live collection. */
export interface LiveMember extends LiveBody {
  /** The appliance's own; differs between appliances. */
  readonly key: string;
  readonly href: string;
  /** What tells it apart, by the collection's identity; null when it has none. */
  readonly name: string | null;
  /** `inexact`: it holds a number that cannot be sent back unchanged. */
  readonly numbers: 'exact' | 'inexact';
}

/** Turns a body in normal form into what this appliance takes: in its own spelling of names that are not certain. */
export type Spell = (body: Json) => Json;

/** What the appliance answered for one resource. */
export type LiveResource =
  | ({ readonly resource: string; readonly state: 'present'; readonly href: string; readonly spell: Spell } & LiveBody)
  /** It has no such endpoint. */
  | { readonly resource: string; readonly state: 'unsupported' }
  | LiveCollection;

/** A collection, or a directory: what answers with a listing. */
export interface LiveCollection {
  readonly resource: string;
  readonly state: 'collection';
  readonly href: string;
  readonly identity: 'name' | 'key';
  /** Of all members, in the order of the listing. */
  readonly keys: readonly string[];
  /** By key, as far as the listing or a member that was read tells; null where a member has none. */
  readonly names: ReadonlyMap<string, string | null>;
  /** Those whose bodies were asked for, in the order of the listing. */
  readonly members: readonly LiveMember[];
  readonly spell: Spell;
}
