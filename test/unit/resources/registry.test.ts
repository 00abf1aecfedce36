import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createRegistry } from '../../../src/resources/registry.ts';
import { isObject, type Json, type JsonObject } from '../../../src/shared/json.ts';
import { realRegistry, ROOT } from '../../resource-schemas.ts';

const registry = realRegistry();

function type(resource: string) {
  return registry.find(resource) ?? expect.fail(`${resource} has no schema`);
}

function sample(name: string): Json {
  const value = JSON.parse(readFileSync(new URL(`test/fixtures/samples/${name}`, ROOT), 'utf8')) as JsonObject;
  return value['body'] ?? value;
}

test('every schema file is named like its resource', () => {
  for (const name of readdirSync(new URL('schemas/resources/', ROOT))) {
    const schema = JSON.parse(readFileSync(new URL(`schemas/resources/${name}`, ROOT), 'utf8')) as JsonObject;
    const block = schema['x-sps'];
    const resource = isObject(block) && typeof block['resource'] === 'string' ? block['resource'] : '';
    expect(`${resource.replaceAll('/', '.')}.schema.json`).toBe(name);
  }
});

test.each(readdirSync(new URL('test/fixtures/samples/', ROOT)))('the guide’s own body %s is accepted', (name) => {
  const [first = '', second = ''] = name.split('.');
  const found = type(`${first}/${second}`);
  expect(found.validateTarget(sample(name))).toEqual([]);
  expect(found.validateDesired(sample(name))).toEqual([]);
});

const SPLUNK = sample('management.splunk_forwarder.json') as JsonObject;
const ALERTS = sample('alerting.traffic_alerts.json') as JsonObject;

type Case = readonly [string, string, Json, readonly string[], readonly string[]];

// Findings as `code pointer`: for a file, then for the merged body.
test.each<Case>([
  ['an empty body', 'management/splunk_forwarder', {}, [], ['missing-member ']],
  ['off alone', 'management/splunk_forwarder', { enabled: false }, [], []],
  [
    'part of a body that is on',
    'management/splunk_forwarder',
    { enabled: true, host: SPLUNK['host'] ?? null },
    [],
    ['missing-member '],
  ],
  [
    'part of an address',
    'management/splunk_forwarder',
    { ...SPLUNK, host: { value: 'h' } },
    [],
    ['missing-member /host'],
  ],
  ['an unknown member', 'management/splunk_forwarder', { ...SPLUNK, odd: 1 }, ['unknown-member /odd'], []],
  [
    'an unknown member inside',
    'management/splunk_forwarder',
    { ...SPLUNK, host: { selection: 'ip', value: '::1', odd: 1 } },
    ['unknown-member /host/odd'],
    [],
  ],
  ['a tag of an open set', 'management/splunk_forwarder', { ...SPLUNK, ssl: { selection: 'new', any: 1 } }, [], []],
  [
    'a tag of a closed set',
    'management/splunk_forwarder',
    { ...SPLUNK, host: { selection: 'new', value: 'x' } },
    ['wrong-value /host/selection'],
    ['wrong-value /host/selection'],
  ],
  [
    'a name called an address',
    'management/splunk_forwarder',
    { ...SPLUNK, host: { selection: 'ip', value: 'h.example.com' } },
    ['wrong-value /host/value'],
    ['wrong-value /host/value'],
  ],
  [
    'an IPv6 address',
    'management/splunk_forwarder',
    { ...SPLUNK, host: { selection: 'ip', value: '2001:db8::1' } },
    [],
    [],
  ],
  ['port 0', 'management/splunk_forwarder', { ...SPLUNK, port: 0 }, ['out-of-range /port'], ['out-of-range /port']],
  [
    'port 65536',
    'management/splunk_forwarder',
    { ...SPLUNK, port: 65_536 },
    ['out-of-range /port'],
    ['out-of-range /port'],
  ],
  ['port 1.5', 'management/splunk_forwarder', { ...SPLUNK, port: 1.5 }, ['wrong-type /port'], ['wrong-type /port']],
  [
    'a port in quotes',
    'management/splunk_forwarder',
    { ...SPLUNK, port: '443' },
    ['wrong-type /port'],
    ['wrong-type /port'],
  ],
  [
    'an empty token',
    'management/splunk_forwarder',
    { ...SPLUNK, token: '' },
    ['wrong-value /token'],
    ['wrong-value /token'],
  ],
  ['a list', 'management/splunk_forwarder', [], ['wrong-type '], ['wrong-type ']],
  ['null', 'management/support_info', { uri: null }, [], []],
  ['a scalar', 'management/support_info', { uri: 'http://x' }, ['wrong-type /uri'], ['wrong-type /uri']],
  ['a link', 'management/support_info', { uri: { selection: 'url', value: 'HTTPS://a' } }, [], []],
  [
    'a mail address as a link',
    'management/support_info',
    { uri: { selection: 'url', value: 'mailto:a@b' } },
    ['wrong-value /uri/value'],
    ['wrong-value /uri/value'],
  ],
  [
    'a mail address without its prefix',
    'management/support_info',
    { uri: { selection: 'mailto', value: 'a@b' } },
    ['wrong-value /uri/value'],
    ['wrong-value /uri/value'],
  ],
  [
    'a value whose tag the file leaves out',
    'management/support_info',
    { uri: { value: 'anything' } },
    [],
    ['missing-member /uri'],
  ],
  [
    'half an alert',
    'alerting/traffic_alerts',
    { ...ALERTS, scbAuthFailure: { email: true } },
    [],
    ['missing-member /scbAuthFailure'],
  ],
  [
    'one alert',
    'alerting/traffic_alerts',
    { scbAuthFailure: { email: true } },
    [],
    [...Array.from({ length: 15 }, () => 'missing-member '), 'missing-member /scbAuthFailure'],
  ],
  [
    'a wrong alert',
    'alerting/traffic_alerts',
    { ...ALERTS, scbAuthFailure: { email: 1, snmp: null } },
    ['wrong-type /scbAuthFailure/email', 'wrong-type /scbAuthFailure/snmp'],
    ['wrong-type /scbAuthFailure/email', 'wrong-type /scbAuthFailure/snmp'],
  ],
])('%s in %s', (_name, resource, body, desired, target) => {
  const codes = (findings: readonly { readonly code: string; readonly pointer: string }[]) =>
    [...new Set(findings)].map(({ code, pointer }) => `${code} ${pointer}`).toSorted();
  const found = type(resource);
  expect([...new Set(codes(found.validateDesired(body)))]).toEqual(desired.toSorted());
  const merged = codes(found.validateTarget(body));
  expect(resource === 'alerting/traffic_alerts' ? merged : [...new Set(merged)]).toEqual(target.toSorted());
});

