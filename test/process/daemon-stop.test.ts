import { expect, test } from 'vitest';
import { daemonWorld, has, holdBack, settle, SOAK, startDaemon, textOf, type Daemon, type HeldBack } from './daemon.ts';
import { FILES, type World } from './harness.ts';

const SUPPORT = 'management/support_info';
const OLD = { uri: null };
const NEW = { uri: { selection: 'url', value: 'https://help.example.com' } };

/** One change, and an appliance that waits longer than any of these tests. */
const changing = async () => {
  const w = await daemonWorld(
    { 'support.yaml': FILES.support, 'alerts.yaml': FILES.alerts },
    {
      appliance: { requests: { timeout: '30s', commitTimeout: '30s', concurrency: 1 } },
      shutdown: { drainTimeout: '20s' },
    },
    { configuration: { [SUPPORT]: OLD } },
  );
  return { ...w, alerts: w.simulator.configuration('alerting/traffic_alerts') };
};

type Changing = Awaited<ReturnType<typeof changing>>;

/** The requests of a first run that changes two singletons; sampled where not all are wanted. */
const REQUESTS = [
  'GET /api/authentication',
  'GET /api/info',
  'GET /api/configuration/alerting/traffic_alerts',
  'GET /api/configuration/management/support_info',
  'GET /api/transaction',
  'POST /api/transaction',
  'GET /api/info',
  'GET /api/configuration/alerting/traffic_alerts',
  'GET /api/configuration/management/support_info',
  'PUT /api/configuration/alerting/traffic_alerts',
  'PUT /api/configuration/management/support_info',
  'GET /api/configuration/alerting/traffic_alerts',
  'GET /api/transaction/changes',
  'GET /api/configuration/management/support_info',
  'GET /api/info',
  'PUT /api/transaction',
  'GET /api/transaction',
  'GET /api/configuration/alerting/traffic_alerts',
  'GET /api/configuration/management/support_info',
] as const;
const [OPEN, LAST_WRITE, COMMIT] = [5, 10, 15];
const SAMPLE: readonly number[] = [0, 2, OPEN, LAST_WRITE, 13, COMMIT, 17];

const lines = (w: World) => w.simulator.requests.map(({ method, path }) => `${method} ${path}`);

/** A daemon whose first run has just sent its request number `index`. */
async function heldAt(w: Changing, index: number): Promise<{ readonly daemon: Daemon; readonly request: HeldBack }> {
  w.simulator.clearRequests();
  w.simulator.setConfiguration(SUPPORT, OLD);
  w.simulator.setConfiguration('alerting/traffic_alerts', w.alerts);
  const request = holdBack(w, (recorded) => recorded.index === index);
  const daemon = startDaemon(w);
  await request.arrived;
  return { daemon, request };
}

/** Proves that the last line says what became of the configuration: the old one, or the new one. */
async function expectTruth(w: World, daemon: Daemon): Promise<string> {
  const { code, last } = await daemon.ended();
  expect([code, last.event]).toEqual([0, 'daemon.stopped']);
  const live = w.simulator.configuration(SUPPORT);
  expect(live).toEqual(last['transaction'] === 'committed' ? NEW : OLD);
  expect(w.simulator.openTransactions()).toBe(0);
  return ['outcome', 'transaction', 'reason'].map((name) => textOf(last, name)).join(' ');
}

function endAt(index: number): string {
  if (index >= COMMIT) return 'applied committed Succeeded';
  return index >= OPEN ? 'failed rolled-back Interrupted' : 'failed none Interrupted';
}

test(
  'SIGTERM at the requests of an apply: the old configuration or the new one, nothing left open, and the last line says which',
  async () => {
    const w = await changing();
    for (const [index] of REQUESTS.entries()) {
      if (!SOAK && !SAMPLE.includes(index)) continue;
      const { daemon, request } = await heldAt(w, index);
      expect(lines(w)).toEqual(REQUESTS.slice(0, index + 1));
      daemon.kill('SIGTERM');
      await daemon.until('daemon.stopping');
      request.go();
      expect(await expectTruth(w, daemon), REQUESTS[index]).toBe(endAt(index));
    }
  },
  SOAK ? 300_000 : 60_000,
);

