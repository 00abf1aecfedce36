import { expect, test } from 'vitest';
import { ENDPOINTS } from '../../src/daemon/http-routes.ts';
import { LIMITS } from '../../src/daemon/http-listener.ts';
import { Metrics } from '../../src/daemon/metrics.ts';
import { MOST_RUNS } from '../../src/daemon/status-board.ts';
import { endedRun } from '../unit/daemon/ended-run.ts';
import { samplesOf } from '../unit/daemon/samples.ts';
import { cell, code, codes, section, table } from './readme.ts';

const SECTION = 'Health, metrics, status';
const METRICS = table(SECTION, ['Metric', 'Type', 'Labels', 'Meaning']);

test('the endpoints are those of the daemon, in its order', () => {
  const told = table(SECTION, ['Endpoint', 'Answers']).map((row) => code(row, 'Endpoint'));
  expect(told).toEqual(ENDPOINTS.map(({ method, path }) => `${method} ${path}`));
});

test('the limits and the number of runs are those of the code', () => {
  const text = section(SECTION);
  expect(text).toContain(`more than ${LIMITS.bodyBytes / 1024} KiB is refused\n(413)`);
  expect(text).toContain(`more than ${LIMITS.headerBytes / 1024} KiB of headers (431)`);
  expect(text).toContain(`the last ${MOST_RUNS} runs`);
});

test('the metrics are those of the daemon, in its order, with their types and labels', async () => {
  const usage = { cpuSeconds: 0, residentBytes: 0, heapBytes: 0, startedAtSeconds: 0 };
  const metrics = new Metrics(
    () => 0,
    () => usage,
  );
  metrics.ended(endedRun({ outcome: 'applied', lockHeldMs: 1 }));
  metrics.requested({ method: 'GET', status: 200 });
  const text = await metrics.text();
  const announced = [...text.matchAll(/^# TYPE sps_gitops_(\w+) (\w+)$/gm)].map(([, name, type]) => [name, type]);
  expect(METRICS.map((row) => [code(row, 'Metric'), cell(row, 'Type')])).toEqual(announced);
  const samples = [...samplesOf(text).keys()];
  for (const row of METRICS) {
    const name = `sps_gitops_${code(row, 'Metric')}`;
    const own = samples.find((sample) => sample.replace(/(?:_count)?(?:\{.*)?$/, '') === name) ?? '';
    const labels = [...own.matchAll(/(\w+)="/g)].map(([, label]) => label);
    expect([name, codes(cell(row, 'Labels'))]).toEqual([name, labels]);
  }
});
