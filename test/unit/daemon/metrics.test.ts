import { expect, test } from 'vitest';
import { Metrics } from '../../../src/daemon/metrics.ts';
import { OUTCOME_TABLE } from '../../../src/shared/outcome.ts';
import { endedRun, REVISION } from './ended-run.ts';
import { samplesOf } from './samples.ts';

const USAGE = { cpuSeconds: 1.25, residentBytes: 7e7, heapBytes: 2e7, startedAtSeconds: 1_700_000_000 };

function metricsAt(now: () => number = () => 0) {
  const metrics = new Metrics(now, () => USAGE);
  const value = async (sample: string) => samplesOf(await metrics.text()).get(`sps_gitops_${sample}`);
  return { metrics, value };
}

test('runs by outcome and reason: every pair that can come is there from the start', async () => {
  const { metrics, value } = metricsAt();
  for (const { outcome, reason, retry } of Object.values(OUTCOME_TABLE)) {
    const sample = `reconciliations_total{outcome="${outcome}",reason="${reason}"}`;
    expect([sample, await value(sample)]).toEqual([sample, retry === 'next-opening' ? undefined : 0]);
  }
  metrics.ended(endedRun({ outcome: 'failed', reason: 'StageRejected' }));
  metrics.ended(endedRun({ outcome: 'failed', reason: 'StageRejected' }));
  metrics.ended(endedRun({ outcome: 'in-sync' }));
  expect(await value('reconciliations_total{outcome="failed",reason="StageRejected"}')).toBe(2);
  expect(await value('reconciliations_total{outcome="in-sync",reason="Succeeded"}')).toBe(1);
  expect(await value('reconciliations_total{outcome="applied",reason="Succeeded"}')).toBe(0);
});

test('durations by outcome, and lock holds of the runs that had one', async () => {
  const { metrics, value } = metricsAt();
  metrics.ended(endedRun({ outcome: 'in-sync', durationMs: 40 }));
  metrics.ended(endedRun({ outcome: 'applied', durationMs: 2500, lockHeldMs: 700 }));
  metrics.ended(endedRun({ outcome: 'in-sync', durationMs: 60, lockHeldMs: 0 }));
  expect(await value('reconciliation_duration_seconds_sum{outcome="in-sync"}')).toBeCloseTo(0.1);
  expect(await value('reconciliation_duration_seconds_count{outcome="in-sync"}')).toBe(2);
  expect(await value('reconciliation_duration_seconds_bucket{le="0.05",outcome="in-sync"}')).toBe(1);
  expect(await value('reconciliation_duration_seconds_bucket{le="2.5",outcome="applied"}')).toBe(1);
  expect(await value('lock_hold_duration_seconds_count')).toBe(1);
  expect(await value('lock_hold_duration_seconds_sum')).toBeCloseTo(0.7);
});

test('requests by method and status, and those that no answer came to', async () => {
  const { metrics, value } = metricsAt();
  metrics.requested({ method: 'GET', status: 200 });
  metrics.requested({ method: 'GET', status: 200 });
  metrics.requested({ method: 'PUT', status: null });
  expect(await value('appliance_requests_total{method="GET",status="200"}')).toBe(2);
  expect(await value('appliance_requests_total{method="PUT",status="none"}')).toBe(1);
});

test('drift stands until a run can say otherwise', async () => {
  const { metrics, value } = metricsAt();
  const drifted = () => value('drifted_resources');
  expect(await drifted()).toBe(0);
  metrics.ended(endedRun({ outcome: 'differences' }, { drifted: 3 }));
  expect(await drifted()).toBe(3);
  metrics.ended(endedRun({ outcome: 'failed', reason: 'TargetUnreachable' }, { drifted: null }));
  expect(await drifted()).toBe(3);
  metrics.ended(endedRun({ outcome: 'in-sync' }, { drifted: 0 }));
  expect(await drifted()).toBe(0);
});

test('the last success is the last run that ended well', async () => {
  let now = 1_700_000_000_000;
  const { metrics, value } = metricsAt(() => now);
  const success = () => value('last_success_timestamp_seconds');
  expect(await success()).toBe(0);
  metrics.ended(endedRun({ outcome: 'differences' }));
  now += 60_000;
  metrics.ended(endedRun({ outcome: 'blocked', reason: 'Locked' }));
  expect(await success()).toBe(1_700_000_000);
  metrics.ended(endedRun({ outcome: 'in-sync' }));
  expect(await success()).toBe(1_700_000_060);
});

test('one commit is the last applied; without git its label is empty', async () => {
  const { metrics } = metricsAt();
  const infos = async () =>
    [...samplesOf(await metrics.text())].filter(([sample]) => sample.startsWith('sps_gitops_last_applied'));
  const info = (commit: string, digest: string) => [
    [`sps_gitops_last_applied_commit_info{commit="${commit}",digest="${digest}"}`, 1],
  ];
  expect(await infos()).toEqual([]);
  metrics.ended(endedRun({ outcome: 'applied' }));
  metrics.ended(endedRun({ outcome: 'differences' }, { revision: { ...REVISION, commit: 'b'.repeat(40) } }));
  metrics.ended(endedRun({ outcome: 'failed' }, { revision: null }));
  expect(await infos()).toEqual(info(REVISION.commit, REVISION.digest));
  metrics.ended(endedRun({ outcome: 'in-sync' }, { revision: { ...REVISION, commit: null, digest: 'sha256:2' } }));
  expect(await infos()).toEqual(info('', 'sha256:2'));
});

test('the process itself', async () => {
  const { value } = metricsAt();
  // A scrape that follows another does not count the time before twice.
  await value('process_cpu_seconds_total');
  expect(await value('process_cpu_seconds_total')).toBe(1.25);
  expect(await value('process_resident_memory_bytes')).toBe(7e7);
  expect(await value('nodejs_heap_size_used_bytes')).toBe(2e7);
  expect(await value('process_start_time_seconds')).toBe(1_700_000_000);
});
