import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import type { JsonObject } from '../../src/shared/json.ts';
import { ROOT } from '../resource-schemas.ts';

/** The modules of `kubernetes-types` by API group and version. */
const MODULES = new Map([
  ['v1', 'core/v1'],
  ['apps/v1', 'apps/v1'],
  ['networking.k8s.io/v1', 'networking/v1'],
]);

/**
 * What the compiler says about objects as values of Kubernetes' own types: members that do not exist, that are missing or of
 * the wrong type; in front the place in the list, from 1. Empty when all is well. (JSON schemas of Kubernetes allow members that do not exist.)
 */
export function misfits(objects: readonly JsonObject[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'sps-gitops-types-'));
  try {
    writeFileSync(join(folder, 'objects.ts'), objects.map(declaration).join('\n'));
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(configuration()));
    const compiler = new URL('node_modules/typescript/bin/tsc', ROOT).pathname;
    const { stdout, exitCode } = execaSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], {
      reject: false,
    });
    return exitCode === 0 ? [] : stdout.trim().split('\n').map(placed);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Each object has a line of its own. */
function placed(message: string): string {
  return message.replace(/^.*objects\.ts\((\d+),\d+\): error/, '$1:');
}

function declaration(object: JsonObject, index: number): string {
  const { apiVersion, kind } = object;
  const module = typeof apiVersion === 'string' ? MODULES.get(apiVersion) : undefined;
  if (module === undefined || typeof kind !== 'string')
    throw new Error(`${JSON.stringify(object)} is of no known kind`);
  const type = `import('kubernetes-types/${module}.js').${kind}`;
  return `export const object${index}: ${type} & { apiVersion: string; kind: string } = ${JSON.stringify(object)};`;
}

function configuration(): JsonObject {
  const types = new URL('node_modules/kubernetes-types/*', ROOT).pathname;
  return {
    compilerOptions: {
      module: 'node20',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: [],
      paths: { 'kubernetes-types/*': [types] },
    },
    files: ['objects.ts'],
  };
}
