import { existsSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { expect } from 'vitest';
import { parse } from 'yaml';
import type { Json, JsonObject } from '../../src/shared/json.ts';
import { valueAt } from '../../src/shared/pointer.ts';
import { ROOT } from '../resource-schemas.ts';
import { manifest, manifests } from './manifests.ts';

/** The members of a kustomization that the examples use, as kustomize spells them. */
const MEMBERS = ['apiVersion', 'kind', 'namespace', 'resources', 'labels', 'images', 'configMapGenerator', 'patches'];

/** What a patch is for; of the core group nothing is patched. */
type Target = Readonly<Record<'group' | 'version' | 'kind' | 'name', string>>;

interface Kustomization {
  readonly resources?: readonly string[];
  readonly images?: readonly { readonly name: string }[];
  readonly configMapGenerator?: readonly { readonly name: string; readonly files: readonly string[] }[];
  readonly patches?: readonly { readonly target: Target; readonly patch: string }[];
}

/** What a kustomization comes to: the files that it reads, and the objects that it makes. */
interface Built {
  readonly files: readonly string[];
  readonly objects: readonly JsonObject[];
}

/**
 * Checks a kustomization and all below it: its members are known, its files are there, its patches change what exists, its
 * images occur, and the objects name the ConfigMaps that it makes. Returns the files that belong to it.
 */
export function checkKustomization(folder: string): readonly string[] {
  return build(folder).files;
}

function build(folder: string): Built {
  const file = `${folder}/kustomization.yaml`;
  const content = manifest(file);
  expect(content).toMatchObject({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' });
  expect([file, Object.keys(content).filter((name) => !MEMBERS.includes(name))]).toEqual([file, []]);
  const { resources = [], images = [], configMapGenerator = [], patches = [] } = content as Kustomization;
  const parts = resources.map((name) => partOf(posix.join(folder, name)));
  const objects = parts.flatMap((part) => part.objects);
  for (const { target, patch } of patches) checkPatch(target, patch, objects);
  const text = JSON.stringify(objects);
  for (const { name } of images) expect(text).toContain(`"image":"${name}"`);
  const generated = configMapGenerator.flatMap(({ name, files }) => {
    expect(text).toContain(`"configMap":{"name":"${name}"}`);
    return files.map((each) => posix.join(folder, each));
  });
  for (const each of generated) expect([each, existsSync(new URL(each, ROOT))]).toEqual([each, true]);
  const files = [file, ...parts.flatMap((part) => part.files), ...generated];
  return { files: [...new Set(files)], objects };
}

function partOf(path: string): Built {
  if (statSync(new URL(path, ROOT)).isDirectory()) return build(path);
  return { files: [path], objects: manifests(path) };
}

/** A patch hits exactly one object, in places that it has. */
function checkPatch(target: Target, patch: string, objects: readonly JsonObject[]): void {
  const { group, version, kind, name } = target;
  const hit = objects.filter((object) => {
    const { apiVersion } = object;
    return (
      apiVersion === `${group}/${version}` && object['kind'] === kind && valueAt(object, '/metadata/name') === name
    );
  });
  expect([target, hit.length]).toEqual([target, 1]);
  const steps = parse(patch) as readonly { readonly op: string; readonly path: string; readonly value: Json }[];
  expect(steps.length).toBeGreaterThan(0);
  for (const { op, path, value } of steps) {
    expect(op).toBe('replace');
    expect(typeof valueAt(hit[0], path)).toBe(typeof value);
    expect(valueAt(hit[0], path)).not.toEqual(value);
  }
}
