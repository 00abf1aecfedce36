import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { DesiredState } from '../../src/desired/desired-state.ts';
import { loadDesiredState } from '../../src/desired/load-desired-state.ts';
import { OUTCOME_TABLE, type TransactionState } from '../../src/shared/outcome.ts';
import { DEFAULT_PASSWORD, type Simulator } from '../../src/simulator/simulator.ts';
import { expectSchema } from '../process/harness.ts';
import { formsOf } from '../process/leaks.ts';
import { realRegistry } from '../resource-schemas.ts';
import { startSimulator } from '../simulated.ts';
import { splunkBody } from '../update.ts';
import type { PlainAnswer } from './make-odd.ts';
import { ECHOES, odd, type Odd } from './odd-answers.ts';
import { startOddServer, type Asked } from './odd-server.ts';
import { passingOn, runAgainst, type Ended, type RunHow } from './runs.ts';
import { MARK } from './yaml-inputs.ts';

/** No byte that is printed may hold one of these. */
const SECRETS = { wanted: 'MARKED-wanted-5f1c', live: 'MARKED-live-77aa', password: DEFAULT_PASSWORD } as const;

const FILES = (certificate: string) => `resource: management/splunk_forwarder
body: { port: 8089, token: !env TOKEN }
ignore: [/flush_interval]
---
resource: management/support_info
body: { uri: { selection: url, value: 'https://help.example.com' } }
---
resource: network/dns
body: { secondary: 192.0.2.2 }
---
resource: management/certificates
body: { server: !key 6f0d3d4e-5a43-4c0c-9a55-0d2f2f7c6a02 }
---
resource: policies/usermapping_policies
name: auditors
body: {}
---
resource: starling/join
body: { joined: true }
---
resource: management/soap
optional: true
body: { enabled: false }
---
resource: trust_stores
prune: true
---
resource: trust_stores
name: New CA
previousName: Old CA
body: { revocation_check: none, crl_urls: [], authorities: [{ certificate: ${JSON.stringify(certificate)} }] }
---
resource: trust_stores
name: Third CA
body: { revocation_check: none, crl_urls: [], authorities: [] }
`;

/** Which answers are made odd, counted among those that may be, and how. */
export interface Script {
  readonly from: number;
  readonly times: number;
  readonly odd: Odd;
}

/** One or two of them. */
export function scripts(most: number): fc.Arbitrary<readonly Script[]> {
  const script = fc.record({
    from: fc.nat({ max: most }),
    times: fc.constantFrom(1, 1, 2, 1000),
    odd,
  });
  return fc.array(script, { minLength: 1, maxLength: 2 });
}

/** An appliance whose answers can be made odd, and a run against it. */
export interface Answering {
  readonly simulator: Simulator;
  /** Puts the appliance back to where a run has something to do. */
  reset(): void;
  /** Lets the appliance answer, with an oddity wherever the scripts want it; gives the requests that came. */
  play(all: readonly Script[], mayBeOdd: (asked: Asked) => boolean): readonly Asked[];
  /** One run, held against what holds however the appliance answered to what was `seen`. */
  run(seen: readonly Asked[], mode: 'enforce' | 'observe', how?: RunHow): Promise<Ended>;
  stop(): Promise<void>;
}

/** Starts one. */
export async function startAnswering(): Promise<Answering> {
  const simulator = await startSimulator({ profile: '8.0' });
  const server = await startOddServer();
  const passing = passingOn(simulator);
  const desired = await loaded(FILES(simulator.authorities[1] ?? ''));
  return {
    simulator,
    reset: () => reset(simulator),
    play: (all, mayBeOdd) => {
      const seen: Asked[] = [];
      let count = 0;
      server.use(async (asked) => {
        seen.push(asked);
        const answer = await passing.ask(asked);
        if (!mayBeOdd(asked)) return { answer, odd: null };
        const index = count;
        count += 1;
        const script = all.find(({ from, times }) => index >= from && index < from + times);
        return script === undefined ? { answer, odd: null } : { answer, odd: echoing(script.odd, asked, answer) };
      });
      return seen;
    },
    run: async (seen, mode, how) => {
      const ended = await runAgainst(server, desired, mode, how);
      checkEnd(ended, seen);
      return ended;
    },
    stop: async () => {
      await server.stop();
      await passing.close();
      await simulator.stop();
    },
  };
}

async function loaded(text: string): Promise<DesiredState> {
  const directory = await mkdtemp(join(tmpdir(), 'sps-gitops-fuzz-'));
  await writeFile(join(directory, 'f.yaml'), text);
  const options = { directory, read: 'worktree', fileRoots: [], strict: false, values: 'resolve' } as const;
  const variable = (name: string) => (name === 'TOKEN' ? SECRETS.wanted : undefined);
  const { state, findings } = await loadDesiredState(options, realRegistry(), variable, new AbortController().signal);
  await rm(directory, { recursive: true });
  return state ?? expect.fail(JSON.stringify(findings));
}

function reset(simulator: Simulator): void {
  simulator.expireSessions();
  simulator.clearRequests();
  simulator.setConfiguration('management/splunk_forwarder', splunkBody(SECRETS.live));
  simulator.setConfiguration('management/support_info', { uri: null });
  simulator.setConfiguration('network/dns', { primary: '192.0.2.1', secondary: null });
  for (const { key } of simulator.members('trust_stores') ?? []) {
    if (key !== '-7001') simulator.setMember('trust_stores', key, undefined);
  }
  const store = { authorities: [], crl_urls: [], revocation_check: 'none', type: 'custom' };
  simulator.setMember('trust_stores', '1001', { ...store, name: 'Old CA' });
  simulator.setMember('trust_stores', '1002', { ...store, name: 'Gone CA' });
}

/** The oddity with secrets in the place of their names; the live one only where the program can know it by then. */
function echoing(one: Odd, { path }: Asked, { status }: PlainAnswer): Odd {
  const isKnown = status === 200 && !path.endsWith('splunk_forwarder') && one.kind === 'value';
  const text = JSON.stringify(one)
    .replaceAll(ECHOES.wanted, SECRETS.wanted)
    .replaceAll(ECHOES.password, SECRETS.password)
    .replaceAll(ECHOES.live, isKnown ? SECRETS.live : 'live');
  return JSON.parse(text) as Odd;
}

/** What holds however the appliance answers. */
function checkEnd({ end, transaction, error, document, printed, run }: Ended, seen: readonly Asked[]): void {
  if (end === 'internal') throw error?.cause;
  const { transaction: possible }: { transaction: readonly TransactionState[] } = OUTCOME_TABLE[end];
  expect(possible).toContain(transaction);
  expectSchema('apply', document);
  for (const [name, secret] of Object.entries(SECRETS)) {
    for (const { text: form } of formsOf(secret)) {
      if (printed.includes(form)) expect.fail(`${name} was shown in ${printed.replaceAll(form, '█')}`);
    }
  }
  expect(printed).not.toMatch(/[^\P{Cc}\n]/u);
  const said = error === null ? '' : JSON.stringify([error.message, error.hint, error.findings]);
  if (end === 'targetUnreachable') expect(said).not.toContain(MARK);
  expect(JSON.stringify([...(run.record.planned?.live.values() ?? [])])).not.toMatch(
    /[{,]"(?:__proto__|constructor)":/,
  );
  if (run.record.planned === null) expect(seen.filter(({ method }) => method !== 'GET')).toEqual([]);
}
