import { expect, test } from 'vitest';
import { MOST_RUNS } from '../../../src/daemon/status-board.ts';
import { expectSchema } from '../../process/harness.ts';
import { endedRun, RUN_ID } from '../../unit/daemon/ended-run.ts';
import { served } from './served.ts';

test('/healthz answers whatever the daemon does', async () => {
  const world = await served();
  expect(await world.ask('GET /healthz')).toMatchObject({ status: 200, body: '{\n  "live": true\n}\n' });
  world.isStopping = true;
  expect((await world.ask('GET /healthz?verbose=1')).status).toBe(200);
});

test('/readyz says why, and is 503 when it is not', async () => {
  const world = await served();
  const ready = async () => {
    const { status, json } = await world.ask('GET /readyz');
    const { ready: isReady, code, message } = json() as { ready: boolean; code: string; message: string };
    expect([status, isReady]).toEqual(status === 200 ? [200, true] : [503, false]);
    return `${status} ${code}: ${message}`;
  };
  expect(await ready()).toBe('503 no-run-yet: no run has finished yet');
  world.board.ended(endedRun({ outcome: 'in-sync' }));
  expect(await ready()).toBe('200 in-order: the last run ended in-sync (Succeeded)');
  world.board.ended(endedRun({ outcome: 'failed', reason: 'TargetUnreachable' }));
  expect(await ready()).toBe('503 failed: the last run ended failed (TargetUnreachable)');
  world.board.ended(endedRun({ outcome: 'blocked', reason: 'Locked' }));
  expect(await ready()).toMatch(/^200 blocked-for-now: .*Locked/);
  world.clock += 15 * 60_000;
  expect(await ready()).toMatch(/^503 blocked: .*15 minutes/);
  world.board.ended(endedRun({ outcome: 'differences' }));
  world.board.ticked(3);
  expect(await ready()).toMatch(/^503 ticks-missed: /);
  world.board.ended(endedRun({ outcome: 'applied' }));
  world.isStopping = true;
  expect(await ready()).toBe('503 stopping: the daemon is stopping');
});

test('/status holds to its schema, at first and after many runs, and keeps the last', async () => {
  const world = await served();
  const first = (await world.ask('GET /status')).json();
  expectSchema('status', first);
  expect(first).toMatchObject({ ready: false, running: null, runs: [], revision: { attempted: null, applied: null } });
  const began = endedRun({ outcome: 'applied' });
  for (let run = 0; run <= MOST_RUNS; run += 1) {
    world.board.began(began);
    world.board.ended(endedRun({ outcome: 'applied', durationMs: run }));
  }
  world.board.ended(endedRun({ outcome: 'failed', reason: 'StageRejected', transaction: 'rolled-back' }));
  world.board.began(endedRun({ outcome: 'in-sync' }));
  const later = (await world.ask('GET /status')).json() as { readonly runs: readonly object[] };
  expectSchema('status', later);
  expect(later.runs).toHaveLength(MOST_RUNS);
  expect(later.runs[0]).toMatchObject({ reason: 'StageRejected', error: { code: 'StageRejected' } });
  expect(later.runs.at(-1)).toMatchObject({ durationMs: 2 });
  expect(later).toMatchObject({ running: { runId: RUN_ID, trigger: 'cron' }, nextTick: '2026-05-01T10:00:00.000Z' });
});

test('/metrics is text of Prometheus', async () => {
  const world = await served();
  const { status, headers, body } = await world.ask('GET /metrics');
  expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  const names = [...body.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(7);
  expect(names.every((name) => name?.startsWith('sps_gitops_'))).toBe(true);
});

test.each([
  ['now', 'a run begins now'],
  ['next', 'a run is under way; one more follows it'],
  ['joined', 'a run is to come already; it answers this request too'],
] as const)('POST /reconcile asks for one run and says what becomes of it: %s', async (answer, message) => {
  const world = await served();
  world.answer = answer;
  const { status, json } = await world.ask('POST /reconcile', {}, '{"any": "small body"}');
  expect([status, json()]).toEqual([202, { version: 1, trigger: 'http', run: answer, message }]);
  expect(world.asked).toEqual(['run']);
});

test('while settings are exchanged the run that follows answers; while it stops nothing does', async () => {
  const world = await served();
  world.answer = 'too-late';
  expect((await world.ask('POST /reconcile')).json()).toMatchObject({ run: 'joined' });
  world.isStopping = true;
  const { status, json } = await world.ask('POST /reconcile');
  expect([status, json()]).toEqual([503, { error: expect.objectContaining({ code: 'stopping' }) as object }]);
  expect(world.asked).toHaveLength(1);
});

test.each(['/healthz', '/readyz', '/metrics', '/status'])('HEAD %s is GET without the body', async (path) => {
  const world = await served();
  const [get, head] = [await world.ask(`GET ${path}`), await world.ask(`HEAD ${path}`)];
  expect([head.status, head.body]).toEqual([get.status, '']);
  expect(head.headers['content-type']).toBe(get.headers['content-type']);
  // The length is that of the body that GET would have; of the metrics it may have grown by a digit.
  expect(Number(head.headers['content-length'])).toBeGreaterThan(0);
});

test.each([
  ['POST /healthz', 405, 'GET, HEAD'],
  ['PUT /status', 405, 'GET, HEAD'],
  ['DELETE /metrics', 405, 'GET, HEAD'],
  ['OPTIONS /readyz', 405, 'GET, HEAD'],
  ['GET /reconcile', 405, 'POST'],
  ['HEAD /reconcile', 405, 'POST'],
  ['GET /', 404, undefined],
  ['GET /healthz/', 404, undefined],
  ['GET /HEALTHZ', 404, undefined],
  ['GET //healthz', 404, undefined],
  ['GET /../status', 404, undefined],
  ['GET /%73tatus', 404, undefined],
  ['POST /reconcile/now', 404, undefined],
  ['OPTIONS *', 404, undefined],
] as const)('%s is %i', async (line, status, allow) => {
  const world = await served();
  const answer = await world.ask(line);
  expect([answer.status, answer.headers['allow']]).toEqual([status, allow]);
  expect(world.asked).toEqual([]);
});

test('no answer tells of the software behind it or may be kept', async () => {
  const world = await served();
  for (const line of ['GET /status', 'GET /nothing', 'POST /status', 'POST /reconcile']) {
    const { headers, body } = await world.ask(line);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['server']));
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['x-powered-by']));
    expect(body).not.toMatch(/node|\.ts\b|\.js\b|\bat /);
  }
});

test('what goes wrong inside is a bare 500, and the next request is answered', async () => {
  const world = await served();
  Object.defineProperty(world.metrics, 'text', {
    value: () => Promise.reject(new Error('MARKED-token-live-77aa in a defect')),
  });
  const { status, body } = await world.ask('GET /metrics');
  expect([status, body]).toEqual([500, '']);
  expect((await world.ask('GET /healthz')).status).toBe(200);
});
