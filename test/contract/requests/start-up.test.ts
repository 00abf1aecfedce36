import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { FILES, world, type World } from '../../process/harness.ts';

/** What only some commands need: its part of a path, and who may load it. */
const NOT_FOR_ALL = [
  'src/simulator/',
  'src/daemon/',
  'node_modules/selfsigned/',
  'node_modules/chokidar/',
  'node_modules/node-cron/',
  'node_modules/pino-pretty/',
  'node_modules/prom-client/',
  // The build has compiled the schemas.
  'node_modules/ajv/dist/core.js',
  // undici's entry point loads all of it; the pool is a fifth.
  'node_modules/undici/index.js',
  'node_modules/undici/lib/web/fetch/index.js',
] as const;

/** The line with which the module of a path begins in a file of the built program. */
const MODULE = /^\/\/ ((?:src|node_modules)\/.+)$/gm;

/** The modules that a command of the built program loads: Node.js names each of the files in a report on coverage. */
async function loadedBy(w: World, args: readonly string[]): Promise<readonly string[]> {
  const folder = join(w.folder, 'given', args.join('-'));
  const { code, stderr } = await w.run(args, { env: { NODE_V8_COVERAGE: folder } });
  expect([0, 2], stderr).toContain(code);
  const reports = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
  const results = reports.flatMap((text) => (JSON.parse(text) as { result: { url: string }[] }).result);
  const files = results.flatMap(({ url }) => (url.startsWith('file:') ? [fileURLToPath(url)] : []));
  const texts = await Promise.all([...new Set(files)].map((file) => readFile(file, 'utf8')));
  const inside = texts.flatMap((text) => [...text.matchAll(MODULE)].map(([, path = '']) => path));
  return [...files, ...inside];
}

test.each([[['plan']], [['validate']]])('%j loads nothing that only other commands need', async (args) => {
  const w = await world({ 'a.yaml': FILES.support });
  const loaded = await loadedBy(w, args);
  expect(loaded.some((url) => url.endsWith('/dist/cli.js'))).toBe(true);
  expect(loaded.filter((url) => NOT_FOR_ALL.some((part) => url.includes(part)))).toEqual([]);
  const isClient = (path: string): boolean => path.includes('node_modules/undici/');
  // A check offline needs no client; the other shows that one would be seen.
  expect(loaded.some(isClient)).toBe(args[0] !== 'validate');
});
