import type { JsonObject } from '../shared/json.ts';
import { refusalOf, type Access } from './http-guard.ts';
import type { HttpAnswer, HttpRequest } from './http-listener.ts';
import type { Metrics } from './metrics.ts';
import type { Asked, StatusBoard } from './status-board.ts';

/** What the answers are made of. */
export interface RouteParts {
  readonly board: Pick<StatusBoard, 'readiness' | 'document' | 'ask'>;
  readonly metrics: Pick<Metrics, 'contentType' | 'text'>;
  readonly access: Access;
}

type Route = (request: HttpRequest, parts: RouteParts) => HttpAnswer | Promise<HttpAnswer>;

interface Endpoint {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly route: Route;
}

/** Everything that is answered. */
export const ENDPOINTS: readonly Endpoint[] = [
  { method: 'GET', path: '/healthz', route: () => json(200, { live: true }) },
  { method: 'GET', path: '/readyz', route: (_, { board }) => readyz(board) },
  { method: 'GET', path: '/metrics', route: (_, { metrics }) => metricsText(metrics) },
  { method: 'GET', path: '/status', route: (_, { board }) => json(200, board.document()) },
  { method: 'POST', path: '/reconcile', route: reconcile },
];

/** Answers by `ENDPOINTS`: 404 for any other path, 405 for any other method. HEAD is GET without the body. */
export function answer(request: HttpRequest, parts: RouteParts): HttpAnswer | Promise<HttpAnswer> {
  const here = ENDPOINTS.filter(({ path }) => path === request.path);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const endpoint = here.find((one) => one.method === method);
  if (endpoint !== undefined) return endpoint.route(request, parts);
  if (here.length === 0) {
    const known = ENDPOINTS.map(({ path }) => path).join(', ');
    return failure(404, { code: 'not-found', message: 'there is nothing here', hint: `there are ${known}` });
  }
  const allow = here.map((one) => (one.method === 'GET' ? 'GET, HEAD' : one.method)).join(', ');
  const message = 'this method is not answered here';
  return withHeaders(failure(405, { code: 'method-not-allowed', message, hint: `use ${allow}` }), { Allow: allow });
}

function readyz(board: RouteParts['board']): HttpAnswer {
  const { ready, code, message } = board.readiness;
  return json(ready ? 200 : 503, { ready, code, message });
}

async function metricsText(metrics: RouteParts['metrics']): Promise<HttpAnswer> {
  return { status: 200, headers: { 'Content-Type': metrics.contentType }, body: await metrics.text() };
}

const RUNS: Readonly<Record<Exclude<Asked, 'too-late'>, string>> = {
  now: 'a run begins now',
  next: 'a run is under way; one more follows it',
  joined: 'a run is to come already; it answers this request too',
};

function reconcile({ headers }: HttpRequest, { board, access }: RouteParts): HttpAnswer {
  const refusal = refusalOf(headers, access);
  if (refusal !== null) {
    const { status, ...error } = refusal;
    const refused = failure(status, error);
    return status === 401 ? withHeaders(refused, { 'WWW-Authenticate': 'Bearer realm="sps-gitops"' }) : refused;
  }
  const run = board.ask();
  if (run === 'too-late') {
    return failure(503, { code: 'stopping', message: 'the daemon is stopping', hint: 'ask the one that follows it' });
  }
  return json(202, { version: 1, trigger: 'http', run, message: RUNS[run] });
}

function json(status: number, body: JsonObject): HttpAnswer {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
    body: `${JSON.stringify(body, null, 2)}\n`,
  };
}

function failure(status: number, error: { readonly code: string; readonly message: string; readonly hint: string }) {
  return json(status, { error });
}

function withHeaders(given: HttpAnswer, headers: HttpAnswer['headers']): HttpAnswer {
  return { ...given, headers: { ...given.headers, ...headers } };
}
