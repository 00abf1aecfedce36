import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { ProbeMark, ProbeReport } from './probe-report.ts';

// Loaded into the measured process by `--import`: notes when it printed, and at its end what it has cost.

const RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;

const marks: ProbeMark[] = [];
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
const start = { isOver: false };

const { stdout } = process;
const write = stdout.write.bind(stdout);
stdout.write = (...args: unknown[]): boolean => {
  const { user, system } = process.cpuUsage();
  const text = String(args[0]);
  marks.push({ at: performance.timeOrigin + performance.now(), cpuMs: (user + system) / 1000, text });
  if (!start.isOver && text.includes('"reconcile.succeeded"')) {
    start.isOver = true;
    // What a daemon's start costs is another figure.
    delay.reset();
  }
  return Reflect.apply(write, stdout, args) as boolean;
};

process.on('exit', () => {
  const file = process.env['BENCH_PROBE'];
  if (file === undefined) return;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const report: ProbeReport = {
    marks,
    cpuMs: (userCPUTime + systemCPUTime) / 1000,
    peakRssMiB: maxRSS / 1024,
    // What is measured is the time between two ticks of a timer.
    delayP99Ms: Math.max(0, delay.percentile(99) / NS_PER_MS - RESOLUTION_MS),
  };
  writeFileSync(file, JSON.stringify(report));
});
