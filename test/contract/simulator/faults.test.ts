import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../src/simulator/faults.ts';
import { FaultPlan } from '../../../src/simulator/faults.ts';
import { askUntilCut, at, refusal, sessionForTest, type Reply } from './client.ts';

const TRANSACTION = '/api/transaction';
const SUPPORT = '/api/configuration/management/support_info';
const MATCH = { method: 'POST', path: TRANSACTION };

/** The outcome of the open that the fault strikes: the reply, or `null` for a cut connection; and how many are open after. */
async function openUnder(fault: Fault): Promise<{ reply: Reply | null; opened: number; pending: number }> {
  const { simulator, client } = await sessionForTest();
  simulator.faults.add(fault);
  const reply = await client.ask('POST', TRANSACTION).catch(() => null);
  return { reply, opened: simulator.openTransactions(), pending: simulator.faults.pending };
}

describe('a fault', () => {
  it.each([
    ['drop-before', 0],
    ['drop-after', 1],
    ['truncate', 1],
  ] as const)('%s cuts the connection and leaves %i transactions', async (kind, opened) => {
    expect(await openUnder({ kind, match: MATCH })).toEqual({ reply: null, opened, pending: 0 });
  });

  it.each([
    [{ kind: 'status', status: 503, json: { error: { type: 'Busy' } }, headers: { 'Retry-After': '7' } }, 503, 0],
    [{ kind: 'status', status: 500, effect: 'applied' }, 500, 1],
    [{ kind: 'html' }, 502, 0],
    [{ kind: 'html', status: 200, effect: 'applied' }, 200, 1],
    [{ kind: 'redirect' }, 302, 0],
    [{ kind: 'wrong-shape' }, 200, 1],
    [{ kind: 'duplicate' }, 409, 1],
    [{ kind: 'delay', ms: 1 }, 200, 1],
    [{ kind: 'expire-session' }, 401, 0],
  ] as const)('%j is answered %i and leaves %i transactions', async (particulars, status, opened) => {
    const outcome = await openUnder({ ...particulars, match: MATCH });
    expect(outcome).toMatchObject({ reply: { status }, opened, pending: 0 });
  });

  it('sends what it was told to', async () => {
    const busy = await openUnder({
      kind: 'status',
      status: 503,
      headers: { 'Retry-After': '7' },
      json: [1],
      match: MATCH,
    });
    expect([busy.reply?.headers['retry-after'], busy.reply?.text]).toEqual(['7', '[1]']);
    const page = await openUnder({ kind: 'html', html: '<p>booting</p>', match: MATCH });
    expect(page.reply?.headers['content-type']).toContain('text/html');
    expect(page.reply?.text).toBe('<p>booting</p>');
    const moved = await openUnder({ kind: 'redirect', location: '/elsewhere', match: MATCH });
    expect(moved.reply?.headers['location']).toBe('/elsewhere');
    const wrong = await openUnder({ kind: 'wrong-shape', json: { items: 'none' }, match: MATCH });
    expect(wrong.reply?.text).toBe('{"items":"none"}');
  });

  it('truncate sends half of the body first', async () => {
    const { simulator, client } = await sessionForTest();
    simulator.faults.add({ kind: 'truncate', match: { path: SUPPORT } });
    const request = `GET ${SUPPORT} HTTP/1.1\r\nHost: localhost\r\nCookie: ${client.cookie}\r\n\r\n`;
    const [head = '', body = ''] = (await askUntilCut(simulator, request)).split('\r\n\r\n');
    const announced = Number(/^content-length: (\d+)$/im.exec(head)?.[1]);
    expect(body).toMatch(/^\{"body":/);
    expect(body.length).toBe(Math.floor(announced / 2));
    expect(simulator.requests.at(-1)?.status).toBe(200);
  });

  it('huge answers with that many bytes of JSON', async () => {
    const bytes = 3 * 1024 * 1024 + 1;
    const { reply } = await openUnder({ kind: 'huge', bytes, match: MATCH });
    expect(reply?.text.length).toBe(bytes);
    expect(JSON.parse(reply?.text ?? '')).toHaveLength(bytes - 2);
  });

  it('expire-session ends the session for good', async () => {
    const { simulator, client } = await sessionForTest();
    await client.ask('POST', TRANSACTION);
    simulator.faults.add({ kind: 'expire-session', match: { path: SUPPORT } });
    expect(refusal(await client.ask('GET', SUPPORT))).toEqual([401, 'Unauthenticated']);
    expect((await client.ask('GET', TRANSACTION)).status).toBe(401);
    expect(simulator.openTransactions()).toBe(0);
  });

  it('hang never answers, and may take effect', async () => {
    const { simulator, client } = await sessionForTest();
    simulator.faults.add({ kind: 'hang', effect: 'applied', match: MATCH });
    const hanging = expect(client.ask('POST', TRANSACTION)).rejects.toThrow();
    await expect.poll(() => simulator.openTransactions()).toBe(1);
    await simulator.stop();
    await hanging;
  });
});

describe('the plan of faults', () => {
  const teapot = { kind: 'status', status: 418 } as const;

  it('strikes by place, count, method and path', async () => {
    const { simulator, client } = await sessionForTest();
    simulator.clearRequests();
    const statuses = async (count: number): Promise<readonly number[]> => {
      const replies: number[] = [];
      for (let n = 0; n < count; n += 1) replies.push((await client.ask('GET', SUPPORT)).status);
      return replies;
    };
    simulator.faults.add({ ...teapot, match: { index: 1 } });
    expect(await statuses(3)).toEqual([200, 418, 200]);
    simulator.faults.add({ ...teapot, match: { nth: 2, path: /support_info$/ } });
    await client.ask('GET', TRANSACTION);
    expect(await statuses(3)).toEqual([200, 418, 200]);
    simulator.faults.add({ ...teapot, match: { method: 'GET', path: SUPPORT }, times: 2 });
    expect(await statuses(3)).toEqual([418, 418, 200]);
    simulator.faults.add({ ...teapot, match: { method: 'PUT' } });
    simulator.faults.add({ ...teapot, match: { path: '/api/configuration' } });
    expect(await statuses(1)).toEqual([200]);
    expect(simulator.faults.pending).toBe(2);
    simulator.faults.clear();
    expect(simulator.faults.pending).toBe(0);
  });

  it('uses the fault that was added first', async () => {
    const { simulator, client } = await sessionForTest();
    simulator.faults.add({ ...teapot, match: {} });
    simulator.faults.add({ kind: 'html', match: {} });
    expect((await client.ask('GET', SUPPORT)).status).toBe(418);
    expect((await client.ask('GET', SUPPORT)).status).toBe(502);
    expect(at(await client.ask('GET', SUPPORT), '/key')).toBe('support_info');
  });

  it('refuses what cannot be', () => {
    const plan = new FaultPlan();
    expect(() => plan.add({ ...teapot, match: {}, times: 0 })).toThrow(RangeError);
    expect(() => plan.add({ kind: 'status', status: 99, match: {} })).toThrow(RangeError);
  });
});
