import { expect, test } from 'vitest';
import { CONDITION_TYPES } from '../../src/daemon/conditions.ts';
import { EVENTS } from '../../src/log/events.ts';
import { OUTCOME_TABLE } from '../../src/shared/outcome.ts';
import { cell, code, codes, table } from './readme.ts';
import { allSources, scan, source } from './sources.ts';

const TRIGGERS = table('The daemon', ['Trigger', 'When']);

test('the triggers are those of the queue', () => {
  const [, union = ''] = /export type Trigger = (.*);/.exec(source('src/daemon/run-queue.ts')) ?? [];
  expect(TRIGGERS.map((row) => code(row, 'Trigger')).toSorted()).toEqual(scan(union, /'([a-z]+)'/g));
});

test('a trigger that nothing sets off is marked as not built, and no other', () => {
  const setOff = new Set(scan(allSources(), /(?:request\(|[tT]rigger(?:: Trigger)? = )'([a-z]+)'/g));
  const marked = TRIGGERS.filter((row) => cell(row, 'When') === 'Not built.').map((row) => code(row, 'Trigger'));
  const others = TRIGGERS.map((row) => code(row, 'Trigger')).filter((trigger) => !marked.includes(trigger));
  expect(others.toSorted()).toEqual([...setOff].toSorted());
});

test('the conditions are those of the daemon, in its order', () => {
  const told = table('The daemon', ['Condition', '`True` when']).map((row) => code(row, 'Condition'));
  expect(told).toEqual(CONDITION_TYPES);
});

test('what follows a failure is told for every kind of retry that a run of this version ends with', () => {
  const outcomes = table('What a transaction does', ['Outcome', 'Transaction', 'Reason', 'Exit', 'Retry', 'When']);
  const kinds = outcomes.filter((row) => cell(row, 'When') !== 'Not in this version').map((row) => code(row, 'Retry'));
  const told = table('The daemon', ['Retry', 'The daemon']).map((row) => code(row, 'Retry'));
  expect(told.toSorted()).toEqual([...new Set(kinds)].toSorted());
  expect(Object.values(OUTCOME_TABLE).map(({ retry }) => retry)).toEqual(expect.arrayContaining(told));
});

const ROWS = table('Logs', ['Event', 'Level', 'Message', 'When', 'Fields']);

test('the events are those of the program, in its order, with level and message', () => {
  const shown = ROWS.map((row) => [code(row, 'Event'), code(row, 'Level'), cell(row, 'Message')]);
  expect(shown).toEqual(Object.entries(EVENTS).map(([name, { level, msg }]) => [name, level, msg]));
});

test('the fields of an event are told once each', () => {
  for (const row of ROWS) {
    const fields = codes(cell(row, 'Fields'));
    expect([code(row, 'Event'), new Set(fields).size]).toEqual([code(row, 'Event'), fields.length]);
  }
});
