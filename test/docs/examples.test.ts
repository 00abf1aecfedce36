import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadDesiredState, type LoadOptions, type LoadResult } from '../../src/desired/load-desired-state.ts';
import { realRegistry, ROOT } from '../resource-schemas.ts';
import { blocks } from './readme.ts';
import { source } from './sources.ts';

const FOLDER = 'config-examples';
const FILES = readdirSync(new URL(FOLDER, ROOT), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.ya?ml$/.test(name))
  .map((name) => `${FOLDER}/${name}`)
  .toSorted();
/** The other folders are matters of their own: each has a test file beside this one. */
const DESIRED = ['quickstart'];
const OTHERS = ['compose', 'kubernetes', 'settings', 'systemd'];
/** Those that are ours to describe: desired state and settings. */
const DESCRIBED = FILES.filter(
  (file) => [...DESIRED, 'settings'].includes(file.split('/')[1] ?? '') || file.endsWith('/settings.yaml'),
);
const VALUES = new Map([['SPLUNK_HEC_TOKEN', 'not-a-real-token']]);

function load(directory: string, options: Partial<LoadOptions> = {}): Promise<LoadResult> {
  const all: LoadOptions = {
    directory,
    read: 'worktree',
    fileRoots: [],
    strict: true,
    values: 'resolve',
    ...options,
  };
  return loadDesiredState(all, realRegistry(), (name) => VALUES.get(name), new AbortController().signal);
}

test('every folder of examples is looked at', () => {
  expect(readdirSync(new URL(FOLDER, ROOT)).toSorted()).toEqual([...DESIRED, ...OTHERS].toSorted());
});

test.each(DESIRED)('every file of %s is valid, down to the last', async (name) => {
  const { state, findings, files } = await load(new URL(`${FOLDER}/${name}`, ROOT).pathname);
  expect(findings).toEqual([]);
  expect(state).not.toBeNull();
  expect(files).toBe(FILES.filter((file) => file.startsWith(`${FOLDER}/${name}/`)).length);
});

test('the quickstart names its variable, and validates without it where values are not resolved', async () => {
  const directory = new URL(`${FOLDER}/quickstart`, ROOT).pathname;
  VALUES.delete('SPLUNK_HEC_TOKEN');
  onTestFinished(() => void VALUES.set('SPLUNK_HEC_TOKEN', 'not-a-real-token'));
  expect((await load(directory)).findings.map((finding) => finding.code)).toEqual(['env-unset']);
  expect((await load(directory, { values: 'without' })).findings).toEqual([]);
});

test.each(DESCRIBED)('the first line of %s leads to a schema that is there', (file) => {
  const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(source(file)) ?? [];
  expect(schema).not.toBe('');
  expect(existsSync(new URL(schema, new URL(file, ROOT)))).toBe(true);
});

test('the YAML of the README is valid', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sps-gitops-docs-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const texts = blocks('yaml');
  expect(texts.length).toBeGreaterThan(0);
  for (const [index, text] of texts.entries()) await writeFile(join(folder, `${index}.yaml`), text);
  // What the blocks name lies in the quickstart.
  for (const file of ['ca', 'management/license.txt']) {
    await cp(new URL(`${FOLDER}/quickstart/${file}`, ROOT), join(folder, basename(file)), { recursive: true });
  }
  const { findings, files } = await load(folder);
  expect(findings).toEqual([]);
  expect(files).toBe(texts.length);
  const [, schema = ''] = /\$schema=(\S+)/.exec(texts[0] ?? '') ?? [];
  expect(existsSync(new URL(schema, ROOT))).toBe(true);
});
