import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ROOT } from '../resource-schemas.ts';
import { commandLine } from './command-help.ts';
import { source } from './sources.ts';

const DOCKERFILE = source('Dockerfile').replaceAll('\\\n', ' ');
const STAGES = DOCKERFILE.split(/^(?=FROM )/m).slice(1);
const RUNTIME = STAGES.at(-1) ?? '';
const ALLOWED = source('.dockerignore')
  .split('\n')
  .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));

/** What the last instruction of a kind says, in its stage. */
function last(stage: string, instruction: string): string {
  const [, value = ''] = [...stage.matchAll(new RegExp(`^${instruction} (.*)$`, 'gm'))].at(-1) ?? [];
  return value;
}

/** The files that are copied from outside, over all stages. */
const COPIED = STAGES.flatMap((stage) => [...stage.matchAll(/^COPY (?!--from)(.*) \S+$/gm)]).flatMap(([, names = '']) =>
  names.split(' '),
);

test('what is copied is there, and the build gets nothing else', () => {
  expect(source('.dockerignore')).toMatch(/^\*$/m);
  expect([...new Set(COPIED)].toSorted()).toEqual(ALLOWED.toSorted());
  expect(ALLOWED.filter((name) => !existsSync(new URL(name, ROOT)))).toEqual([]);
});

test('every stage is built on the same base, which can be another one', () => {
  expect(DOCKERFILE).toMatch(/^ARG NODE_IMAGE=docker\.io\/library\/node:24-bookworm-slim$/m);
  expect(STAGES.map((stage) => last(stage, 'FROM').split(' ')[0])).toEqual(STAGES.map(() => '${NODE_IMAGE}'));
});

test('it ends as a number, with the program of package.json and commands that there are', async () => {
  expect(last(RUNTIME, 'USER')).toBe('10001');
  const { bin } = JSON.parse(source('package.json')) as { readonly bin: Readonly<Record<string, string>> };
  const program = ['node', `/app/${bin['sps-gitops']}`];
  expect(JSON.parse(last(RUNTIME, 'ENTRYPOINT'))).toEqual(program);
  expect(JSON.parse(last(RUNTIME, 'CMD'))).toEqual(['run']);
  const [, check = ''] = /CMD (.*)$/.exec(last(RUNTIME, 'HEALTHCHECK')) ?? [];
  expect(JSON.parse(check)).toEqual([...program, 'status', '--live']);
  expect((await commandLine('status', '--help')).stdout).toContain('--live');
});

test('the runtime stage gets what only runs', () => {
  expect(RUNTIME).toContain('--from=dependencies /app/node_modules');
  expect(STAGES[1]).toMatch(/npm ci --omit=dev --ignore-scripts/);
  expect(RUNTIME).not.toMatch(/npm |typescript|tsconfig/);
});
