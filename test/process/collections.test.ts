import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/shared/json.ts';
import type { Quirks } from '../../src/simulator/quirks.ts';
import { expectSchema, FILES, LIVE_SPLUNK, worldInside as world, type World } from './harness.ts';
import { SECRETS } from './leaks.ts';
import { applied } from './questions.ts';

const LISTING = '/api/configuration/trust_stores';

/** A document of a trust store whose authority is the simulator's certificate of that number. */
function store(name: string, authority: number, more = ''): string {
  return `resource: trust_stores
name: ${name}
${more}body: { revocation_check: none, crl_urls: [], authorities: [ { certificate: !file ca/${authority}.pem } ] }
`;
}

/** Writes the simulator's certificates to where the documents look for them. */
async function giveAuthorities(w: World): Promise<void> {
  const files = w.simulator.authorities.map((pem, index) => [`ca/${index}.pem`, pem] as const);
  await w.files(Object.fromEntries(files));
}

async function worldWithAuthorities(
  files: Readonly<Record<string, string>>,
  quirks: Partial<Quirks> = {},
): Promise<World> {
  const w = await world(files, { profile: '8.0', quirks });
  await giveAuthorities(w);
  return w;
}

/** The members that are not built in, by name. */
function stores(w: World): Readonly<Record<string, { readonly key: string; readonly body: Json }>> {
  const members = w.simulator.members('trust_stores') ?? [];
  const ours = members.filter(({ key }) => key !== '-7001');
  return Object.fromEntries(
    ours.map(({ key, body }) => [JSON.stringify((body as JsonObject)['name']).slice(1, -1), { key, body }]),
  );
}

function bodies(w: World): Json {
  return Object.fromEntries(Object.entries(stores(w)).map(([name, { body }]) => [name, body]));
}

/** What a command asked of the appliance, without logging in and asking who it is. */
function asked(w: World): readonly string[] {
  return w.simulator.requests.map(({ method, path }) => `${method} ${path}`).slice(2);
}

async function applyInOneTransaction(w: World, summary: Readonly<Record<string, number>>): Promise<void> {
  const commits = w.simulator.commits.length;
  const planned = await w.run(['plan', '--json']);
  expect(planned.code, planned.stdout).toBe(2);
  expectSchema('plan', planned.json());
  expect(planned.json()).toMatchObject({ summary });
  const result = await w.run(['apply', '--json']);
  expectSchema('apply', result.json());
  expect(result.json(), result.stdout).toMatchObject(applied);
  expect(result.json().digest).toBe(planned.json().digest);
  expect(w.simulator.commits).toHaveLength(commits + 1);
  expect(w.simulator.openTransactions()).toBe(0);
  expect((await w.run(['plan'])).code).toBe(0);
}

test('create, update, rename, prune: a transaction each, other keys on another appliance, the same configuration', async () => {
  const worlds = await Promise.all([worldWithAuthorities({}), worldWithAuthorities({})]);
  for (const w of worlds) {
    await w.files({ 'one.yaml': store('One', 0), 'two.yaml': store('Two', 1) });
    await applyInOneTransaction(w, { create: 2, update: 0, delete: 0 });
    const { One: created } = stores(w);
    await w.files({ 'one.yaml': store('One', 2) });
    await applyInOneTransaction(w, { create: 0, update: 1, delete: 0, unchanged: 1 });
    await w.files({ 'one.yaml': store('Eins', 2, 'previousName: One\n') });
    await applyInOneTransaction(w, { create: 0, update: 1, delete: 0, unchanged: 1 });
    expect(stores(w)['Eins']?.key).toBe(created?.key);
    await w.files({ 'two.yaml': 'resource: trust_stores\nprune: true\n' });
    await applyInOneTransaction(w, { create: 0, update: 0, delete: 1, unchanged: 1 });
    expect(Object.keys(stores(w))).toEqual(['Eins']);
    expect(w.simulator.members('trust_stores')?.map(({ key }) => key)).toContain('-7001');
  }
  const [left, right] = worlds.map((w) => w.simulator.members('trust_stores') ?? []);
  expect(left?.map(({ key }) => key)).not.toEqual(right?.map(({ key }) => key));
  expect(left?.map(({ body }) => body)).toEqual(right?.map(({ body }) => body));
  expect(JSON.stringify(left)).toContain(JSON.stringify(worlds[0]?.simulator.authorities[2]).slice(1, -1));
});

