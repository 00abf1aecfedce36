import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { acquireWriterLock } from '../../../src/transaction/writer-lock.ts';
import { daemonWorld, support, SUPPORT_BODY, type World } from './harness.ts';

// While the files are read, what they probably want is read of the appliance.

const FULL = ['GET /api/info', 'GET /api/configuration/management/support_info'];
const OTHER = 'resource: management/soap\nbody: { enabled: false }\n';

/** A daemon that reads everything at each tick, and has done so once; without differences. */
async function ticking(level = 'info'): Promise<World> {
  const world = await daemonWorld({
    settings: { reconcile: { quickTick: false }, log: { level } },
    simulator: {
      profile: '6.0',
      configuration: { 'management/support_info': SUPPORT_BODY, 'management/soap': { enabled: false } },
    },
  });
  await world.start();
  expect((await world.tick()).requests).toEqual(FULL);
  return world;
}

test('files that changed: what they want is read, and applied', async () => {
  const world = await ticking();
  await world.files({ 'support.yaml': support('other') });
  expect((await world.tick()).end).toMatchObject({ outcome: 'applied', trigger: 'cron' });
  const { requests, end } = await world.tick();
  expect(requests).toEqual(FULL);
  expect(end).toMatchObject({ outcome: 'in-sync', requests: { GET: 2 } });
});

test('files that want something else: it is read, and what was given up is not', async () => {
  const world = await ticking();
  await world.files({ 'support.yaml': null, 'soap.yaml': OTHER });
  const { requests, end } = await world.tick();
  expect(requests).toContain('GET /api/configuration/management/soap');
  expect(end).toMatchObject({ outcome: 'in-sync' });
  expect((await world.tick()).requests).toEqual(['GET /api/info', 'GET /api/configuration/management/soap']);
});

test('files that are not valid any more: the run fails, and no request of it is left for the next', async () => {
  const world = await ticking();
  await world.files({ 'support.yaml': 'resource: [' });
  expect((await world.tick()).end).toMatchObject({ outcome: 'failed', reason: 'InputInvalid' });
  await world.files({ 'support.yaml': support('help') });
  const { requests, end } = await world.tick();
  expect(requests).toEqual(FULL);
  expect(end).toMatchObject({ outcome: 'in-sync', requests: { GET: 2 } });
});

test('a session that died: a new one', async () => {
  const world = await ticking();
  world.simulator.expireSessions();
  const { requests, end } = await world.tick();
  expect(requests.filter((request) => request.includes('authentication'))).toHaveLength(1);
  expect(requests.slice(-2)).toEqual(FULL);
  expect(end).toMatchObject({ outcome: 'in-sync' });
});

test('another writer took over: nothing is written', async () => {
  const world = await ticking();
  world.simulator.setConfiguration('management/support_info', { uri: null });
  const state = join(world.folder, '.sps-gitops');
  await unlink(join(state, 'writer.lock'));
  const other = await acquireWriterLock(state);
  onTestFinished(() => other.release());
  const { requests, end } = await world.tick();
  expect(end).toMatchObject({ reason: 'OtherWriter' });
  expect(requests.filter((request) => !request.startsWith('GET'))).toEqual([]);
});

test('each request is told in the run to which it belongs, with its revision', async () => {
  const world = await ticking('debug');
  const { entries, end } = await world.tick();
  const sent = entries.filter(({ event }) => event === 'request.sent');
  expect(sent).toHaveLength(FULL.length);
  for (const entry of sent) {
    expect(entry).toMatchObject({ runId: end?.['runId'], commit: end?.['commit'], revision: end?.['revision'] });
  }
  expect(end).toHaveProperty('revision');
  expect(entries.slice(0, 2).map(({ event }) => event)).toEqual(['trigger.received', 'reconcile.started']);
});
