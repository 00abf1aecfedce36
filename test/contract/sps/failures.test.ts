import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { calm, client, failure, read, scripted } from './harness.ts';
import { cut, hang, json, raw, refusal, startServer, text, type Step } from './scripted-server.ts';

const SOAP = '/api/configuration/management/soap';
const LEAF = json({ key: 'soap', body: { enabled: true }, meta: { href: SOAP } });
const HTML = text('<html>planted-secret</html>', 502, { 'content-type': 'text/html; charset=utf-8' });
const WHOLE = JSON.stringify({ key: 'soap', body: { enabled: true } });
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
const TRUNCATED = raw(`${HEAD}Content-Length: 500\r\n\r\n${WHOLE}`, 'close');
const TRUNCATED_CHUNK = raw(`${HEAD}Transfer-Encoding: chunked\r\n\r\n20\r\n${WHOLE.slice(0, 10)}`, 'close');

describe('answers that say no', () => {
  it('names request, status and kind of content, and nothing of the body', async () => {
    const { appliance } = await scripted([HTML, HTML, HTML]);
    const error = await failure(read(appliance, SOAP, calm));
    expect(error.message).toBe(`GET ${SOAP} answered 502 with text/html instead of JSON`);
    expect(error).toMatchObject({ kind: 'status', status: 502, guideShaped: false, answered: false, type: null });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('planted-secret');
  });

  it.each([
    [400, 'SyntacticError', 'targetUnreachable'],
    [400, 'SemanticError', 'targetUnreachable'],
    [401, 'Unauthenticated', 'authFailed'],
    [403, 'Unauthorized', 'forbidden'],
    [404, 'NotFound', 'unsupported'],
    [405, 'MethodNotAllowed', 'targetUnreachable'],
    [409, 'Conflict', 'targetUnreachable'],
    [411, 'LengthRequired', 'targetUnreachable'],
    [417, 'ExpectationFailed', 'targetUnreachable'],
    [423, 'Locked', 'targetUnreachable'],
    [429, 'TooMany', 'targetUnreachable'],
    [500, 'Internal', 'targetUnreachable'],
  ])('%i %s to a PUT stands for %s', async (status, type, row) => {
    const { appliance } = await scripted([refusal(status, type)]);
    const error = await failure(appliance.put(SOAP, {}, calm));
    expect(error).toMatchObject({ kind: 'status', status, type, failure: row, guideShaped: true });
    expect(error.answered).toBe(status < 500);
    expect(error.message).toBe(`PUT ${SOAP} answered ${status} ${type}`);
    expect(error.request).toEqual({ method: 'PUT', path: SOAP });
  });

  it("keeps the appliance's words apart from the message, invisible to whoever prints the error", async () => {
    const more = { message: 'value planted-secret is bad', details: { path: '/planted-secret' } };
    const { appliance } = await scripted([refusal(400, 'SyntacticError', more)]);
    const error = await failure(appliance.put(SOAP, {}, calm));
    expect(error.applianceMessage).toBe(more.message);
    expect(error.applianceDetails).toEqual(more.details);
    const shown = `${String(error)} ${inspect(error, { depth: 9, showHidden: true })} ${JSON.stringify(error)}`;
    expect(shown).not.toContain('planted-secret');
  });

  it('does not repeat a type that is no type', async () => {
    const { appliance } = await scripted([refusal(400, 'planted secret\n')]);
    const error = await failure(appliance.put(SOAP, {}, calm));
    expect(error).toMatchObject({ type: null, guideShaped: true });
    expect(error.message).toBe(`PUT ${SOAP} answered 400`);
  });

  it('tells JSON of another shape, an empty answer and a foreign page apart', async () => {
    const page = text('<html>', 403, { 'content-type': 'text/html' });
    const { appliance } = await scripted([json({ oops: 1 }, 409), json(['oops'], 409), text('', 404), page]);
    const foreign = await failure(appliance.put(SOAP, {}, calm));
    expect(foreign.message).toContain("409 with JSON that is not in the appliance's error shape");
    expect(foreign.guideShaped).toBe(false);
    expect((await failure(appliance.put(SOAP, {}, calm))).message).toBe(foreign.message);
    const empty = await failure(appliance.put(SOAP, {}, calm));
    expect(empty).toMatchObject({ failure: 'unsupported', answered: false });
    expect((await failure(appliance.put(SOAP, {}, calm))).failure).toBe('targetUnreachable');
  });

  it.each([301, 302, 303, 307, 308, 304])('follows no redirect: %i', async (status) => {
    const { server, appliance } = await scripted([text('', status, { location: '/api/elsewhere' })]);
    const error = await failure(read(appliance, SOAP, calm));
    expect(error).toMatchObject({ kind: 'shape', status, answered: false, failure: 'targetUnreachable' });
    expect(error.message).toContain('redirects are not followed');
    expect(server.lines()).toEqual([`GET ${SOAP}`]);
  });
});

