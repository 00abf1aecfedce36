import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { desiredStateSchema } from '../../../src/resources/desired-schema.ts';
import { ROOT, resourceSchemas } from '../../resource-schemas.ts';

const schema = desiredStateSchema(resourceSchemas());

// `npm run generate` writes the file anew.
test('schemas/desired-state.schema.json is up to date', async () => {
  const file = new URL('schemas/desired-state.schema.json', ROOT).pathname;
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(file);
});

test.each([
  ['a document', { resource: 'management/support_info', body: { uri: null } }, true],
  ['part of a body', { resource: 'management/splunk_forwarder', body: { port: 8089 } }, true],
  ['a resource without a schema', { resource: 'datetime/timezone', body: 'Etc/UTC' }, true],
  ['a wrong type', { resource: 'management/splunk_forwarder', body: { port: 'x' } }, false],
  ['an alert that does not exist', { resource: 'alerting/traffic_alerts', body: { scbNothing: {} } }, false],
  [
    'a mail address as a link',
    { resource: 'management/support_info', body: { uri: { selection: 'url', value: 'mailto:a@b' } } },
    false,
  ],
  ['an unknown member', { resource: 'management/support_info', body: { uri: null }, stat: 'present' }, false],
])('as an editor uses it, it judges %s', (_name, document, valid) => {
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
  expect(validate(document)).toBe(valid);
});