test('two documents that exchange their names: the bodies move, the keys stay, and the next plan is empty', async () => {
  const w = await worldWithAuthorities({ 'a.yaml': store('A', 0), 'b.yaml': store('B', 1) });
  await applyInOneTransaction(w, { create: 2 });
  const before = stores(w);
  await w.files({ 'a.yaml': store('B', 0, 'previousName: A\n'), 'b.yaml': store('A', 1, 'previousName: B\n') });
  await applyInOneTransaction(w, { update: 2, create: 0, delete: 0 });
  const after = stores(w);
  for (const [name, other] of [
    ['A', 'B'],
    ['B', 'A'],
  ] as const) {
    expect(after[name]?.key).toBe(before[name]?.key);
    expect(after[name]?.body).toEqual({ ...(before[other]?.body as JsonObject), name });
  }
});

test('a chain of renames is written from its end, as names are unique at every moment', async () => {
  const w = await worldWithAuthorities({ 'a.yaml': store('A', 0), 'b.yaml': store('B', 1) });
  await applyInOneTransaction(w, { create: 2 });
  const before = stores(w);
  await w.files({ 'a.yaml': store('B', 0, 'previousName: A\n'), 'b.yaml': store('C', 1, 'previousName: B\n') });
  await applyInOneTransaction(w, { update: 2, create: 0, delete: 0 });
  expect(stores(w)['B']?.key).toBe(before['A']?.key);
  expect(stores(w)['C']?.key).toBe(before['B']?.key);
});

test('state: absent deletes, shows what goes, and is in sync when it is gone', async () => {
  const w = await worldWithAuthorities({ 'a.yaml': store('A', 0), 'b.yaml': store('B', 1) });
  await applyInOneTransaction(w, { create: 2 });
  await w.files({ 'a.yaml': 'resource: trust_stores\nname: A\nstate: absent\n' });
  const planned = await w.run(['plan', '--json']);
  expect(planned.json().operations).toMatchObject([
    { action: 'delete', name: 'A', patch: [{ op: 'remove', path: '', reason: 'absent', was: { name: 'A' } }] },
  ]);
  await applyInOneTransaction(w, { delete: 1, unchanged: 1 });
  expect(Object.keys(stores(w))).toEqual(['B']);
});

describe('requests', () => {
  test('a run without differences reads a collection once, whatever else is in it', async () => {
    const w = await worldWithAuthorities({ 'all.yaml': ['A', 'B', 'C'].map((n, i) => store(n, i)).join('---\n') });
    expect((await w.run(['apply'])).code).toBe(0);
    const [pem] = w.simulator.authorities;
    for (let index = 0; index < 1000; index += 1) {
      const body = {
        name: `Other ${index}`,
        authorities: [{ certificate: pem ?? '' }],
        crl_urls: [],
        revocation_check: 'none',
      };
      w.simulator.setMember('trust_stores', `9${index}`, body);
    }
    w.simulator.clearRequests();
    // On a busy machine such a listing takes longer than the tests' limit, and is asked for again.
    await w.give('settings.yaml', 'appliance: { requests: { timeout: 30s } }\n');
    const result = await w.run(['apply', '--json'], { settings: 'given/settings.yaml' });
    expect(result.json()).toMatchObject({ outcome: 'in-sync', requests: { GET: 3 } });
    expect(asked(w)).toEqual([`GET ${LISTING}`]);
  });

  test('a listing without bodies costs one request for each member', async () => {
    const w = await worldWithAuthorities({ 'a.yaml': store('A', 0) }, { listingBodies: 'without' });
    expect((await w.run(['apply'])).code).toBe(0);
    w.simulator.clearRequests();
    expect((await w.run(['plan'])).code).toBe(0);
    const keys = ['-7001', stores(w)['A']?.key ?? ''];
    expect(asked(w).toSorted()).toEqual(
      [LISTING, ...keys.map((key) => `${LISTING}/${key}`)].map((p) => `GET ${p}`).toSorted(),
    );
  });
});

