import { get } from 'node:http';
import { SpsGitopsError } from '../shared/errors.ts';
import { isObject, parseJson, type JsonObject } from '../shared/json.ts';
import { parseListenAddress, reachableHost } from '../shared/listen-address.ts';
import { systemCode } from '../shared/system-code.ts';

/** On the same machine an answer takes milliseconds. */
const TIMEOUT_MS = 5000;

/** A status is far smaller. */
const MAX_BYTES = 1024 * 1024;

/** What a daemon answered. */
export interface DaemonAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

/** The origin of the daemon that listens as the settings say. Throws `daemon-not-listening` when none can be told. */
export function originOf(listen: string | null): string {
  const address = listen === null ? null : parseListenAddress(listen);
  if (address === null) {
    throw unasked('daemon-not-listening', 'http.listen is null: the daemon of these settings cannot be asked', {
      hint: 'set http.listen, such as 127.0.0.1:9470, and send the daemon a SIGHUP',
    });
  }
  if (address.port === 0) {
    throw unasked(
      'daemon-not-listening',
      'http.listen has port 0: only the log of the daemon says which port it took',
      {
        hint: 'set http.listen to a port of its own, such as 127.0.0.1:9470',
      },
    );
  }
  return `http://${reachableHost(address.host)}:${address.port}`;
}

/** Asks a daemon for a path. Throws `daemon-unreachable` where nobody answers, or somebody else; or the signal's reason. */
export async function askDaemon(origin: string, path: string, signal: AbortSignal): Promise<DaemonAnswer> {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  let answer: { readonly status: number; readonly text: string };
  try {
    answer = await fetchText(`${origin}${path}`, AbortSignal.any([signal, limit]));
  } catch (cause) {
    signal.throwIfAborted();
    const why = limit.aborted ? `nothing came within ${TIMEOUT_MS / 1000} seconds` : networkWords(cause);
    throw unasked('daemon-unreachable', `no daemon answers at ${origin}: ${why}`, {
      hint: 'look whether the daemon runs, and with the same http.listen; its log says under settings.loaded where it listens',
      cause,
    });
  }
  const body = objectOf(answer.text);
  if (body !== null) return { status: answer.status, body };
  throw notADaemon(origin);
}

/** The failure of whom something else answers than a daemon. */
export function notADaemon(origin: string): SpsGitopsError {
  return unasked('daemon-unreachable', `what answers at ${origin} is no daemon of sps-gitops`, {
    hint: 'look which process listens there, and set http.listen to a port of its own',
  });
}

function fetchText(url: string, signal: AbortSignal): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, signal }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_BYTES) request.destroy(new Error('the answer is too long'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    request.on('error', reject);
  });
}

function objectOf(text: string): JsonObject | null {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function networkWords(cause: unknown): string {
  const code = systemCode(cause);
  if (code === 'ECONNREFUSED') return 'nobody listens there';
  return code === 'unknown' ? 'the connection broke' : `the connection broke (${code})`;
}

function unasked(
  code: string,
  message: string,
  context: { readonly hint: string; readonly cause?: unknown },
): SpsGitopsError {
  return new SpsGitopsError('targetUnreachable', message, { code, ...context });
}
