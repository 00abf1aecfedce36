import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { calm, failure, read, scripted } from './harness.ts';
import { json, loggedIn, raw, type Step } from './scripted-server.ts';

const SOAP = '/api/configuration/management/soap';
const LEAF = json({ key: 'soap', body: { enabled: true }, meta: { href: SOAP } });
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';

describe('HTTP that is unusual', () => {
  const body = '{"body":1}';
  const length = `Content-Length: ${body.length}\r\n`;

  it.each<[string, string]>([
    [
      'hints before the answer',
      `HTTP/1.1 103 Early Hints\r\nSet-Cookie: session_id=early\r\n\r\n${HEAD}${length}\r\n${body}`,
    ],
    [
      'chunk extensions and trailers',
      `${HEAD}Transfer-Encoding: chunked\r\n\r\na;x="y"\r\n${body}\r\n0\r\nSet-Cookie: session_id=late\r\n\r\n`,
    ],
    [
      'the names of prototypes as headers',
      `${HEAD}__proto__: a\r\n__proto__: b\r\nconstructor: c\r\n${length}\r\n${body}`,
    ],
    ['no reason', `HTTP/1.1 200\r\n${length}\r\n${body}`],
  ])('is taken: %s', async (_name, bytes) => {
    const { server, appliance } = await scripted([loggedIn('one'), raw(bytes), LEAF]);
    await appliance.login(calm);
    expect(await read(appliance, SOAP, calm)).toEqual({ kind: 'leaf', body: 1 });
    await read(appliance, SOAP, calm);
    expect(server.seen[2]?.headers.cookie).toBe('session_id=one');
  });

  it('is taken: HTTP/1.0, of which the end of the connection is the end', async () => {
    const { appliance } = await scripted([raw(`HTTP/1.0 200 OK\r\n\r\n${body}`, 'close')]);
    expect(await read(appliance, SOAP, calm)).toEqual({ kind: 'leaf', body: 1 });
  });

  it.each<[string, string]>([
    ['two lengths', `${HEAD}${length}Content-Length: 3\r\n\r\n${body}`],
    ['a length and chunks', `${HEAD}${length}Transfer-Encoding: chunked\r\n\r\na\r\n${body}\r\n0\r\n\r\n`],
    ['a chunk of no length', `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n${body}`],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'],
    ['headers without end', `${HEAD}X-A: ${'a'.repeat(70_000)}\r\n${length}\r\n${body}`],
    ['a folded header', `${HEAD}X-A: a\r\n  b\r\n${length}\r\n${body}`],
  ])('is refused, and proves nothing: %s', async (_name, bytes) => {
    const { appliance } = await scripted([raw(bytes)]);
    const error = await failure(appliance.put(SOAP, {}, calm));
    expect(error).toMatchObject({ kind: 'network', answered: false, failure: 'targetUnreachable' });
  });

  it('is refused: a compressed body that nobody asked for', async () => {
    const packed: Step = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipSync(body));
    };
    const { server, appliance } = await scripted([packed]);
    expect((await failure(read(appliance, SOAP, calm))).kind).toBe('shape');
    expect(server.seen[0]?.headers).not.toHaveProperty('accept-encoding');
  });
});

describe('a connection that says too much', () => {
  const answer = (body: string): string => `${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`;

  it.each<[string, string]>([
    ['a second answer', answer('{"body":"duplicate"}')],
    ['garbage', 'garbage \0\u0001 and more\r\n\r\n'],
  ])('does not pass %s on to the next request', async (_name, extra) => {
    const twice = raw(`${answer('{"body":"mine"}')}${extra}`);
    const { server, appliance } = await scripted([twice, json({ body: 'next' }), twice, json({ body: 'last' })], {
      concurrency: 1,
    });
    expect(await read(appliance, '/api/configuration/a', calm)).toEqual({ kind: 'leaf', body: 'mine' });
    expect(await read(appliance, '/api/configuration/b', calm)).toEqual({ kind: 'leaf', body: 'next' });
    await read(appliance, '/api/configuration/a', calm);
    await appliance.put('/api/configuration/b', {}, calm);
    expect(server.connections()).toBe(3);
  });

  it('does not pass on a second answer that is written by itself', async () => {
    const separately: Step = (_request, _response, socket) => {
      socket.write(answer('{"body":"mine"}'));
      socket.write(answer('{"body":"duplicate"}'));
    };
    const { appliance } = await scripted([separately, json({ body: 'next' })], { concurrency: 1 });
    expect(await read(appliance, '/api/configuration/a', calm)).toEqual({ kind: 'leaf', body: 'mine' });
    expect(await read(appliance, '/api/configuration/b', calm)).toEqual({ kind: 'leaf', body: 'next' });
  });
});
