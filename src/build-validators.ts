import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { default as StandaloneCode } from 'ajv/dist/standalone/index.js';
import { desiredSchemaOf, targetSchemaOf } from './resources/derive-schema.ts';
import { newCompiler } from './shared/schema-compiler.ts';
import { isObject, parseJson, type JsonObject } from './shared/json.ts';
import { validatorName } from './shared/precompiled.ts';

// The last step of the build: writes the validators of all schemas into a module, so that no start compiles them.

const require = createRequire(import.meta.url);
const schemas = new URL('../schemas/', import.meta.url);

async function readSchema(path: string): Promise<JsonObject> {
  const schema = parseJson(await readFile(new URL(path, schemas), 'utf8'));
  if (!isObject(schema)) throw new Error(`${path} is not a JSON object`);
  return schema;
}

const names = (await readdir(new URL('resources/', schemas))).filter((name) => name.endsWith('.schema.json'));
const resources = await Promise.all(names.toSorted().map((name) => readSchema(`resources/${name}`)));
const all = [
  ...resources.flatMap((one) => [desiredSchemaOf(one), targetSchemaOf(one)]),
  await readSchema('settings.schema.json'),
];

const compiler = newCompiler('source');
const exported: Record<string, string> = {};
for (const schema of all) {
  const name = validatorName(schema);
  exported[name] = name;
  // Two resources may have the same schema but for its name, and a desired schema may be its target schema.
  if (compiler.getSchema(name) === undefined) compiler.addSchema(schema, name);
}
const { default: standaloneCode } = require('ajv/dist/standalone/index.js') as {
  default: typeof StandaloneCode.default;
};
// The code takes two helpers of ajv by `require` although it is a module.
const head = "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\n";
await writeFile(new URL('validators.js', import.meta.url), `${head}${standaloneCode(compiler, exported)}\n`);
