import type { Comparison } from '../plan/comparison.ts';
import { movementBetween, type Movement } from '../plan/movement.ts';
import type { StagedOperation } from '../plan/operation.ts';
import { both } from '../shared/concurrency.ts';
import { StartOver } from './start-over.ts';
import { placeIn, readTouched, type Touched } from './touched.ts';
import type { TransactionContext } from './transaction-context.ts';

/** What a `config_hash` is compared with before the commit; null when it cannot be relied on in this run. */
export type HashBase = string | null;

/**
 * What is made of a `config_hash` that moved since the plan while the touched resources stand still. `start-over`: somebody
 * committed, perhaps after our open, and our commit might undo that (Q2). `take`: it moved at the open before this one too,
 * so that opening itself moves it.
 */
export type HashAtOpen = 'start-over' | 'take';

/** What the plan was made from. */
export interface PlanBase {
  /** `config_hash` when the plan was made; null when unknown or not to be relied on. */
  readonly configHash: HashBase;
  readonly hashAtOpen: HashAtOpen;
}

/** The plan, standing on what the appliance has now that nobody else can write. */
export interface Rebased {
  readonly touched: readonly Touched[];
  readonly hash: HashBase;
  /** The pointers of members that move at every reading. */
  readonly volatile: ReadonlyMap<StagedOperation, readonly string[]>;
  /** The keys of what was created, as soon as they are known. */
  readonly created: Map<StagedOperation, string>;
}

/**
 * Reads the touched resources and `config_hash` again inside the open transaction. Throws `StartOver('live-moved')` when a
 * touched resource is not what the plan was made from, `StartOver('hash-moved-at-open')` when only the hash is not;
 * members that no schema knows and that move at every reading are only warned about. The write is computed from the
 * newest reading, so that what is ignored or unknown goes back as it is.
 */
export async function rebase(
  operations: readonly StagedOperation[],
  planned: PlanBase,
  context: TransactionContext,
): Promise<Rebased> {
  const { signal } = context;
  const created = new Map<StagedOperation, string>();
  const readAll = () => readTouched(operations, created, context, signal);
  // A hash that is still the plan's stands for all that was read since the plan, before it or after it. One that is taken as it
  // is stands only for what is read after it.
  const isPlans = planned.hashAtOpen === 'start-over';
  const hashNow = hashIn(planned, context);
  const [afterOpen, first] = isPlans ? await both(hashNow, readAll()) : [await hashNow, await readAll()];
  let touched = first;
  refuseMovedCollections(touched);
  const moved = touched.map((one) => movementOf(one, one.operation.comparison));
  const volatile = new Map<StagedOperation, readonly string[]>();
  if (moved.some((movement) => movement.pointers.length > 0)) {
    if (moved.some((movement) => movement.pointers.length > 0 && !movement.onlyUnknown)) throw startOver(moved);
    const second = touched;
    touched = await readAll();
    const again = touched.map((one, index) => movementOf(one, (second[index] as Touched).comparison));
    const isVolatile = moved.every((movement, index) =>
      movement.pointers.every((pointer) => again[index]?.pointers.includes(pointer)),
    );
    if (!isVolatile || again.some((m) => m.pointers.length > 0 && !m.onlyUnknown)) throw startOver(moved);
    for (const { operation, pointers } of again) volatile.set(operation, pointers);
    warnVolatile(named(again), context);
  }
  return { touched, hash: await settleHash(planned, afterOpen, context), volatile, created };
}

async function hashIn({ configHash }: PlanBase, { appliance, signal }: TransactionContext): Promise<HashBase> {
  return configHash === null ? null : (await appliance.info(signal)).configHash;
}

/** Creates and deletes rest on which members there are: of a collection the same for all of them. */
function refuseMovedCollections(touched: readonly Touched[]): void {
  const changing = touched.filter(({ operation: { action } }) => action === 'create' || action === 'delete');
  const collections = new Map(changing.map((one) => [one.operation.resource, one]));
  const moved = [...collections.values()].filter(({ operation, siblings }) => {
    const planned = new Set(operation.member?.siblings);
    return siblings?.length !== planned.size || !siblings.every((key) => planned.has(key));
  });
  if (moved.length === 0) return;
  const places = moved.map(({ operation }) => `${operation.resource} (members)`);
  throw new StartOver('live-moved', places);
}

/** How the object of an operation moved. */
interface Moved extends Movement {
  readonly operation: StagedOperation;
}

function movementOf({ operation, comparison }: Touched, before: Comparison): Moved {
  return { operation, ...movementBetween(before, comparison) };
}

function named(moved: readonly Moved[]): readonly string[] {
  return moved.flatMap(({ operation, pointers }) => pointers.map((pointer) => placeIn(operation, pointer)));
}

function startOver(moved: readonly Moved[]): StartOver {
  return new StartOver('live-moved', named(moved));
}

function warnVolatile(names: readonly string[], context: TransactionContext): void {
  for (const name of names) {
    const message = `${name} moves at every reading although nobody changes it; it does not count`;
    context.progress.warnings.push({ severity: 'warning', code: 'volatile-member', message });
  }
}

/**
 * A hash that moved while the touched resources stand still: somebody changed something else, or the hash is not what it
 * is taken for (Q16). Read once more, it tells which; whether the other commit came before or after our open nothing does.
 */
async function settleHash(
  { configHash, hashAtOpen }: PlanBase,
  afterOpen: HashBase,
  context: TransactionContext,
): Promise<HashBase> {
  if (configHash === null || afterOpen === null) return null;
  if (afterOpen === configHash) return configHash;
  const again = (await context.appliance.info(context.signal)).configHash;
  if (again === afterOpen && hashAtOpen === 'start-over') throw new StartOver('hash-moved-at-open');
  if (again === afterOpen) return again;
  context.progress.warnings.push(hashUnstable('it moves at every reading'));
  return null;
}

/** The warning that the hash guard is off for this run. */
export function hashUnstable(why: string) {
  const message = `config_hash does not tell whether the configuration changed: ${why}; its guard is off for this run`;
  return { severity: 'warning', code: 'config-hash-unstable', message } as const;
}
