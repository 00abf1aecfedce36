import { expect, test } from 'vitest';
import { initialConditions } from '../../../src/daemon/conditions.ts';
import { StatusBoard, type DaemonView } from '../../../src/daemon/status-board.ts';
import { endedRun, REVISION } from './ended-run.ts';

const NOW = '2026-05-01T10:00:00.000Z';
const MINUTE = 60_000;
const URL = 'https://sps.example.com';

const VIEW: DaemonView = {
  conditions: initialConditions(NOW),
  nextTick: null,
  nextRetry: null,
  pending: null,
  ask: () => 'now',
};

/** A board whose clock the test moves. */
function boardAt() {
  const time = { ms: 5, isStopping: false };
  const parts = { version: '0', now: () => NOW, clock: () => time.ms, isStopping: () => time.isStopping };
  return { time, board: new StatusBoard(parts) };
}

const locked = () => endedRun({ outcome: 'blocked', reason: 'Locked' });

test('a lock is put up with for 15 minutes, however often it is met', () => {
  const { board, time } = boardAt();
  board.ended(locked());
  time.ms += 14 * MINUTE;
  board.ended(endedRun({ outcome: 'blocked', reason: 'OtherWriter' }));
  time.ms += MINUTE - 1;
  expect(board.readiness).toMatchObject({ ready: true, code: 'blocked-for-now' });
  time.ms += 1;
  expect(board.readiness).toMatchObject({ ready: false, code: 'blocked' });
});

test('what comes between two locks ends the first', () => {
  const { board, time } = boardAt();
  for (const between of [endedRun({ outcome: 'in-sync' }), endedRun({ outcome: 'failed', reason: 'AuthFailed' })]) {
    board.ended(locked());
    time.ms += 14 * MINUTE;
    board.ended(between);
    board.ended(locked());
    time.ms += 14 * MINUTE;
    expect(board.readiness.ready).toBe(true);
  }
});

test('two ticks may be missed after a run, not three; a trigger that led to no run is an answer too', () => {
  const { board } = boardAt();
  board.ended(endedRun({ outcome: 'in-sync' }));
  for (const answered of [() => board.passed(), () => board.ended(endedRun({ outcome: 'in-sync' }))]) {
    board.ticked(1);
    board.ticked(1);
    expect(board.readiness.ready).toBe(true);
    board.ticked(1);
    expect(board.readiness).toMatchObject({ ready: false, code: 'ticks-missed' });
    answered();
    expect(board.readiness.ready).toBe(true);
  }
  board.ticked(3);
  expect(board.readiness.code).toBe('ticks-missed');
});

test('ticks that are missed during the first run are told as what they are: no run yet', () => {
  const { board } = boardAt();
  board.ticked(3);
  expect(board.readiness).toMatchObject({ ready: false, code: 'no-run-yet' });
});

test('the revision that was attempted, and the one that the appliance holds', () => {
  const { board } = boardAt();
  const next = { ...REVISION, subject: 'Another one' };
  const revision = () => board.document()['revision'];
  board.began(endedRun({ outcome: 'applied' }));
  expect(revision()).toEqual({ attempted: REVISION, applied: null });
  board.ended(endedRun({ outcome: 'applied' }));
  expect(revision()).toEqual({ attempted: REVISION, applied: REVISION });
  for (const outcome of ['failed', 'blocked', 'differences']) {
    board.began(endedRun({ outcome }, { revision: next }));
    board.ended(endedRun({ outcome }, { revision: next }));
    expect(revision()).toEqual({ attempted: next, applied: REVISION });
  }
  board.began(endedRun({ outcome: 'failed' }, { revision: null }));
  board.ended(endedRun({ outcome: 'failed', reason: 'InputInvalid' }, { revision: null }));
  expect(revision()).toEqual({ attempted: null, applied: REVISION });
  board.ended(endedRun({ outcome: 'in-sync' }, { revision: next }));
  expect(revision()).toMatchObject({ applied: next });
});

test('a daemon with other settings goes on with what was seen; one of another appliance does not', () => {
  const { board } = boardAt();
  board.show(VIEW, { url: URL, mode: 'enforce' });
  board.began(endedRun({ outcome: 'in-sync' }));
  board.ended(endedRun({ outcome: 'in-sync' }));
  board.show(VIEW, { url: URL, mode: 'observe' });
  expect(board.document()).toMatchObject({ ready: true, mode: 'observe', runs: [{ outcome: 'in-sync' }] });
  board.show(VIEW, { url: 'https://other.example.com', mode: 'observe' });
  expect(board.document()).toMatchObject({
    ready: false,
    runs: [],
    appliance: { url: 'https://other.example.com' },
    revision: { attempted: null, applied: null },
  });
});

test('before there is a daemon a request is answered by the run with which it begins', () => {
  const { board, time } = boardAt();
  expect(board.ask()).toBe('joined');
  board.show(VIEW, { url: URL, mode: 'enforce' });
  expect(board.ask()).toBe('now');
  time.isStopping = true;
  expect(board.ask()).toBe('too-late');
});
