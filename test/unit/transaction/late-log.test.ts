import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EventLog } from '../../../src/log/events.ts';
import { lateLog } from '../../../src/transaction/late-log.ts';

function open() {
  const told: unknown[] = [];
  const log: EventLog = (event, ...fields) => void told.push([event, ...fields]);
  return { told, late: lateLog(log) };
}

const SPLUNK = { resource: 'management/splunk_forwarder', name: null, action: 'update' };
const SUPPORT = { ...SPLUNK, resource: 'management/support_info' };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('an entry waits for a moment, not for the one after it', () => {
  const { told, late } = open();
  late.log('transaction.opened');
  late.log('operation.staged', SPLUNK);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual([['transaction.opened'], ['operation.staged', SPLUNK]]);
  late.log('operation.staged', SUPPORT);
  vi.advanceTimersByTime(1);
  expect(told).toHaveLength(3);
});

test('what waits is written when asked for, in its order and once', () => {
  const { told, late } = open();
  const entries = [['transaction.opened'], ['operation.staged', SPLUNK], ['operation.staged', SUPPORT]];
  late.log('transaction.opened');
  late.log('operation.staged', SPLUNK);
  late.log('operation.staged', SUPPORT);
  late.flush();
  expect(told).toEqual(entries);
  late.flush();
  vi.runAllTimers();
  expect(told).toEqual(entries);
});
