import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { freePort, listening } from '../listening.ts';
import { startSimulator } from '../simulated.ts';
import { samplesOf } from '../unit/daemon/samples.ts';
import { daemonWorld, has, holdBack, settle, startDaemon, textOf, type Daemon } from './daemon.ts';
import { expectSchema, FILES, type World } from './harness.ts';
import { askOurs, type OurAnswer } from './leaks.ts';

const SUPPORT = 'management/support_info';
const TOKEN = 'MARKED-http-token-4a6e';

/** Where the daemon says that it listens. */
async function addressOf(daemon: Daemon): Promise<string> {
  return textOf(await daemon.until('settings.loaded'), 'listen');
}

/** Asks the daemon; everything that it answers is looked through for secrets after the test. */
function asking(w: World, address: string) {
  const ask = (path: string, init: RequestInit = {}): Promise<OurAnswer> =>
    askOurs(w.scan, `http://${address}${path}`, init);
  return {
    ask,
    status: async (path: string) => (await ask(path)).status,
    reconcile: (headers: Readonly<Record<string, string>> = {}) => ask('/reconcile', { method: 'POST', headers }),
  };
}

test('the appliance goes and comes back: readiness follows, the process lives on; metrics and status are those of the log', async () => {
  const w = await daemonWorld({ 'support.yaml': FILES.support, 'splunk.yaml': FILES.splunk });
  await w.commit('A commit to be told of');
  const request = holdBack(w, ({ method, path }) => method === 'PUT' && path.endsWith(SUPPORT));
  const daemon = startDaemon(w);
  const { ask, status, reconcile } = asking(w, await addressOf(daemon));
  await request.arrived;
  // In the middle of its first run.
  const sent = w.simulator.requests.length;
  expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 503]);
  expect((await ask('/status')).json()).toMatchObject({ ready: false, running: { trigger: 'start' }, runs: [] });
  expect(await status('/metrics')).toBe(200);
  expect(w.simulator.requests.length).toBe(sent);
  request.go();
  const { commit } = await daemon.untilEnd(has({ outcome: 'applied' }));
  expect(await status('/readyz')).toBe(200);
  expect((await ask('/status')).json()).toMatchObject({ ready: true, revision: { applied: { commit } } });

  const port = Number(new URL(w.simulator.url).port);
  const { profile, configuration } = { profile: '7.5', configuration: w.simulator.configuration(SUPPORT) } as const;
  await w.simulator.stop();
  expect((await reconcile()).json()).toMatchObject({ trigger: 'http', run: 'now' });
  await daemon.untilEnd(has({ trigger: 'http', reason: 'TargetUnreachable' }));
  expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 503]);
  const again = await startSimulator({ port, profile, configuration: { [SUPPORT]: configuration ?? null } });
  onTestFinished(() => again.stop());
  await daemon.until('reconcile.succeeded', has({ trigger: 'retry' }));
  expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 200]);

  const document = (await ask('/status')).json() as { readonly runs: readonly Record<string, unknown>[] };
  expectSchema('status', document);
  const ends = daemon.entries.filter(({ event }) => event === 'reconcile.succeeded' || event === 'reconcile.failed');
  expect(document.runs.map(({ runId }) => runId)).toEqual(ends.map(({ runId }) => runId).toReversed());
  const samples = samplesOf((await ask('/metrics')).text);
  const total = (name: string) =>
    [...samples].reduce((sum, [key, value]) => (key.startsWith(`sps_gitops_${name}{`) ? sum + value : sum), 0);
  expect(total('reconciliations_total')).toBe(ends.length);
  expect(total('appliance_requests_total')).toBe(daemon.all('request.sent').length);
  const held = ends.reduce((sum, end) => sum + Number(end['lockHeldMs'] ?? 0), 0);
  expect(samples.get('sps_gitops_lock_hold_duration_seconds_sum')).toBeCloseTo(held / 1000);
  await daemon.stop();
});

