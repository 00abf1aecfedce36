import { readdirSync } from 'node:fs';
import { posix } from 'node:path';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { Container } from 'kubernetes-types/core/v1.js';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1.js';
import { execaSync } from 'execa';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/shared/json.ts';
import { ROOT } from '../resource-schemas.ts';
import { misfits } from './kubernetes-types.ts';
import { checkKustomization } from './kustomization.ts';
import { manifest, parseManifests } from './manifests.ts';
import { scan, source } from './sources.ts';

const FOLDER = 'config-examples/kubernetes';
const FILES = readdirSync(new URL(FOLDER, ROOT), { recursive: true, encoding: 'utf8' }).map(
  (name) => `${FOLDER}/${name}`,
);
const OVERLAYS = readdirSync(new URL(`${FOLDER}/overlays`, ROOT)).map((name) => `${FOLDER}/overlays/${name}`);
const OBJECTS = FILES.filter((file) => file.endsWith('.yaml') && !/(?:kustomization|settings)\.yaml$/.test(file));

const deployment = manifest(`${FOLDER}/base/deployment.yaml`) as Deployment;
const policy = manifest(`${FOLDER}/base/network-policy.yaml`) as NetworkPolicy;
const pod = deployment.spec?.template.spec;
const containers = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];

function containerOf(name: string): Container {
  const found = containers.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no container ${name}`);
  return found;
}

const HAS_KUBECTL = execaSync('kubectl', ['version', '--client'], { reject: false }).exitCode === 0;

/** What kubectl makes of the fleet; nothing where there is no kubectl. */
function built(): readonly JsonObject[] {
  if (!HAS_KUBECTL) return [];
  return parseManifests(execaSync('kubectl', ['kustomize', new URL(FOLDER, ROOT).pathname]).stdout);
}

const MISSPELT: JsonObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  spec: { selector: {}, strategy: { type: 7 }, template: { spec: { containers: [{ name: 'x', imgae: 'x' }] } } },
};

test('every object is one that Kubernetes knows, down to the last member', () => {
  expect(OBJECTS.length).toBeGreaterThan(3);
  const objects = [...OBJECTS.map((file) => manifest(file)), ...built()];
  const last = objects.length + 1;
  // With one that is wrong, which is all that may be found.
  expect(misfits([...objects, MISSPELT])).toEqual([
    expect.stringMatching(new RegExp(String.raw`^${last}: .* Type 'number' is not assignable to type 'string'`)),
    expect.stringMatching(new RegExp(String.raw`^${last}: .*imgae.* does not exist in type 'Container'`)),
  ]);
});

test('each kustomization holds together, and all of them are reached from the top', () => {
  const reached = checkKustomization(FOLDER);
  expect(reached.toSorted()).toEqual(FILES.filter((file) => /\.(?:yaml|pem)$/.test(file)).toSorted());
});

test('there is never a second writer, and a commit that was sent is seen through', () => {
  expect(deployment.spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
  expect(pod?.terminationGracePeriodSeconds).toBe(240);
  expect(deployment.spec?.template.metadata?.labels).toMatchObject(
    deployment.spec?.selector.matchLabels ?? { none: '' },
  );
});

test('the pod has no right that it does not need', () => {
  expect(pod).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
  });
  expect(source('Dockerfile')).toMatch(/^USER 10001$/m);
  for (const { securityContext } of containers) {
    expect(securityContext).toMatchObject({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
  }
});

test('the probes ask health and readiness where the settings have them listen, which only the monitoring reaches', () => {
  const { livenessProbe, readinessProbe, ports = [] } = containerOf('sps-gitops');
  expect([livenessProbe?.httpGet, readinessProbe?.httpGet]).toEqual([
    { path: '/healthz', port: 'http' },
    { path: '/readyz', port: 'http' },
  ]);
  for (const overlay of OVERLAYS) {
    const [port] = scan(source(`${overlay}/settings.yaml`), /listen: 0\.0\.0\.0:(\d+)/g);
    expect(ports).toEqual([{ name: 'http', containerPort: Number(port) }]);
  }
  expect(policy.spec?.ingress?.flatMap((rule) => rule.ports)).toEqual([{ protocol: 'TCP', port: 'http' }]);
  expect(policy.spec?.policyTypes).toEqual(['Ingress', 'Egress']);
  expect(policy.spec?.egress?.every((rule) => rule.to?.length === 1 && (rule.ports?.length ?? 0) > 0)).toBe(true);
});

test('what is mounted is a volume, and every volume is mounted', () => {
  const mounted = containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
  expect([...new Set(mounted)].toSorted()).toEqual(pod?.volumes?.map(({ name }) => name).toSorted());
  const places = containerOf('sps-gitops').volumeMounts?.map(({ mountPath }) => mountPath);
  expect(places).toEqual(expect.arrayContaining(scan(source('Dockerfile'), /^VOLUME (\S+)$/gm) as string[]));
});

test.each(OVERLAYS)('%s is an appliance of its own, and its settings name what the pod has', (overlay) => {
  const name = posix.basename(overlay);
  const settings = source(`${overlay}/settings.yaml`);
  expect(manifest(`${overlay}/kustomization.yaml`)).toMatchObject({ namespace: name });
  expect(settings).toContain(`expectHostname: ${name}\n`);
  expect(settings).toContain(`directory: /git/current/${name}\n`);
  expect(containerOf('git-sync').args).toEqual(expect.arrayContaining(['--root=/git', '--link=current']));
  const secrets = scan(settings, /!file (\/run\/secrets\/\S+)/g);
  const told = scan(source(`${FOLDER}/base/deployment.yaml`), /generic sps-gitops-secrets (.*)$/gm);
  expect(secrets.map((path) => `--from-file=${posix.basename(path)}`).toSorted()).toEqual(
    told[0]?.split(' ').toSorted(),
  );
  const places = containerOf('sps-gitops').volumeMounts?.map(({ mountPath }) => mountPath);
  expect(places).toEqual(expect.arrayContaining(secrets.map((path) => posix.dirname(path))));
});

test.skipIf(!HAS_KUBECTL)('kubectl builds the fleet, each appliance with its own address', () => {
  const objects = built();
  for (const kind of ['Namespace', 'Deployment', 'ConfigMap', 'NetworkPolicy', 'PersistentVolumeClaim']) {
    expect(objects.filter((object) => object['kind'] === kind)).toHaveLength(OVERLAYS.length);
  }
  const addresses = scan(JSON.stringify(objects), /"cidr":"(192\.0\.2\.\d+)/g);
  expect(addresses).toHaveLength(OVERLAYS.length);
  expect(addresses).not.toContain('192.0.2.1');
});
