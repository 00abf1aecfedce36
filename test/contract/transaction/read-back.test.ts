import { beforeEach, describe, expect, test } from 'vitest';
import type { DesiredResource } from '../../../src/desired/desired-state.ts';
import { isObject, type Json } from '../../../src/shared/json.ts';
import { memberOf, wanted } from '../../unit/plan/parts.ts';
import { UPLOAD } from '../../update.ts';
import { committedState, OPEN, reconcile, SPLUNK, SUPPORT, type Ended } from './harness.ts';
import { oneSimulator } from './one-simulator.ts';

const STORES = 'trust_stores';
const SOAP = 'management/soap';

const on = oneSimulator();

beforeEach(() => on.simulator.setConfiguration(SOAP, { enabled: false }));

function run(resources: readonly DesiredResource[]): Promise<Ended> {
  return reconcile(on.simulator, { resources });
}

/** The appliance says that it took the write, and did not. */
function lose(path: string): void {
  on.simulator.faults.add({ kind: 'status', status: 200, json: {}, match: { method: 'PUT', path } });
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
    expect(await reconcile(on.simulator)).toMatchObject({ end: 'applied', record: { committed: 2 }, warnings: [] });
    expect(on.count(OPEN)).toBe(2);
    expect(committedState(on.simulator)).toBe('new');
  });

  test('the first two of three: as well', async () => {
    lose(`/api/configuration/${SOAP}`);
    lose(SPLUNK);
    expect(await run(three)).toMatchObject({ end: 'applied', record: { committed: 3 } });
    expect(on.count(OPEN)).toBe(2);
  });

  test('all of them: not one was taken', async () => {
    lose(SPLUNK);
    lose(SUPPORT);
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'verifyFailed', record: { transaction: 'rolled-back', committed: 0 } });
    expect(ended.error?.message).toBe('the appliance did not take the change as it was sent');
    expect((places(ended) as readonly { readonly pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      '/port',
      '/token',
      '/uri',
    ]);
    expect(on.count(OPEN)).toBe(1);
  });

  test.each([
    ['the last of two', SUPPORT, ['management/support_info']],
    ['the second of three', SPLUNK, ['management/splunk_forwarder']],
  ] as const)('%s: it was not taken', async (what, path, resources) => {
    lose(path);
    const ended = await (what === 'the last of two' ? reconcile(on.simulator) : run(three));
    expect(ended).toMatchObject({ end: 'verifyFailed', record: { transaction: 'rolled-back', committed: 0 } });
    expect((places(ended) as readonly { readonly resource: string }[]).map(({ resource }) => resource)).toContain(
      resources[0],
    );
    expect(on.count(OPEN)).toBe(1);
  });

  test('the first of them, of which something came of it all the same: it was not taken', async () => {
    const normalise = (path: string, body: Json): Json =>
      path === 'management/splunk_forwarder' && isObject(body) ? { ...body, port: 9999 } : body;
    Object.assign(on.simulator.quirks, { normalise, hiddenChanges: ['management/splunk_forwarder'] });
    const ended = await reconcile(on.simulator);
    expect(ended).toMatchObject({ end: 'verifyFailed', record: { transaction: 'rolled-back' } });
    expect(on.count(OPEN)).toBe(1);
  });
});

test('an upload that shows only after the commit is no write that was not taken', async () => {
  on.simulator.quirks.licensePending = 'hidden';
  const old = on.simulator.configuration('management/license') ?? expect.fail();
  const uri = wanted('management/support_info', { uri: { selection: 'url', value: 'https://help.example.com' } });
  expect(await run([UPLOAD])).toMatchObject({ end: 'applied', record: { committed: 1 }, warnings: [] });
  on.simulator.setConfiguration('management/license', old);
  expect(await run([UPLOAD, uri])).toMatchObject({ end: 'applied', record: { committed: 2 }, warnings: [] });
});

describe('what was sent and what came back', () => {
  test('of a member that was altered: both', async () => {
    const normalise = (path: string, body: Json): Json =>
      path === 'management/splunk_forwarder' && isObject(body) ? { ...body, port: 9999, token: 'MARKEDother' } : body;
    on.simulator.quirks.normalise = normalise;
    const ended = await reconcile(on.simulator);
    expect(ended.end).toBe('verifyFailed');
    expect(places(ended)).toEqual([
      { resource: 'management/splunk_forwarder', pointer: '/port', sent: 8089, cameBack: 9999 },
      { resource: 'management/splunk_forwarder', pointer: '/token', sent: '(secret)', cameBack: '(secret)' },
    ]);
    expect(ended.error?.hint).toContain('as the appliance gives it back');
  });

  test('of a member that is missing: what was sent', async () => {
    const normalise = (path: string, body: Json): Json => (path === 'management/support_info' ? {} : body);
    on.simulator.quirks.normalise = normalise;
    const ended = await reconcile(on.simulator);
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
    on.simulator.quirks.normalise = normalise;
    const certificate = on.simulator.authorities[1] ?? expect.fail();
    const body = { revocation_check: 'leaf', crl_urls: urls, authorities: [{ certificate }] };
    const ended = await run([memberOf(STORES, 'new', body)]);
    expect(ended.end).toBe('verifyFailed');
    expect(places(ended)).toEqual([
      { resource: STORES, name: 'new', pointer: '/crl_urls/1', cameBack: 'http://b.example.com' },
    ]);
  });
});
