import { describe, expect, onTestFinished, test } from 'vitest';
import type { DesiredCollection, DesiredResource } from '../../../src/desired/desired-state.ts';
import type { Run } from '../../../src/reconcile/run.ts';
import { planDocument } from '../../../src/report/plan-document.ts';
import { planText } from '../../../src/report/plan-text.ts';
import { PLAIN } from '../../../src/report/paint.ts';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import { WITHHELD } from '../../../src/shared/secret-book.ts';
import { Secret } from '../../../src/shared/secret.ts';
import type { Quirks } from '../../../src/simulator/quirks.ts';
import type { Simulator } from '../../../src/simulator/simulator.ts';
import { startSimulator } from '../../simulated.ts';
import { TOKENS } from '../../update.ts';
import { absentFrom, memberOf, pruning, wanted } from '../../unit/plan/parts.ts';
import { reconcile, type Ended } from './harness.ts';

const STORES = 'trust_stores';
const LISTING = '/api/configuration/trust_stores';
const LISTS = 'policies/userlists';
const TIMES = 'policies/time_policies';
const CHANNELS = 'ssh/channel_policies';

async function simulated(quirks: Partial<Quirks> = {}): Promise<Simulator> {
  const simulator = await startSimulator({ profile: '8.0', quirks });
  onTestFinished(() => simulator.stop());
  return simulator;
}

/** A run for the given documents. */
function run(
  simulator: Simulator,
  resources: readonly DesiredResource[],
  collections: readonly DesiredCollection[] = [],
): Promise<Ended> {
  return reconcile(simulator, { resources, collections });
}

function store(simulator: Simulator, name: string, authority = 0): DesiredResource {
  const certificate = simulator.authorities[authority] ?? expect.fail();
  const body = { revocation_check: 'none', crl_urls: [], authorities: [{ certificate }] };
  return memberOf(STORES, name, body);
}

/** The names of the members that are not built in. */
function names(simulator: Simulator, collection: string): readonly Json[] {
  const members = simulator.members(collection) ?? expect.fail();
  return members.filter(({ key }) => !key.startsWith('-')).map(({ body }) => (body as JsonObject)['name'] ?? null);
}

function writes(simulator: Simulator): readonly string[] {
  return simulator.requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);
}

/** What happens at every request of that kind. */
function at(simulator: Simulator, method: string, path: string, act: (count: number) => void): void {
  let count = 0;
  simulator.onRequest((request) => {
    if (request.method === method && request.path === path) act((count += 1));
  });
}

describe('creates whose keys nobody tells', () => {
  const silent = { createAnswer: 'none', pendingVisible: 'nobody' } as const;

  test('are committed when each has an entry of its own', async () => {
    const simulator = await simulated(silent);
    const ended = await run(simulator, [store(simulator, 'A', 1), store(simulator, 'B', 2)]);
    expect(ended).toMatchObject({ end: 'applied', record: { committed: 2 } });
    expect(names(simulator, STORES)).toEqual(['A', 'B']);
  });

  test.each([1, 2])('are rolled back when number %d was answered with 201 and not carried out', async (nth) => {
    const simulator = await simulated(silent);
    simulator.faults.add({ kind: 'status', status: 201, json: {}, match: { method: 'POST', path: LISTING, nth } });
    const ended = await run(simulator, [store(simulator, 'A', 1), store(simulator, 'B', 2)]);
    expect(simulator.faults.pending).toBe(0);
    expect(ended).toMatchObject({ end: 'planChanged', record: { transaction: 'rolled-back', committed: 0 } });
    expect(ended.error?.details).toMatchObject({ unexpected: [], missing: [`${STORES} "B"`] });
    expect(simulator.commits).toEqual([]);
    expect(names(simulator, STORES)).toEqual([]);
    expect(simulator.openTransactions()).toBe(0);
  });

  test('are known by the name that was read back: an entry of another key is not theirs', async () => {
    const simulator = await simulated({ createAnswer: 'none' });
    const json = { changes: [{ type: 'create', path: `${LISTING}/somebody-elses` }] };
    const match = { method: 'GET', path: '/api/transaction/changes' };
    simulator.faults.add({ kind: 'status', status: 200, json, match });
    const ended = await run(simulator, [store(simulator, 'A', 1)]);
    expect(ended).toMatchObject({ end: 'planChanged', record: { transaction: 'rolled-back' } });
    expect(ended.error?.details).toMatchObject({
      unexpected: [{ type: 'create', path: `${LISTING}/somebody-elses` }],
      missing: [`${STORES} "A"`],
    });
    expect(simulator.commits).toEqual([]);
  });
});

