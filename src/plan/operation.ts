import type { DesiredIdentity, UploadFile } from '../desired/desired-state.ts';
import type { Remedy } from '../resources/resource-type.ts';
import type { Position } from '../shared/diagnostic.ts';
import type { Comparison } from './comparison.ts';
import type { Spell } from './live-resource.ts';

/** Every kind of operation, in the order in which they are carried out. */
export const ACTIONS = ['upload', 'create', 'update', 'reorder', 'delete', 'action'] as const;

/** A member's place among others; null for a singleton. */
export interface Membership {
  /** Null while the appliance has not given one. */
  readonly key: string | null;
  /** The keys of the collection when the plan was made. */
  readonly siblings: readonly string[];
}

/** The place of a member that the appliance has. */
export interface LiveMembership extends Membership {
  readonly key: string;
}

interface OperationBase extends DesiredIdentity {
  /** URL path of the object; of a create, of its collection. */
  readonly href: string;
  /** The document that asks for it. */
  readonly source: Position;
  /** What is wanted beside what is there; its patch is what the operation changes. */
  readonly comparison: Comparison;
  readonly member: Membership | null;
}

/** A new member of a collection. */
export interface CreateOperation extends OperationBase {
  readonly action: 'create';
  readonly spell: Spell;
}

/** A change of an object that is there. */
export interface UpdateOperation extends OperationBase {
  readonly action: 'update';
  readonly spell: Spell;
  /** How to write when PUT is answered 405. */
  readonly writeFallback: 'post' | undefined;
}

/** The end of a member. */
export interface DeleteOperation extends OperationBase {
  readonly action: 'delete';
  readonly member: LiveMembership;
  /** URL paths that its body refers to: those go after it. */
  readonly refersTo: readonly string[];
}

/** A file that makes the appliance show what the document wants. */
export interface UploadOperation extends OperationBase {
  readonly action: 'upload';
  readonly remedy: Extract<Remedy, { kind: 'upload' }>;
  readonly file: UploadFile;
}

/** Something that a transaction forbids: done after it, by itself. */
export interface ActionOperation extends OperationBase {
  readonly action: 'action';
  readonly remedy: Extract<Remedy, { kind: 'unjoin' }>;
}

/** One change of one object. */
export type Operation = StagedOperation | ActionOperation;

/** What is written into a transaction. */
export type StagedOperation = CreateOperation | UpdateOperation | DeleteOperation | UploadOperation;

/** Tells what goes into the transaction from what is done after it. */
export function isStaged(operation: Operation): operation is StagedOperation {
  return operation.action !== 'action';
}

/** How messages call an object: its resource, and the name of a member in quotation marks. */
export function titleOf({ resource, name }: DesiredIdentity): string {
  return name === null ? resource : `${resource} ${JSON.stringify(name)}`;
}