test('all of what is missing is told at once', () => {
  const messages = type('management/splunk_forwarder')
    .validateTarget({ enabled: true })
    .map((finding) => finding.message);
  expect(messages.toSorted()).toEqual(
    ['flush_interval', 'host', 'port', 'ssl', 'token'].map((name) => `the member "${name}" is missing`),
  );
});

test('messages hold no value of the body', () => {
  const body = {
    enabled: 'hunter2',
    port: 'hunter2',
    flush_interval: -9_999_999,
    host: { selection: 'hunter2', value: 1 },
    pam_address: { selection: 'ip', value: 'hunter2' },
    token: ['hunter2'],
    ssl: 'hunter2',
  };
  const splunk = type('management/splunk_forwarder');
  const findings = [...splunk.validateDesired(body), ...splunk.validateTarget(body)];
  expect(findings.length).toBeGreaterThan(12);
  expect(JSON.stringify(findings)).not.toMatch(/hunter2|9999999/);
});

test('the schema’s own message is preferred, and types read like English', () => {
  const splunk = type('management/splunk_forwarder');
  const of = (body: Json) => splunk.validateDesired(body).map((finding) => finding.message);
  expect(of({ host: { selection: 'ip', value: 'x' } })).toEqual([
    'must be an IP address; a host name needs selection: fqdn',
  ]);
  expect(of({ port: 'x' })).toEqual(['must be an integer']);
  expect(of({ enabled: 1 })).toEqual(['must be a boolean']);
  expect(type('management/support_info').validateDesired({ uri: 1 })[0]?.message).toBe('must be an object or null');
  expect(of({ host: { selection: 'x' } })).toEqual(['must be one of ["ip","fqdn"]']);
  expect(of({ port: 0 })).toEqual(['must be >= 1']);
});

describe('suggestions', () => {
  test.each<[Json, string | undefined]>([
    [{ prot: 1 }, 'did you mean "port"?'],
    [{ Token: 'x' }, 'did you mean "token"?'],
    [{ something: 1 }, 'known are enabled, flush_interval, host, pam_address, port, ssl, token'],
  ])('for %j', (body, hint) => {
    const [finding] = type('management/splunk_forwarder').validateDesired(body);
    expect(finding).toMatchObject({ code: 'unknown-member', at: 'key', hint });
  });

  test.each([
    ['management/suport_info', 'management/support_info'],
    ['managment/soap', 'management/soap'],
    ['ssh/connection', 'ssh/connections'],
    ['management/support_info', undefined],
    ['management/soap', undefined],
    ['something/else', undefined],
    ['', undefined],
  ])('the resource %j is meant as %s', (resource, meant) => {
    expect(registry.nearest(resource)).toBe(meant);
  });
});

test('the registry lists its types in order and finds them', () => {
  expect(registry.types.map((one) => one.resource)).toEqual([
    'alerting/traffic_alerts',
    'management/license',
    'management/soap',
    'management/splunk_forwarder',
    'management/support_info',
    'starling',
    'starling/join',
    'trust_stores',
  ]);
  expect(registry.find('management/email')).toBeUndefined();
});

test.each<[string, readonly JsonObject[], string]>([
  ['no x-sps block', [{ title: 'T' }], 'has no fit x-sps block'],
  ['no resource', [{ title: 'T', 'x-sps': { kind: 'singleton' } }], 'no fit'],
  ['another kind', [{ title: 'T', 'x-sps': { resource: 'a', kind: 'list' } }], 'no fit'],
  ['the same resource twice', [1, 2].map(() => ({ 'x-sps': { resource: 'a', kind: 'singleton' } })), 'same resource'],
  [
    'a keyword that is not built',
    [{ 'x-sps': { resource: 'a', kind: 'singleton' }, items: { writeOnly: true } }],
    'the schema of a uses writeOnly, not built',
  ],
])('schemas with %s are refused', (_name, schemas, message) => {
  expect(() => createRegistry(schemas)).toThrow(message);
});
