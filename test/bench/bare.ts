import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { Pool, type Dispatcher } from 'undici';
import { mapBounded } from '../../src/shared/concurrency.ts';
import type { Json } from '../../src/shared/json.ts';
import { DEFAULT_PASSWORD, DEFAULT_USERNAME } from '../../src/simulator/simulator.ts';
import type { TimedRequest } from './appliance-messages.ts';
import { sampleOf, type Sample } from './sample.ts';
import { WARM_UP } from './ticks.ts';
import type { World } from './world.ts';

/** One request; a GET unless it says otherwise. */
export interface BareRequest {
  readonly path: string;
  readonly method?: 'GET' | 'PUT' | 'POST';
  readonly body?: Json;
}

/** What is sent: one step after the other, of each step's requests as many at a time as the program has out by default. */
type Steps = readonly (readonly BareRequest[])[];

/** How often, and what is done before each time. */
interface Pace {
  readonly latencyMs: number;
  readonly runs: number;
  readonly before?: () => Promise<void>;
}

const AT_A_TIME = 4;

/** Between two, as between two ticks of the daemon, in ms. */
const PAUSE_MS = 1000;

const LOGIN = '/api/authentication';

interface Received {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

/**
 * The requests of a run from a client that does nothing with the answers but to parse them: what Node.js, the sockets and the
 * machine take of the ratios to the floor.
 */
export async function measureBare(
  { appliance }: World,
  steps: Steps,
  { latencyMs, runs, before }: Pace,
): Promise<Sample[]> {
  const pool = new Pool(appliance.url, { connections: AT_A_TIME, connect: { ca: appliance.caPem } });
  const credentials = Buffer.from(`${DEFAULT_USERNAME}:${DEFAULT_PASSWORD}`).toString('base64');
  const login = await receive(pool, { path: LOGIN }, { authorization: `Basic ${credentials}` });
  const cookie = [login.headers['set-cookie'] ?? []].flat().map((line) => line.split(';', 1)[0]);
  const headers = { cookie: cookie.join('; ') };

  async function run(): Promise<number> {
    await before?.();
    const started = performance.now();
    for (const step of steps) await mapBounded(step, AT_A_TIME, (one) => receive(pool, one, headers));
    return performance.now() - started;
  }

  const samples: Sample[] = [];
  try {
    await appliance.setLatency(0);
    for (let count = 0; count < WARM_UP; count += 1) await run();
    await appliance.setLatency(latencyMs);
    while (samples.length < runs) {
      await setTimeout(PAUSE_MS);
      await appliance.requests();
      const wallMs = await run();
      const seen: TimedRequest[] = [];
      // The appliance notes an answer when it has gone out, which may be after it came in.
      while (seen.length < steps.flat().length) seen.push(...(await appliance.requests()));
      samples.push(sampleOf(seen, { wallMs, cpuMs: null, peakRssMiB: null, delayP99Ms: null }));
    }
  } finally {
    await pool.close();
  }
  return samples;
}

/** The answer to one request. Rejects unless it is a success. */
function receive(
  pool: Pool,
  { path, method = 'GET', body }: BareRequest,
  session: Readonly<Record<string, string>>,
): Promise<Received> {
  const content = body === undefined ? null : JSON.stringify(body);
  const headers = content === null ? { ...session } : { ...session, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let received: Received['headers'] = {};
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => undefined,
      onResponseStart: (_controller, status, answered) => {
        if (status > 299) reject(new Error(`${method} ${path} was answered with ${status}`));
        received = answered;
      },
      onResponseData: (_controller, chunk) => void chunks.push(chunk),
      onResponseEnd: () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ headers: received, body: text === '' ? null : JSON.parse(text) });
      },
      onResponseError: (_controller, error) => reject(error),
    };
    pool.dispatch({ method, path, headers, body: content }, handler);
  });
}
