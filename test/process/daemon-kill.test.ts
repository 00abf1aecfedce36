import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { RecordedRequest } from '../../src/simulator/requests.ts';
import { daemonWorld, holdBack, SOAK, startDaemon, textOf } from './daemon.ts';
import { FILES, type World } from './harness.ts';

const SUPPORT = 'management/support_info';
const ALERTS = 'alerting/traffic_alerts';
const TRANSACTION = '/api/transaction';
const OLD = { uri: null };
const NEW = { uri: { selection: 'url', value: 'https://help.example.com' } };

type Profile = '6.0' | '8.0';

/** Requests of an apply that a kill may hit, in their order. */
const PLACES = {
  open: ({ method }) => method === 'POST',
  'first write': ({ path, method }) => method === 'PUT' && path.endsWith(ALERTS),
  'last write': ({ path, method }) => method === 'PUT' && path.endsWith(SUPPORT),
  changes: ({ path }) => path === `${TRANSACTION}/changes`,
  commit: ({ path, method }) => method === 'PUT' && path === TRANSACTION,
} as const satisfies Record<string, (request: RecordedRequest) => boolean>;

const killable = async (profile: Profile) => {
  const w = await daemonWorld(
    { 'support.yaml': FILES.support, 'alerts.yaml': FILES.alerts },
    { appliance: { requests: { timeout: '30s', commitTimeout: '30s', concurrency: 1 } } },
    { profile, configuration: { [SUPPORT]: OLD } },
  );
  const alerts = w.simulator.configuration(ALERTS);
  return {
    ...w,
    reset: () => {
      w.simulator.setConfiguration(SUPPORT, OLD);
      w.simulator.setConfiguration(ALERTS, alerts);
      w.simulator.clearRequests();
    },
  };
};

/** Kills the first run of a daemon at that request, which then goes on; a new start has to converge. Gives what it found. */
async function killedAndRestarted(w: World, fits: (request: RecordedRequest) => boolean): Promise<string> {
  const request = holdBack(w, fits);
  const killed = startDaemon(w);
  await request.arrived;
  const { index = -1 } = w.simulator.requests.at(-1) ?? {};
  killed.kill('SIGKILL');
  expect((await killed.ended()).signal).toBe('SIGKILL');
  request.go();
  await vi.waitFor(() => expect(w.simulator.requests[index]?.status).toBe(200));

  const wasOpen = w.simulator.openTransactions() > 0;
  const next = startDaemon(w);
  const end = await next.untilEnd();
  expect(w.simulator.configuration(SUPPORT)).toEqual(NEW);
  expect(w.simulator.configuration(ALERTS)).toMatchObject({ scbConnectionDenied: { email: true } });
  expect(w.simulator.openTransactions()).toBe(0);
  expect(existsSync(join(w.folder, 'state/transaction.json'))).toBe(false);
  const recovered = next.all('transaction.recovered').map((entry) => textOf(entry, 'outcome'));
  if (wasOpen) expect(recovered).toEqual(['closed']);
  await next.stop();
  return [...recovered, textOf(end, 'outcome')].join(' ');
}

test.each([
  ['6.0', ['open', 'first write', 'last write', 'changes', 'commit']],
  ['8.0', ['open', 'last write', 'commit']],
] as const)('after kill -9 within a transaction the next start converges, on %s', async (profile, places) => {
  const w = await killable(profile);
  for (const place of places) {
    w.reset();
    // A commit that took effect leaves nothing to close, and nothing to do.
    const found = place === 'commit' ? 'gone in-sync' : 'closed applied';
    expect(await killedAndRestarted(w, PLACES[place]), place).toBe(found);
  }
});

test.runIf(SOAK).each(['6.0', '8.0'] as const)(
  'after kill -9 at any request of a run the next start converges, on %s',
  async (profile) => {
    const w = await killable(profile);
    const first = startDaemon(w);
    await first.untilEnd();
    await first.stop();
    const count = w.simulator.requests.length;
    expect(count).toBeGreaterThan(15);
    for (let at = 0; at < count; at += 1) {
      w.reset();
      await killedAndRestarted(w, ({ index }) => index === at);
    }
  },
  600_000,
);
