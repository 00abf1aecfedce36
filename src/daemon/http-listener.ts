import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { SpsGitopsError } from '../shared/errors.ts';
import { listenAddressText, type ListenAddress } from '../shared/listen-address.ts';
import { systemCode } from '../shared/system-code.ts';

/** A request whose body, which nobody needs, was small enough. */
export interface HttpRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** What is answered. */
export interface HttpAnswer {
  readonly status: number;
  /** `Content-Type`, and whatever else belongs to the answer. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers requests; a rejection is answered with 500 and nothing else. */
export type Answering = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

/** What one client may cost: sizes in bytes, times in ms. */
export interface HttpLimits {
  readonly headerBytes: number;
  readonly bodyBytes: number;
  /** From the connection, or the answer before, to the end of the headers. */
  readonly headersMs: number;
  /** The same to the end of the body. */
  readonly requestMs: number;
  /** How long a connection is kept for another request. */
  readonly keepAliveMs: number;
  /** How long a client may take nothing of an answer. */
  readonly idleMs: number;
  readonly connections: number;
  /** How many requests a connection may bring. */
  readonly requests: number;
  /** How often the first two times are looked at. */
  readonly lookMs: number;
}

/** Probes and scrapers need far less. */
export const LIMITS: HttpLimits = {
  headerBytes: 8192,
  bodyBytes: 1024,
  headersMs: 5000,
  requestMs: 10_000,
  keepAliveMs: 5000,
  idleMs: 10_000,
  connections: 64,
  requests: 100,
  lookMs: 1000,
};

/** A socket that listens. It does not keep the process alive. */
export interface HttpListener {
  /** As it is bound: a port of 0 has become a real one. */
  readonly address: ListenAddress;
  /** Listens no more and cuts off whoever is connected. May be called twice. */
  close(): Promise<void>;
}

/** Listens at an address. Throws `port-unavailable` when that cannot be. */
export async function openListener(
  address: ListenAddress,
  answering: Answering,
  limits: HttpLimits = LIMITS,
): Promise<HttpListener> {
  const server = createServer({ maxHeaderSize: limits.headerBytes, connectionsCheckingInterval: limits.lookMs });
  server.headersTimeout = limits.headersMs;
  server.requestTimeout = limits.requestMs;
  server.keepAliveTimeout = limits.keepAliveMs;
  server.timeout = limits.idleMs;
  server.maxConnections = limits.connections;
  server.maxRequestsPerSocket = limits.requests;
  const busy = new WeakSet<Duplex>();
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    // Who does not wait for the answer could ask for thousands in one go, and hold up everything else.
    if (busy.has(socket)) {
      socket.destroy();
      return;
    }
    busy.add(socket);
    response.once('close', () => busy.delete(socket));
    void respond(request, response, { answering, bodyBytes: limits.bodyBytes });
  };
  server.on('request', take);
  // A client that asks before it sends its body may keep it.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (declaredBytes(request) <= limits.bodyBytes) response.writeContinue();
    take(request, response);
  });
  server.on('connection', (socket) => socket.unref());
  // Without it each request too many is refused one by one, and the connection stays.
  server.on('dropRequest', (_request, socket) => void socket.destroy());
  server.unref();
  await listening(server, address);
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new TypeError('a TCP server has an address');
  let closing: Promise<void> | null = null;
  return { address: { host: bound.address, port: bound.port }, close: () => (closing ??= closed(server)) };
}

function listening(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    // Stays: later on it stands for connections that could not be accepted, which are nobody's end.
    server.on('error', (cause) => reject(unavailable(address, cause)));
    server.listen(address, resolve);
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Whether an error says that somebody else listens there. */
export function isTaken(error: unknown): boolean {
  return (
    error instanceof SpsGitopsError && error.code === 'port-unavailable' && error.details['errno'] === 'EADDRINUSE'
  );
}

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'this process has no right to that port',
};

function unavailable(address: ListenAddress, cause: Error): SpsGitopsError {
  const errno = systemCode(cause);
  const message = `cannot listen at ${listenAddressText(address)}: ${WHY[errno] ?? errno}`;
  return new SpsGitopsError('internal', message, {
    code: 'port-unavailable',
    hint: 'set http.listen to another address or port, or to null to do without health, metrics and status',
    details: { errno },
    cause,
  });
}

interface Responding {
  readonly answering: Answering;
  readonly bodyBytes: number;
}

async function respond(
  incoming: IncomingMessage,
  response: ServerResponse,
  { answering, bodyBytes }: Responding,
): Promise<void> {
  const { method = '', url = '', headers } = incoming;
  try {
    const body = await readBody(incoming, bodyBytes);
    if (body === 'gone') return;
    const [path = ''] = url.split('?', 1);
    if (body === 'read') send(response, await answering({ method, path, headers }));
    else refuse(response, 413);
  } catch {
    // Whatever it is, it is no business of whoever asks.
    if (!response.headersSent) refuse(response, 500);
  }
}

/** Reads a body and forgets it. */
function readBody(incoming: IncomingMessage, most: number): Promise<'read' | 'too-large' | 'gone'> {
  if (declaredBytes(incoming) > most) return Promise.resolve('too-large');
  return new Promise((resolve) => {
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > most) resolve('too-large');
    });
    incoming.on('end', () => resolve('read'));
    incoming.on('error', () => resolve('gone'));
    incoming.on('close', () => resolve('gone'));
  });
}

function declaredBytes({ headers }: IncomingMessage): number {
  return Number(headers['content-length'] ?? 0);
}

function send(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  response.writeHead(status, {
    ...headers,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
}

/** Answers with the bare status, and takes no more on this connection. */
function refuse(response: ServerResponse, status: 413 | 500): void {
  response.writeHead(status, { 'Content-Length': 0, Connection: 'close' });
  response.end();
}