describe('what is sent again', () => {
  it.each<[string, Step]>([
    ['a broken connection', cut],
    ['a body that is cut off', TRUNCATED],
    ['a chunked body that is cut off', TRUNCATED_CHUNK],
    ['something that is not HTTP', raw('220 mail.example.com ESMTP\r\n')],
    ['429', text('', 429)],
    ['500', refusal(500, 'Internal')],
    ['502 in HTML', HTML],
  ])('a GET, twice, after %s', async (_name, bad) => {
    const { appliance } = await scripted([bad, bad, LEAF]);
    expect(await read(appliance, SOAP, calm)).toEqual({ kind: 'leaf', body: { enabled: true } });
    expect(appliance.requests).toEqual({ GET: 3 });
    const worse = await scripted([bad, bad, bad]);
    await failure(read(worse.appliance, SOAP, calm));
    expect(worse.appliance.requests).toEqual({ GET: 3 });
  });

  it.each<[string, Step]>([
    ['400', refusal(400, 'SyntacticError')],
    ['401', refusal(401, 'Unauthenticated')],
    ['403', refusal(403, 'Unauthorized')],
    ['404', refusal(404, 'NotFound')],
    ['a page with status 200', text('<html>', 200, { 'content-type': 'text/html' })],
  ])('not a GET after %s', async (_name, bad) => {
    const { appliance } = await scripted([bad]);
    await failure(read(appliance, SOAP, calm));
    expect(appliance.requests).toEqual({ GET: 1 });
  });

  it.each<[string, Step, string]>([
    ['a broken connection', cut, 'network'],
    ['a body that is cut off', TRUNCATED, 'network'],
    ['503 with Retry-After', text('', 503, { 'retry-after': '0' }), 'status'],
    ['429', text('', 429), 'status'],
  ])('never anything but a GET: after %s', async (_name, bad, kind) => {
    const { server, appliance } = await scripted([bad, bad, bad, bad, bad]);
    const calls = [
      () => appliance.openTransaction(calm),
      () => appliance.put(SOAP, {}, calm),
      () => appliance.post(SOAP, {}, calm),
      () => appliance.commit('message', calm),
      () => appliance.rollback(calm),
    ];
    for (const call of calls) expect(await failure(call())).toMatchObject({ kind, answered: false });
    expect(server.seen).toHaveLength(5);
    expect(appliance.requests).toEqual({ POST: 2, PUT: 2, DELETE: 1 });
  });

  it('says that an answer was cut off, with the status that had come', async () => {
    const { appliance } = await scripted([TRUNCATED]);
    const error = await failure(appliance.commit(null, calm));
    expect(error).toMatchObject({ kind: 'network', status: 200, answered: false });
    expect(error.message).toBe('PUT /api/transaction was cut off before the answer was complete');
  });

  it('waits as long as Retry-After says, in seconds or up to a date', async () => {
    const date = new Date(Date.now() + 2_000).toUTCString();
    const { appliance } = await scripted([
      text('', 503, { 'retry-after': '1' }),
      text('', 429, { 'retry-after': date }),
      LEAF,
    ]);
    const started = Date.now();
    await read(appliance, SOAP, calm);
    // One second, then what is left of two from the start; timers may be a millisecond early, dates have no fractions.
    expect(Date.now() - started).toBeGreaterThanOrEqual(995);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(date) - 5);
  });

  it('does not wait longer than half a minute, and hands on what was asked for', async () => {
    const { appliance } = await scripted([text('', 503, { 'retry-after': '120' })]);
    const error = await failure(read(appliance, SOAP, calm));
    expect(error.retryAfterMs).toBe(120_000);
    expect(appliance.requests).toEqual({ GET: 1 });
  });
});