test('POST /reconcile is one run, and during a run one more', async () => {
  const w = await daemonWorld({ 'support.yaml': FILES.support });
  const daemon = startDaemon(w);
  const { reconcile } = asking(w, await addressOf(daemon));
  await daemon.untilEnd(has({ trigger: 'start' }));
  const request = holdBack(w, ({ path }) => path === '/api/info');
  expect((await reconcile()).json()).toMatchObject({ run: 'now' });
  await request.arrived;
  expect((await reconcile()).json()).toMatchObject({ run: 'next' });
  expect((await reconcile()).json()).toMatchObject({ run: 'joined' });
  request.go();
  await daemon.untilEnd(has({ trigger: 'http' }));
  await daemon.untilEnd(has({ trigger: 'http' }));
  await daemon.stop();
  const triggers = daemon.all('reconcile.started').map(({ trigger }) => trigger);
  expect(triggers).toEqual(['start', 'http', 'http']);
});

test('while it stops it lives and is not ready, and the listener goes last', async () => {
  const w = await daemonWorld({ 'support.yaml': FILES.support });
  const request = holdBack(w, ({ method, path }) => method === 'PUT' && path.endsWith(SUPPORT));
  const daemon = startDaemon(w);
  const { ask, status, reconcile } = asking(w, await addressOf(daemon));
  await request.arrived;
  daemon.kill('SIGTERM');
  await daemon.until('daemon.stopping');
  expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 503]);
  expect((await ask('/readyz')).json()).toMatchObject({ code: 'stopping' });
  expect((await reconcile()).status).toBe(503);
  request.go();
  expect(await daemon.ended()).toMatchObject({ code: 0, last: { event: 'daemon.stopped' } });
  await expect(ask('/healthz')).rejects.toThrow();
});

test('an address that is taken ends the start with 1, and says what to do', async () => {
  const w = await daemonWorld({ 'support.yaml': FILES.support });
  const port = await listening(createServer());
  await settle(w, { http: { listen: `127.0.0.1:${port}` } });
  const daemon = startDaemon(w);
  const { code, last } = await daemon.ended();
  expect([code, last]).toMatchObject([
    1,
    {
      event: 'settings.invalid',
      code: 'port-unavailable',
      message: `cannot listen at 127.0.0.1:${port}: another process listens there`,
      hint: expect.stringContaining('http.listen') as string,
    },
  ]);
  expect(w.simulator.requests).toEqual([]);
});

test('SIGHUP: it moves where it can, stays where it cannot, and takes another token', async () => {
  const w = await daemonWorld({ 'support.yaml': FILES.support });
  const daemon = startDaemon(w);
  const first = await addressOf(daemon);
  await daemon.untilEnd();

  await settle(w, { http: { listen: `127.0.0.1:${await listening(createServer())}` } });
  daemon.kill('SIGHUP');
  expect(await daemon.until('settings.invalid')).toMatchObject({ code: 'port-unavailable' });
  expect(await asking(w, first).status('/readyz')).toBe(200);

  const second = `127.0.0.1:${await freePort()}`;
  await w.give('token', `${TOKEN}\n`);
  await settle(w, { http: { listen: second } });
  // Tags are YAML, which JSON is a part of.
  const file = join(w.folder, 'sps-gitops.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(`"${second}"`, `"${second}", "token": !file given/token`));
  daemon.kill('SIGHUP');
  expect(await addressOf(daemon)).toBe(second);
  await daemon.untilEnd(has({ trigger: 'signal' }));
  await expect(asking(w, first).status('/healthz')).rejects.toThrow();
  const { status, reconcile } = asking(w, second);
  // What was seen before is not forgotten.
  expect(await status('/readyz')).toBe(200);
  expect((await reconcile()).status).toBe(401);
  expect((await reconcile({ authorization: `Bearer ${TOKEN}` })).status).toBe(202);
  await daemon.untilEnd(has({ trigger: 'http' }));

  await settle(w, { http: { listen: null } });
  daemon.kill('SIGHUP');
  expect(await daemon.until('settings.loaded')).toMatchObject({ listen: null });
  await expect(status('/healthz')).rejects.toThrow();
  await daemon.untilEnd(has({ trigger: 'signal' }));
  await daemon.stop();
});
