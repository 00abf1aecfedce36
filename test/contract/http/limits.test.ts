import { once } from 'node:events';
import { expect, test } from 'vitest';
import { parsed, served, textOf, type Served } from './served.ts';

/** Times that a test can wait for. */
const SHORT = { headersMs: 300, requestMs: 500, idleMs: 400, lookMs: 20 };

const HOST = 'Host: localhost\r\n';

/** Proves that others are still answered. */
async function expectWell(world: Served): Promise<void> {
  expect((await world.ask('GET /healthz')).status).toBe(200);
}

test.each([
  ['headers', `GET /healthz HTTP/1.1\r\n${HOST}X-Long: ${'x'.repeat(8192)}\r\n\r\n`],
  ['a path', `GET /healthz?${'x'.repeat(8192)} HTTP/1.1\r\n${HOST}\r\n`],
  ['many headers', `GET /healthz HTTP/1.1\r\n${HOST}${'X-A: 123456789\r\n'.repeat(1000)}\r\n`],
])('%s of more than 8 KiB: 431', async (_, text) => {
  const world = await served();
  expect(parsed(await world.exchange(text)).status).toBe(431);
  await expectWell(world);
});

test('bodies up to 1 KiB are taken, and of no consequence', async () => {
  const world = await served();
  expect((await world.ask('POST /reconcile', {}, 'x'.repeat(1024))).status).toBe(202);
  expect((await world.ask('GET /healthz', {}, 'x'.repeat(1024))).status).toBe(200);
});

const POST = `POST /reconcile HTTP/1.1\r\n${HOST}`;

test.each([
  ['announced', `${POST}Content-Length: 1025\r\n\r\n${'x'.repeat(1025)}`],
  ['announced and never sent', `${POST}Content-Length: 999999999\r\n\r\n`],
  ['sent in chunks', `${POST}Transfer-Encoding: chunked\r\n\r\n800\r\n${'x'.repeat(2048)}\r\n0\r\n\r\n`],
  ['sent in chunks without an end', `${POST}Transfer-Encoding: chunked\r\n\r\n401\r\n${'x'.repeat(1025)}\r\n`],
  ['asked about first', `${POST}Content-Length: 1025\r\nExpect: 100-continue\r\n\r\n`],
  ['of a request that needs none', `GET /healthz HTTP/1.1\r\n${HOST}Content-Length: 1025\r\n\r\n`],
])('a larger body, %s: 413, and the connection ends', async (_, text) => {
  const world = await served();
  const answer = parsed(await world.exchange(text));
  expect([answer.status, answer.headers['connection']]).toEqual([413, 'close']);
  expect(world.asked).toEqual([]);
  await expectWell(world);
});

test('a small body may be asked about first', async () => {
  const world = await served();
  const text = await world.exchange(`${POST}Connection: close\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n{}`);
  expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 202 Accepted/);
});

test.each([
  ['no HTTP', 'hello\r\n\r\n'],
  ['no host', 'GET /healthz HTTP/1.1\r\n\r\n'],
  ['two lengths', `${POST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`],
  ['a length and chunks', `${POST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['a length that is no number', `${POST}Content-Length: x\r\n\r\n`],
])('what is no request is 400 and asks for nothing: %s', async (_, text) => {
  const world = await served();
  expect(parsed(await world.exchange(text)).status).toBe(400);
  expect(world.asked).toEqual([]);
  await expectWell(world);
});

test.each([
  ['says nothing', ''],
  ['does not end its headers', `GET /healthz HTTP/1.1\r\n${HOST}X-Slow: `],
  ['does not send the body that it announced', `${POST}Content-Length: 10\r\n\r\nx`],
])('a client that %s is cut off', async (_, text) => {
  const world = await served({ limits: SHORT });
  const socket = await world.connected();
  socket.write(text);
  const answer = await textOf(socket);
  expect(answer === '' ? 408 : parsed(answer).status).toBe(408);
  expect(world.asked).toEqual([]);
  await expectWell(world);
});

test('so is one that sends a byte now and then', async () => {
  const world = await served({ limits: SHORT });
  const socket = await world.connected();
  socket.write('GET /healthz HTTP/1.1\r\nX-Slow: ');
  const drip = setInterval(() => socket.write('x'), 10);
  try {
    const answer = await textOf(socket);
    expect(answer === '' ? 408 : parsed(answer).status).toBe(408);
  } finally {
    clearInterval(drip);
  }
});

test('one that asks and asks without waiting for an answer is cut off at once, and others are answered', async () => {
  const world = await served();
  let answered = 0;
  const value = (): Promise<string> => {
    answered += 1;
    return Promise.resolve('');
  };
  Object.defineProperty(world.metrics, 'text', { value });
  await world.exchange(`GET /metrics HTTP/1.1\r\n${HOST}\r\n`.repeat(3000));
  expect(answered).toBeLessThan(2);
  await expectWell(world);
});

test('a connection does not bring requests without an end', async () => {
  const world = await served({ limits: { requests: 3 } });
  const socket = await world.connected();
  for (let request = 1; request <= 3; request += 1) {
    socket.write(`GET /healthz HTTP/1.1\r\n${HOST}\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(parsed(answer.toString())).toMatchObject({
      status: 200,
      headers: { connection: request < 3 ? 'keep-alive' : 'close' },
    });
  }
  socket.write(`GET /healthz HTTP/1.1\r\n${HOST}\r\n`);
  expect(await textOf(socket)).not.toContain('200 OK');
});

test('connections are kept for a moment and used again', async () => {
  const world = await served({ limits: { keepAliveMs: 1000 } });
  const socket = await world.connected();
  socket.write(`GET /healthz HTTP/1.1\r\n${HOST}\r\n`);
  const [first] = (await once(socket, 'data')) as [Buffer];
  expect(parsed(first.toString()).headers['connection']).toBe('keep-alive');
  socket.write(`GET /healthz HTTP/1.1\r\n${HOST}\r\n`);
  // The second answer, and then the end, as nothing more is asked.
  expect(parsed(await textOf(socket)).status).toBe(200);
});

test('no more connections than a probe, a scraper and some people need', async () => {
  const world = await served({ limits: { connections: 2 } });
  const [first, second] = [await world.connected(), await world.connected()];
  const third = await world.connected();
  expect(await textOf(third)).toBe('');
  first.destroy();
  second.destroy();
  await expect.poll(async () => (await world.ask('GET /healthz')).status).toBe(200);
});
