import { describe, expect, it } from 'vitest';
import { makeCertificates } from '../../../src/simulator/certificates.ts';
import { DEFAULT_USERNAME } from '../../../src/simulator/simulator.ts';
import { ask, askRaw, refusal, sessionForTest, simulatorForTest } from './client.ts';

const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n';

describe('the wire', () => {
  it.each([
    ['no length at all', 'Connection: close\r\n\r\n'],
    ['chunks', CHUNKED],
  ])('refuses a POST with %s by 411', async (_, rest) => {
    const { simulator, client } = await sessionForTest();
    const start = `POST /api/transaction HTTP/1.1\r\nHost: localhost\r\nCookie: ${client.cookie}\r\n`;
    expect(await askRaw(simulator, start + rest)).toBe('HTTP/1.1 411 Length Required');
    expect(simulator.openTransactions()).toBe(0);
    expect(await askRaw(simulator, `${start}Content-Length: 0\r\n\r\n`)).toBe('HTTP/1.1 200 OK');
    expect(simulator.openTransactions()).toBe(1);
  });

  it.each(['100-continue', 'something-else'])('refuses Expect: %s by 417', async (expected) => {
    const { simulator, client } = await sessionForTest();
    const head = `POST /api/transaction HTTP/1.1\r\nHost: localhost\r\nCookie: ${client.cookie}\r\n`;
    const line = await askRaw(simulator, `${head}Expect: ${expected}\r\nContent-Length: 2\r\n\r\n`);
    expect(line).toBe('HTTP/1.1 417 Expectation Failed');
  });

  it('is TLS under the simulator’s own CA', async () => {
    const [simulator, other] = [await simulatorForTest(), await makeCertificates(DEFAULT_USERNAME)];
    await expect(ask({ ...simulator, caPem: other.caPem }, 'GET', '/api/info')).rejects.toThrow();
    const byName = { ...simulator, url: simulator.url.replace('127.0.0.1', 'localhost') };
    expect((await ask(byName, 'GET', '/api/info')).status).toBe(200);
  });

  it('survives a peer that does not speak TLS', async () => {
    const simulator = await simulatorForTest();
    const { port } = new URL(simulator.url);
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    expect((await ask(simulator, 'GET', '/api/info')).status).toBe(200);
  });
});

describe('the record of requests', () => {
  it('holds what was sent and what was answered', async () => {
    const { simulator, client } = await sessionForTest();
    simulator.clearRequests();
    await client.ask('PUT', '/api/transaction?a=1', { json: { status: 'nonsense' } });
    expect(simulator.requests).toMatchObject([
      {
        index: 0,
        method: 'PUT',
        path: '/api/transaction',
        query: 'a=1',
        body: '{"status":"nonsense"}',
        status: 400,
        session: client.cookie.replace('session_id=', ''),
      },
    ]);
    await client.ask('GET', '/api/info');
    expect(simulator.requests[1]).toMatchObject({ index: 1, body: null, status: 200 });
  });

  it('lets a listener step in before the request takes effect', async () => {
    const { simulator, client } = await sessionForTest();
    const path = '/api/configuration/datetime/timezone';
    const stop = simulator.onRequest(async (request) => {
      await Promise.resolve();
      if (request.path === path) simulator.setConfiguration('datetime/timezone', 'Europe/Budapest');
    });
    expect((await client.ask('GET', path)).text).toContain('Europe/Budapest');
    stop();
    simulator.setConfiguration('datetime/timezone', 'Etc/UTC');
    expect((await client.ask('GET', path)).text).toContain('Etc/UTC');
  });

  it('answers 500 when a listener throws', async () => {
    const { simulator, client } = await sessionForTest();
    simulator.onRequest(() => {
      throw new Error('from the test');
    });
    expect(refusal(await client.ask('GET', '/api/info'))).toEqual([500, 'InternalError']);
  });
});

describe('stop', () => {
  it('cuts open connections and may be called twice', async () => {
    const simulator = await simulatorForTest();
    simulator.faults.add({ kind: 'hang', match: {} });
    const arrived = new Promise<void>((resolve) => simulator.onRequest(() => resolve()));
    const hanging = expect(ask(simulator, 'GET', '/api/info')).rejects.toThrow();
    await arrived;
    await Promise.all([simulator.stop(), simulator.stop()]);
    await hanging;
    await expect(ask(simulator, 'GET', '/api/info')).rejects.toThrow('ECONNREFUSED');
  });
});
