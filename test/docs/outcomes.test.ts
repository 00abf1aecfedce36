import { expect, test } from 'vitest';
import { OUTCOME_TABLE } from '../../src/shared/outcome.ts';
import { networkError } from '../../src/sps/network-failure.ts';
import { world } from '../process/harness.ts';
import { commandLine } from './command-help.ts';
import { cell, code, codes, table, type Row } from './readme.ts';
import { allSources, scan } from './sources.ts';

const OUTCOMES = table('What a transaction does', ['Outcome', 'Transaction', 'Reason', 'Exit', 'Retry', 'When']);
const EXITS = table('Commands', ['Exit code', 'Meaning']).map((row) => Number(cell(row, 'Exit code')));

/** Set at the edge of the process: 128 and the signal's number. */
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const WRONG_USAGE = 64;

function written(row: Row): string {
  const states = codes(cell(row, 'Transaction')).join(' or ');
  return [code(row, 'Outcome'), states, code(row, 'Reason'), cell(row, 'Exit'), code(row, 'Retry')].join(', ');
}

test('the outcomes are the rows of the table in the code, in its order', () => {
  const rows = Object.entries(OUTCOME_TABLE).map(([name, { outcome, transaction, reason, exit, retry }]) => {
    return [outcome, transaction.join(' or '), reason, name === 'interrupted' ? '128+n' : exit, retry].join(', ');
  });
  expect(OUTCOMES.map(written)).toEqual(rows);
});

test('an outcome that nothing in the program can end with is marked, and no other', () => {
  const sources = allSources();
  const ends = Object.keys(OUTCOME_TABLE);
  const unused = ends.filter((name) => !new RegExp(`(?<!row)\\W'${name}'`).test(sources));
  const marked = ends.filter((_, index) => OUTCOMES[index]?.['When'] === 'Not in this version');
  expect(marked).toEqual(unused);
});

test('the exit codes are those of the outcomes, of wrong usage and of signals', () => {
  const { interrupted: _, ...others } = OUTCOME_TABLE;
  const exits = new Set([...Object.values(others).map(({ exit }) => exit), WRONG_USAGE, ...Object.values(SIGNALS)]);
  expect(EXITS).toEqual([...exits].toSorted((left, right) => left - right));
});

test('wrong usage ends with its exit code', async () => {
  expect((await commandLine('no-such-command')).code).toBe(WRONG_USAGE);
});

test.each(['SIGHUP', 'SIGINT', 'SIGTERM'] as const)('%s ends with its exit code', async (signal) => {
  const place = await world({
    'a.yaml': 'resource: management/support_info\nbody: { uri: null }\n',
  });
  place.simulator.faults.add({ kind: 'hang', match: { path: '/api/info' } });
  const waiting = new Promise<void>((resolve) => {
    const stopListening = place.simulator.onRequest(({ path }) => {
      if (path !== '/api/info') return;
      stopListening();
      resolve();
    });
  });
  const plan = place.start(['plan']);
  await waiting;
  plan.kill(signal);
  expect((await plan).exitCode).toBe(SIGNALS[signal]);
});

const SYMPTOMS = table('When things go wrong', ['Symptom', 'What it means', 'Next step']).map((row) =>
  cell(row, 'Symptom'),
);
const REASONS = new Set<string>(Object.values(OUTCOME_TABLE).map(({ reason }) => reason));

test('every reason that a run of this version can fail with has its symptom', () => {
  const told = new Set(SYMPTOMS.flatMap((symptom) => codes(symptom)));
  const failing = OUTCOMES.filter((row) => cell(row, 'When') !== 'Not in this version')
    .map((row) => code(row, 'Reason'))
    .filter((reason) => reason !== 'Succeeded');
  expect([...told]).toEqual(expect.arrayContaining(failing));
});

test('every symptom names what there is', () => {
  const warnings = warningCodes();
  const states = new Set<string>(Object.values(OUTCOME_TABLE).flatMap(({ transaction }) => [...transaction]));
  for (const symptom of SYMPTOMS) {
    const names = codes(symptom);
    if (symptom.startsWith('warning ')) expect(warnings).toEqual(expect.arrayContaining([...names]));
    else expect(names.filter((name) => !REASONS.has(name) && !states.has(name))).toEqual([]);
  }
});

test('every warning has its symptom', () => {
  const told = SYMPTOMS.filter((symptom) => symptom.startsWith('warning ')).flatMap((symptom) => codes(symptom));
  expect(told.toSorted()).toEqual(warningCodes());
});

/** The codes of warnings; that of `unknown-resource` is an error or a warning. */
function warningCodes(): readonly string[] {
  const sources = allSources();
  const fixed = /severity: 'warning',\s+code: '([a-z-]+)'/g;
  const chosen = /\{ severity, code: '([a-z-]+)'/g;
  const optional = /code = '([a-z-]+)';(?:(?!\n\}).)*severity: 'warning', code,/gs;
  const logged = /'warning\.raised', \{ code: '([a-z-]+)'/g;
  return [fixed, chosen, optional, logged].flatMap((pattern) => scan(sources, pattern)).toSorted();
}

test.each([
  ['certificate is not trusted', 'SELF_SIGNED_CERT_IN_CHAIN'],
  ['certificate is for another host name', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['certificate expired', 'CERT_HAS_EXPIRED'],
])('the symptom "%s" stands there in the words of the error', (words, networkCode) => {
  const cause = Object.assign(new Error('from TLS'), { code: networkCode });
  const broken = { cause, sent: false, status: null };
  const request = { method: 'GET', path: '/api/info' };
  const { message } = networkError(request, broken, { timeoutMs: 1000, validUntil: '2020-01-01' });
  expect(message).toContain(words);
  expect(SYMPTOMS).toContain(`… ${words}`);
});
