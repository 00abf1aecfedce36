import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { SimulatorOptions } from '../../src/simulator/simulator.ts';
import {
  expectSchema,
  FILES,
  LIVE_SPLUNK,
  worldInside as world,
  type Document,
  type Finished,
  type World,
} from './harness.ts';

/** Variables that come on top of those of the harness; undefined takes one away. */
type Variables = Readonly<Record<string, string | undefined>>;

/** One bad input and what the program is to say about it. */
export interface BadInput {
  readonly name: string;
  /** Desired-state files; a good one unless given. */
  readonly files?: Readonly<Record<string, string>>;
  /** The settings file, instead of the harness's. */
  readonly settings?: string;
  readonly env?: Variables;
  /** Prepares what files cannot. */
  readonly arrange?: (w: World) => void | Promise<void>;
  /** Starts another server than the simulator; gives the variables that lead to it. */
  readonly serve?: (w: World) => Promise<Variables>;
  /** `error.code`. */
  readonly code: string;
  /** Each finding, as `code file:line:column /pointer`; what it does not have is left out. */
  readonly findings?: readonly string[];
  /** The next step, as a hint or, where there is none, as the message itself says it. */
  readonly next: RegExp;
}

/** A bad answer of the appliance, or none. */
export interface BadAnswer extends BadInput {
  readonly reason: string;
  readonly exit: number;
  /** How the message begins: with the request. */
  readonly says: string;
}

/** Files in order that the live configuration, or the firmware, makes a bad input of. */
export interface BadWish extends BadInput {
  /** The appliance that they are planned against. */
  readonly appliance?: SimulatorOptions;
  /** `InputInvalid` unless given. */
  readonly reason?: 'Unsupported';
}

interface Finding {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly pointer?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** A world in which the row's input lies ready. */
async function prepare(
  row: Omit<BadInput, 'next'>,
  appliance: SimulatorOptions = { configuration: { 'management/splunk_forwarder': LIVE_SPLUNK } },
): Promise<{ readonly w: World; readonly env: Variables }> {
  const w = await world(row.files ?? { 'good.yaml': FILES.support }, appliance);
  if (row.settings !== undefined) await w.give('settings.yaml', row.settings);
  const settings = row.settings === undefined ? {} : { SPS_GITOPS_SETTINGS: 'given/settings.yaml' };
  await row.arrange?.(w);
  return { w, env: { ...settings, ...row.env, ...(await row.serve?.(w)) } };
}

/** Plans with bad files or settings: refused before the appliance hears of it. */
export async function expectRefused(row: BadInput): Promise<void> {
  const { w, env } = await prepare(row);
  const result = await w.run(['plan', '--json'], { env });
  expectFailure(result, { reason: 'InputInvalid', exit: 3 }, row, w);
  expect(w.simulator.requests).toEqual([]);
}

/** Applies what the live configuration makes a bad input of: refused before anything is opened, with nothing but reading. */
export async function expectRefusedByPlan(row: BadWish): Promise<void> {
  const { w, env } = await prepare(row, row.appliance ?? { profile: '8.0' });
  const result = await w.run(['apply', '--json'], { env });
  expectFailure(result, { reason: row.reason ?? 'InputInvalid', exit: 3 }, row, w, 'apply');
  expect(w.simulator.requests.length).toBeGreaterThan(0);
  expect(w.simulator.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  expect(w.simulator.commits).toEqual([]);
}

/** Every row's files side by side in one desired state: `validate` prints all the places, for a person and in one go. */
export async function expectValidated(given: readonly BadInput[]): Promise<void> {
  // What hides others by its number is for itself.
  const rows = given.filter(({ findings = [] }) => !findings.includes('too-many-findings'));
  const all = rows.map(({ files = {} }, index) =>
    Object.entries(files).map(([name, text]): [string, string] => [`${index}/${name}`, text]),
  );
  const w = await world(Object.fromEntries(all.flat()));
  const result = await w.run(['validate'], { env: Object.assign({}, ...rows.map(({ env }) => env)) });
  expect(result.code).toBe(3);
  expectNoStack(result);
  const lines = result.stdout.split('\n').map((line) => line.replace('  warning ', '  ').split('  '));
  const printed = new Set(
    lines.map(([place = '', second = '', third = '']) =>
      second.startsWith('/') ? `${third} ${place} ${second}` : `${second} ${place}`,
    ),
  );
  const wanted = rows.flatMap(({ findings = [] }, index) => findings.map((one) => one.replace(' ', ` ${index}/`)));
  expect(wanted.filter((finding) => !printed.has(finding))).toEqual([]);
}

/** Plans against an appliance that does not answer as it should: nothing but reading is tried. */
export async function expectGivenUp(row: BadAnswer): Promise<void> {
  const { w, env } = await prepare(row);
  const result = await w.run(['plan', '--json'], { env });
  expectFailure(result, row, row, w);
  expect(result.json().error?.message).toContain(row.says);
  const writes = w.simulator.requests.filter(({ method }) => method !== 'GET');
  expect(writes).toEqual([]);
  expect(w.simulator.faults.pending).toBe(0);
}

function expectFailure(
  result: Finished,
  { reason, exit }: { readonly reason: string; readonly exit: number },
  row: BadInput | BadAnswer,
  w: World,
  schema: 'plan' | 'apply' = 'plan',
): void {
  const document = result.json();
  expectSchema(schema, document);
  expectNoStack(result);
  const findings = findingsOf(document);
  const actual = { exit: result.code, reason: document.reason, code: document.error?.code };
  expect({ ...actual, findings: findings.map((finding) => shown(finding, w)) }, result.stdout).toEqual({
    ...{ exit, reason, code: row.code },
    findings: row.findings ?? [],
  });
  expect(document).toMatchObject({ outcome: 'failed', transaction: 'none' });
  const said = findings.map(({ hint, message }) => hint ?? message);
  expect(document.error?.hint ?? (said.length > 0 ? said.join('\n') : document.error?.message)).toMatch(row.next);
}

function expectNoStack({ stdout, stderr }: Finished): void {
  expect(stdout + stderr).not.toMatch(/\bat .*\.js:\d+/);
}

function findingsOf({ error }: Document): readonly Finding[] {
  const details: { readonly findings?: readonly Finding[] } = error?.details ?? {};
  return details.findings ?? [];
}

function shown({ code, file, line, column, pointer }: Finding, w: World): string {
  const place = file === undefined ? undefined : `${file.replace(`${w.folder}/`, '')}:${line}:${column}`;
  return [code, place, pointer].filter((part) => part !== undefined && part !== '').join(' ');
}

/** Writes bytes into the folder `config`, past the harness, which takes text. */
export async function writeBytes(w: World, name: string, bytes: Uint8Array): Promise<void> {
  await writeFile(join(w.folder, 'config', name), bytes);
}
