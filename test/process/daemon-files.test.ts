import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { daemonWorld, has, startDaemon, type Daemon } from './daemon.ts';
import { FILES, type World } from './harness.ts';

const SUPPORT = 'management/support_info';

const support = (host: string) => `resource: ${SUPPORT}
body:
  uri: { selection: url, value: 'https://${host}.example.com' }
`;

const linkTo = (host: string) => ({ uri: { selection: 'url', value: `https://${host}.example.com` } });

const writes = (w: World) => w.simulator.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD');

/** An applied run of a file event. */
const applied = (daemon: Daemon) => daemon.until('reconcile.succeeded', has({ trigger: 'file', outcome: 'applied' }));

test('files: an edit, a new one and a deleted one are reconciled, and a renamed one is nothing new', async () => {
  const w = await daemonWorld({ 'support.yaml': support('first') });
  const daemon = startDaemon(w);
  expect(await daemon.untilEnd()).toMatchObject({ trigger: 'start', outcome: 'applied', commit: null });

  await w.files({ 'support.yaml': support('second') });
  expect(await applied(daemon)).toMatchObject({ commit: null, staged: 1 });
  expect(w.simulator.configuration(SUPPORT)).toEqual(linkTo('second'));

  await w.files({ 'deeper/alerts.yaml': FILES.alerts });
  expect(await applied(daemon)).toMatchObject({ staged: 1 });
  expect(w.simulator.configuration('alerting/traffic_alerts')).toMatchObject({ scbConnectionDenied: { email: true } });

  // What the files do not mention any more is not touched.
  const before = writes(w).length;
  await w.files({ 'deeper/alerts.yaml': null });
  expect(await daemon.untilEnd()).toMatchObject({ trigger: 'file', outcome: 'in-sync' });
  expect(writes(w)).toHaveLength(before);

  await rename(join(w.folder, 'config/support.yaml'), join(w.folder, 'config/renamed.yaml'));
  await w.files({ 'alerts.yaml': FILES.alerts });
  expect(await daemon.untilEnd()).toMatchObject({ trigger: 'file', outcome: 'in-sync' });
  await w.files({ 'renamed.yaml': support('third') });
  expect(await applied(daemon)).toMatchObject({ staged: 1 });
  expect(w.simulator.configuration(SUPPORT)).toEqual(linkTo('third'));
  expect(daemon.all('desired.invalid')).toEqual([]);
  await daemon.stop();
});

test('a directory that is removed deletes nothing, and is reconciled when it comes back', async () => {
  const w = await daemonWorld({ 'support.yaml': support('first'), 'alerts.yaml': FILES.alerts });
  const daemon = startDaemon(w);
  await daemon.untilEnd(has({ outcome: 'applied' }));
  const before = writes(w).length;
  await rm(join(w.folder, 'config'), { recursive: true });
  expect(await daemon.until('reconcile.failed', has({ code: 'directory-missing' }))).toMatchObject({
    outcome: 'failed',
    reason: 'InputInvalid',
    transaction: 'none',
  });
  expect(writes(w)).toHaveLength(before);
  expect(w.simulator.configuration(SUPPORT)).toEqual(linkTo('first'));

  await w.files({ 'support.yaml': support('back') });
  await daemon.until('reconcile.succeeded', () => w.simulator.commits.length === 2);
  expect(w.simulator.configuration(SUPPORT)).toEqual(linkTo('back'));
  await daemon.stop();
});

test('50 edits within a second are at most two runs', async () => {
  const w = await daemonWorld({ 'support.yaml': support('start') }, { reconcile: { quietPeriod: '500ms' } });
  const daemon = startDaemon(w);
  await daemon.untilEnd();
  for (let edit = 1; edit <= 50; edit += 1) await w.files({ 'support.yaml': support(`edit${edit}`) });
  await daemon.until('reconcile.succeeded', () =>
    JSON.stringify(w.simulator.configuration(SUPPORT)).includes('edit50'),
  );
  // Whatever was still to come is taken along by a run that is asked for.
  daemon.kill('SIGHUP');
  await daemon.untilEnd(has({ trigger: 'signal', outcome: 'in-sync' }));
  const runs = daemon.all('reconcile.started').filter(has({ trigger: 'file' }));
  expect(runs.length).toBeGreaterThan(0);
  expect(runs.length).toBeLessThanOrEqual(2);
  await daemon.stop();
});
