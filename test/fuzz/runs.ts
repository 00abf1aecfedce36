import { Pool } from 'undici';
import type { PreparedRun } from '../../src/commands/prepare-run.ts';
import { costMembers, failureDocument, planMembers } from '../../src/commands/report-run.ts';
import type { DesiredState } from '../../src/desired/desired-state.ts';
import { createLogger } from '../../src/log/logger.ts';
import type { Run } from '../../src/reconcile/run.ts';
import { runToEnd, type RunEnd } from '../../src/reconcile/run-end.ts';
import { errorText } from '../../src/report/error-text.ts';
import { PLAIN } from '../../src/report/paint.ts';
import { planText } from '../../src/report/plan-text.ts';
import { outcomeDocument } from '../../src/report/run-document.ts';
import { SecretBook } from '../../src/shared/secret-book.ts';
import { Secret } from '../../src/shared/secret.ts';
import { DEFAULT_PASSWORD, DEFAULT_USERNAME, type Simulator } from '../../src/simulator/simulator.ts';
import { basicCredentials } from '../../src/sps/basic-credentials.ts';
import { clientFor, runOf } from '../run-parts.ts';
import type { PlainAnswer } from './make-odd.ts';
import type { Asked, OddServer } from './odd-server.ts';

/** How a run ended, and every byte that the program would print about it. */
export interface Ended extends RunEnd {
  readonly run: Run;
  readonly document: object;
  readonly printed: string;
}

/** Limits that make a silent appliance a matter of a second, in ms. */
const SHORT = { timeoutMs: 500, commitTimeoutMs: 800, closeTimeoutMs: 2000 } as const;

/** Limits for an appliance that answers, however busy the machine is, in ms. */
export const ROOMY = { timeoutMs: 20_000, commitTimeoutMs: 20_000, closeTimeoutMs: 40_000 } as const;

/** What differs from run to run. */
export interface RunHow {
  readonly unknown?: 'hide' | 'show';
  readonly limits?: typeof SHORT | typeof ROOMY;
}

/** One whole run through the real client. */
export async function runAgainst(
  server: Pick<OddServer, 'url' | 'ca'>,
  desired: DesiredState,
  mode: 'enforce' | 'observe',
  { unknown = 'hide', limits = SHORT }: RunHow = {},
): Promise<Ended> {
  const { timeoutMs, commitTimeoutMs, closeTimeoutMs } = limits;
  const secrets = new SecretBook();
  secrets.add(DEFAULT_PASSWORD);
  secrets.add(basicCredentials(DEFAULT_USERNAME, new Secret(DEFAULT_PASSWORD)).reveal());
  const onSession = (session: Secret<string>) => secrets.add(session.reveal());
  const appliance = clientFor({ url: server.url, ca: server.ca, timeoutMs, commitTimeoutMs, onSession });
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const run = runOf(appliance, {
    desired,
    limits: { maxDeletes: 50, maxChangeRatio: 1, protect: [], allow: ['**'], expectHostname: 'sps1' },
    commitTimeoutMs,
    closeTimeoutMs,
    secrets,
    unknown,
    log: createLogger({ level: 'debug', format: 'json', colour: 'never', destination }).log,
  });
  const end = await runToEnd(run, mode, { assertSoleWriter: async () => undefined });
  await appliance.close();
  const prepared: PreparedRun = { run, appliance, url: server.url, recover: async () => [], started: 0 };
  const document =
    end.error === null
      ? { ...planMembers(prepared, []), ...outcomeDocument(end) }
      : failureDocument(end.error, prepared, []);
  const { planned } = run.record;
  const texts = [
    planned === null ? '' : planText(planned.plan, run.sealer, PLAIN),
    end.error === null ? '' : errorText(end.error, end.transaction, PLAIN),
  ];
  const all = { ...document, ...costMembers(prepared) };
  return { ...end, run, document: all, printed: [...lines, JSON.stringify(all), ...texts].join('\n') };
}

/** Passes requests on to a simulated appliance. */
export function passingOn(simulator: Simulator): {
  readonly ask: (asked: Asked) => Promise<PlainAnswer>;
  readonly close: () => Promise<void>;
} {
  const pool = new Pool(simulator.url, { connect: { ca: simulator.caPem } });
  return {
    ask: async ({ method, path, headers: { host: _host, connection: _connection, ...headers }, body }) => {
      const answer = await pool.request({
        method: method as 'GET',
        path,
        headers,
        body: body.length > 0 ? body : null,
      });
      const dropped = ['content-length', 'transfer-encoding', 'connection', 'keep-alive', 'date'];
      const kept = Object.entries(answer.headers).filter(([name]) => !dropped.includes(name));
      return {
        status: answer.statusCode,
        headers: kept.flatMap(([name, value]) => [value ?? []].flat().map((one) => [name, one] as const)),
        body: Buffer.from(await answer.body.arrayBuffer()),
      };
    },
    close: () => pool.destroy(),
  };
}
