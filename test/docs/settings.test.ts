import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join, relative } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { loadSettings, type LoadedSettings, type Settings } from '../../src/settings/load-settings.ts';
import { parseDuration } from '../../src/shared/duration.ts';
import { isObject, type Json, type JsonObject } from '../../src/shared/json.ts';
import { valueAt } from '../../src/shared/pointer.ts';
import { makeCertificates, type SimulatorCertificates } from '../../src/simulator/certificates.ts';
import { readYaml, Tagged } from '../../src/yaml/read-yaml.ts';
import { ROOT } from '../resource-schemas.ts';
import { cell, code, codes, section, table } from './readme.ts';
import { allSources, scan, source } from './sources.ts';

const SCHEMA = JSON.parse(source('schemas/settings.schema.json')) as JsonObject;
const MEMBERS = leaves(SCHEMA, '');
const ROWS = table('Settings', ['Member', 'Default', 'Meaning']);
const NONE = '–';
const ENOUGH = { SPS_URL: 'https://sps.example.com', SPS_USERNAME: 'gitops', SPS_PASSWORD: 'not-a-real-one' };

/** The members of the schema that have no members themselves, `a.b.c` → what the schema says. */
function leaves(schema: JsonObject, prefix: string): ReadonlyMap<string, JsonObject> {
  const { properties } = schema;
  if (!isObject(properties)) return new Map([[prefix, schema]]);
  return new Map(
    Object.entries(properties).flatMap(([name, member]) => {
      if (!isObject(member)) throw new Error(`${prefix}.${name} has no schema`);
      return [...leaves(member, prefix === '' ? name : `${prefix}.${name}`)];
    }),
  );
}

function byDefault(member: string): Json | undefined {
  return MEMBERS.get(member)?.['default'];
}

async function load(folder: string, environment: Readonly<Record<string, string>>): Promise<LoadedSettings> {
  return loadSettings({ workingDirectory: folder, environment, flags: {}, needs: 'daemon' });
}

/** A folder that is gone after the test. */
async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sps-gitops-docs-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

test('the members are those of the schema, in its order', () => {
  expect(ROWS.map((row) => code(row, 'Member'))).toEqual([...MEMBERS.keys()]);
});

test('the defaults are those of the schema', () => {
  for (const row of ROWS) {
    const value = byDefault(code(row, 'Member'));
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    expect([code(row, 'Member'), cell(row, 'Default')]).toEqual([
      code(row, 'Member'),
      value === undefined ? NONE : `\`${text}\``,
    ]);
  }
});

/** A loaded value as the schema writes its default: paths relative to the folder. */
function written(value: Json | undefined, folder: string): Json | undefined {
  return typeof value === 'string' && isAbsolute(value) ? relative(folder, value) : value;
}

test('the defaults of the schema are those that the loader gives', async () => {
  const folder = await temporaryFolder();
  const loaded = JSON.parse(JSON.stringify((await load(folder, ENOUGH)).settings)) as Json;
  for (const [member, { default: value }] of MEMBERS) {
    if (value === undefined) continue;
    const pointer = `/${member.replaceAll('.', '/')}`;
    const milliseconds = valueAt(loaded, `${pointer}Ms`);
    const isDuration = typeof value === 'string' && milliseconds !== undefined;
    const [given, wanted] = isDuration
      ? [milliseconds, parseDuration(value)]
      : [written(valueAt(loaded, pointer), folder), value];
    expect([member, given]).toEqual([member, wanted]);
  }
});

test('a member without a default has none in the loader either', async () => {
  const { settings } = await load(await temporaryFolder(), ENOUGH);
  expect(settings?.appliance).toMatchObject({ expectHostname: null, tls: { ca: undefined } });
  expect(settings?.appliance?.login.method).toBeUndefined();
  expect(settings?.log.level).toBeNull();
});

test('no member is refused as not built, and none is told to be', () => {
  expect(source('src/settings/load-settings.ts')).not.toMatch(/not.?built/i);
  expect(section('Settings')).not.toMatch(/not\s+built/);
});

const VARIABLES = table('Settings', ['Variable', 'Stands for']);

