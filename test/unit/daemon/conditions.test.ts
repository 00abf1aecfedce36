import { describe, expect, it } from 'vitest';
import {
  changedConditions,
  CONDITION_TYPES,
  conditionsAfter,
  initialConditions,
  type Conditions,
  type RunFacts,
} from '../../../src/daemon/conditions.ts';
import { OUTCOME_TABLE, type OutcomeCase } from '../../../src/shared/outcome.ts';

const CASES = Object.keys(OUTCOME_TABLE) as OutcomeCase[];

function after(...runs: readonly (OutcomeCase | RunFacts)[]): Conditions {
  return runs.reduce<Conditions>((conditions, run, index) => {
    const facts: RunFacts = typeof run === 'string' ? { end: run, drift: 'none' } : run;
    return conditionsAfter(conditions, facts, `t${index + 1}`);
  }, initialConditions('t0'));
}

/** The conditions that are true. */
function holding(conditions: Conditions): readonly string[] {
  return CONDITION_TYPES.filter((type) => conditions[type].status === 'True');
}

const left = (end: OutcomeCase): RunFacts => ({ end, drift: 'left' });

it('know nothing before the first run', () => {
  const conditions = initialConditions('t0');
  for (const type of CONDITION_TYPES) {
    expect(conditions[type]).toEqual({ status: 'Unknown', reason: 'Progressing', since: 't0' });
  }
});

describe('after a run', () => {
  it.each<[string, readonly OutcomeCase[], readonly string[]]>([
    ['that is good', ['inSync', 'applied', 'differences'], ['Ready']],
    [
      'that failed and comes again by itself',
      [
        'inputUnstable',
        'targetUnreachable',
        'authFailed',
        'planChanged',
        'commitFailed',
        'actionFailed',
        'committedUnread',
        'commitUnknown',
        'rollbackFailed',
        'internal',
      ],
      ['Reconciling'],
    ],
    [
      'that failed for good',
      ['inputInvalid', 'unsupported', 'forbidden', 'stageRejected', 'verifyFailed', 'commitRejected', 'notIdempotent'],
      ['Stalled'],
    ],
    ['that waits for others', ['locked', 'otherWriter'], ['Reconciling', 'Blocked']],
    ['that waits for a person or a time', ['planUnsafe', 'planStale', 'suspended', 'outsideWindow'], ['Blocked']],
    ['that was stopped', ['interrupted'], []],
  ])('%s', (_what, ends, conditions) => {
    for (const end of ends) expect([end, holding(after(end))]).toEqual([end, conditions]);
  });

  it('every end has been thought of', () => {
    for (const end of CASES) {
      const conditions = after(end);
      expect(conditions.Ready.reason).toBe(OUTCOME_TABLE[end].reason);
      expect(conditions.Ready.status, end).not.toBe('Unknown');
      // Never ready and in trouble at once.
      if (conditions.Ready.status === 'True') expect(holding(conditions)).toEqual(['Ready']);
    }
  });

  it.each(CASES)('%s gives reasons of the outcome table, or Progressing', (end) => {
    const known: readonly string[] = ['Progressing', ...Object.values(OUTCOME_TABLE).map(({ reason }) => reason)];
    for (const { reason } of Object.values(after(left(end)))) expect(known).toContain(reason);
  });
});

describe('a condition', () => {
  it('keeps its time while it does not change', () => {
    const conditions = after('inSync', 'applied', 'inSync');
    expect(conditions.Ready).toEqual({ status: 'True', reason: 'Succeeded', since: 't1' });
    expect(conditions.Stalled).toMatchObject({ status: 'False', since: 't1' });
  });

  it('changes with the reason for which it does not hold, if it is Ready', () => {
    const conditions = after('targetUnreachable', 'authFailed');
    expect(conditions.Ready).toEqual({ status: 'False', reason: 'AuthFailed', since: 't2' });
    expect(conditions.Reconciling).toEqual({ status: 'True', reason: 'Progressing', since: 't1' });
  });

  it('changes with the reason for which it holds', () => {
    expect(after('locked', 'otherWriter').Blocked).toEqual({ status: 'True', reason: 'OtherWriter', since: 't2' });
    expect(after('stageRejected', 'verifyFailed').Stalled).toEqual({
      status: 'True',
      reason: 'VerifyFailed',
      since: 't2',
    });
  });

  it('that does not hold stays silent about why', () => {
    const [one, two] = [after('stageRejected'), after('stageRejected', 'targetUnreachable', 'locked')];
    expect(two.Stalled).toMatchObject({ status: 'False', since: 't2' });
    expect(one.Blocked).toMatchObject({ status: 'False', since: 't1' });
    const before = after('applied');
    expect(changedConditions(before, conditionsAfter(before, { end: 'inSync', drift: 'none' }, 't9'))).toEqual([]);
  });
});

describe('Drifted', () => {
  it('holds while something is left, and as long as nobody can look', () => {
    expect(holding(after(left('locked')))).toContain('Drifted');
    expect(holding(after(left('differences')))).toEqual(['Ready', 'Drifted']);
    expect(after(left('locked'), 'targetUnreachable', 'inputInvalid').Drifted).toMatchObject({
      status: 'True',
      since: 't1',
    });
  });

  it('is over with a run that found or left none', () => {
    for (const end of ['inSync', 'applied', 'differences'] as const) {
      expect(after(left('locked'), end).Drifted).toMatchObject({ status: 'False', since: 't2' });
    }
  });

  it('stays unknown until a run came to look', () => {
    expect(after('targetUnreachable', 'authFailed').Drifted).toEqual(initialConditions('t0').Drifted);
    expect(after('inSync').Drifted.status).toBe('False');
  });
});

it('those that changed are named once, in their order', () => {
  const before = after('inSync');
  expect(changedConditions(before, conditionsAfter(before, left('locked'), 't9'))).toEqual([
    'Ready',
    'Reconciling',
    'Blocked',
    'Drifted',
  ]);
  expect(changedConditions(before, conditionsAfter(before, { end: 'stageRejected', drift: 'none' }, 't9'))).toEqual([
    'Ready',
    'Stalled',
  ]);
});
