import { describe, expect, it } from 'vitest';
import { isObject, type Json, type JsonObject } from '../../../src/shared/json.ts';
import { withValueAt } from '../../../src/shared/pointer.ts';
import { splunkBody } from '../../update.ts';
import { put, ROOT } from './bodies.ts';
import { at, refusal, sessionForTest, type Client } from './client.ts';

const SPLUNK: JsonObject = {
  ...splunkBody('not-a-real-token'),
  pam_address: { selection: 'ip', value: '2001:db8::1' },
};

async function bodyOf(client: Client, path: string): Promise<Json | undefined> {
  return at(await client.ask('GET', `${ROOT}/${path}`), '/body');
}

describe('management/support_info', () => {
  const path = 'management/support_info';

  it.each([
    [{ uri: null }],
    [{ uri: { selection: 'url', value: 'http://example.com' } }],
    [{ uri: { selection: 'url', value: 'https://example.com/help?a=1' } }],
    [{ uri: { selection: 'mailto', value: 'mailto:support@example.com' } }],
  ])('accepts %j', async (body) => {
    const { client } = await sessionForTest();
    expect((await put(client, path, body)).status).toBe(200);
    expect(await bodyOf(client, path)).toEqual(body);
  });

  it.each([
    [{}, '/uri'],
    [{ body: { uri: null } }, '/uri'],
    [{ uri: 'http://example.com' }, '/uri'],
    [{ uri: {} }, '/uri/selection'],
    [{ uri: { selection: 'ftp', value: 'ftp://example.com' } }, '/uri/selection'],
    [{ uri: { selection: 'constructor' } }, '/uri/selection'],
    [{ uri: { selection: 'url' } }, '/uri/value'],
    [{ uri: { selection: 'url', value: 'example.com' } }, '/uri/value'],
    [{ uri: { selection: 'url', value: 'mailto:support@example.com' } }, '/uri/value'],
    [{ uri: { selection: 'mailto', value: 'support@example.com' } }, '/uri/value'],
    [{ uri: { selection: 'mailto', value: 5 } }, '/uri/value'],
    [null, ''],
  ])('refuses %j and names %s', async (body, place) => {
    const { client } = await sessionForTest();
    const reply = await put(client, path, body);
    expect(refusal(reply)).toEqual([400, 'SyntacticError']);
    expect(at(reply, '/error/details/path')).toBe(`${ROOT}/${path}${place}`);
  });

  it('drops unknown members silently, at every depth', async () => {
    const { client } = await sessionForTest();
    const uri = { selection: 'url', value: 'https://example.com' };
    expect((await put(client, path, { uri: { ...uri, note: 'a' }, urii: 1 })).status).toBe(200);
    expect(await bodyOf(client, path)).toEqual({ uri });
  });
});

describe('alerting/traffic_alerts', () => {
  const path = 'alerting/traffic_alerts';

  it('has sixteen alerts, all required, all of two booleans', async () => {
    const { client } = await sessionForTest();
    const body = await bodyOf(client, path);
    if (!isObject(body)) throw new Error('no object');
    expect(Object.keys(body)).toHaveLength(16);
    const changed = withValueAt(body, '/scbAuthFailure/email', true) ?? null;
    expect((await put(client, path, changed)).status).toBe(200);
    expect(await bodyOf(client, path)).toEqual(changed);
    const bad: [string, Json | undefined][] = [
      ['/scbAuthFailure', undefined],
      ['/scbRealTimeAlert/snmp', undefined],
      ['/scbRealTimeAlert/snmp', 'yes'],
      ['/scbRealTimeAlert', null],
    ];
    for (const [place, value] of bad) {
      const reply = await put(client, path, withValueAt(body, place, value) ?? null);
      expect(refusal(reply)).toEqual([400, 'SyntacticError']);
      expect(at(reply, '/error/details/path')).toBe(`${ROOT}/${path}${place}`);
    }
  });
});

describe('management/splunk_forwarder', () => {
  const path = 'management/splunk_forwarder';

  it('shows all settings in clear when enabled', async () => {
    const { client } = await sessionForTest();
    expect(await bodyOf(client, path)).toEqual({ enabled: false });
    expect((await put(client, path, SPLUNK)).status).toBe(200);
    expect(await bodyOf(client, path)).toEqual(SPLUNK);
  });

  it('keeps everything of an ssl union whose tags are not known', async () => {
    const { client } = await sessionForTest();
    const ssl = { selection: 'some-new-tag', trust: 'x' };
    await put(client, path, { ...SPLUNK, ssl });
    expect(await bodyOf(client, path)).toMatchObject({ ssl });
  });

  it.each([
    ['/enabled', undefined],
    ['/enabled', 'yes'],
    ['/flush_interval', undefined],
    ['/flush_interval', 1.5],
    ['/host', undefined],
    ['/host/value', 'not a name'],
    ['/host/value', '10.0.0.1'],
    ['/host/selection', 'name'],
    ['/pam_address/value', 'splunk.example.com'],
    ['/port', 0],
    ['/port', 65_536],
    ['/port', '8088'],
    ['/ssl', {}],
    ['/ssl', 'insecure'],
    ['/token', undefined],
    ['/token', 5],
  ] as [string, Json | undefined][])('refuses %s = %j', async (place, value) => {
    const { client } = await sessionForTest();
    const reply = await put(client, path, withValueAt(SPLUNK, place, value) ?? null);
    expect(refusal(reply)).toEqual([400, 'SyntacticError']);
    expect(at(reply, '/error/details/path')).toContain(`${ROOT}/${path}${place}`);
    expect(reply.text).not.toContain('not-a-real-token');
  });

  it.each([
    ['bare', { enabled: false }],
    ['keeps-settings', { ...SPLUNK, enabled: false, port: 9999 }],
  ] as const)('when disabled is %s', async (splunkDisabled, shown) => {
    const { client } = await sessionForTest({ quirks: { splunkDisabled } });
    await put(client, path, SPLUNK);
    expect((await put(client, path, { enabled: false, port: 9999 })).status).toBe(200);
    expect(await bodyOf(client, path)).toEqual(shown);
    expect((await put(client, path, { enabled: true })).status).toBe(400);
    expect((await put(client, path, { enabled: false, port: 0 })).status).toBe(400);
  });

  it.each([
    ['PUT', 'POST'],
    ['POST', 'PUT'],
  ] as const)('is written with %s and refuses %s', async (splunkMethod, other) => {
    const { client } = await sessionForTest({ quirks: { splunkMethod } });
    expect((await client.ask(other, `${ROOT}/${path}`, { json: SPLUNK })).status).toBe(405);
    expect((await client.ask(splunkMethod, `${ROOT}/${path}`, { json: SPLUNK })).status).toBe(200);
    expect(await bodyOf(client, path)).toEqual(SPLUNK);
  });
});
