import type { OutcomeCase, TransactionState } from '../../src/shared/outcome.ts';
import type { Attempt } from './attempt.ts';
import type { Snapshot } from './bench.ts';
import type { Case } from './cases.ts';

type Row = readonly [outcome: string, transactions: readonly TransactionState[], reason: string, exit: number];

/** The table of the contract's section 5, as far as one appliance and good files can bring its rows about. */
const CONTRACT: readonly Row[] = [
  ['in-sync', ['none'], 'Succeeded', 0],
  ['applied', ['committed', 'none'], 'Succeeded', 0],
  ['failed', ['none', 'rolled-back'], 'TargetUnreachable', 1],
  ['failed', ['committed'], 'TargetUnreachable', 1],
  ['failed', ['none', 'rolled-back'], 'AuthFailed', 1],
  ['failed', ['none', 'rolled-back'], 'Forbidden', 1],
  ['blocked', ['none', 'rolled-back'], 'Locked', 4],
  ['failed', ['rolled-back'], 'StageRejected', 1],
  ['failed', ['rolled-back'], 'VerifyFailed', 1],
  ['failed', ['rolled-back'], 'PlanChanged', 1],
  ['failed', ['rolled-back'], 'CommitFailed', 1],
  ['failed', ['committed'], 'NotIdempotent', 1],
  ['failed', ['committed', 'none'], 'ActionFailed', 1],
  ['failed', ['unknown'], 'CommitFailed', 1],
  ['failed', ['unknown'], 'RollbackFailed', 1],
];

/** Where the configuration stands beside the two that are allowed. */
export type State = 'old' | 'new' | 'half';

/** The configuration before the run, and after one without a fault. */
export interface Ends {
  readonly old: Snapshot;
  readonly new: Snapshot;
  /** How many operations the transaction has; 0 where there is none. */
  readonly operations: number;
  /** The warnings that the run raises anyway. */
  readonly warnings: readonly string[];
}

/** Where the configuration stands; a run without a transaction changes none. */
export function stateOf({ text }: Snapshot, ends: Ends): State {
  if (ends.operations === 0) return text === ends.old.text ? 'old' : 'half';
  if (text === ends.old.text) return 'old';
  return text === ends.new.text ? 'new' : 'half';
}

/** Everything in which the report of a run is not the truth; empty when it is. */
export function untruths(ended: Attempt, now: Snapshot, ends: Ends, opened: boolean): readonly string[] {
  const { end, transaction, record } = ended;
  const state = stateOf(now, ends);
  const wrong: string[] = [];
  const hasAction = ends.old.joined !== ends.new.joined;
  if (state === 'half') wrong.push('the committed configuration is neither old nor new');
  if (!isRow(ended)) wrong.push(`${ended.outcome}/${transaction}/${ended.reason}/${ended.exit} is no row`);
  if (transaction === 'committed' && state !== 'new') wrong.push('reported committed, and nothing was');
  if ((transaction === 'none' || transaction === 'rolled-back') && ends.operations > 0 && state !== 'old')
    wrong.push(`reported ${transaction}, and it was committed`);
  if (end === 'applied' && now.joined !== ends.new.joined) wrong.push('reported applied, and Starling was not left');
  if (hasAction && !now.joined && end !== 'applied' && end !== 'actionFailed')
    wrong.push(`Starling was left, and reported ${end}`);
  if (!now.joined && ended.error?.message.includes('still says') === true) wrong.push('reported joined, and it is not');
  if (!hasAction && now.joined !== ends.old.joined) wrong.push('Starling was left unasked');
  if (record.committed !== (transaction === 'committed' ? ends.operations : 0))
    wrong.push(`committed counts ${record.committed}`);
  if (opened !== record.lockHeldMs > 0) wrong.push(`lockHeldMs is ${record.lockHeldMs}`);
  if (ended.secrets === 'told') wrong.push('a secret was told');
  if (ended.journal === 'left' && transaction !== 'unknown') wrong.push('the journal was left');
  const odd = ended.warnings.filter((code) => !ends.warnings.includes(code));
  if (odd.length > 0) wrong.push(`warned of ${odd.join()}`);
  return wrong;
}

function isRow({ outcome, transaction, reason, exit }: Attempt): boolean {
  return CONTRACT.some(
    (row) => row[0] === outcome && row[1].includes(transaction) && row[2] === reason && row[3] === exit,
  );
}

/** The rows that can be true of a case; `places` gives where its run opens, writes and commits. */
export function truthsOf({ happening, place, quirks, scenario }: Case, last: LastPlaces): readonly OutcomeCase[] {
  const before = (index: number | undefined) => index !== undefined && place.index <= index;
  switch (happening.what) {
    case 'answer':
      return (place.phase === 'write' ? happening.kind.write?.(place) : undefined) ?? happening.kind.ends[place.phase];
    case 'lock':
      return before(last[quirks.lockAnswer?.where ?? 'open']) ? ['locked'] : ['applied'];
    case 'foreign commit':
      // Only whoever commits between our last look and our commit is met by it; on 6.0 too, where it is the console.
      return place.phase === 'commit' && (quirks.secondWriter ?? 'reject') === 'reject'
        ? ['commitFailed']
        : ['applied'];
    case 'inconsistent':
      if (scenario.run === 'action') return ['applied'];
      if (before(last.write) && quirks.semanticCheck !== 'commit') return ['stageRejected'];
      return before(last.commit) ? ['commitRejected'] : ['applied'];
  }
}

/** Where a run opens, writes for the last time, and commits; nothing without a transaction. */
export type LastPlaces = Readonly<Partial<Record<'open' | 'write' | 'commit', number>>>;
