import { expect, test } from 'vitest';
import { daemonWorld, has, holdBack, settle, startDaemon } from './daemon.ts';
import { FILES, type World } from './harness.ts';
import { SECRETS } from './leaks.ts';

const SUPPORT = 'management/support_info';
const WANTED = { uri: { selection: 'url', value: 'https://help.example.com' } };
const FOREIGN = { uri: { selection: 'url', value: 'https://elsewhere.example.com' } };
const EVERY_SECOND = '* * * * * *';

const writes = (w: World) => w.simulator.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD');

test('the schedule ticks by the clock of its zone, and quick ticks are one request each', async () => {
  // Fourteen hours ahead: in UTC it is never one of these hours at the same time.
  const timezone = 'Pacific/Kiritimati';
  const hour = Number(
    new Intl.DateTimeFormat('en', { timeZone: timezone, hour: 'numeric', hourCycle: 'h23' }).format(),
  );
  const schedule = `* * ${hour},${(hour + 1) % 24} * * *`;
  const w = await daemonWorld({ 'support.yaml': FILES.support }, { reconcile: { schedule, timezone } });
  const daemon = startDaemon(w);
  await daemon.untilEnd(has({ trigger: 'start', outcome: 'applied' }));
  const read = await daemon.untilEnd();
  expect(read).toMatchObject({ trigger: 'cron', outcome: 'in-sync' });
  expect(read['assumed']).toBeUndefined();
  const before = w.simulator.requests.length;
  for (let tick = 1; tick <= 3; tick += 1) {
    expect(await daemon.untilEnd()).toMatchObject({ trigger: 'cron', assumed: true, requests: { GET: 1 } });
  }
  // At the most one more tick has come since.
  const asked = w.simulator.requests.slice(before).map(({ path }) => path);
  expect(new Set(asked)).toEqual(new Set(['/api/info']));
  expect(asked.length).toBeLessThanOrEqual(4);
  await daemon.stop();
});

test('observe mode tells drift from an edit, and never writes', async () => {
  const settings = { reconcile: { mode: 'observe', schedule: EVERY_SECOND, quickTick: false } };
  const w = await daemonWorld({ 'support.yaml': FILES.support }, settings, { configuration: { [SUPPORT]: WANTED } });
  const daemon = startDaemon(w);
  await daemon.untilEnd(has({ outcome: 'in-sync' }));

  w.simulator.setConfiguration(SUPPORT, FOREIGN);
  const drift = await daemon.until('drift.detected');
  expect(drift).toMatchObject({ resource: SUPPORT, pointers: ['/uri/value'] });
  expect(await daemon.untilEnd()).toMatchObject({ outcome: 'differences', transaction: 'none' });
  await daemon.until('condition.changed', has({ condition: 'Drifted', status: 'True' }));

  // A wish that is new is no drift; what drifted before goes on to differ without being told again.
  await w.files({ 'alerts.yaml': FILES.alerts });
  expect(await daemon.untilEnd(has({ trigger: 'file' }))).toMatchObject({ outcome: 'differences' });
  expect(daemon.all('drift.detected')).toEqual([drift]);

  w.simulator.setConfiguration(SUPPORT, WANTED);
  await daemon.until('condition.changed', has({ condition: 'Drifted', status: 'False' }));
  await daemon.stop();
  const paths = writes(w).map(({ method, path }) => `${method} ${path}`);
  expect(paths.filter((line) => !line.includes('authentication'))).toEqual([]);
});

test('SIGHUP: new settings take over, settings that are not valid do not', async () => {
  const w = await daemonWorld({ 'support.yaml': FILES.support });
  const daemon = startDaemon(w);
  await daemon.untilEnd(has({ outcome: 'applied' }));

  await settle(w, { reconcile: { mode: 'observe', schedule: EVERY_SECOND } });
  daemon.kill('SIGHUP');
  expect(await daemon.until('settings.loaded')).toMatchObject({ mode: 'observe' });
  expect(await daemon.untilEnd()).toMatchObject({ trigger: 'signal', outcome: 'in-sync' });
  expect(await daemon.untilEnd()).toMatchObject({ trigger: 'cron' });

  await settle(w, { reconcile: { mode: 'sleep', schedule: 'whenever' } });
  daemon.kill('SIGHUP');
  const { findings } = await daemon.until('settings.invalid');
  expect(JSON.stringify(findings)).toContain('/reconcile/mode');
  // The old ones stay in force: it ticks, and does not write.
  w.simulator.setConfiguration(SUPPORT, FOREIGN);
  expect(await daemon.untilEnd(has({ outcome: 'differences' }))).toMatchObject({ trigger: 'cron' });
  expect(w.simulator.commits).toHaveLength(1);

  await settle(w);
  daemon.kill('SIGHUP');
  expect(await daemon.until('settings.loaded')).toMatchObject({ mode: 'enforce' });
  expect(await daemon.untilEnd(has({ trigger: 'signal' }))).toMatchObject({ outcome: 'applied' });
  expect(w.simulator.configuration(SUPPORT)).toEqual(WANTED);
  await daemon.stop();
});

test('SIGHUPs while it starts, during a run and close together: the last settings take over', async () => {
  const w = await daemonWorld({ 'support.yaml': FILES.support });
  const request = holdBack(w, ({ method, path }) => method === 'PUT' && path.endsWith(SUPPORT));
  const daemon = startDaemon(w);
  await daemon.until('settings.loaded');
  daemon.kill('SIGHUP');
  await request.arrived;
  await settle(w, { reconcile: { mode: 'observe' } });
  daemon.kill('SIGHUP');
  daemon.kill('SIGHUP');
  await settle(w, { reconcile: { schedule: EVERY_SECOND } });
  daemon.kill('SIGHUP');
  request.go();
  // Nothing else ticks, so that these are the settings in force.
  expect(await daemon.untilEnd(has({ trigger: 'cron' }))).toMatchObject({ outcome: 'in-sync' });
  expect(daemon.all('settings.loaded').at(-1)).toMatchObject({ mode: 'enforce' });
  expect(w.simulator.commits).toHaveLength(1);
  await daemon.stop();
});

test('a wrong password logs in once; SIGHUP reads the file anew', async () => {
  const w = await daemonWorld({ 'support.yaml': FILES.support }, { reconcile: { schedule: EVERY_SECOND } });
  const logins = () => w.simulator.requests.filter(({ path }) => path.startsWith('/api/authentication'));
  await w.give('password', 'MARKED-not-the-password\n');
  const daemon = startDaemon(w, { env: { SPS_PASSWORD: undefined, SPS_PASSWORD_FILE: 'given/password' } });
  expect(await daemon.untilEnd()).toMatchObject({ outcome: 'failed', reason: 'AuthFailed' });
  const { delayMs } = await daemon.until('retry.scheduled');
  expect(delayMs).toBeGreaterThanOrEqual(60_000);
  await w.files({ 'alerts.yaml': FILES.alerts });
  await w.give('password', `${SECRETS.password}\n`);
  expect(logins()).toHaveLength(1);
  daemon.kill('SIGHUP');
  expect(await daemon.untilEnd(has({ trigger: 'signal' }))).toMatchObject({ outcome: 'applied' });
  expect(logins()).toHaveLength(2);
  await daemon.stop();
});
