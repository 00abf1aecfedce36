import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { comparisonOf, machineOf, type Result } from './result.ts';
import { rowOf, type Row, type Scenario } from './row.ts';
import { eightScenarios } from './scenarios-eight.ts';
import { eventScenarios } from './scenarios-events.ts';
import { objectScenarios, writeScenarios } from './scenarios-objects.ts';
import { tableOf } from './table.ts';
import { verdictLines, verdictsOf } from './verdicts.ts';
import { ROOT } from './world.ts';

const USAGE = `npm run bench -- [--only PATTERN] [--runs N] [--long] [--compare OLD.json] [--out FILE]

--only     scenarios whose "name @latency" fits the pattern
--runs     how often each is measured, 7 unless given
--long     also those of which one run waits for more than ten seconds for the appliance alone
--compare  prints the ratios to the figures of an earlier bench.json
--out      where the figures go, bench.json unless given
`;

/** What every request waits at the appliance, in ms. */
const LATENCIES_MS = [0, 5, 50];
const LONG_MS = 10_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      runs: { type: 'string', default: '7' },
      long: { type: 'boolean', default: false },
      compare: { type: 'string' },
      out: { type: 'string', default: join(ROOT, 'bench.json') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const old = values.compare === undefined ? null : await readResult(values.compare);
  const machine = machineOf();
  const rows: Row[] = [];
  for (const scenario of chosen(new RegExp(values.only))) {
    const isLong = (scenario.atLeastMs ?? 0) > LONG_MS && !values.long;
    const row = isLong ? leftOut(scenario) : await rowOf(scenario, Number(values.runs));
    rows.push(row);
    process.stderr.write(`${row.name} @${row.latencyMs}: ${shortly(row)}\n`);
  }
  const verdicts = verdictsOf(rows);
  const versions = { node: process.version, program: await programVersion() };
  const result: Result = { version: 1, machine, versions, rows, verdicts };
  await writeFile(values.out, `${JSON.stringify(result, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify({ ...machine, ...versions })}\n\n${tableOf(rows)}\n${verdictLines(verdicts)}`);
  if (old !== null) process.stdout.write(`\nTo ${values.compare}:\n${comparisonOf(rows, old)}`);
}

function chosen(pattern: RegExp): readonly Scenario[] {
  const all = LATENCIES_MS.flatMap((ms) => [
    ...eightScenarios(ms),
    ...writeScenarios(ms),
    ...objectScenarios(ms),
    ...eventScenarios(ms),
  ]);
  return all.filter(({ name, latencyMs }) => pattern.test(`${name} @${latencyMs}`));
}

function leftOut({ name, latencyMs }: Scenario): Row {
  return { name, latencyMs, state: 'left-out', runs: 0, figures: null };
}

function shortly({ state, figures }: Row): string {
  const wall = figures?.wallMs ?? null;
  return wall === null ? state : `${wall.median.toFixed(1)} ms`;
}

async function readResult(file: string): Promise<Result> {
  return JSON.parse(await readFile(resolve(file), 'utf8')) as Result;
}

async function programVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
  return version;
}

await main();
