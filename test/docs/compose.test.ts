import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DCLinter } from 'dclint';
import { expect, onTestFinished, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import { ROOT } from '../resource-schemas.ts';
import { manifest } from './manifests.ts';
import { scan, source } from './sources.ts';

const FOLDER = 'config-examples/compose';

interface Service {
  readonly image: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly stop_grace_period?: string;
  readonly secrets: readonly string[];
  readonly volumes: readonly string[];
  readonly ports?: readonly string[];
  readonly command?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
}

interface Compose {
  readonly services: Readonly<Record<'sps-gitops' | 'git-sync', Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, object>>;
}

const { services, secrets, volumes } = manifest(`${FOLDER}/compose.yaml`) as JsonObject & Compose;
const SETTINGS = source(`${FOLDER}/settings.yaml`);

/** Matters of taste: order, quotes, and an image that is built where it is not there. */
const TASTE = [
  'no-build-and-image',
  'no-quotes-in-volumes',
  'service-keys-order',
  'services-alphabetical-order',
  'top-level-properties-order',
];

interface Linted {
  readonly messages: readonly { readonly message: string }[];
}

/** What the linter finds in a compose file, the schema of the specification included. */
function faultsOf(path: string): readonly string[] {
  const rules = Object.fromEntries(TASTE.map((rule) => [rule, 0 as const]));
  const linter = new DCLinter({ rules, quiet: false, debug: false, exclude: [] });
  // Its own types cannot be resolved.
  const results: readonly Linted[] = linter.lintFiles([path], false);
  return results.flatMap(({ messages }) => messages.map(({ message }) => message));
}

test('it is what the compose specification says', async () => {
  expect(faultsOf(new URL(`${FOLDER}/compose.yaml`, ROOT).pathname)).toEqual([]);
  const folder = await mkdtemp(join(tmpdir(), 'sps-gitops-compose-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const wrong = source(`${FOLDER}/compose.yaml`).replace('read_only: true', 'read_onyl: true');
  await writeFile(join(folder, 'compose.yaml'), wrong);
  expect(faultsOf(folder)).toEqual([expect.stringContaining('must NOT have additional properties')]);
});

test.each(Object.entries(services))('%s has no right that it does not need', (_, service) => {
  expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
  expect(service).not.toHaveProperty('privileged');
});

test('a commit that was sent is seen through, and health is asked as in the image', () => {
  const { stop_grace_period, healthcheck } = services['sps-gitops'];
  expect(stop_grace_period).toBe('240s');
  const [, command = '[]'] = /^HEALTHCHECK .*? CMD (.*)$/m.exec(source('Dockerfile')) ?? [];
  expect(healthcheck?.test).toEqual(['CMD', ...(JSON.parse(command) as string[])]);
});

test('what is mounted is declared or there, and the settings name it by the place where it is', () => {
  const mounts = Object.values(services).flatMap((service) => service.volumes.map((volume) => volume.split(':')));
  for (const [from = ''] of mounts) {
    if (!from.startsWith('.')) expect(volumes).toHaveProperty(from);
    // The authority is the user's own.
    else if (from !== './sps-ca.pem')
      expect([from, existsSync(new URL(`${FOLDER}/${from}`, ROOT))]).toEqual([from, true]);
  }
  const places = services['sps-gitops'].volumes.map((volume) => volume.split(':')[1]);
  expect(places).toEqual(expect.arrayContaining(scan(source('Dockerfile'), /^VOLUME (\S+)$/gm) as string[]));
  expect(places).toContain('/etc/sps-gitops/settings.yaml');
  expect(SETTINGS).toContain('directory: /git/current/');
  expect(services['git-sync'].command).toEqual(expect.arrayContaining(['--root=/git', '--link=current']));
});

test('the secrets of the services are declared, and those of the settings are given to the program', () => {
  const wanted = Object.values(services).flatMap((service) => service.secrets);
  expect(wanted.toSorted()).toEqual(Object.keys(secrets).toSorted());
  const named = scan(SETTINGS, /!file \/run\/secrets\/(\S+)/g);
  expect(services['sps-gitops'].secrets.toSorted()).toEqual(named);
  const [, file] = /--password-file=\/run\/secrets\/(\S+)/.exec(services['git-sync'].command?.join(' ') ?? '') ?? [];
  expect(services['git-sync'].secrets).toEqual([file]);
});

test('the port of the settings is the one that is published, on the loopback interface alone', () => {
  const [port] = scan(SETTINGS, /listen: 0\.0\.0\.0:(\d+)/g);
  expect(services['sps-gitops'].ports).toEqual([`127.0.0.1:${port}:${port}`]);
});
