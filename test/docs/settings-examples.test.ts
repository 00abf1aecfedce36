import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadSettings, type LoadedSettings } from '../../src/settings/load-settings.ts';
import { ROOT } from '../resource-schemas.ts';
import { CERTIFICATES } from '../simulated.ts';
import { scan, source } from './sources.ts';

const FOLDER = 'config-examples';
const FILES = readdirSync(new URL(FOLDER, ROOT), { recursive: true, encoding: 'utf8' })
  .filter((name) => /^settings\/.*\.yaml$/.test(name) || basename(name) === 'settings.yaml')
  .map((name) => `${FOLDER}/${name}`)
  .toSorted();

/** Where deployments put secrets and checkouts: absolute paths of another machine. */
const ELSEWHERE = /(?<=[\s[])\/(?=(?:run|git|srv)\/)/g;

/** Loads an example as the daemon does, in a folder with all that it names; that of other machines is in there, too. */
async function load(file: string): Promise<LoadedSettings> {
  const folder = await mkdtemp(join(tmpdir(), 'sps-gitops-docs-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const text = source(file).replaceAll(ELSEWHERE, '');
  const named = [...text.matchAll(/^ *(?:ca|certificate|key|\w+: !file|token: !file): *(\S+)$|!file (\S+)$/gm)];
  for (const [, member, tag] of named) await give(join(folder, member ?? tag ?? ''));
  await writeFile(join(folder, 'sps-gitops.yaml'), text);
  return loadSettings({ workingDirectory: folder, environment: {}, flags: {}, needs: 'daemon' });
}

async function give(path: string): Promise<void> {
  const { caPem, client } = CERTIFICATES;
  const contents = new Map([
    ['sps-ca.pem', caPem],
    ['gitops.pem', client.certificate],
    ['gitops-key.pem', client.key],
  ]);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, contents.get(basename(path)) ?? 'not-a-real-secret\n');
}

test.each(FILES)('%s loads with the files that it names, without a warning', async (file) => {
  const { settings, findings } = await load(file);
  expect(findings).toEqual([]);
  expect(settings?.appliance?.tls).toEqual({ ca: CERTIFICATES.caPem, verify: true });
});

test('there are the examples that the README promises', () => {
  const names = FILES.filter((file) => dirname(file) === `${FOLDER}/settings`).map((file) => basename(file, '.yaml'));
  expect(names).toEqual(['client-certificate', 'complete', 'minimal', 'observe-only']);
  const folders = FILES.map((file) => dirname(file).split('/')[1]);
  expect(new Set(folders)).toEqual(new Set(['compose', 'kubernetes', 'settings', 'systemd']));
});

test('they show what their names say', async () => {
  const certificate = await load(`${FOLDER}/settings/client-certificate.yaml`);
  expect(certificate.settings?.appliance?.login.kind).toBe('certificate');
  const observing = await load(`${FOLDER}/settings/observe-only.yaml`);
  expect(observing.settings).toMatchObject({ reconcile: { mode: 'observe' }, safety: { protect: ['**'] } });
});

const DEPLOYED = FILES.filter((file) => dirname(file) !== `${FOLDER}/settings`);

test.each(DEPLOYED)('%s reads commits, guards the host name and holds no secret', async (file) => {
  const { settings } = await load(file);
  expect(settings?.appliance?.expectHostname).toEqual(expect.any(String));
  expect(settings?.desiredState.read).toBe('commit');
  expect(scan(source(file), /^ *((?:password|token): .*)$/gm)).toSatisfy((lines: readonly string[]) =>
    lines.every((line) => line.includes(': !file /run/')),
  );
});
