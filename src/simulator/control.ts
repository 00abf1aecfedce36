import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { parseJson, type Json, type JsonObject } from '../shared/json.ts';
import { SECRET_MASK } from '../shared/secret.ts';
import { ControlInputError, createControlInputs, type ControlInputs } from './control-input.ts';
import type { Member } from './configuration.ts';
import type { FaultPlan } from './faults.ts';
import type { Quirks } from './quirks.ts';
import type { RecordedRequest } from './requests.ts';
import type { SecondWriter } from './second-writer.ts';
import type { Commit } from './transactions.ts';

/** What the control interface steers: the parts of a simulator that make sense from another process. */
export interface Controlled {
  readonly requests: readonly RecordedRequest[];
  clearRequests(): void;
  readonly faults: FaultPlan;
  readonly quirks: Quirks;
  readonly commits: readonly Commit[];
  configuration(path: string): Json | undefined;
  members(collection: string): readonly Member[] | undefined;
  setConfiguration(path: string, body: Json | undefined): void;
  lock(holder: string | null): void;
  expireSessions(): void;
  sessions(): number;
  openTransactions(): number;
  readonly secondWriter: SecondWriter;
}

interface ControlAnswer {
  readonly status: number;
  readonly value: Json;
}

type Action = (simulator: Controlled, inputs: ControlInputs, body: () => Json) => ControlAnswer;

const DONE: ControlAnswer = { status: 200, value: {} };
const CONFIGURATION = '/configuration/';
const SECRET_BODIES: ReadonlySet<string> = new Set([
  '/api/configuration/passwords',
  '/api/configuration/private_keys',
  '/api/starling/join',
]);

const ACTIONS: Readonly<Record<string, Action>> = {
  'POST /faults': (simulator, inputs, body) => {
    simulator.faults.add(inputs.fault(body()));
    return { status: 201, value: { pending: simulator.faults.pending } };
  },
  'DELETE /faults': (simulator) => {
    simulator.faults.clear();
    return DONE;
  },
  'POST /lock': (simulator, inputs, body) => {
    simulator.lock(inputs.lock(body()).holder);
    return DONE;
  },
  'POST /expire-sessions': (simulator) => {
    simulator.expireSessions();
    return DONE;
  },
  'PATCH /quirks': (simulator, inputs, body) => {
    Object.assign(simulator.quirks, inputs.quirks(body()));
    return DONE;
  },
  'GET /requests': (simulator) => ({ status: 200, value: simulator.requests.map(shown) }),
  'DELETE /requests': (simulator) => {
    simulator.clearRequests();
    return DONE;
  },
  'GET /state': (simulator) => ({
    status: 200,
    value: {
      commits: simulator.commits.map((commit) => ({ ...commit })),
      openTransactions: simulator.openTransactions(),
      sessions: simulator.sessions(),
    },
  }),
  'POST /second-writer': (simulator, inputs, body) => {
    const { path, body: staged } = inputs.secondWriter(body());
    const { secondWriter } = simulator;
    const refused = secondWriter.open() ?? secondWriter.stage(path, staged) ?? secondWriter.commit();
    if (refused === null) return DONE;
    secondWriter.rollback();
    return { status: 409, value: { error: refused.message, refused: { ...refused } } };
  },
};

/**
 * The control interface: a JSON API over HTTP for those who steer the simulator from another process. It has no login
 * and belongs on the loopback interface; bodies must be `application/json`, which web pages of other sites cannot send.
 */
export function createControlServer(simulator: Controlled): Server {
  const inputs = createControlInputs();
  return createServer((request, response) => {
    readText(request)
      .then((text) => send(response, answer(simulator, inputs, request, text)))
      .catch((error: unknown) => send(response, refusal(error)));
  });
}

function answer(simulator: Controlled, inputs: ControlInputs, request: IncomingMessage, text: string): ControlAnswer {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const body = (): Json => requireJson(request, text);
  if (path.startsWith(CONFIGURATION)) {
    return configuration(simulator, request.method ?? '', path.slice(CONFIGURATION.length), body);
  }
  const route = `${request.method} ${path}`;
  const action = Object.hasOwn(ACTIONS, route) ? ACTIONS[route] : undefined;
  return action === undefined ? unknownRoute() : action(simulator, inputs, body);
}

function configuration(simulator: Controlled, method: string, path: string, body: () => Json): ControlAnswer {
  if (method === 'PUT') {
    simulator.setConfiguration(path, body());
    return DONE;
  }
  const stored = simulator.configuration(path);
  if (method === 'DELETE' && stored !== undefined) {
    simulator.setConfiguration(path, undefined);
    return DONE;
  }
  const value = stored ?? simulator.members(path)?.map((member) => ({ ...member }));
  return method === 'GET' && value !== undefined ? { status: 200, value } : unknownRoute();
}

function unknownRoute(): ControlAnswer {
  return { status: 404, value: { error: 'there is nothing at this path for this method' } };
}

function requireJson(request: IncomingMessage, text: string): Json {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw new ControlInputError('the content type must be application/json');
  return parseJson(text);
}

function refusal(error: unknown): ControlAnswer {
  const known = error instanceof ControlInputError || error instanceof SyntaxError || error instanceof RangeError;
  return { status: known ? 400 : 500, value: { error: error instanceof Error ? error.message : String(error) } };
}

/** A request as others may see it: what opens a session is masked, and so are bodies that are secrets as a whole. */
function shown(request: RecordedRequest): JsonObject {
  const headers = Object.entries(request.headers).map(([name, value]): [string, Json] => {
    const secret = ['authorization', 'cookie', 'x-token'].includes(name);
    return [name, secret ? SECRET_MASK : [value ?? ''].flat().join(', ')];
  });
  const session = request.session === null ? null : SECRET_MASK;
  const body = request.body !== null && SECRET_BODIES.has(request.path) ? SECRET_MASK : request.body;
  return { ...request, body, headers: Object.fromEntries(headers), session };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (chunk instanceof Buffer) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, { status, value }: ControlAnswer): void {
  const text = JSON.stringify(value);
  response
    .writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) })
    .end(text);
}
