import { X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import type { Appliance, ApplianceRequest } from './appliance.ts';
import { jsonAnswer } from './answer.ts';
import type { SimulatorCertificates } from './certificates.ts';
import { deliver } from './delivery.ts';
import { deliveryOf } from './fault-effects.ts';
import type { Fault, FaultPlan } from './faults.ts';
import type { RequestLog } from './requests.ts';
import { answerRequest } from './router.ts';

/** What the HTTPS server works with. */
export interface ApplianceServerParts {
  readonly appliance: Appliance;
  readonly certificates: SimulatorCertificates;
  readonly log: RequestLog;
  readonly faults: FaultPlan;
  /** Ends delayed answers when the simulator stops. */
  readonly signal: AbortSignal;
}

/** The appliance's HTTPS server, not yet listening. */
export function createApplianceServer(parts: ApplianceServerParts): Server {
  const { server: identity, caPem } = parts.certificates;
  const server = createServer({
    cert: identity.certificate,
    key: identity.key,
    ca: caPem,
    // A certificate is asked for and never demanded: login by password needs none.
    requestCert: true,
    rejectUnauthorized: false,
  });
  // Idle connections stay, so that no client meets a connection that closes under its request.
  server.keepAliveTimeout = 0;
  const ca = new X509Certificate(caPem);
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    handleRequest(parts, ca, request, response).catch((error: unknown) => fail(error, response));
  };
  server.on('request', handle);
  // With an `Expect` header Node.js raises these instead; the router answers 417 to both.
  server.on('checkContinue', handle);
  server.on('checkExpectation', handle);
  return server;
}

async function handleRequest(
  parts: ApplianceServerParts,
  ca: X509Certificate,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Who waits for "100 Continue" sends its body only after it; reading would never end.
  const body = request.headers.expect === undefined ? await readBody(request) : Buffer.alloc(0);
  const parsed = parseRequest(request, body, ca);
  const [record, noteStatus] = await parts.log.add({
    method: parsed.method,
    path: parsed.path,
    query: parsed.query.toString(),
    headers: request.headers,
    body: body.length === 0 ? null : body.toString('utf8'),
    session: parsed.sessionId,
  });
  const fault = parts.faults.take(record);
  await beforeEffect(parts, fault, parsed);
  const delivery = deliveryOf(fault, () => answerRequest(parts.appliance, parsed));
  if ('answer' in delivery) noteStatus(delivery.answer.status);
  if (request.headers.expect !== undefined) response.setHeader('Connection', 'close');
  deliver(delivery, response);
}

async function beforeEffect(
  parts: ApplianceServerParts,
  fault: Fault | undefined,
  request: ApplianceRequest,
): Promise<void> {
  if (fault?.kind === 'delay') await wait(fault.ms, undefined, { signal: parts.signal });
  if (fault?.kind === 'expire-session' && request.sessionId !== null) parts.appliance.sessions.end(request.sessionId);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (chunk instanceof Buffer) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function parseRequest(request: IncomingMessage, body: Buffer, ca: X509Certificate): ApplianceRequest {
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  return {
    method: request.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    header: (name) => [request.headers[name] ?? ''].flat().join(', '),
    body,
    sessionId: /(?:^|;)\s*session_id=([^;\s]+)/.exec(request.headers.cookie ?? '')?.[1] ?? null,
    clientCertificate: showsCertificateOf(request, ca) ? 'accepted' : 'none',
  };
}

function showsCertificateOf(request: IncomingMessage, ca: X509Certificate): boolean {
  if (!(request.socket instanceof TLSSocket)) return false;
  // `authorized` alone is not enough: Node.js reports it for resumed connections without any certificate, too.
  const certificate = request.socket.getPeerX509Certificate();
  return certificate !== undefined && certificate.verify(ca.publicKey);
}

/** Cut connections and the stop of the simulator end here, and so does what a test's listener throws. */
function fail(error: unknown, response: ServerResponse): void {
  if (response.headersSent || response.socket === null || response.socket.destroyed) {
    response.destroy();
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  deliver({ kind: 'send', answer: jsonAnswer(500, { error: { type: 'InternalError', message } }) }, response);
}
