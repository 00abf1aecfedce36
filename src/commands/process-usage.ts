import { cpuUsage, memoryUsage } from 'node:process';
import type { ProcessUsage } from '../daemon/metrics.ts';

/** What this process has cost so far. */
export function processUsage(): ProcessUsage {
  const { user, system } = cpuUsage();
  const { rss, heapUsed } = memoryUsage();
  return {
    cpuSeconds: (user + system) / 1e6,
    residentBytes: rss,
    heapBytes: heapUsed,
    startedAtSeconds: performance.timeOrigin / 1000,
  };
}
