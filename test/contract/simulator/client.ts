import { Agent, request as httpsRequest } from 'node:https';
import { connect } from 'node:tls';
import { onTestFinished } from 'vitest';
import { isObject, parseJson, type Json, type JsonObject } from '../../../src/shared/json.ts';
import { valueAt } from '../../../src/shared/pointer.ts';
import {
  DEFAULT_PASSWORD,
  DEFAULT_USERNAME,
  type Simulator,
  type SimulatorOptions,
} from '../../../src/simulator/simulator.ts';
import { startSimulator } from '../../simulated.ts';

/** A request as a test writes it; `json` is sent with the right content type, `text` as it is. */
export interface Ask {
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: Json;
  readonly text?: string | Buffer;
  /** Extra options of the TLS connection. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** A shared agent, so that connections resume TLS sessions. */
  readonly agent?: Agent;
}

/** Where to send requests and what to trust. */
export type Address = Pick<Simulator, 'url' | 'caPem'>;

export interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

/** A session's requests; `cookie` is what the login gave. */
export interface Client {
  readonly cookie: string;
  ask(method: string, path: string, ask?: Ask): Promise<Reply>;
}

/** Starts a simulator that stops with the test. */
export async function simulatorForTest(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options);
  onTestFinished(() => simulator.stop());
  return simulator;
}

/** One request, on its own connection unless an agent says otherwise. Rejects when the connection is cut. */
export function ask(
  simulator: Address,
  method: string,
  path: string,
  { headers, json, text, tls, agent: shared }: Ask = {},
): Promise<Reply> {
  const body = json === undefined ? text : JSON.stringify(json);
  const type = json === undefined ? {} : { 'Content-Type': 'application/json' };
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const agent = shared ?? new Agent({ ca: simulator.caPem, keepAlive: false, ...tls });
    const request = httpsRequest(`${simulator.url}${path}`, {
      method,
      agent,
      headers: { ...type, ...length, ...headers },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    request.end(body);
  });
}

/** Sends bytes as they are and gives everything that comes until the connection ends. */
export function askUntilCut(simulator: Address, text: string): Promise<string> {
  const { port } = new URL(simulator.url);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: '127.0.0.1', port: Number(port), ca: simulator.caPem }, () => socket.write(text));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    // A reset is one of the ways in which a cut connection ends.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
}

/** Sends bytes as they are and gives the first line of the answer. */
export function askRaw(simulator: Address, text: string): Promise<string> {
  const { port } = new URL(simulator.url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: Number(port), ca: simulator.caPem }, () => socket.write(text));
    socket.on('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString('utf8').split('\r\n')[0] ?? '');
    });
  });
}

/** The header of a login by password. */
export function basic(username = DEFAULT_USERNAME, password = DEFAULT_PASSWORD): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}` };
}

/** The value pair of the cookie that an answer sets. */
export function cookieOf(reply: Reply): string {
  return (reply.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
}

/** Logs in by password. */
export async function logIn(simulator: Simulator): Promise<Client> {
  const reply = await ask(simulator, 'GET', '/api/authentication', { headers: basic() });
  if (reply.status !== 200) throw new Error(`the login was answered with ${reply.status}`);
  return clientWith(simulator, cookieOf(reply));
}

/** A client that sends this cookie. */
export function clientWith(simulator: Simulator, cookie: string): Client {
  return {
    cookie,
    ask: (method, path, options = {}) =>
      ask(simulator, method, path, { ...options, headers: { Cookie: cookie, ...options.headers } }),
  };
}

/** A simulator and a session on it. */
export async function sessionForTest(
  options: SimulatorOptions = {},
): Promise<{ simulator: Simulator; client: Client }> {
  const simulator = await simulatorForTest(options);
  return { simulator, client: await logIn(simulator) };
}

/** The answer's JSON object; throws when it is something else. */
export function json(reply: Reply): JsonObject {
  const value = parseJson(reply.text);
  if (!isObject(value)) throw new Error('the answer is not a JSON object');
  return value;
}

/** The value at a pointer of the answer's JSON. */
export function at(reply: Reply, pointer: string): Json | undefined {
  return valueAt(json(reply), pointer);
}

/** The string at a pointer of the answer's JSON; throws when something else is there. */
export function textAt(reply: Reply, pointer: string): string {
  const value = at(reply, pointer);
  if (typeof value !== 'string') throw new Error(`there is no string at ${pointer}`);
  return value;
}

/** Status and error type, what clients decide on. */
export function refusal(reply: Reply): readonly [number, Json | undefined] {
  return [reply.status, at(reply, '/error/type')];
}
