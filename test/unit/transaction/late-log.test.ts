import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { EventLog } from '../../../src/log/events.ts';
import { lateLog } from '../../../src/transaction/late-log.ts';

function open() {
  const told: unknown[] = [];
  const log: EventLog = (event, ...fields) => void told.push([event, ...fields]);
  return { told, late: lateLog(log) };
}

const SPLUNK = { resource: 'management/splunk_forwarder', name: null, action: 'update' };
const SUPPORT = { ...SPLUNK, resource: 'management/support_info' };

test('an entry waits for a moment, not for the one after it', async () => {
  const { told, late } = open();
  late.log('transaction.opened');
  late.log('operation.staged', SPLUNK);
  expect(told).toEqual([]);
  await expect.poll(() => told).toEqual([['transaction.opened'], ['operation.staged', SPLUNK]]);
  late.log('operation.staged', SUPPORT);
  await expect.poll(() => told).toHaveLength(3);
});

test('what waits is written when asked for, in its order and once', async () => {
  const { told, late } = open();
  const entries = [['transaction.opened'], ['operation.staged', SPLUNK], ['operation.staged', SUPPORT]];
  late.log('transaction.opened');
  late.log('operation.staged', SPLUNK);
  late.log('operation.staged', SUPPORT);
  late.flush();
  expect(told).toEqual(entries);
  late.flush();
  // Longer than an entry waits by itself.
  await setTimeout(20);
  expect(told).toEqual(entries);
});