describe('open questions: create, update and delete in one transaction', () => {
  const ANSWERS: readonly Partial<Quirks>[] = [
    ...(['key', 'href', 'location', 'location-url', 'none'] as const).map((createAnswer) => ({ createAnswer })),
    ...(['certificate', 'x509_certificate', 'pem', 'bare', 'ca_certificate'] as const).map((authorityNames) => ({
      authorityNames,
    })),
    { authorityDerived: 'refused' },
    { pemLineWidth: 76, pemFinalNewline: 'absent' },
    { listingBodies: 'without' },
    { listingBodies: 'without', createAnswer: 'none' },
    { pendingVisible: 'nobody' },
    { pendingVisible: 'nobody', createAnswer: 'none' },
    { semanticCheck: 'commit' },
    { writeAnswer: 'empty', writeStatus: 201 },
    { writeAnswer: 'resource' },
    ...(['object', 'property', 'fragment', 'relative'] as const).map((changePath) => ({ changePath })),
    { changePath: 'property', createAnswer: 'none', pendingVisible: 'nobody' },
  ];
  test.each(ANSWERS.map((quirks) => [JSON.stringify(quirks), quirks] as const))('%s', async (_name, quirks) => {
    const w = await worldWithAuthorities({ 'a.yaml': store('A', 0), 'b.yaml': store('B', 1) }, quirks);
    const first = await w.run(['apply', '--json']);
    expect(first.json(), first.stdout).toMatchObject({ ...applied, staged: 2, committed: 2 });
    await w.files({
      'a.yaml': 'resource: trust_stores\nprune: true\n',
      'b.yaml': store('B', 2),
      'c.yaml': store('C', 0),
    });
    const second = await w.run(['apply', '--json']);
    expect(second.json(), second.stdout).toMatchObject({ ...applied, staged: 3, committed: 3 });
    expect(Object.keys(stores(w)).toSorted()).toEqual(['B', 'C']);
    expect((await w.run(['plan'])).code).toBe(0);
  });
});

test.each(['semantic-error', 'conflict', 'at-commit'] as const)(
  'a member that something unmanaged refers to is not deleted: all is rolled back (%s)',
  async (deleteInUse) => {
    const w = await worldWithAuthorities({ 'a.yaml': store('A', 0) }, { deleteInUse });
    expect((await w.run(['apply'])).code).toBe(0);
    const email = w.simulator.configuration('management/email') as JsonObject;
    const key = stores(w)['A']?.key ?? '';
    const reference = { key, meta: { href: `${LISTING}/${key}` } };
    w.simulator.setConfiguration('management/email', { ...email, tls_store: reference });
    await w.files({ 'a.yaml': 'resource: trust_stores\nname: A\nstate: absent\n' });
    const result = await w.run(['apply', '--json']);
    const reason = deleteInUse === 'at-commit' ? 'CommitFailed' : 'StageRejected';
    expect(result.json(), result.stdout).toMatchObject({ outcome: 'failed', transaction: 'rolled-back', reason });
    expect(Object.keys(stores(w))).toEqual(['A']);

    // A referrer that is managed is known before anything is opened, and is named.
    await w.files({ 'email.yaml': 'resource: management/email\nbody: { sender_address: null }\n' });
    const refused = await w.run(['apply', '--json']);
    expect(refused.json()).toMatchObject({
      transaction: 'none',
      reason: 'InputInvalid',
      error: { code: 'still-referenced' },
    });
    expect(refused.stdout).toContain('management/email /tls_store');
  },
);

test('a collection without a schema is found out from the answer, its members by name', async () => {
  const policy = (name: string) =>
    `resource: policies/audit_policies\nname: ${name}\nbody: { signing_and_timestamping_interval: 60 }\n`;
  const w = await world({ 'a.yaml': policy('default'), 'b.yaml': policy('new') }, { profile: '8.0' });
  await applyInOneTransaction(w, { create: 1, update: 1 });
  await w.files({ 'b.yaml': 'resource: policies/audit_policies\nprune: true\n' });
  await applyInOneTransaction(w, { delete: 1, unchanged: 1 });
});

