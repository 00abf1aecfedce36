import { HAPPENING_NAMES, nameOf } from './cases.ts';
import type { Result } from './matrix.ts';
import type { RunName } from './scenarios.ts';

/** How a cell calls an outcome. */
const LETTERS: Readonly<Record<string, string>> = {
  Succeeded: 'a',
  TargetUnreachable: 'u',
  Locked: 'l',
  CommitFailed: 'c',
  StageRejected: 's',
  ActionFailed: 'x',
  Forbidden: 'f',
};

/** The results as a table: what happened × run, how many cases and how they ended; and the totals. */
export function tableOf(runs: readonly RunName[], results: readonly Result[]): string {
  const header = ['', ...runs, 'all'];
  const rows = HAPPENING_NAMES.map((name) => {
    const row = results.filter(({ of }) => nameOf(of.happening) === name);
    return [name, ...runs.map((run) => cell(row.filter(({ of }) => of.scenario.run === run))), cell(row)];
  });
  const totals = ['all', ...runs.map((run) => cell(results.filter(({ of }) => of.scenario.run === run)))];
  const lines = [header, ...rows, [...totals, cell(results)]];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const legend = Object.entries(LETTERS).map(([reason, letter]) => `${letter} ${reason}`);
  return [
    ...lines.map((line) =>
      line
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
    `cases, then of them: ${legend.join(', ')}, ? anything else`,
  ].join('\n');
}

function cell(results: readonly Result[]): string {
  const counts = new Map<string, number>();
  for (const { reason } of results) {
    const letter = LETTERS[reason] ?? '?';
    counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  const parts = [...Object.values(LETTERS), '?'].flatMap((letter) => {
    const count = counts.get(letter);
    return count === undefined ? [] : [`${letter}${count}`];
  });
  return [results.length, ...parts].join(' ');
}