describe('somebody else takes a name of the plan', () => {
  const twin = (simulator: Simulator, name: string, key = '91') => {
    const certificate = simulator.authorities[2] ?? '';
    const body = { name, authorities: [{ certificate }], crl_urls: [], revocation_check: 'none' };
    simulator.setMember(STORES, key, body);
  };

  /** A run while which somebody else gives a member that name, after the writes and before the commit. */
  async function taken(name: string) {
    const simulator = await simulated({ uniqueNames: 'free', configHash: 'absent', semanticCheck: 'commit' });
    twin(simulator, 'Old', '81');
    twin(simulator, 'Gone', '82');
    const documents = [
      store(simulator, 'New'),
      memberOf(STORES, 'Renamed', { crl_urls: [] }, { previousName: 'Old' }),
      absentFrom(STORES, 'Gone'),
    ];
    let done = false;
    at(simulator, 'DELETE', `${LISTING}/82`, () => {
      if (!done) twin(simulator, name);
      done = true;
    });
    const ended = await run(simulator, documents);
    expect(simulator.openTransactions()).toBe(0);
    const attempts = writes(simulator).filter((write) => write === 'POST /api/transaction').length;
    return { simulator, ended, attempts, again: () => run(simulator, documents) };
  }

  test('that was to be created: rolled back, planned anew, and theirs becomes what is wanted', async () => {
    const { simulator, ended, attempts, again } = await taken('New');
    expect(ended).toMatchObject({ end: 'applied', record: { transaction: 'committed', committed: 3 } });
    expect([attempts, simulator.commits.length]).toEqual([2, 1]);
    const members = simulator.members(STORES) ?? [];
    expect(members.map(({ key, body }) => [key, (body as JsonObject)['name']])).toEqual([
      ['-7001', 'Built-in'],
      ['81', 'Renamed'],
      ['91', 'New'],
    ]);
    expect((await again()).end).toBe('inSync');
  });

  test.each([
    ['renamed to', 'Renamed', 'previous-name-live'],
    ['deleted', 'Gone', 'ambiguous-name'],
  ])('that was to be %s: rolled back, and the plan anew says what is in the way', async (_what, name, code) => {
    const { simulator, ended, attempts, again } = await taken(name);
    expect(ended).toMatchObject({ end: 'inputInvalid', record: { transaction: 'rolled-back', committed: 0 } });
    expect(ended.error?.code).toBe(code);
    expect([attempts, simulator.commits]).toEqual([1, []]);
    expect(names(simulator, STORES)).toEqual(['Old', 'Gone', name]);
    expect(await again()).toMatchObject({ end: 'inputInvalid', record: { transaction: 'none' }, error: { code } });
  });

  test('that was to be deleted, with the commit: told as a difference after it', async () => {
    const simulator = await simulated({ configHash: 'absent' });
    twin(simulator, 'Gone', '82');
    at(simulator, 'PUT', '/api/transaction', () => {
      // Right after the commit, before the final reading.
      setImmediate(() => twin(simulator, 'Gone'));
    });
    const ended = await run(simulator, [absentFrom(STORES, 'Gone')]);
    expect(ended).toMatchObject({ end: 'notIdempotent', record: { transaction: 'committed' } });
    expect(ended.error?.details).toMatchObject({ pointers: [`${STORES} "Gone" (another member of this name)`] });
  });
});

describe('somebody else takes a member away after the plan was made', () => {
  test.each(['PUT', 'DELETE'])('a 404 to %s plans anew', async (method) => {
    const simulator = await simulated({ configHash: 'absent' });
    const certificate = simulator.authorities[2] ?? '';
    const body = { name: 'One', authorities: [{ certificate }], crl_urls: [], revocation_check: 'none' };
    simulator.setMember(STORES, '81', body);
    const document = method === 'PUT' ? store(simulator, 'One') : absentFrom(STORES, 'One');
    let done = false;
    at(simulator, method, `${LISTING}/81`, () => {
      if (!done) simulator.setMember(STORES, '81', undefined);
      done = true;
    });
    const ended = await run(simulator, [document]);
    expect(ended.end).toBe(method === 'PUT' ? 'applied' : 'inSync');
    expect((await run(simulator, [document])).end).toBe('inSync');
    expect(simulator.openTransactions()).toBe(0);
  });
});

describe('an authority whose certificate is found under no name', () => {
  async function simulatedOddly(): Promise<Simulator> {
    const simulator = await simulated();
    const data = (simulator.authorities[1] ?? '').replace(/-----[^-]+-----|\s/g, '');
    const authorities = [{ data, subject: 'CN=Test authority 2' }];
    simulator.setMember(STORES, '91', { name: 'odd', authorities, crl_urls: [], revocation_check: 'none' });
    return simulator;
  }

  test('stops a run that would write to its store, and nothing is opened', async () => {
    const simulator = await simulatedOddly();
    const before = simulator.members(STORES);
    const checked = { revocation_check: 'leaf', crl_urls: ['http://crl.example.com/a'] };
    const ended = await run(simulator, [memberOf(STORES, 'odd', checked), store(simulator, 'A', 2)]);
    expect(ended).toMatchObject({ end: 'targetUnreachable', record: { transaction: 'none' } });
    expect(ended.error?.details).toEqual({ pointers: [`${STORES} "odd" /authorities/0`] });
    expect(writes(simulator)).toEqual([]);
    expect(simulator.members(STORES)).toEqual(before);
  });

  test('stands as it is beside other stores that are written', async () => {
    const simulator = await simulatedOddly();
    const odd = simulator.members(STORES)?.find(({ key }) => key === '91');
    const ended = await run(simulator, [memberOf(STORES, 'odd'), store(simulator, 'A', 2)]);
    expect(ended).toMatchObject({ end: 'applied', record: { committed: 1 } });
    expect(simulator.members(STORES)).toContainEqual(odd);
  });
});