test('the environment variables are those that the program reads', () => {
  const read = scan(allSources(), /(?:environment\[|process\.env\[|name: )'([A-Z][A-Z_]+)'/g);
  expect(VARIABLES.map((row) => code(row, 'Variable')).toSorted()).toEqual(read);
});

const STANDS_FOR = VARIABLES.flatMap((row) => {
  const [member] = codes(cell(row, 'Stands for'));
  return member === undefined ? [] : [[code(row, 'Variable'), member] as const];
});

test.each(STANDS_FOR)('%s stands for %s', async (variable, member) => {
  expect([...MEMBERS.keys()]).toContain(member);
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'other'), certificates.caPem);
  const value = variable === 'SPS_URL' ? 'https://other.example.com' : 'other';
  const url = { SPS_URL: ENOUGH.SPS_URL };
  const { settings, findings } = await load(folder, {
    ...(member.endsWith('.password') ? { ...url, SPS_USERNAME: ENOUGH.SPS_USERNAME } : ENOUGH),
    [variable]: value,
  });
  expect(findings).toEqual([]);
  const [text, path, content] = [value, join(folder, value), certificates.caPem];
  expect(loadedValue(settings, member)).toBe(expectedOf(variable, { text, path, content }));
});

/** The loaded value of a member; of the password what it holds. */
function loadedValue(settings: Settings | null, member: string): Json | undefined {
  const login = settings?.appliance?.login;
  if (member === 'appliance.login.password') return login?.kind === 'password' ? login.password.reveal() : undefined;
  return valueAt(JSON.parse(JSON.stringify(settings)) as Json, `/${member.replaceAll('.', '/')}`);
}

/** What becomes of a variable's value: taken as it is, as a path, or as the file that it names. */
function expectedOf(
  variable: string,
  { text, path, content }: { readonly text: string; readonly path: string; readonly content: string },
): string {
  if (variable === 'SPS_CA') return content;
  if (variable === 'SPS_PASSWORD_FILE') return content.replace(/\r?\n$/, '');
  return variable === 'SPS_DESIRED_STATE' || variable === 'SPS_STATE' ? path : text;
}

let certificates: SimulatorCertificates;
beforeAll(async () => {
  certificates = await makeCertificates('gitops');
});

/** Puts an example beside the files that it names. */
async function installed(text: string): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'config'));
  const files = {
    'sps-gitops.yaml': text,
    'sps-ca.pem': certificates.caPem,
    'sps-password': 'not-a-real-one\n',
    'http-token': 'not-a-real-one-either\n',
    'gitops.pem': certificates.client.certificate,
    'gitops-key.pem': certificates.client.key,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

const EXAMPLES = 'config-examples/settings';

test.each(['minimal.yaml', 'complete.yaml'])(
  '%s loads with the files that it names, without a warning',
  async (name) => {
    const folder = await installed('');
    await copyFile(new URL(`${EXAMPLES}/${name}`, ROOT), join(folder, 'sps-gitops.yaml'));
    const { settings, findings } = await load(folder, {});
    expect(findings).toEqual([]);
    const login = settings?.appliance?.login;
    expect(login?.kind === 'password' && login.password.reveal()).toBe('not-a-real-one');
    expect(settings?.appliance?.tls.ca).toBe(certificates.caPem);
    expect(settings?.http.token?.reveal()).toBe(name === 'complete.yaml' ? 'not-a-real-one-either' : undefined);
  },
);

const COMMENTED = /^( *)# ((?:certificate|key): .*)$/gm;

test('complete.yaml shows the login with a certificate as comments that work', async () => {
  const text = source(`${EXAMPLES}/complete.yaml`);
  expect(text.match(COMMENTED)).toHaveLength(2);
  const other = text.replaceAll(/^ *(?:username|password): .*\n/gm, '').replaceAll(COMMENTED, '$1$2');
  const { settings, findings } = await load(await installed(other), {});
  expect(findings).toEqual([]);
  expect(settings?.appliance?.login).toMatchObject({ kind: 'certificate', method: 'local' });
});

test('complete.yaml shows every member, and its default where it has one', () => {
  const text = source(`${EXAMPLES}/complete.yaml`);
  const { documents } = readYaml('complete.yaml', text, { tags: ['!file'] });
  const shown = new Map<string, Json>();
  const walk = (value: unknown, prefix: string): void => {
    if (MEMBERS.has(prefix)) shown.set(prefix, value instanceof Tagged ? value.argument : (value as Json));
    else
      for (const [name, member] of Object.entries(value as object)) walk(member, prefix ? `${prefix}.${name}` : name);
  };
  walk(documents[0]?.value, '');
  const commented = [...text.matchAll(COMMENTED)].map(([, , line]) => `appliance.login.${line?.split(':')[0]}`);
  expect([...shown.keys(), ...commented].toSorted()).toEqual([...MEMBERS.keys()].toSorted());
  const examples = new Set(['desiredState.fileRoots', 'safety.protect']);
  for (const [member, value] of shown) {
    if (byDefault(member) === undefined || examples.has(member)) continue;
    expect([member, value]).toEqual([member, byDefault(member)]);
  }
});