test('SIGINT ends the daemon as SIGTERM does, also when a terminal and npm both pass it on', async () => {
  const w = await changing();
  const { daemon, request } = await heldAt(w, LAST_WRITE);
  daemon.kill('SIGINT');
  daemon.kill('SIGINT');
  await daemon.until('daemon.stopping');
  request.go();
  expect(await expectTruth(w, daemon)).toBe('failed rolled-back Interrupted');
});

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('a second %s later on ends the process at once, with %i', async (signal, code) => {
  const w = await changing();
  const { daemon, request } = await heldAt(w, COMMIT);
  daemon.kill(signal);
  await daemon.until('daemon.stopping');
  // By itself it would wait for the commit; when the second counts as another one is the program's to say.
  const again = setInterval(() => daemon.kill(signal), 50);
  try {
    expect((await daemon.ended()).code).toBe(code);
  } finally {
    clearInterval(again);
  }
  request.go();
});

test('SIGTERM while nothing is under way, and before anything is', async () => {
  const w = await changing();
  const idle = startDaemon(w);
  await idle.untilEnd();
  await idle.until('condition.changed', has({ condition: 'Drifted' }));
  idle.kill('SIGTERM');
  expect((await idle.ended()).last).toMatchObject({ outcome: 'applied', transaction: 'committed' });
  const starting = startDaemon(w);
  await starting.until('daemon.started');
  starting.kill('SIGTERM');
  const { code, last } = await starting.ended();
  expect([code, last.event, last['transaction'] === 'committed']).toEqual([0, 'daemon.stopped', false]);
});

/** A daemon that SIGTERM hits while the appliance does not answer that method, and would be waited for ten minutes. */
async function stoppedWhileHanging(w: Changing, method: string): Promise<Daemon> {
  await settle(w, { appliance: { requests: { timeout: '10m' } }, shutdown: { drainTimeout: '300ms' } });
  w.simulator.faults.add({ kind: 'hang', effect: 'applied', match: { method }, times: 1000 });
  const sent = holdBack(w, (request) => request.method === method);
  const daemon = startDaemon(w);
  await sent.arrived;
  sent.go();
  daemon.kill('SIGTERM');
  const { code, last } = await daemon.ended();
  expect([code, last.event]).toEqual([0, 'daemon.stopped']);
  expect(w.simulator.configuration(SUPPORT)).toEqual(OLD);
  return daemon;
}

test('an appliance that does not answer is not waited for beyond drainTimeout', async () => {
  const w = await changing();
  const daemon = await stoppedWhileHanging(w, 'GET');
  expect(daemon.entries.at(-1)).toMatchObject({ reason: 'Interrupted', transaction: 'none' });
});

test('a commit that was sent is awaited beyond drainTimeout', async () => {
  const w = await changing();
  await settle(w, { shutdown: { drainTimeout: '50ms' } });
  w.simulator.faults.add({ kind: 'delay', ms: 1000, match: { method: 'PUT', path: '/api/transaction' } });
  const { daemon, request } = await heldAt(w, COMMIT);
  daemon.kill('SIGTERM');
  await daemon.until('daemon.stopping');
  request.go();
  expect(await expectTruth(w, daemon)).toBe('applied committed Succeeded');
});

test('a transaction that could not be closed in time is told as such, and closed by the next start', async () => {
  const w = await changing();
  const stopped = await stoppedWhileHanging(w, 'POST');
  expect(stopped.entries.at(-1)).toMatchObject({ reason: 'RollbackFailed', transaction: 'unknown' });
  expect(w.simulator.openTransactions()).toBe(1);
  w.simulator.faults.clear();
  const next = startDaemon(w);
  expect(await next.until('transaction.recovered')).toMatchObject({ outcome: 'closed' });
  expect(await next.untilEnd()).toMatchObject({ outcome: 'applied', transaction: 'committed' });
  expect(w.simulator.openTransactions()).toBe(0);
  await next.stop();
});
