import { describe, expect, test } from 'vitest';
import type { World } from './harness.ts';
import { applied, expectOld, openings, WANTED, worldWith } from './questions.ts';

const SUPPORT = '/api/configuration/management/support_info';
const COMMIT = { method: 'PUT', path: '/api/transaction' } as const;

describe('Q1: how a lock is told', () => {
  const answers = [403, 409, 423, 503] as const;
  const places = ['open', 'write', 'commit'] as const;
  test.each(answers.flatMap((status) => places.map((where) => ({ status, where }))))(
    '$status at the $where',
    async ({ status, where }) => {
      const w = await worldWith({
        lockAnswer: { status, where, type: 'ConfigurationLocked', message: 'held by {holder}' },
      });
      w.simulator.lock('anna');
      const result = await w.run(['apply', '--json']);
      expect(result.json()).toMatchObject({ outcome: 'blocked', reason: 'Locked' });
      expect(result.json().transaction).toBe(where === 'open' && status !== 503 ? 'none' : 'rolled-back');
      expect(JSON.stringify(result.json().error)).toContain('anna');
      expectOld(w);
      w.simulator.lock(null);
      expect((await w.run(['apply', '--json'])).json()).toMatchObject(applied);
    },
  );

  test('403 Unauthorized at the open is a missing right, not a lock', async () => {
    const w = await worldWith({});
    w.simulator.faults.add({
      kind: 'status',
      status: 403,
      json: { error: { type: 'Unauthorized' } },
      match: { method: 'POST' },
    });
    expect((await w.run(['apply', '--json'])).json()).toMatchObject({
      outcome: 'failed',
      transaction: 'none',
      reason: 'Forbidden',
    });
    expectOld(w);
  });

  test("a proxy's 503 at the open is no lock", async () => {
    const w = await worldWith({});
    w.simulator.faults.add({ kind: 'html', status: 503, match: { method: 'POST' } });
    expect((await w.run(['apply', '--json'])).json()).toMatchObject({ outcome: 'failed', reason: 'TargetUnreachable' });
    expectOld(w);
  });
});

describe('Q2: another REST transaction commits while ours is open', () => {
  function interleave(w: World, path: string, change: object): void {
    w.simulator.onRequest(({ method, path: requested }) => {
      if (method !== COMMIT.method || requested !== COMMIT.path || w.simulator.commits.length > 0) return;
      const { secondWriter } = w.simulator;
      expect(secondWriter.open()).toBeNull();
      expect(secondWriter.stage(path, change as never)).toBeNull();
      expect(secondWriter.commit('the other one')).toBeNull();
    });
  }

  test('the later commit is refused: rolled back, and the next run converges', async () => {
    const w = await worldWith({ secondWriter: 'reject' });
    interleave(w, 'management/support_info', { uri: { selection: 'url', value: 'https://other.example.com' } });
    const result = await w.run(['apply', '--json']);
    expect(result.json()).toMatchObject({ outcome: 'failed', transaction: 'rolled-back', reason: 'CommitFailed' });
    expect(w.simulator.commits.map((commit) => commit.message)).toEqual(['the other one']);
    expect((await w.run(['apply', '--json'])).json()).toMatchObject(applied);
  });

  test('merged: what the other one changed elsewhere stays', async () => {
    const w = await worldWith({ secondWriter: 'merge' });
    interleave(w, 'datetime/timezone', 'Asia/Tokyo' as never);
    expect((await w.run(['apply', '--json'])).json()).toMatchObject(applied);
    expect(w.simulator.configuration('datetime/timezone')).toBe('Asia/Tokyo');
    expect(w.simulator.configuration('management/support_info')).toEqual(WANTED);
  });

  test('overwritten: what we planned is what is there', async () => {
    const w = await worldWith({ secondWriter: 'overwrite' });
    interleave(w, 'management/support_info', { uri: null });
    expect((await w.run(['apply', '--json'])).json()).toMatchObject(applied);
    expect(w.simulator.configuration('management/support_info')).toEqual(WANTED);
  });

  test('a commit seen through config_hash before ours: plans anew and keeps the other change', async () => {
    const w = await worldWith({ secondWriter: 'overwrite' });
    let done = false;
    w.simulator.onRequest(({ method, path }) => {
      if (method !== 'PUT' || path !== SUPPORT || done) return;
      done = true;
      w.simulator.setConfiguration('datetime/timezone', 'Asia/Tokyo');
    });
    expect((await w.run(['apply', '--json'])).json()).toMatchObject(applied);
    expect(openings(w)).toBe(2);
    expect(w.simulator.configuration('datetime/timezone')).toBe('Asia/Tokyo');
  });
});

