import type { Figures, Row } from './row.ts';
import type { Spread } from './sample.ts';

const COLUMNS = [
  'scenario',
  'ms',
  'runs',
  'requests',
  'wall ms (min–max)',
  'rounds',
  'floor ms',
  '× floor',
  '× latency',
  'lock ms',
  '× floor',
  '× latency',
  'kB',
  'CPU ms',
  'RSS MiB',
  'loop p99 ms',
] as const;

/** The rows as a table of text; times are medians. */
export function tableOf(rows: readonly Row[]): string {
  const cells = [[...COLUMNS], ...rows.map(cellsOf)];
  const widths = COLUMNS.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) =>
    line
      .map((cell, column) =>
        column === 0 || column === 3 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function cellsOf({ name, latencyMs, state, runs, figures }: Row): string[] {
  const head = [name, String(latencyMs)];
  if (figures === null) return [...head, '', state];
  return [
    ...head,
    String(runs),
    requestsOf(figures),
    withExtremes(figures.wallMs),
    number(figures.rounds, 0),
    number(figures.floorMs, 1),
    number(figures.toFloor, 2),
    number(figures.toLatency, 2),
    number(figures.lockMs, 1),
    number(figures.lockToFloor, 2),
    number(figures.lockToLatency, 2),
    number(scaled(figures.bytes, 1000), 1),
    number(figures.cpuMs, 0),
    number(figures.peakRssMiB, 0),
    number(figures.delayP99Ms, 1),
  ];
}

/** The counts by method; with runs that do not agree, all that there were. */
function requestsOf({ requests }: Figures): string {
  const texts = requests.map((counts) =>
    Object.entries(counts)
      .map(([method, count]) => `${method} ${count}`)
      .join(' '),
  );
  return texts.join(' | ');
}

function withExtremes(spread: Spread | null): string {
  if (spread === null) return '';
  return `${spread.median.toFixed(1)} (${spread.min.toFixed(1)}–${spread.max.toFixed(1)})`;
}

function number(spread: Spread | null, digits: number): string {
  return spread === null ? '' : spread.median.toFixed(digits);
}

function scaled(spread: Spread | null, by: number): Spread | null {
  return spread === null ? null : { median: spread.median / by, min: spread.min / by, max: spread.max / by };
}
