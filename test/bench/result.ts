import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';
import type { Row } from './row.ts';
import type { Verdict } from './verdicts.ts';

/** What `bench.json` holds. */
export interface Result {
  readonly version: 1;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly system: string;
    /** Load of the last minute when the bench began: above the number of cores, times say little. */
    readonly load: number;
  };
  readonly versions: { readonly node: string; readonly program: string };
  readonly rows: readonly Row[];
  readonly verdicts: readonly Verdict[];
}

/** The machine as the bench finds it. */
export function machineOf(): Result['machine'] {
  const cores = cpus();
  return {
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()} ${arch()}`,
    load: loadavg()[0] ?? 0,
  };
}

/** New to old, for the figures of rows that both have; below 1 is less. */
export function comparisonOf(rows: readonly Row[], old: Result): string {
  const lines = rows.flatMap(({ name, latencyMs, figures }) => {
    const before = old.rows.find((row) => row.name === name && row.latencyMs === latencyMs)?.figures;
    if (figures === null || before === null || before === undefined) return [];
    const ratios = (['wallMs', 'lockMs', 'bytes', 'cpuMs', 'peakRssMiB', 'delayP99Ms'] as const).flatMap((figure) => {
      const [now, then] = [figures[figure]?.median, before[figure]?.median];
      return now === undefined || then === undefined || then === 0 ? [] : [`${figure} ×${(now / then).toFixed(2)}`];
    });
    const isSame = JSON.stringify(figures.requests) === JSON.stringify(before.requests);
    return [`${name} @${latencyMs}: ${isSame ? 'same requests' : 'OTHER REQUESTS'}, ${ratios.join(', ')}`];
  });
  return `${lines.join('\n')}\n`;
}
