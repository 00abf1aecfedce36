import type { Row } from './row.ts';
import type { Spread } from './sample.ts';

/** A demand on the figures, and whether they meet it. */
export interface Verdict {
  readonly demand: string;
  /** Null where a row that it needs was not measured. */
  readonly value: number | null;
  readonly limit: number;
  readonly state: 'met' | 'missed' | 'not measured';
}

/** What the project has promised of its cost, against the rows that there are. Medians, except where nothing may differ. */
export function verdictsOf(rows: readonly Row[]): readonly Verdict[] {
  const figures = (name: string, latencyMs: number) =>
    rows.find((row) => row.name === name && row.latencyMs === latencyMs)?.figures ?? null;
  const wall = (name: string, latencyMs: number) => median(figures(name, latencyMs)?.wallMs);
  const cpu = (name: string) => median(figures(name, 0)?.cpuMs);
  const total = (name: string): number | null => {
    const requests = figures(name, 0)?.requests;
    return requests === undefined ? null : Math.max(...requests.map((counts) => sum(Object.values(counts))));
  };
  const quick = [0, 5, 50].map((ms) => figures('quick tick', ms)?.requests);
  const atMost = (demand: string, value: number | null, limit: number) => verdict(demand, value, limit, 'at most');
  const atLeast = (demand: string, value: number | null, limit: number) => verdict(demand, value, limit, 'at least');
  const perObject = (count: number): number | null => {
    const [all, start] = [cpu(`no-op plan, ${count} with bodies`), cpu('plan, 8, cold')];
    return all === null || start === null ? null : (all - start) / count;
  };
  const speed = (what: string, slow: string, fast: string) => [
    [
      `at 5 ms, ${what}: ${fast} against ${slow}`,
      ratio(wall(`${what}, ${slow}`, 5), wall(nameOf(what, fast), 5)),
    ] as const,
  ];
  return [
    ...['no-op tick, 8', 'no-op tick, 8, plain folder'].flatMap((name) =>
      [5, 50].map((ms) => atMost(`${name}, at ${ms} ms, to the floor`, median(figures(name, ms)?.toFloor), 1.25)),
    ),
    atMost(
      'requests of a quick tick',
      quick.includes(undefined)
        ? null
        : Math.max(...quick.flatMap((all) => (all ?? []).map((one) => sum(Object.values(one))))),
      1,
    ),
    ...['cold', 'daemon'].flatMap((how) =>
      [5, 50].map((ms) =>
        atMost(
          `lock held by 10 writes at ${ms} ms (${how}), to the floor`,
          median(figures(`apply, 10 of 100, ${how}`, ms)?.lockToFloor),
          1.2,
        ),
      ),
    ),
    atMost('plan CPU per object, 10,000 to 1,000, start left out', ratio(perObject(10_000), perObject(1_000)), 1.3),
    ...['with', 'without'].map((listing) =>
      atMost(
        `peak MiB of the plan of 10,000 ${listing} bodies`,
        median(figures(`no-op plan, 10000 ${listing} bodies`, 0)?.peakRssMiB),
        250,
      ),
    ),
    ...['with', 'without'].flatMap((listing) =>
      [100, 1_000, 10_000].map((count) => {
        const name = `no-op plan, ${count} ${listing} bodies`;
        return atMost(
          `more requests for 10,000 beside ${count} ${listing} bodies`,
          difference(total(`${name}, 10000 beside`), total(name)),
          0,
        );
      }),
    ),
    atMost('CPU ms of a cold plan of 8', cpu('plan, 8, cold'), 350),
    atMost('MiB of an idle daemon', median(figures('idle daemon', 0)?.peakRssMiB), 90),
    ...(['no-op', '3 writes'] as const).flatMap((what) => [
      ...speed(what, 'curl', 'daemon').map(([demand, value]) => atLeast(demand, value, 10)),
      ...speed(what, 'Ansible', 'daemon').map(([demand, value]) => atLeast(demand, value, 60)),
      ...speed(what, 'curl', 'cold').map(([demand, value]) => atLeast(demand, value, 1.2)),
      ...speed(what, 'Ansible', 'cold').map(([demand, value]) => atLeast(demand, value, 8)),
    ]),
  ];
}

/** The name of our own row for what a peer does. */
function nameOf(what: string, how: string): string {
  if (what === '3 writes') return how === 'daemon' ? '3 writes, daemon' : '3 writes, cold';
  return how === 'daemon' ? 'no-op tick, 8' : 'no-op apply, 8, cold';
}

function verdict(demand: string, value: number | null, limit: number, sense: 'at most' | 'at least'): Verdict {
  const shown = `${demand}: ${sense} ${limit}`;
  if (value === null) return { demand: shown, value, limit, state: 'not measured' };
  const isMet = sense === 'at most' ? value <= limit : value >= limit;
  return { demand: shown, value, limit, state: isMet ? 'met' : 'missed' };
}

/** The verdicts as lines of text. */
export function verdictLines(verdicts: readonly Verdict[]): string {
  return verdicts
    .map(
      ({ demand, value, state }) =>
        `${state.padEnd(12)}  ${value === null ? '' : value.toFixed(2).padStart(8)}  ${demand}\n`,
    )
    .join('');
}

function median(spread: Spread | null | undefined): number | null {
  return spread?.median ?? null;
}

function ratio(above: number | null, below: number | null): number | null {
  return above === null || below === null || below === 0 ? null : above / below;
}

function difference(left: number | null, right: number | null): number | null {
  return left === null || right === null ? null : left - right;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
