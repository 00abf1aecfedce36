import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { issue, makeAuthority } from '../contract/sps/certificates.ts';
import { madeOdd, type PlainAnswer } from './make-odd.ts';
import type { Odd } from './odd-answers.ts';

/** A request as it came in. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What is answered to a request, and what is odd about it. */
export interface Reply {
  readonly answer: PlainAnswer;
  readonly odd: Odd | null;
}

/** An HTTPS server below HTTP libraries, so that it can send what none of them would. */
export interface OddServer {
  readonly url: string;
  readonly ca: string;
  /** Answers from now on. */
  use(reply: (asked: Asked) => Promise<Reply>): void;
  stop(): Promise<void>;
}

export async function startOddServer(): Promise<OddServer> {
  const authority = await makeAuthority('fuzz authority');
  const { certificate, key } = await issue(authority);
  let reply: ((asked: Asked) => Promise<Reply>) | null = null;
  const sockets = new Set<TLSSocket>();
  const server = createServer({ cert: certificate, key }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    void serve(socket, async (asked) => reply?.(asked)).catch(() => socket.destroy());
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: authority.certificate,
    use: (next) => void (reply = next),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function serve(socket: TLSSocket, reply: (asked: Asked) => Promise<Reply | undefined>): Promise<void> {
  let received = Buffer.alloc(0);
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk as Buffer]);
    for (let one = requestIn(received); one !== null; one = requestIn(received)) {
      received = received.subarray(one.length);
      const given = await reply(one.asked);
      if (given === undefined) socket.destroy();
      else await send(socket, given);
    }
  }
}

function requestIn(bytes: Buffer): { readonly asked: Asked; readonly length: number } | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const [method = '', path = ''] = first.split(' ');
  const headers = Object.fromEntries(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const length = end + 4 + Number(headers['content-length'] ?? 0);
  return bytes.length < length
    ? null
    : { asked: { method, path, headers, body: bytes.subarray(end + 4, length) }, length };
}

async function send(socket: TLSSocket, { answer, odd }: Reply): Promise<void> {
  const made = odd === null ? ({ answer, form: 'plain' } as const) : madeOdd(answer, odd);
  const { body } = made.answer;
  const plain = Buffer.concat([head(made.answer, [`content-length: ${body.length}`]), body]);
  const write = (...parts: (string | Buffer)[]) => {
    if (socket.writable) socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))));
  };
  const chunk = `${body.length.toString(16)}\r\n`;
  switch (made.form) {
    case 'plain':
      return write(plain);
    case 'chunked':
      return write(
        head(made.answer, ['transfer-encoding: chunked']),
        body.length === 0 ? '' : Buffer.concat([Buffer.from(chunk), body, Buffer.from('\r\n')]),
        '0\r\n\r\n',
      );
    case 'chunked-cut':
      write(head(made.answer, ['transfer-encoding: chunked']), chunk, body.subarray(0, body.length >> 1));
      return void socket.end();
    case 'chunk-size':
      return write(head(made.answer, ['transfer-encoding: chunked']), 'fffffffffffffffff\r\n', body);
    case 'short':
      write(head(made.answer, [`content-length: ${body.length + 10}`]), body);
      return void socket.end();
    case 'long':
      return write(head(made.answer, [`content-length: ${body.length >> 1}`]), body);
    case 'twice':
      return write(plain, plain);
    case 'close':
      write(head(made.answer, ['connection: close']), body);
      return void socket.end();
    case 'reset':
      return void socket.destroy();
    case 'half-head':
      write(plain.subarray(0, 20));
      return void socket.end();
    case 'garbage':
      return write('\u0000\u0001\u0002 not HTTP at all\r\n\r\n', plain);
    case 'continue':
      return write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n', plain);
    case 'empty':
      return write(head(made.answer, ['content-length: 0']));
    case 'one-byte-each':
      for (const byte of plain.subarray(0, 400)) write(Buffer.from([byte]));
      return write(plain.subarray(400));
    case 'both-lengths':
      return write(
        head(made.answer, [`content-length: ${body.length}`, 'transfer-encoding: chunked']),
        chunk,
        body,
        '\r\n0\r\n\r\n',
      );
    case 'two-lengths':
      return write(head(made.answer, [`content-length: ${body.length}`, `content-length: ${body.length + 1}`]), body);
    case 'http10':
      write(plain.toString('latin1').replace('HTTP/1.1', 'HTTP/1.0'));
      return void socket.end();
    case 'huge-head':
      return write(head(made.answer, [`x-huge: ${'h'.repeat(100_000)}`, `content-length: ${body.length}`]), body);
    case 'hang':
      return;
  }
}

function head({ status, headers }: PlainAnswer, more: readonly string[]): Buffer {
  const lines = [...headers.map(([name, value]) => `${name}: ${value}`), ...more];
  return Buffer.from(`HTTP/1.1 ${String(status).padStart(3, '0')} Any\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
