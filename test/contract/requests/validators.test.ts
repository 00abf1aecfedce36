import { readFileSync } from 'node:fs';
import type { ValidateFunction } from 'ajv';
import { describe, expect, test } from 'vitest';
import { desiredSchemaOf, targetSchemaOf } from '../../../src/resources/derive-schema.ts';
import { newCompiler } from '../../../src/shared/schema-compiler.ts';
import { loadPrecompiled, validatorName } from '../../../src/shared/precompiled.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { resourceSchemas, ROOT } from '../../resource-schemas.ts';

const SETTINGS = JSON.parse(readFileSync(new URL('schemas/settings.schema.json', ROOT), 'utf8')) as JsonObject;

const SCHEMAS: readonly (readonly [string, JsonObject])[] = [
  ['settings', SETTINGS],
  ...resourceSchemas().flatMap((schema): readonly (readonly [string, JsonObject])[] => {
    const title = JSON.stringify(schema['title']);
    return [
      [`${title}, in files`, desiredSchemaOf(schema)],
      [`${title}, merged`, targetSchemaOf(schema)],
    ];
  }),
];

/** Bodies that hardly any schema takes, so that many keywords have something to say. */
function oddBodies(schema: JsonObject): readonly Json[] {
  const members = Object.keys((schema['properties'] ?? {}) as JsonObject);
  const values: readonly Json[] = [null, true, -1, '', [], ['x', 'x'], {}, { selection: 'x', value: 1 }];
  return [
    ...values,
    ...values.map((value) => Object.fromEntries([...members, 'unknown'].map((name) => [name, value]))),
  ];
}

describe('the built program', () => {
  test.each(SCHEMAS)(
    'has the validator of %s, which says what one says that is compiled now',
    async (_title, schema) => {
      const built = (await import(new URL('dist/validators.js', ROOT).href)) as Readonly<
        Record<string, ValidateFunction>
      >;
      const validate = built[validatorName(schema)];
      if (validate === undefined) throw new Error('the build has not compiled it');
      const fresh = newCompiler().compile(schema);
      const bodies = oddBodies(schema);
      for (const body of bodies) {
        expect(validate(body)).toBe(fresh(body));
        expect(validate.errors).toEqual(fresh.errors);
      }
      expect(bodies.some((body) => validate(body) === false)).toBe(true);
    },
  );
});

test('sources that were not built have none, and do without', async () => {
  expect((await loadPrecompiled())(SETTINGS)).toBeUndefined();
});
