import type { PatchEntry } from '../plan/diff.ts';
import { titleOf, type StagedOperation } from '../plan/operation.ts';
import { sideEffects } from '../plan/movement.ts';
import { both } from '../shared/concurrency.ts';
import { SpsGitopsError } from '../shared/errors.ts';
import type { Json } from '../shared/json.ts';
import type { ChangeEntry } from '../sps/message.ts';
import { checkChangeList, needsEntry } from './change-list.ts';
import type { Rebased } from './rebase.ts';
import { StartOver } from './start-over.ts';
import { placeIn, readTouched, standStill, type Touched } from './touched.ts';
import type { TransactionContext } from './transaction-context.ts';

/**
 * Proves before the commit that what is pending is what was planned: by reading the touched resources back, and by the
 * appliance's own list of changes. Throws `verifyFailed` with what was sent and what came back, or `planChanged`.
 *
 * Whether pending values show in a GET at all is not known (core.md §13 Q8). When nothing at all moved, the change list
 * tells the two cases apart: with entries for our writes, pending values are hidden and the final reads have to do;
 * without a single one, the writes had no effect.
 */
export async function verifyStaged(rebased: Rebased, context: TransactionContext): Promise<void> {
  const { appliance, signal } = context;
  const operations = rebased.touched.map((one) => one.operation);
  const [after, entries] = await both(readBack(rebased, operations, context), appliance.changes(signal));
  // Where the answer to a create did not tell the key, what was read back may.
  for (const { operation, key } of after)
    if (key !== null && operation.action === 'create') rebased.created.set(operation, key);
  // Somebody made or renamed a member meanwhile: what is left of the plan would not be in sync.
  const twins = after.filter((one) => one.twins.length > 0).map(({ operation }) => titleOf(operation));
  if (twins.length > 0) throw new StartOver('live-moved', twins);
  const unmoved = standStill(rebased.touched, after, rebased.volatile);
  if (!unmoved && isUntaken(rebased, after)) throw whyNotTaken(rebased, after, entries, context);

  const { foreign, missing } = checkChangeList(operations, rebased.created, entries);
  const needed = operations.filter(needsEntry);
  if (unmoved && needed.length > 0 && missing.length === needed.length) throw notTaken(after, context);
  if (foreign.length > 0 || missing.length > 0) throw listDiffers(foreign, missing.map(titleOf), context);
  if (!unmoved) warnSideEffects(rebased, after, context);
  context.log('transaction.checked', { changes: entries.length, pendingVisible: !unmoved });
}

/** A value that was not taken has to show twice: the row is terminal, and one answer may be nonsense that is well formed. */
async function readBack(
  rebased: Rebased,
  operations: readonly StagedOperation[],
  context: TransactionContext,
): Promise<readonly Touched[]> {
  const after = await readTouched(operations, rebased.created, context, context.signal);
  const isTaken = standStill(rebased.touched, after, rebased.volatile) || !isUntaken(rebased, after);
  return isTaken ? after : readTouched(operations, rebased.created, context, context.signal);
}

/** What an upload brings may show only after the commit, while writes show already: standing still proves nothing there. */
function isUntaken({ touched, volatile }: Rebased, after: readonly Touched[]): boolean {
  return after.some((one, index) => {
    if (one.comparison.patch.length === 0) return false;
    return one.operation.action !== 'upload' || !standStill(touched.slice(index, index + 1), [one], volatile);
  });
}

/**
 * A transaction that vanished under the first writes, and that a later one opened anew without being asked, looks like
 * values that were not taken: the first ones are neither to be read nor in the list, later ones are in it.
 */
function whyNotTaken(
  rebased: Rebased,
  after: readonly Touched[],
  entries: readonly ChangeEntry[],
  context: TransactionContext,
): SpsGitopsError | StartOver {
  const operations = after.map((one) => one.operation);
  const { missing } = checkChangeList(operations, rebased.created, entries);
  const lost = operations.findLastIndex((operation) => missing.includes(operation));
  const first = after.slice(0, lost + 1);
  const vanished = first.length > 0 && first.length < after.length && missing.length === first.length;
  const isGone = vanished && standStill(rebased.touched.slice(0, first.length), first, rebased.volatile);
  return isGone ? new StartOver('transaction-gone') : notTaken(after, context);
}

function notTaken(after: readonly Touched[], context: TransactionContext): SpsGitopsError {
  const places = after.flatMap(({ operation, comparison }) =>
    comparison.patch.map((entry) => sentAndBack(operation, entry, context)),
  );
  return new SpsGitopsError('verifyFailed', 'the appliance did not take the change as it was sent', {
    details: { places },
    hint: 'write the value in the file as the appliance gives it back',
  });
}

function sentAndBack({ resource, name }: StagedOperation, entry: PatchEntry, { sealer }: TransactionContext): Json {
  const sent = entry.op === 'remove' ? {} : { sent: sealer.mask(entry.value) };
  const cameBack = entry.op === 'add' ? {} : { cameBack: sealer.mask(entry.was) };
  return { resource, ...(name === null ? {} : { name }), pointer: entry.path, ...sent, ...cameBack };
}

function listDiffers(
  foreign: readonly ChangeEntry[],
  missing: readonly string[],
  { secrets }: TransactionContext,
): SpsGitopsError {
  const unexpected = foreign.map(({ type, path }) => secrets.withhold({ type, path }));
  const message = "the appliance's list of pending changes is not the plan";
  const hint = 'look for another writer on the appliance, then run again';
  return new SpsGitopsError('planChanged', message, { details: { unexpected, missing: [...missing] }, hint });
}

function warnSideEffects(rebased: Rebased, after: readonly Touched[], context: TransactionContext): void {
  for (const [index, { operation, comparison }] of after.entries()) {
    const before = rebased.touched[index] as Touched;
    for (const pointer of sideEffects(before.comparison, comparison)) {
      if (rebased.volatile.get(operation)?.includes(pointer)) continue;
      const message = `${placeIn(operation, pointer)} moved with the change although no document manages it`;
      context.progress.warnings.push({ severity: 'warning', code: 'side-effect', message });
    }
  }
}
