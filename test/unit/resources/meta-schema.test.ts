import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { ROOT } from '../../resource-schemas.ts';

const FOLDERS = ['schemas/', 'schemas/resources/'];
const FILES = FOLDERS.flatMap((folder) =>
  readdirSync(new URL(folder, ROOT))
    .filter((name) => name.endsWith('.schema.json') && name !== 'desired-state.schema.json')
    .map((name) => folder + name),
);

// The program itself does not check this when it starts.
test.each(FILES)('%s is a JSON Schema', (file) => {
  const ajv = new Ajv2020({ strict: false });
  const schema = JSON.parse(readFileSync(new URL(file, ROOT), 'utf8')) as object;
  expect(ajv.validateSchema(schema), ajv.errorsText()).toBe(true);
});

test('the check can fail', () => {
  expect(new Ajv2020({ strict: false }).validateSchema({ type: 'nothing' })).toBe(false);
});