test('somebody creates a member between the plan and the open: the run plans anew', async () => {
  const w = await worldWithAuthorities({ 'a.yaml': store('A', 0) });
  const [pem] = w.simulator.authorities;
  const body = { name: 'A', authorities: [{ certificate: pem ?? '' }], crl_urls: [], revocation_check: 'none' };
  let done = false;
  w.simulator.onRequest((request) => {
    if (done || request.method !== 'POST' || request.path !== '/api/transaction') return;
    done = true;
    w.simulator.setMember('trust_stores', '91', body);
  });
  const result = await w.run(['apply', '--json']);
  expect(result.code, result.stdout).toBe(0);
  expect(w.simulator.members('trust_stores')).toHaveLength(2);
});

test('a name that occurs twice is not managed, and never pruned', async () => {
  const w = await worldWithAuthorities({ 'a.yaml': store('A', 0) });
  const twin = { name: 'Twin', x: 1 };
  w.simulator.quirks.uniqueNames = 'free';
  for (const key of ['91', '92']) w.simulator.setMember('policies/userlists', key, twin);
  await w.files({ 'a.yaml': 'resource: policies/userlists\nname: Twin\nbody: { x: 2 }\n' });
  const named = await w.run(['apply', '--json']);
  expect(named.json()).toMatchObject({ reason: 'InputInvalid', error: { code: 'ambiguous-name' } });
  await w.files({ 'a.yaml': 'resource: policies/userlists\nprune: true\n' });
  const pruned = await w.run(['apply', '--json']);
  expect(pruned.json()).toMatchObject({ outcome: 'in-sync' });
  expect(pruned.json().warnings?.map(({ code }) => code)).toContain('not-pruned');
});

test('a live name that holds a secret of the run is withheld when its member is pruned: plan, document, log', async () => {
  const files = { 'a.yaml': FILES.splunk, 'p.yaml': 'resource: policies/userlists\nprune: true\n' };
  const configuration = { 'management/splunk_forwarder': LIVE_SPLUNK };
  const w = await world(files, { profile: '8.0', configuration });
  w.simulator.setMember('policies/userlists', '91', { name: `of ${SECRETS.token}` });
  expect((await w.run(['plan'])).stdout).toContain('(withheld: contains a secret)');
  await applyInOneTransaction(w, { update: 1, delete: 1 });
  expect(w.simulator.members('policies/userlists')).toEqual([]);
});

test('an exchange of names that leaves members to what is there is said with its place', async () => {
  const w = await worldWithAuthorities({ 'a.yaml': store('A', 0), 'b.yaml': store('B', 1) });
  await applyInOneTransaction(w, { create: 2 });
  const partial = 'resource: trust_stores\nname: B\npreviousName: A\nbody: { revocation_check: none, crl_urls: [] }\n';
  await w.files({ 'a.yaml': partial, 'b.yaml': store('A', 1, 'previousName: B\n') });
  const message: unknown = expect.stringContaining('authorities');
  const warnings = [{ code: 'partial-exchange', file: 'a.yaml', line: 3, message }];
  expect((await w.run(['plan', '--json'])).json()).toMatchObject({ warnings });
});

test.each(['both', 'limit', 'match-count'] as const)(
  'a listing that is not whole stops the run (%s)',
  async (listingCounts) => {
    const w = await worldWithAuthorities({
      'a.yaml': store('A', 0),
      'p.yaml': 'resource: trust_stores\nprune: true\n',
    });
    for (const [index, pem] of w.simulator.authorities.entries()) {
      w.simulator.setMember('trust_stores', `9${index}`, {
        name: `S${index}`,
        authorities: [{ certificate: pem }],
        crl_urls: [],
        revocation_check: 'none',
      });
    }
    w.simulator.quirks.incompleteListing = 2;
    w.simulator.quirks.listingCounts = listingCounts;
    const result = await w.run(['apply', '--json']);
    expect(result.json()).toMatchObject({ outcome: 'failed', transaction: 'none', reason: 'TargetUnreachable' });
    expect(bodies(w)).toHaveProperty('S0');
  },
);
