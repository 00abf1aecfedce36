import { beforeAll, expect, test } from 'vitest';
import { normalise } from '../../../src/live/normalise.ts';
import type { SchemaFinding } from '../../../src/resources/resource-type.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { makeAuthorities } from '../../../src/simulator/certificates.ts';
import { PROFILES, type Profile } from '../../../src/simulator/profiles.ts';
import { seedConfiguration } from '../../../src/simulator/seeds.ts';
import { realRegistry } from '../../resource-schemas.ts';

const registry = realRegistry();

function type(resource: string) {
  return registry.find(resource) ?? expect.fail(`${resource} has no schema`);
}

const codes = (findings: readonly SchemaFinding[]) =>
  findings.map(({ code, pointer }) => `${code} ${pointer}`).toSorted();

let one = '';
let two = '';

beforeAll(async () => {
  [one = '', two = ''] = await makeAuthorities(2);
});

// The guide's own bodies.
const LICENSE: JsonObject = {
  customer: 'Example',
  limit: 5000,
  limit_type: 'host',
  serial: 'b937d212-db7d-0f2f-4c87-295e3c57024a',
  valid_not_after: '2018-11-07',
  valid_not_before: '2017-11-06',
};
const JOINED: JsonObject = {
  environment: 'prod',
  product_instance: 'starling-joiner-11111111-1111-1111-1111-111111111111',
  product_tims: '123-456-789',
};
const JOIN: JsonObject = {
  joined: true,
  product_instance: 'starling-joiner-11111111-1111-1111-1111-111111111111',
  product_name: 'Safeguard',
  product_tims: '123-456-789',
};
const STORE: JsonObject = { name: 'Corporate', authorities: [], crl_urls: [], revocation_check: 'none' };

const on = { remote_access: { enabled: true } };
const off = { remote_access: { enabled: false } };
const CRL = 'http://crl.example.com/root.crl';

type Case = readonly [string, string, Json, readonly string[], readonly string[]];

// Findings as `code pointer`: for a file, then for the merged body.
test.each<Case>([
  ['on', 'management/soap', { enabled: true }, [], []],
  ['nothing', 'management/soap', {}, [], ['missing-member ']],
  ['a word', 'management/soap', { enabled: 'yes' }, ['wrong-type /enabled'], ['wrong-type /enabled']],
  ['more', 'management/soap', { enabled: true, port: 1 }, ['unknown-member /port'], []],

  ['all of it', 'management/license', LICENSE, [], []],
  ['one member', 'management/license', { serial: '123-456-789' }, [], []],
  ['dates with slashes', 'management/license', { valid_not_after: '2031/05/01' }, [], []],
  ['no license', 'management/license', null, ['wrong-type '], []],
  ['a typo', 'management/license', { serail: 'x' }, ['unknown-member /serail'], []],
  ...['2031-5-1', '2031-05/01', '2031-13-01', '2031-12-32', '01.05.2031', '2031-05-01T00:00:00Z'].map((date): Case => {
    const finding = ['wrong-value /valid_not_after'];
    return [date, 'management/license', { valid_not_after: date }, finding, finding];
  }),
  [
    'other kinds',
    'management/license',
    { limit_type: 'user' },
    ['wrong-value /limit_type'],
    ['wrong-value /limit_type'],
  ],
  ['a limit in quotes', 'management/license', { limit: '5000' }, ['wrong-type /limit'], ['wrong-type /limit']],
  ['an empty serial', 'management/license', { serial: '' }, ['wrong-value /serial'], ['wrong-value /serial']],

  ['off', 'starling', off, [], []],
  ['on, not joined', 'starling', on, [], ['wrong-value /remote_access/enabled']],
  [
    'on, not joined, as shown',
    'starling',
    { ...on, join_info: null },
    ['read-only /join_info'],
    ['wrong-value /remote_access/enabled'],
  ],
  ['on and joined', 'starling', { ...on, join_info: JOINED }, ['read-only /join_info'], []],
  ['joined in a new way', 'starling', { ...on, join_info: { a: 1 } }, ['read-only /join_info'], []],
  ['off, not joined', 'starling', { ...off, join_info: null }, ['read-only /join_info'], []],
  ['half of it', 'starling', { remote_access: {} }, [], ['missing-member /remote_access']],
  ['nothing', 'starling', {}, [], ['missing-member ']],
  [
    'a number, joined',
    'starling',
    { join_info: JOINED, remote_access: { enabled: 1 } },
    ['read-only /join_info', 'wrong-type /remote_access/enabled'],
    ['wrong-type /remote_access/enabled'],
  ],

  ['all of it', 'starling/join', JOIN, [], []],
  ['the wish to leave', 'starling/join', { joined: false }, [], []],
  ['more than is known', 'starling/join', { environment: 'prod' }, ['unknown-member /environment'], []],
  ['a word', 'starling/join', { joined: 'no' }, ['wrong-type /joined'], ['wrong-type /joined']],

  ['the least', 'trust_stores', STORE, [], []],
  ['part of it', 'trust_stores', { revocation_check: 'full' }, [], Array.from({ length: 3 }, () => 'missing-member ')],
  ['only URLs', 'trust_stores', { crl_urls: [CRL] }, [], Array.from({ length: 3 }, () => 'missing-member ')],
  [
    'URLs that are not looked at',
    'trust_stores',
    { ...STORE, crl_urls: [CRL] },
    ['wrong-value /crl_urls'],
    ['wrong-value /crl_urls'],
  ],
  ...['full', 'leaf'].map((check): Case => {
    const finding = ['wrong-value /crl_urls'];
    return [`${check} without URLs`, 'trust_stores', { ...STORE, revocation_check: check }, finding, finding];
  }),
  ['full with a URL', 'trust_stores', { ...STORE, revocation_check: 'full', crl_urls: [CRL] }, [], []],
  ['leaf with a URL', 'trust_stores', { ...STORE, revocation_check: 'leaf', crl_urls: ['HTTPS://a/b'] }, [], []],
  [
    'a check of its own',
    'trust_stores',
    { ...STORE, revocation_check: 'all' },
    ...both('wrong-value /revocation_check'),
  ],
  [
    'what is no URL',
    'trust_stores',
    { ...STORE, revocation_check: 'full', crl_urls: ['ldap://a', 'http://', CRL] },
    ...both('wrong-value /crl_urls/0', 'wrong-value /crl_urls/1'),
  ],
  [
    'a URL twice',
    'trust_stores',
    { ...STORE, revocation_check: 'full', crl_urls: [CRL, 'http://a/b', CRL] },
    ...both('duplicate-item /crl_urls'),
  ],
  ['no name', 'trust_stores', { ...STORE, name: '' }, ...both('wrong-value /name')],
  ['a type', 'trust_stores', { ...STORE, type: 'custom' }, ['read-only /type'], []],
  [
    'authorities without a certificate',
    'trust_stores',
    { ...STORE, authorities: [{}, { certificate: 1 }, { certificate: '' }] },
    ['wrong-type /authorities/1/certificate', 'wrong-value /authorities/2/certificate'],
    [
      'missing-member /authorities/0',
      'wrong-type /authorities/1/certificate',
      'wrong-value /authorities/2/certificate',
    ],
  ],
  ['a bare text', 'trust_stores', { ...STORE, authorities: ['x'] }, ...both('wrong-type /authorities/0')],
  [
    'members of the appliance’s own',
    'trust_stores',
    { ...STORE, authorities: [{ certificate: 'x', issuer: 'CN=x', fingerprint: { digest: 'a' }, pem: 'x' }] },
    ['read-only /authorities/0/fingerprint', 'read-only /authorities/0/issuer', 'unknown-member /authorities/0/pem'],
    [],
  ],
])('%s in %s', (_name, resource, body, desired, target) => {
  const found = type(resource);
  expect(codes(found.validateDesired(body))).toEqual(desired);
  expect(codes(found.validateTarget(body))).toEqual(target);
});

