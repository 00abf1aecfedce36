import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { expect, test, vi } from 'vitest';
import type { RecordedRequest } from '../../src/simulator/requests.ts';
import { holdBack } from './daemon.ts';
import { FILES, journalOf, recoveredIn, worldInside as world, type Finished, type World } from './harness.ts';

const TRANSACTION = '/api/transaction';
const WANTED = { uri: { selection: 'url', value: 'https://help.example.com' } };

type Fits = (request: RecordedRequest) => boolean;

const AT = {
  open: ({ method }) => method === 'POST',
  write: ({ method, path }) => method === 'PUT' && path !== TRANSACTION,
  commit: ({ method, path }) => method === 'PUT' && path === TRANSACTION,
} as const satisfies Record<string, Fits>;

/** One transaction at a time: what is left open locks everybody out. */
const oneAtATime = () => world({ 'support.yaml': FILES.support }, { profile: '6.0' });

/** Kills an `apply` with SIGKILL while the appliance has its request in hand; gives what lets that request go on. */
async function killedAt(w: World, fits: Fits): Promise<() => void> {
  const request = holdBack(w, fits);
  const child = w.start(['apply', '--json']);
  await request.arrived;
  child.kill('SIGKILL');
  expect((await child).signal).toBe('SIGKILL');
  expect((await stat(journalOf(w))).mode & 0o777).toBe(0o600);
  return request.go;
}

async function expectRecovered(w: World, ended: Finished, outcome: 'closed' | 'gone', end: string) {
  expect(ended.json()).toMatchObject({ outcome: end });
  expect(recoveredIn(ended)).toEqual([outcome]);
  expect(w.simulator.openTransactions()).toBe(0);
  expect(w.simulator.configuration('management/support_info')).toEqual(WANTED);
  expect(w.simulator.commits).toHaveLength(1);
  expect(existsSync(journalOf(w))).toBe(false);
}

test.each([
  ['open', 'closed', 'applied'],
  ['write', 'closed', 'applied'],
  ['commit', 'gone', 'in-sync'],
] as const)('after kill -9 at the %s, the next apply finds and settles what was left', async (place, outcome, end) => {
  const w = await oneAtATime();
  const go = await killedAt(w, AT[place]);
  const { session } = JSON.parse(await readFile(journalOf(w), 'utf8')).transactions[0] as { session: string };
  expect(w.simulator.requests.at(-1)?.session).toBe(session);
  go();
  await vi.waitFor(() => expect(w.simulator.requests.at(-1)?.status).toBe(200));
  expect(w.simulator.openTransactions()).toBe(place === 'commit' ? 0 : 1);
  await expectRecovered(w, await w.run(['apply', '--json']), outcome, end);
});

test('an open that is carried out only after the next apply has asked is closed as well', async () => {
  const w = await oneAtATime();
  const go = await killedAt(w, AT.open);
  let asked = 0;
  // The first question is answered, and only then the open of the dead process goes on.
  w.simulator.onRequest(({ method, path }) => {
    if (method === 'GET' && path === TRANSACTION && ++asked === 2) go();
  });
  await expectRecovered(w, await w.run(['apply', '--json']), 'closed', 'applied');
});

test('a plan closes nothing, and an apply that cannot reach the appliance says what may be open', async () => {
  const w = await oneAtATime();
  (await killedAt(w, AT.write))();
  const planned = await w.run(['plan', '--json']);
  expect(planned.json()).toMatchObject({ inSync: false });
  expect(w.simulator.openTransactions()).toBe(1);
  w.simulator.faults.add({ kind: 'html', status: 503, match: {}, times: 1000 });
  const failed = await w.run(['apply', '--json']);
  expect(failed.json()).toMatchObject({ outcome: 'failed', reason: 'TargetUnreachable' });
  const warnings = failed.json().warnings?.filter(({ code }) => code === 'transaction-left') ?? [];
  expect(warnings.map(({ message }) => message).join()).toMatch(/may be open since \d{4}-.*times out, at about \d{4}-/);
  w.simulator.faults.clear();
  await expectRecovered(w, await w.run(['apply', '--json']), 'closed', 'applied');
});