describe('limits', () => {
  it('gives up a GET that hangs after two deadlines, a PUT after one', async () => {
    const { appliance } = await scripted([hang, hang, hang], { timeoutMs: 150 });
    const error = await failure(read(appliance, SOAP, calm));
    expect(error).toMatchObject({ kind: 'timeout', status: null, answered: false });
    expect(error.message).toBe(`GET ${SOAP} timed out after 150ms`);
    expect(appliance.requests).toEqual({ GET: 2 });
    expect((await failure(appliance.put(SOAP, {}, calm))).kind).toBe('timeout');
    expect(appliance.requests).toEqual({ GET: 2, PUT: 1 });
  });

  it('counts the body towards the deadline, however busily it drips', async () => {
    const drip: Step = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(timer));
    };
    const { appliance } = await scripted([LEAF, drip], { commitTimeoutMs: 400 });
    // The handshake may take longer than that on a busy machine.
    await read(appliance, SOAP, calm);
    expect(await failure(appliance.commit(null, calm))).toMatchObject({ kind: 'timeout', status: 200 });
  });

  it('gives the commit its own deadline', async () => {
    const { appliance } = await scripted([LEAF, hang], { timeoutMs: 30_000, commitTimeoutMs: 400 });
    await read(appliance, SOAP, calm);
    const error = await failure(appliance.commit(null, calm));
    expect(error.message).toBe('PUT /api/transaction timed out after 400ms');
  });

  it('stops reading a body without end', async () => {
    let closed = false;
    const endless: Step = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 32)));
      };
      response.on('drain', more);
      response.on('close', () => (closed = true));
      more();
    };
    const { appliance } = await scripted([endless, LEAF]);
    const error = await failure(read(appliance, SOAP, calm));
    expect(error).toMatchObject({ kind: 'shape', status: 200, failure: 'targetUnreachable' });
    expect(error.message).toBe(`GET ${SOAP} answered 200 with more than 16 MiB`);
    await read(appliance, SOAP, calm);
    await vi.waitFor(() => expect(closed).toBe(true));
  });
});

describe('the caller', () => {
  it('aborts a request that is out, and one that waits for its turn, with its own reason', async () => {
    const { server, appliance } = await scripted([hang], { concurrency: 1 });
    const controller = new AbortController();
    const reason = new Error('stop now');
    const out = appliance.put(SOAP, {}, controller.signal);
    const waiting = appliance.put(SOAP, {}, controller.signal);
    const settled = Promise.allSettled([out, waiting]);
    await server.received(1);
    controller.abort(reason);
    expect(await settled).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    await expect(appliance.put(SOAP, {}, controller.signal)).rejects.toBe(reason);
    expect(appliance.requests).toEqual({ PUT: 1 });
  });

  it('aborts before the request is written', async () => {
    const { appliance } = await scripted([]);
    const controller = new AbortController();
    const reason = new Error('stop now');
    const out = appliance.put(SOAP, {}, controller.signal);
    controller.abort(reason);
    await expect(out).rejects.toBe(reason);
    expect(appliance.requests).toEqual({});
  });

  it('aborts while a GET waits to be sent again', async () => {
    const controller = new AbortController();
    const reason = new Error('stop now');
    const answered: (number | null)[] = [];
    const { appliance } = await scripted([text('', 503, { 'retry-after': '29' })], {
      onRequest: ({ status }) => {
        answered.push(status);
        setImmediate(() => controller.abort(reason));
      },
    });
    await expect(read(appliance, SOAP, controller.signal)).rejects.toBe(reason);
    expect(answered).toEqual([503]);
  });

  it('goes on with the next request after an abort', async () => {
    const { server, appliance } = await scripted([hang, LEAF], { concurrency: 1 });
    const controller = new AbortController();
    const reading = read(appliance, SOAP, controller.signal).catch(() => 'aborted');
    await server.received(1);
    controller.abort();
    expect(await reading).toBe('aborted');
    expect((await read(appliance, SOAP, calm)).kind).toBe('leaf');
  });

  it('closes twice, at any time; what is out fails', async () => {
    const server = await startServer([hang]);
    const appliance = client(server.url, { ca: server.ca });
    const out = failure(appliance.put(SOAP, {}, calm));
    await server.received(1);
    await Promise.all([appliance.close(), appliance.close()]);
    await appliance.close();
    expect((await out).kind).toBe('network');
    expect((await failure(appliance.info(calm))).message).toContain('closed by this program');
    await server.stop();
  });
});