function both(...findings: readonly string[]): [readonly string[], readonly string[]] {
  return [findings, findings];
}

test('a trust store holds each authority once, whatever its spelling', () => {
  const found = type('trust_stores');
  const authorities = [{ certificate: one }, { certificate: two }, { certificate: one.trim() }];
  expect(found.validateDesired({ authorities: authorities.slice(0, 2) })).toEqual([]);
  expect(found.validateDesired(normalise({ authorities }, found.fields))).toEqual([
    { pointer: '/authorities', code: 'duplicate-item', message: 'the items 0 and 2 are the same', at: 'value' },
  ]);
});

test.each<[string, Json, string]>([
  ['trust_stores', { ...STORE, crl_urls: [CRL] }, 'must be empty where revocation_check is none'],
  [
    'trust_stores',
    { ...STORE, revocation_check: 'leaf' },
    'must name at least one URL where revocation_check is full or leaf',
  ],
  ['trust_stores', { ...STORE, revocation_check: 'full', crl_urls: ['x'] }, 'must be an HTTP or HTTPS URL'],
  ['management/license', { valid_not_before: 'x' }, 'must be a date such as 2031-05-01'],
  [
    'starling',
    on,
    'needs an appliance that is joined to Starling; join it on the web UI (Basic Settings > Starling Integration) first',
  ],
])('of %s is said %#', (resource, body, message) => {
  expect(type(resource).validateTarget(body)).toMatchObject([{ message }]);
});

const SEEDED = (Object.keys(PROFILES) as Profile[]).flatMap((profile) =>
  (['joined', 'not-joined'] as const).map((starling) => [profile, starling] as const),
);

test.each(SEEDED)('what a simulated appliance %s, %s, shows is accepted', (profile, starling) => {
  const { bodies } = seedConfiguration({ profile, starling, builtInAuthority: one });
  const judged = [...bodies].flatMap(([path, body]) => {
    const found = registry.find(path) ?? registry.find(path.slice(0, path.lastIndexOf('/')));
    return found === undefined ? [] : [[path, found.validateTarget(normalise(body, found.fields))] as const];
  });
  expect(judged.filter(([, findings]) => findings.length > 0)).toEqual([]);
  expect(judged.length).toBeGreaterThanOrEqual(4);
});
