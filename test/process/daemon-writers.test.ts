import { expect, test } from 'vitest';
import { daemonWorld, has, startDaemon } from './daemon.ts';
import { FILES } from './harness.ts';

test('of two daemons on one state directory the second waits, and takes over when the first ends', async () => {
  const w = await daemonWorld({ 'support.yaml': FILES.support });
  const first = startDaemon(w);
  await first.untilEnd(has({ outcome: 'applied' }));
  const second = startDaemon(w);
  expect(await second.untilEnd()).toMatchObject({ outcome: 'blocked', reason: 'OtherWriter', transaction: 'none' });
  await second.until('condition.changed', has({ condition: 'Blocked', status: 'True', reason: 'OtherWriter' }));
  // An edit is for the first one.
  await w.files({ 'alerts.yaml': FILES.alerts });
  expect(await first.untilEnd()).toMatchObject({ trigger: 'file', outcome: 'applied' });
  await first.stop();
  expect(await second.until('reconcile.succeeded')).toMatchObject({ trigger: 'retry', outcome: 'in-sync' });
  await second.until('condition.changed', has({ condition: 'Blocked', status: 'False' }));
  expect(w.simulator.commits).toHaveLength(2);
  await w.files({ 'alerts.yaml': FILES.alerts.replace('true', 'false') });
  expect(await second.untilEnd(has({ trigger: 'file' }))).toMatchObject({ outcome: 'applied' });
  await second.stop();
});

test('apply beside a daemon is blocked, and a plan is not', async () => {
  const w = await daemonWorld({ 'support.yaml': FILES.support });
  const daemon = startDaemon(w);
  await daemon.untilEnd(has({ outcome: 'applied' }));
  const applied = await w.run(['apply', '--yes', '--json']);
  expect(applied.code).toBe(4);
  expect(applied.json()).toMatchObject({ outcome: 'blocked', reason: 'OtherWriter', transaction: 'none' });
  const planned = await w.run(['plan', '--json']);
  expect([planned.code, planned.json().inSync]).toEqual([0, true]);
  await daemon.stop();
  expect((await w.run(['apply', '--yes', '--json'])).code).toBe(0);
});

test('a lock is waited for without being a failure, and its holder is named', async () => {
  const w = await daemonWorld({ 'support.yaml': FILES.support });
  w.simulator.lock('somebody');
  const daemon = startDaemon(w);
  expect(JSON.stringify(await daemon.until('appliance.locked'))).toContain('somebody');
  expect(await daemon.untilEnd()).toMatchObject({ outcome: 'blocked', reason: 'Locked' });
  await daemon.until('condition.changed', has({ condition: 'Blocked', status: 'True' }));
  expect(await daemon.untilEnd()).toMatchObject({ trigger: 'retry', outcome: 'blocked', reason: 'Locked' });
  w.simulator.lock(null);
  expect(await daemon.until('reconcile.succeeded')).toMatchObject({ trigger: 'retry', outcome: 'applied' });
  await daemon.stop();
});
