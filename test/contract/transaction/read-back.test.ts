import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DesiredResource } from '../../../src/desired/desired-state.ts';
import { isObject, type Json } from '../../../src/shared/json.ts';
import type { Quirks } from '../../../src/simulator/quirks.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { licenseFile } from '../../../src/simulator/license-file.ts';
import { startSimulator } from '../../simulated.ts';
import { memberOf, wanted } from '../../unit/plan/parts.ts';
import { committedState, OLD, reconcile, reset, SPLUNK, SUPPORT, TRANSACTION, type Ended } from './harness.ts';

const STORES = 'trust_stores';
const SOAP = 'management/soap';
const LICENSE = {
  customer: 'Example',
  limit: 5000,
  limit_type: 'host',
  serial: '5b8f1c52-0c1f-4a5e-9d0a-7a4d1f5f3c10',
  valid_not_after: '2030-12-31',
  valid_not_before: '2025-01-01',
} as const;
const OPEN = { method: 'POST', path: TRANSACTION } as const;

let simulator: Simulator;
let plain: Quirks;

beforeAll(async () => {
  simulator = await startSimulator({ profile: '8.0', configuration: OLD });
  plain = { ...simulator.quirks };
});

beforeEach(() => {
  Object.assign(simulator.quirks, plain);
  reset(simulator);
  simulator.setConfiguration(SOAP, { enabled: false });
});

afterAll(() => simulator.stop());

function run(resources: readonly DesiredResource[]): Promise<Ended> {
  return reconcile(simulator, { alter: (given) => ({ ...given, desired: { ...given.desired, resources } }) });
}

function opened(): number {
  return simulator.requests.filter(({ method, path }) => method === OPEN.method && path === OPEN.path).length;
}

/** The appliance says that it took the write, and did not. */
function lose(path: string): void {
  simulator.faults.add({ kind: 'status', status: 200, json: {}, match: { method: 'PUT', path } });
}

function places({ error }: Ended): Json | undefined {
  return error?.details['places'];
}

describe('writes that did not arrive', () => {
  const link = (value: string) => ({ uri: { selection: 'url', value } });
  const three = [
    wanted(SOAP, { enabled: true }),
    wanted('management/splunk_forwarder', { port: 8089 }),
    wanted('management/support_info', link('https://help.example.com')),
  ];

  test('the first of them: the transaction was gone by then, and the run begins anew', async () => {
    lose(SPLUNK);
    expect(await reconcile(simulator)).toMatchObject({ end: 'applied', record: { committed: 2 }, warnings: [] });
    expect(opened()).toBe(2);
    expect(committedState(simulator)).toBe('new');
  });

  test('the first two of three: as well', async () => {
    lose(`/api/configuration/${SOAP}`);
    lose(SPLUNK);
    expect(await run(three)).toMatchObject({ end: 'applied', record: { committed: 3 } });
    expect(opened()).toBe(2);
  });

  test('all of them: not one was taken', async () => {
    lose(SPLUNK);
    lose(SUPPORT);
    const ended = await reconcile(simulator);
    expect(ended).toMatchObject({ end: 'verifyFailed', record: { transaction: 'rolled-back', committed: 0 } });
    expect(ended.error?.message).toBe('the appliance did not take the change as it was sent');
    expect((places(ended) as readonly { readonly pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      '/port',
      '/token',
      '/uri',
    ]);
    expect(opened()).toBe(1);
  });

  test.each([
    ['the last of two', SUPPORT, ['management/support_info']],
    ['the second of three', SPLUNK, ['management/splunk_forwarder']],
  ] as const)('%s: it was not taken', async (what, path, resources) => {
    lose(path);
    const ended = await (what === 'the last of two' ? reconcile(simulator) : run(three));
    expect(ended).toMatchObject({ end: 'verifyFailed', record: { transaction: 'rolled-back', committed: 0 } });
    expect((places(ended) as readonly { readonly resource: string }[]).map(({ resource }) => resource)).toContain(
      resources[0],
    );
    expect(opened()).toBe(1);
  });

  test('the first of them, of which something came of it all the same: it was not taken', async () => {
    const normalise = (path: string, body: Json): Json =>
      path === 'management/splunk_forwarder' && isObject(body) ? { ...body, port: 9999 } : body;
    Object.assign(simulator.quirks, { normalise, hiddenChanges: ['management/splunk_forwarder'] });
    const ended = await reconcile(simulator);
    expect(ended).toMatchObject({ end: 'verifyFailed', record: { transaction: 'rolled-back' } });
    expect(opened()).toBe(1);
  });
});

test('an upload that shows only after the commit is no write that was not taken', async () => {
  simulator.quirks.licensePending = 'hidden';
  simulator.setConfiguration('management/license', LICENSE);
  const bytes = Buffer.from(licenseFile({ ...LICENSE, serial: '123-456-789' }));
  const upload = { name: 'new.license', bytes };
  const license = wanted('management/license', { serial: '123-456-789' }, { upload });
  const uri = wanted('management/support_info', { uri: { selection: 'url', value: 'https://help.example.com' } });
  expect(await run([license])).toMatchObject({ end: 'applied', record: { committed: 1 }, warnings: [] });
  simulator.setConfiguration('management/license', LICENSE);
  expect(await run([license, uri])).toMatchObject({ end: 'applied', record: { committed: 2 }, warnings: [] });
});

describe('what was sent and what came back', () => {
  test('of a member that was altered: both', async () => {
    const normalise = (path: string, body: Json): Json =>
      path === 'management/splunk_forwarder' && isObject(body) ? { ...body, port: 9999, token: 'MARKEDother' } : body;
    simulator.quirks.normalise = normalise;
    const ended = await reconcile(simulator);
    expect(ended.end).toBe('verifyFailed');
    expect(places(ended)).toEqual([
      { resource: 'management/splunk_forwarder', pointer: '/port', sent: 8089, cameBack: 9999 },
      { resource: 'management/splunk_forwarder', pointer: '/token', sent: '(secret)', cameBack: '(secret)' },
    ]);
    expect(ended.error?.hint).toContain('as the appliance gives it back');
  });

  test('of a member that is missing: what was sent', async () => {
    const normalise = (path: string, body: Json): Json => (path === 'management/support_info' ? {} : body);
    simulator.quirks.normalise = normalise;
    const ended = await reconcile(simulator);
    expect(places(ended)).toEqual([
      {
        resource: 'management/support_info',
        pointer: '/uri',
        sent: { selection: 'url', value: 'https://help.example.com' },
      },
    ]);
  });

  test('of an element that nobody sent: what came back, and whose it is', async () => {
    const urls = ['http://crl.example.com/a'];
    const normalise = (path: string, body: Json): Json =>
      path.startsWith(STORES) && isObject(body) ? { ...body, crl_urls: [...urls, 'http://b.example.com'] } : body;
    simulator.quirks.normalise = normalise;
    const certificate = simulator.authorities[1] ?? expect.fail();
    const body = { revocation_check: 'leaf', crl_urls: urls, authorities: [{ certificate }] };
    const ended = await run([memberOf(STORES, 'new', body)]);
    expect(ended.end).toBe('verifyFailed');
    expect(places(ended)).toEqual([
      { resource: STORES, name: 'new', pointer: '/crl_urls/1', cameBack: 'http://b.example.com' },
    ]);
  });
});