describe('deletes', () => {
  test.each(['semantic-error', 'conflict', 'at-commit'] as const)(
    'who refers goes before what it refers to, in one run (%s)',
    async (deleteInUse) => {
      const simulator = await simulated({ deleteInUse });
      simulator.setMember(TIMES, '91', { name: 'office' });
      const reference = { key: '91', meta: { href: `/api/configuration/${TIMES}/91` } };
      // The collections are in the order of the alphabet, their members too: nothing but the reference gives the order.
      simulator.setMember(CHANNELS, '92', { name: 'z', rules: [{ time_policy: reference }] });
      const ended = await run(simulator, [absentFrom(TIMES, 'office'), absentFrom(CHANNELS, 'z')]);
      expect(ended).toMatchObject({ end: 'applied', record: { committed: 2 }, warnings: [] });
      expect(writes(simulator).filter((one) => one.startsWith('DELETE /api/configuration'))).toEqual([
        `DELETE /api/configuration/${CHANNELS}/92`,
        `DELETE /api/configuration/${TIMES}/91`,
      ]);
      expect([...names(simulator, TIMES), ...names(simulator, CHANNELS)]).toEqual([]);
    },
  );

  test.each<readonly [string, readonly DesiredResource[], readonly DesiredCollection[]]>([
    ['absent', [absentFrom(LISTS, 'busy')], []],
    ['pruned', [], [pruning(LISTS)]],
  ])('a member that moves at every reading goes all the same (%s)', async (_what, resources, collections) => {
    const simulator = await simulated({ secondWriter: 'merge', configHash: 'absent' });
    at(simulator, 'GET', `/api/configuration/${LISTS}`, (polls) => {
      const isThere = polls === 1 || names(simulator, LISTS).length > 0;
      if (isThere) simulator.setMember(LISTS, '91', { name: 'busy', polls });
    });
    const ended = await run(simulator, resources, collections);
    expect(ended).toMatchObject({ end: 'applied', record: { committed: 1 }, warnings: ['volatile-member'] });
    expect(ended.record.warnings[0]?.message).toContain(`${LISTS} "busy" /polls`);
    expect(names(simulator, LISTS)).toEqual([]);
  });

  test('a member that somebody renames meanwhile does not go unseen', async () => {
    const simulator = await simulated();
    simulator.setMember(LISTS, '91', { name: 'busy' });
    at(simulator, 'POST', '/api/transaction', () => simulator.setMember(LISTS, '91', { name: 'kept' }));
    const ended = await run(simulator, [absentFrom(LISTS, 'busy')]);
    expect(ended).toMatchObject({ end: 'inSync', record: { committed: 0 } });
    expect(names(simulator, LISTS)).toEqual(['kept']);
  });
});

describe('a live name that holds a secret of the run', () => {
  const secret = wanted('management/splunk_forwarder', { token: new Secret(TOKENS.wanted) });

  /** Everything that a plan is printed as. */
  function printed({ record }: Ended, seen: Run | undefined): string {
    if (record.planned === null || seen === undefined) return expect.fail('nothing was planned');
    const { sealer, secrets, desired } = seen;
    const { plan, appliance } = record.planned;
    const facts = { plan, appliance, url: 'https://sps.example.com', warnings: [], sealer, secrets };
    const document = JSON.stringify(planDocument({ ...facts, revision: desired.revision }));
    return `${document}${planText(plan, sealer, PLAIN)}${JSON.stringify(record.planned.brakes)}`;
  }

  test.each(['applied', 'planUnsafe'] as const)(
    'is withheld everywhere when its member is pruned (%s)',
    async (end) => {
      const simulator = await simulated();
      simulator.setMember(LISTS, '91', { name: `of ${TOKENS.wanted}` });
      let seen: Run | undefined;
      const ended = await reconcile(simulator, {
        resources: [secret],
        collections: [pruning(LISTS)],
        alter: (given) => {
          seen = given;
          return end === 'applied' ? given : { ...given, limits: { ...given.limits, protect: [`${LISTS}/*`] } };
        },
      });
      // What the run logs and reports is looked through by the harness.
      expect(ended.end).toBe(end);
      const text = printed(ended, seen);
      expect(text).not.toMatch(/MARKED/);
      expect(text).toContain(WITHHELD);
      expect(names(simulator, LISTS)).toHaveLength(end === 'applied' ? 0 : 1);
      expect(JSON.stringify(simulator.commits.map(({ message }) => message))).not.toMatch(/MARKED/);
    },
  );
});
