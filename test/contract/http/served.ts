import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { initialConditions } from '../../../src/daemon/conditions.ts';
import { HttpDoor } from '../../../src/daemon/http-door.ts';
import type { Access } from '../../../src/daemon/http-guard.ts';
import { LIMITS, type HttpLimits, type HttpRequest } from '../../../src/daemon/http-listener.ts';
import { answer } from '../../../src/daemon/http-routes.ts';
import { Metrics } from '../../../src/daemon/metrics.ts';
import { StatusBoard, type Asked } from '../../../src/daemon/status-board.ts';
import { parseListenAddress, type ListenAddress } from '../../../src/shared/listen-address.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { leakScan, type LeakScan } from '../../process/leaks.ts';

/** A token that no answer may hold. */
export const TOKEN = 'MARKED-http-token-4a6e';

const NOW = '2026-05-01T10:00:00.000Z';

/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly json: () => unknown;
}

/** The listener of a daemon whose runs the test makes up. */
export interface Served {
  readonly door: HttpDoor;
  readonly board: StatusBoard;
  readonly metrics: Metrics;
  readonly scan: LeakScan;
  /** By which the daemon was asked so far. */
  readonly asked: string[];
  /** What the daemon says to the next that ask. */
  answer: Asked;
  isStopping: boolean;
  /** In ms. */
  clock: number;
  readonly port: () => number;
  /** Sends one request on a connection of its own. */
  ask(line: string, headers?: Readonly<Record<string, string>>, body?: string): Promise<WireAnswer>;
  /** Sends bytes, and gives all that comes back until the other side ends the connection. */
  exchange(text: string): Promise<string>;
  connected(): Promise<Socket>;
}

/** What differs from a listener at a port of 127.0.0.1 without a token. */
export interface ServedOptions {
  readonly listen?: string;
  readonly token?: string;
  readonly limits?: Partial<HttpLimits>;
}

/** Listens until the test is over; everything that it answered is then looked through for secrets. */
export async function served({ listen = '127.0.0.1:0', token, limits = {} }: ServedOptions = {}): Promise<Served> {
  const scan = leakScan();
  const asked: string[] = [];
  const world = { answer: 'now' as Asked, isStopping: false, clock: 0 };
  const board = new StatusBoard({
    version: '1.2.3',
    now: () => NOW,
    clock: () => world.clock,
    isStopping: () => world.isStopping,
  });
  const metrics = new Metrics(
    () => Date.parse(NOW),
    () => ({ cpuSeconds: 1.5, residentBytes: 70_000_000, heapBytes: 20_000_000, startedAtSeconds: 1_700_000_000 }),
  );
  board.show(
    {
      conditions: initialConditions(NOW),
      nextTick: NOW,
      nextRetry: null,
      pending: null,
      ask: () => {
        asked.push('run');
        return world.answer;
      },
    },
    { url: 'https://sps.example.com', mode: 'enforce' },
  );
  const answering = (request: HttpRequest, access: Access) => answer(request, { board, metrics, access });
  const door = new HttpDoor(answering, { ...LIMITS, ...limits });
  onTestFinished(() => door.close());
  await door.move({ address: addressOf(listen), token: token === undefined ? null : new Secret(token) });

  const port = () => Number(/\d+$/.exec(door.address ?? '')?.[0]);
  const host = /^\[?(.*?)\]?:\d+$/.exec(listen)?.[1] ?? '';

  async function connected(): Promise<Socket> {
    const socket = connect(port(), host === '0.0.0.0' ? '127.0.0.1' : host);
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    return socket;
  }

  async function exchange(text: string): Promise<string> {
    const socket = await connected();
    socket.write(text);
    const answer = await textOf(socket);
    scan.take('HTTP answer', answer);
    return answer;
  }

  async function ask(line: string, headers: Readonly<Record<string, string>> = {}, body = ''): Promise<WireAnswer> {
    const all = {
      Host: `127.0.0.1:${port()}`,
      Connection: 'close',
      ...(body === '' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
      ...headers,
    };
    const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    return parsed(await exchange(`${line} HTTP/1.1\r\n${head.join('')}\r\n${body}`));
  }

  return Object.assign(world, { door, board, metrics, scan, asked, port, ask, exchange, connected });
}

/** The address of a text that has one. */
export function addressOf(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (address === null) throw new Error(`${text} is no address`);
  return address;
}

/** Everything that comes until the other side ends the connection, in whatever way. */
export async function textOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  if (!socket.destroyed) await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return Buffer.concat(chunks).toString('utf8');
}

/** The first answer in a text. */
export function parsed(text: string): WireAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const body = rest.join('\r\n\r\n');
  const headers = lines.map((line) => {
    const [name = '', ...value] = line.split(': ');
    return [name.toLowerCase(), value.join(': ')] as const;
  });
  return {
    status: Number(first.split(' ')[1]),
    headers: Object.fromEntries(headers),
    body,
    json: () => JSON.parse(body) as unknown,
  };
}
