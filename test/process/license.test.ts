import { describe, expect, test } from 'vitest';
import { licenseFile } from '../../src/simulator/license-file.ts';
import type { Quirks } from '../../src/simulator/quirks.ts';
import { LICENSE } from '../update.ts';
import { expectSchema, FILES, worldInside as world, type World } from './harness.ts';
import { applied } from './questions.ts';

const UPLOAD = '/api/upload/license';
const LIVE = 'management/license';

const DOCUMENT = `resource: management/license
body: { serial: 123-456-789, valid_not_after: 2031/05/01 }
upload: new.license
`;

async function worldWithLicense(quirks: Partial<Quirks> = {}, profile: '6.0' | '7.5' | '8.0' = '8.0'): Promise<World> {
  return world({ 'license.yaml': DOCUMENT, 'new.license': licenseFile(LICENSE) }, { profile, quirks });
}

function uploads(w: World): number {
  return w.simulator.requests.filter(({ path }) => path === UPLOAD).length;
}

describe.each(['6.0', '7.5', '8.0'] as const)('profile %s', (profile) => {
  test('another serial is uploaded inside the transaction and is live after it; the same one is not', async () => {
    const w = await worldWithLicense({}, profile);
    const before = w.simulator.configuration(LIVE);
    const planned = await w.run(['plan', '--json']);
    expect(planned.code).toBe(2);
    expectSchema('plan', planned.json());
    expect(planned.json().operations).toMatchObject([
      {
        action: 'upload',
        resource: LIVE,
        name: null,
        href: '/api/configuration/management/license',
        patch: [
          { op: 'replace', path: '/serial', value: LICENSE.serial },
          { op: 'replace', path: '/valid_not_after', value: LICENSE.valid_not_after },
        ],
      },
    ]);
    expect(w.simulator.configuration(LIVE)).toEqual(before);

    const result = await w.run(['apply', '--json']);
    expectSchema('apply', result.json());
    expect(result.json(), result.stdout).toMatchObject({ ...applied, staged: 1, committed: 1 });
    expect(result.json().digest).toBe(planned.json().digest);
    expect(result.json().warnings).toMatchObject([{ code: 'upload-note' }]);
    expect(result.json().warnings?.[0]?.message).toContain('System > Traffic control');
    expect(w.simulator.configuration(LIVE)).toMatchObject({ serial: LICENSE.serial, limit: 500 });
    const order = w.simulator.requests.map(({ method, path }) => `${method} ${path}`);
    expect(order.indexOf(`POST ${UPLOAD}`)).toBeGreaterThan(order.indexOf('POST /api/transaction'));
    expect(order.indexOf(`POST ${UPLOAD}`)).toBeLessThan(order.indexOf('PUT /api/transaction'));

    w.simulator.clearRequests();
    expect((await w.run(['apply', '--json'])).json()).toMatchObject({ outcome: 'in-sync', requests: { GET: 3 } });
    expect(uploads(w)).toBe(0);
  });
});

test.each<Partial<Quirks>>([
  { licensePending: 'hidden' },
  { pendingVisible: 'nobody' },
  { licenseDates: '/' },
  { hiddenChanges: [LIVE] },
  { writeAnswer: 'empty' },
])('an upload beside a write, however the appliance shows it: %j', async (quirks) => {
  const w = await worldWithLicense(quirks);
  await w.files({ 'support.yaml': FILES.support });
  const result = await w.run(['apply', '--json']);
  expect(result.json(), result.stdout).toMatchObject({ ...applied, staged: 2, committed: 2 });
  expect((await w.run(['plan'])).code).toBe(0);
});

test.each<Partial<Quirks>>([{ licenseWhenNone: 'null' }, { licenseWhenNone: 'absent' }])(
  'an appliance without a license gets one: %j',
  async (quirks) => {
    const w = await worldWithLicense(quirks);
    w.simulator.setConfiguration(LIVE, null);
    const result = await w.run(['apply', '--json']);
    expect(result.json(), result.stdout).toMatchObject(applied);
    expect(w.simulator.configuration(LIVE)).toMatchObject({ serial: LICENSE.serial });
  },
);

test('the upload is rolled back with everything else when a later write fails', async () => {
  const w = await worldWithLicense();
  await w.files({ 'support.yaml': FILES.support });
  const before = w.simulator.configuration(LIVE);
  const refusal = { error: { type: 'SyntacticError', message: 'no', details: {} } };
  const path = '/api/configuration/management/support_info';
  w.simulator.faults.add({ kind: 'status', status: 400, json: refusal, match: { method: 'PUT', path } });
  const result = await w.run(['apply', '--json']);
  expect(result.json()).toMatchObject({
    outcome: 'failed',
    transaction: 'rolled-back',
    reason: 'StageRejected',
    staged: 1,
  });
  expect(uploads(w)).toBe(1);
  expect(w.simulator.configuration(LIVE)).toEqual(before);
  expect(w.simulator.openTransactions()).toBe(0);
});

test.each([
  ['like-others', 'rolled-back', 'VerifyFailed'],
  ['hidden', 'committed', 'NotIdempotent'],
] as const)(
  'a file that holds another license than the document says (%s)',
  async (licensePending, transaction, reason) => {
    const w = await worldWithLicense({ licensePending });
    await w.files({ 'new.license': licenseFile({ ...LICENSE, serial: '999-999-999' }) });
    const result = await w.run(['apply', '--json']);
    expect(result.json(), result.stdout).toMatchObject({ outcome: 'failed', transaction, reason });
    expect(result.stdout).toContain('/serial');
  },
);

test('an appliance that refuses the file', async () => {
  const w = await worldWithLicense();
  await w.files({ 'new.license': 'no license at all\n' });
  const result = await w.run(['apply', '--json']);
  expect(result.json()).toMatchObject({ outcome: 'failed', transaction: 'rolled-back', reason: 'StageRejected' });
});
