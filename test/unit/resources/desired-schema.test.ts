import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { desiredStateSchema } from '../../../src/resources/desired-schema.ts';
import { checkDocuments } from '../../../src/desired/check-documents.ts';
import { parseDocument } from '../../../src/desired/parse-documents.ts';
import { DESIRED_TAGS } from '../../../src/desired/plain-tags.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { readYaml } from '../../../src/yaml/read-yaml.ts';
import { realRegistry, ROOT, resourceSchemas } from '../../resource-schemas.ts';

const schema = desiredStateSchema(resourceSchemas());
const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
const REGISTRY = realRegistry();

// `npm run generate` writes the file anew.
test('schemas/desired-state.schema.json is up to date', async () => {
  const file = new URL('schemas/desired-state.schema.json', ROOT).pathname;
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(file);
});

const STORE = { resource: 'trust_stores', name: 'Corporate CA' };
const SOAP = { resource: 'management/soap', body: { enabled: true } };
const UNKNOWN = { resource: 'policies/audit_policies' };

type Document = JsonObject & { readonly resource: string };

/** A document, and whether an editor takes it. */
const CASES: Readonly<Record<string, readonly [document: Document, valid: boolean]>> = {
  'a document': [{ resource: 'management/support_info', body: { uri: null } }, true],
  'part of a body': [{ resource: 'management/splunk_forwarder', body: { port: 8089 } }, true],
  'a resource without a schema': [{ resource: 'datetime/timezone', body: 'Etc/UTC' }, true],
  'a wrong type': [{ resource: 'management/splunk_forwarder', body: { port: 'x' } }, false],
  'an alert that does not exist': [{ resource: 'alerting/traffic_alerts', body: { scbNothing: {} } }, false],
  'a mail address as a link': [
    { resource: 'management/support_info', body: { uri: { selection: 'url', value: 'mailto:a@b' } } },
    false,
  ],
  'an unknown member': [{ ...SOAP, stat: 'present' }, false],
  'a member that is not built': [{ resource: 'trust_stores', prune: true, order: ['a'] }, false],
  'nothing of a resource': [{ resource: 'management/soap' }, false],

  'a member of a collection': [{ ...STORE, previousName: 'Old CA', state: 'present', body: { crl_urls: [] } }, true],
  'a member that is to be gone': [{ ...STORE, state: 'absent', optional: true }, true],
  'a collection as a whole': [{ resource: 'trust_stores', prune: false }, true],
  'a member without a name': [{ resource: 'trust_stores', body: {} }, false],
  'a member without anything else': [STORE, false],
  'a member with its name in the body': [{ ...STORE, body: { name: 'Corporate CA' } }, false],
  'a member with a body of a wrong type': [{ ...STORE, body: { crl_urls: 'http://example.com' } }, false],
  'a previous name without a name': [{ ...UNKNOWN, previousName: 'x', body: {} }, false],
  'a name that is a number': [{ ...STORE, name: 5, body: {} }, false],
  'a blank name': [{ ...STORE, name: ' ', body: {} }, false],
  'another state': [{ ...STORE, state: 'gone' }, false],
  'a body of what is to be gone': [{ ...STORE, state: 'absent', body: {} }, false],
  'what is to be gone without a name': [{ resource: 'trust_stores', state: 'absent' }, false],
  'a body of a collection as a whole': [{ resource: 'trust_stores', prune: true, body: {} }, false],
  'a name of a collection as a whole': [{ ...STORE, prune: true }, false],

  'a singleton with a name': [{ ...SOAP, name: 'x' }, false],
  'a singleton with a state': [{ ...SOAP, state: 'present' }, false],
  'a singleton that is to be pruned': [{ resource: 'management/soap', prune: true }, false],
  'a file for the license': [{ resource: 'management/license', body: { serial: 'x' }, upload: 'license.txt' }, true],
  'a file without a path': [{ resource: 'management/license', body: {}, upload: '' }, false],
  'a file for another singleton': [{ ...SOAP, upload: 'x' }, false],
  'a file for a member': [{ ...STORE, body: {}, upload: 'x' }, false],

  'a singleton, or so, without a schema': [{ ...UNKNOWN, body: {} }, true],
  'a member without a schema': [{ ...UNKNOWN, name: 'x', body: {} }, true],
  'what is to be gone without a schema': [{ ...UNKNOWN, name: 'x', state: 'absent' }, true],
  'pruning without a schema': [{ ...UNKNOWN, prune: true }, true],
};

test.each(Object.entries(CASES))('as an editor uses it, it judges %s', (_name, [document, valid]) => {
  expect(validate(document)).toBe(valid);
});

// What an editor takes the program takes as well, and the other way round: nobody is led astray by either.
test.each(Object.entries(CASES))('the program judges %s likewise', (name, [document, valid]) => {
  const { documents } = readYaml('f.yaml', JSON.stringify(document), { tags: DESIRED_TAGS });
  const answers = documents.map((one) => parseDocument('f.yaml', one));
  const parsed = answers.flatMap((answer) => answer.parsed ?? []);
  const ofShape = [...answers.flatMap(({ findings }) => findings), ...checkDocuments(parsed, REGISTRY, 'warn')];
  const ofBody = REGISTRY.find(document.resource)?.validateDesired(document['body'] ?? {}) ?? [];
  // A state that is the default does no harm on a singleton, but there is no use in proposing it.
  const taken = valid || name === 'a singleton with a state';
  expect([...ofShape.filter(({ severity }) => severity === 'error'), ...ofBody].length === 0).toBe(taken);
});
