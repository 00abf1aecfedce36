import { subscribe } from 'node:diagnostics_channel';
import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Json } from '../../src/shared/json.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import type { Answers, Order, TimedRequest } from './appliance-messages.ts';

/** A timer of Node.js may be late by more than a millisecond: the rest is waited for awake. */
const TIMER_SLACK_MS = 2;

/** What this process is. */
interface State {
  simulator: Simulator | null;
  latencyMs: number;
  answered: TimedRequest[];
}

const state: State = { simulator: null, latencyMs: 0, answered: [] };

function now(): number {
  return performance.timeOrigin + performance.now();
}

async function delay(): Promise<void> {
  const { latencyMs } = state;
  if (latencyMs === 0) return;
  const end = performance.now() + latencyMs;
  if (latencyMs > TIMER_SLACK_MS) await setTimeout(latencyMs - TIMER_SLACK_MS);
  while (performance.now() < end) await setImmediate();
}

/** What a connection had carried when its last answer was complete. */
interface Carried {
  readonly read: number;
  readonly written: number;
}

function record(): void {
  const arrivals = new WeakMap<IncomingMessage, number>();
  const ends = new WeakMap<ServerResponse, number>();
  const carried = new WeakMap<Socket, Carried>();
  // `finish` comes when the client may have gone on already: an answer counts from its last write on.
  const end: unknown = Reflect.get(ServerResponse.prototype, 'end');
  if (typeof end !== 'function') throw new TypeError('an answer cannot be ended');
  ServerResponse.prototype.end = function (this: ServerResponse, ...args: unknown[]) {
    ends.set(this, now());
    return Reflect.apply(end, this, args) as ServerResponse;
  };
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { readonly request: IncomingMessage };
    arrivals.set(request, now());
  });
  subscribe('http.server.response.finish', (message) => {
    const { request, response } = message as { readonly request: IncomingMessage; readonly response: ServerResponse };
    const { socket } = request;
    const before = carried.get(socket) ?? { read: 0, written: 0 };
    const after = { read: socket.bytesRead, written: socket.bytesWritten };
    carried.set(socket, after);
    state.answered.push({
      method: request.method ?? '',
      path: (request.url ?? '').split('?')[0] ?? '',
      arrived: arrivals.get(request) ?? Number.NaN,
      answered: ends.get(response) ?? Number.NaN,
      bytes: after.read - before.read + after.written - before.written,
    });
  });
}

function running(): Simulator {
  if (state.simulator === null) throw new Error('the appliance has not started');
  return state.simulator;
}

function shown(path: string): Json {
  return (
    running().configuration(path) ??
    running()
      .members(path)
      ?.map(({ body }) => body) ??
    null
  );
}

async function answer(order: Order): Promise<Answers[Order['kind']]> {
  switch (order.kind) {
    case 'start': {
      const simulator = await startSimulator(order.options);
      state.simulator = simulator;
      simulator.onRequest(delay);
      return { url: simulator.url, caPem: simulator.caPem };
    }
    case 'latency':
      state.latencyMs = order.ms;
      return null;
    case 'requests': {
      const taken = state.answered;
      state.answered = [];
      // The simulator's own record would grow for as long as the bench lasts.
      running().clearRequests();
      return taken;
    }
    case 'put':
      for (const [path, body] of Object.entries(order.bodies)) running().setConfiguration(path, body);
      return null;
    case 'show':
      return order.paths.map(shown);
    case 'state':
      return { commits: running().commits.length, openTransactions: running().openTransactions() };
  }
}

record();
process.on('message', (order: Order) => {
  void answer(order).then(
    (value) => process.send?.({ value }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
// The bench is gone: nobody else would stop this process.
process.on('disconnect', () => process.exit());