describe('Q3: what a refused commit does to the transaction', () => {
  test.each([
    ['stays-open', 409],
    ['stays-open', 404],
    ['closes', 409],
    ['closes', 404],
    ['closes', 200],
  ] as const)('%s, DELETE without a transaction answers %s', async (failedCommit, rollbackWhenClosed) => {
    const w = await worldWith({
      failedCommit,
      rollbackWhenClosed,
      semanticCheck: 'commit',
      semanticRule: () => ['no'],
    });
    const result = await w.run(['apply', '--json']);
    expect(result.json()).toMatchObject({ outcome: 'failed', transaction: 'rolled-back', reason: 'CommitFailed' });
    expectOld(w);
  });
});

describe('Q5: the commit message', () => {
  test.each(['6.0', '7.5', '8.0'] as const)('is one line that tells commit and plan (%s)', async (profile) => {
    const w = await worldWith({}, profile);
    const sha = await w.commit('Ändere alles\n\nand more');
    const result = await w.run(['apply', '--json']);
    expect(result.json()).toMatchObject(applied);
    const message = w.simulator.commits.at(-1)?.message ?? '';
    expect(message).toMatch(
      new RegExp(
        `^sps-gitops ${sha.slice(0, 7)} ${result.json().digest?.slice(7, 19)} [0-9a-f]{8} A Committer: \\?ndere alles$`,
      ),
    );
  });

  test('required: it is sent', async () => {
    const w = await worldWith({ commitMessage: 'required' });
    expect((await w.run(['apply', '--json'])).json()).toMatchObject(applied);
  });

  test('the field is ignored: committed all the same', async () => {
    const w = await worldWith({ commitMessageField: 'ignore' });
    expect((await w.run(['apply', '--json'])).json()).toMatchObject(applied);
  });

  test.each(['stays-open', 'closes'] as const)(
    'the field is refused and the transaction %s: once more without it',
    async (failedCommit) => {
      for (const commitMessageError of ['SyntacticError', 'SemanticError', 'IncompleteRequestBodyError'] as const) {
        const w = await worldWith({
          commitMessageField: 'refuse',
          commitMessage: 'optional',
          failedCommit,
          commitMessageError,
        });
        expect((await w.run(['apply', '--json'])).json()).toMatchObject(applied);
        expect(w.simulator.commits.map((commit) => commit.message)).toEqual([null]);
        expect(openings(w)).toBe(failedCommit === 'closes' ? 2 : 1);
      }
    },
  );

  test('too long for the appliance: once more without it', async () => {
    const w = await worldWith({ commitMessageMaxLength: 20 });
    expect((await w.run(['apply', '--json'])).json()).toMatchObject(applied);
  });

  test('required and refused: a clear failure', async () => {
    const w = await worldWith({ commitMessage: 'required', commitMessageField: 'refuse' });
    const result = await w.run(['apply', '--json']);
    expect(result.json()).toMatchObject({ outcome: 'failed', transaction: 'rolled-back', reason: 'CommitFailed' });
    expect(result.json().error?.message).toContain('requires a commit message');
    expectOld(w);
  });
});
