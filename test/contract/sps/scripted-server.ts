import { createServer, type Server } from 'node:https';
import type { IncomingMessage, IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { Json } from '../../../src/shared/json.ts';
import { issue, makeAuthority, type Issued } from './certificates.ts';

/** A request as it came in. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body as it came, which need not be text. */
  readonly bytes: Buffer;
  /** Counts the connections from 0. */
  readonly connection: number;
}

/** Answers one request. */
export type Step = (request: Seen, response: ServerResponse, socket: Socket) => void | Promise<void>;

/** An HTTPS server that answers its first request with the first step, and so on. */
export interface ScriptedServer {
  readonly url: string;
  readonly port: number;
  readonly ca: string;
  readonly seen: readonly Seen[];
  readonly connections: () => number;
  /** `GET /path` of each request. */
  readonly lines: () => readonly string[];
  /** Resolves when so many requests have come in. */
  readonly received: (count: number) => Promise<void>;
  readonly stop: () => Promise<void>;
  /** What does not fit the script: requests beyond it, steps that were not used. */
  readonly complaints: () => readonly string[];
}

const authority: Promise<Issued> = makeAuthority('contract test authority');
const certificate: Promise<Issued> = authority.then((issuer) => issue(issuer));

/** The authority that signed the certificate of every scripted server that brings none of its own. */
export async function sharedAuthority(): Promise<Issued> {
  return authority;
}

export async function startServer(
  steps: readonly Step[],
  tls: {
    readonly issued?: Issued;
    readonly clientAuthority?: string;
    readonly versions?: Pick<SecureContextOptions, 'minVersion' | 'maxVersion' | 'ciphers'>;
  } = {},
): Promise<ScriptedServer> {
  const issued = tls.issued ?? (await certificate);
  const server = createServer({
    cert: issued.certificate,
    key: issued.key,
    ...tls.versions,
    ...(tls.clientAuthority === undefined
      ? {}
      : { ca: tls.clientAuthority, requestCert: true, rejectUnauthorized: true }),
  });
  const seen: Seen[] = [];
  const unexpected: string[] = [];
  const sockets = new Map<Socket, number>();
  const arrivals: (() => void)[] = [];
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => undefined);
  });
  server.on('secureConnection', (socket: Socket) => {
    sockets.set(socket, sockets.size);
    socket.on('error', () => undefined);
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void readBody(request).then(async (body) => {
      const one = describe(request, body, sockets.get(request.socket) ?? -1);
      const step = steps[seen.length];
      seen.push(one);
      for (const arrival of arrivals.splice(0)) arrival();
      if (step === undefined) {
        unexpected.push(`unexpected ${one.method} ${one.url}`);
        request.socket.destroy();
        return;
      }
      await step(one, response, request.socket);
    });
  });
  const port = await listen(server);
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    ca: (await authority).certificate,
    seen,
    connections: () => sockets.size,
    lines: () => seen.map((request) => `${request.method} ${request.url}`),
    received: async (count) => {
      while (seen.length < count) await new Promise<void>((resolve) => arrivals.push(resolve));
    },
    complaints: () => [
      ...unexpected,
      ...steps.slice(seen.length).map((_step, index) => `step ${seen.length + index} was not used`),
    ],
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of sockets.keys()) socket.destroy();
      }),
  };
}

function describe(request: IncomingMessage, bytes: Buffer, connection: number): Seen {
  const { method = '', url = '', headers } = request;
  return { method, url, headers, body: bytes.toString('utf8'), bytes, connection };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Answers with JSON, 200 unless told. */
export function json(value: Json, status = 200, headers: Readonly<Record<string, string>> = {}): Step {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  };
}

/** Answers with text of any type. */
export function text(body: string, status: number, headers: Readonly<Record<string, string>> = {}): Step {
  return (_request, response) => {
    response.writeHead(status, headers).end(body);
  };
}

/** Cuts the connection without an answer. */
export const cut: Step = (_request, _response, socket) => {
  socket.destroy();
};

/** Never answers. */
export const hang: Step = () => undefined;

/** Writes these bytes to the connection as they stand. */
export function raw(bytes: string, end: 'keep' | 'close' = 'keep'): Step {
  return (_request, _response, socket) => {
    socket.write(bytes, () => {
      if (end === 'close') socket.destroy();
    });
  };
}

/** A login that succeeds. */
export function loggedIn(session = 'a1f71d030e657634730b9e887cb59a5e56162860'): Step {
  return json({ meta: { href: '/api/authentication' } }, 200, {
    'set-cookie': `session_id=${session}; Path=/; Secure`,
  });
}

/** The guide's error shape. */
export function refusal(status: number, type: string, more: Readonly<Record<string, Json>> = {}): Step {
  return json({ error: { type, ...more }, meta: { href: '/api' } }, status);
}
