import type { Json } from '../shared/json.ts';

/**
 * What the schema says about one place in a body. Places that no schema describes have no node; a place may be described
 * without anything special about it.
 */
export interface FieldNode {
  /** Members that the schema names. */
  readonly members: ReadonlyMap<string, FieldNode>;
  /** The node of every member that the schema does not name, when it describes those too. */
  readonly otherMembers: FieldNode | undefined;
  /** The node of a list's elements. */
  readonly elements: FieldNode | undefined;
  /** `x-sps-secret`: never shown. */
  readonly secret: boolean;
  /** `readOnly`: sent back as read, never compared. */
  readonly readOnly: boolean;
  /** `x-sps-derived`: never sent, never compared. */
  readonly derived: boolean;
  /** `x-sps-set`: the order of the list does not count. */
  readonly set: boolean;
  /** `x-sps-identity`: the member by which a list merges element by element. */
  readonly identity: string | undefined;
  /** `x-sps-tag`: the member whose change replaces the object whole; `selection` always does. */
  readonly tag: string | undefined;
  /** `x-sps-optional-block`: switched off, only `enabled` is left. */
  readonly optionalBlock: boolean;
  /** `x-sps-certificate`: one X.509 certificate in PEM, compared by its DER bytes. */
  readonly certificate: boolean;
  /** `x-sps-date`: `YYYY-MM-DD` and `YYYY/MM/DD` are the same date. */
  readonly date: boolean;
  /**
   * `x-sps-aliases`: the names under which the appliance may show this member instead of the schema's own; `""` says that
   * it may stand without an object around it. Empty where the name is certain.
   */
  readonly aliases: readonly string[];
  /** Of `members` those whose name is not certain, derived ones left out. */
  readonly uncertain: readonly NamedNode[];
  /** The first of `uncertain` that may stand without the object around it. */
  readonly bare: NamedNode | undefined;
  /** Some member's name is not certain, here or further in. */
  readonly holdsUncertain: boolean;
}

/** A member by the schema's own name. */
export type NamedNode = readonly [name: string, node: FieldNode];

/** What the program does when members that only the appliance sets are not as the files want them. */
export type Remedy =
  /** `POST` of the document's file as `multipart/form-data`, inside of the transaction. */
  | {
      readonly kind: 'upload';
      readonly path: string;
      readonly field: string;
      /** What an operator has to do beside it, for the report. */
      readonly note: string | null;
    }
  /** `DELETE` of the resource's own path, outside of the transaction and after it. */
  | { readonly kind: 'unjoin' };

/** One thing that a body violates. Holds no value of the body. */
export interface SchemaFinding {
  /** JSON pointer into the body. */
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** The finding is about the member's name, not about its value. */
  readonly at: 'key' | 'value';
}

/** One row of the registry: everything the program knows about a resource, taken from its schema file. */
export interface ResourceType {
  /** Path below `/api/configuration`. */
  readonly resource: string;
  readonly kind: 'singleton' | 'collection';
  /** The URL path: below `/api/configuration` but for registered exceptions. */
  readonly href: string;
  /** Of a collection: what tells its members apart. */
  readonly identity: 'name' | 'key';
  /** Keys of members that the appliance brings along: never written, never deleted. */
  readonly builtIn: readonly string[];
  /** Where the body is read-only and a condition; `undefined` for what is simply written. */
  readonly remedy: Remedy | undefined;
  /** Of a collection: its members' body. */
  readonly fields: FieldNode;
  /** What to do when the documented method is refused: `post` means one POST after a 405 to PUT. */
  readonly writeFallback: 'post' | undefined;
  /** For files: `required` dropped, unknown members refused where the schema is closed; read-only members refused. */
  validateDesired(body: Json): readonly SchemaFinding[];
  /** For the merged body: `required` kept, unknown members allowed. */
  validateTarget(body: Json): readonly SchemaFinding[];
}

/** All resource types, by resource. */
export interface Registry {
  readonly types: readonly ResourceType[];
  find(resource: string): ResourceType | undefined;
  /** The known path that `resource` is most likely a misspelling of (at most two edits), if it is not known itself. */
  nearest(resource: string): string | undefined;
}
