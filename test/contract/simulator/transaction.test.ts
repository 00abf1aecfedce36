import { describe, expect, it } from 'vitest';
import type { Quirks } from '../../../src/simulator/quirks.ts';
import { at, json, logIn, refusal, sessionForTest, type Client, type Reply } from './client.ts';

const TRANSACTION = '/api/transaction';
const SUPPORT = '/api/configuration/management/support_info';
const CHANGED = { uri: { selection: 'url', value: 'https://example.com' } };

function open(client: Client): Promise<Reply> {
  return client.ask('POST', TRANSACTION);
}

function write(client: Client): Promise<Reply> {
  return client.ask('PUT', SUPPORT, { json: CHANGED });
}

function commit(client: Client, message?: string): Promise<Reply> {
  const members = message === undefined ? {} : { commit_message: message };
  return client.ask('PUT', TRANSACTION, { json: { status: 'commit', ...members } });
}

describe('the transaction resource', () => {
  it.each([
    ['6.0', { transaction: { status: 'closed' } }],
    ['7.5', { transaction: { status: 'closed' } }],
    ['8.0', { body: { commit_message: 'optional', status: 'closed' } }],
  ] as const)('has the shape of %s', async (profile, shape) => {
    const { client } = await sessionForTest({ profile, quirks: { remainingSeconds: 'never' } });
    const meta = { href: TRANSACTION, parent: '/api' };
    expect(json(await client.ask('GET', TRANSACTION))).toEqual({ ...shape, key: 'transaction', meta });
  });

  it('points to the changes only when something is pending', async () => {
    const { client } = await sessionForTest();
    await open(client);
    expect(at(await client.ask('GET', TRANSACTION), '/meta/changes')).toBeUndefined();
    await write(client);
    expect(at(await client.ask('GET', TRANSACTION), '/meta/changes')).toBe('/api/transaction/changes');
  });

  it('opens, stages, commits: nothing is committed before', async () => {
    const { simulator, client } = await sessionForTest();
    expect((await open(client)).status).toBe(200);
    expect(at(await client.ask('GET', TRANSACTION), '/transaction/status')).toBe('open');
    await write(client);
    expect(simulator.configuration('management/support_info')).toEqual({ uri: null });
    expect((await commit(client, 'a message')).status).toBe(200);
    expect(simulator.configuration('management/support_info')).toEqual(CHANGED);
    expect(at(await client.ask('GET', TRANSACTION), '/transaction/status')).toBe('closed');
    expect(simulator.commits).toMatchObject([{ message: 'a message', user: 'admin', changes: [{ type: 'replace' }] }]);
  });

  it('rolls back', async () => {
    const { simulator, client } = await sessionForTest();
    await open(client);
    await write(client);
    expect((await client.ask('DELETE', TRANSACTION)).status).toBe(200);
    expect(simulator.openTransactions()).toBe(0);
    expect(at(await client.ask('GET', SUPPORT), '/body')).toEqual({ uri: null });
    expect(simulator.commits).toEqual([]);
  });

  it.each([200, 404, 409] as const)('answers %i to a rollback when none is open', async (rollbackWhenClosed) => {
    const { client } = await sessionForTest({ quirks: { rollbackWhenClosed } });
    expect((await client.ask('DELETE', TRANSACTION)).status).toBe(rollbackWhenClosed);
  });

  it.each([
    ['conflict', 409],
    ['accept', 200],
  ] as const)('opened twice is a %s', async (reopen, status) => {
    const { simulator, client } = await sessionForTest({ quirks: { reopen } });
    await open(client);
    await write(client);
    expect((await open(client)).status).toBe(status);
    expect(at(await client.ask('GET', SUPPORT), '/body')).toEqual(CHANGED);
    expect(simulator.openTransactions()).toBe(1);
  });

  it('refuses other states, and a commit of nothing', async () => {
    const { client } = await sessionForTest();
    for (const body of [{}, { status: 'closed' }, 'commit', { body: { status: 'commit' } }]) {
      expect(refusal(await client.ask('PUT', TRANSACTION, { json: body }))).toEqual([400, 'SyntacticError']);
    }
    expect(refusal(await commit(client))).toEqual([409, 'Conflict']);
  });
});

describe('a write without a transaction', () => {
  it.each([
    ['6.0', undefined, 409, 0],
    ['7.5', undefined, 200, 1],
    ['8.0', undefined, 200, 1],
    ['6.0', 'implicit', 200, 1],
    ['8.0', 'explicit', 409, 0],
  ] as const)('on %s (%s) is answered %i and leaves %i open', async (profile, writeMode, status, opened) => {
    const quirks: Partial<Quirks> = writeMode === undefined ? {} : { writeMode };
    const { simulator, client } = await sessionForTest({ profile, quirks });
    expect((await write(client)).status).toBe(status);
    expect(simulator.openTransactions()).toBe(opened);
  });
});

describe('pending values', () => {
  it.each([
    ['own-session', CHANGED],
    ['nobody', { uri: null }],
  ] as const)('are visible to %s', async (pendingVisible, seen) => {
    const { simulator, client } = await sessionForTest({ quirks: { pendingVisible } });
    await open(client);
    await write(client);
    expect(at(await client.ask('GET', SUPPORT), '/body')).toEqual(seen);
    const other = await logIn(simulator);
    expect(at(await other.ask('GET', SUPPORT), '/body')).toEqual({ uri: null });
  });

  it.each([
    ['live', 'Etc/UTC'],
    ['snapshot', 'America/New_York'],
  ] as const)('stand beside what others commit meanwhile: %s', async (transactionView, seen) => {
    const { simulator, client } = await sessionForTest({ quirks: { transactionView } });
    await open(client);
    await write(client);
    simulator.setConfiguration('datetime/timezone', 'Etc/UTC');
    expect(at(await client.ask('GET', '/api/configuration/datetime/timezone'), '/body')).toBe(seen);
    expect(at(await client.ask('GET', `${TRANSACTION}/changes`), '/changes')).toHaveLength(1);
  });
});

describe('the commit message', () => {
  it.each([
    [{ commitMessage: 'required' }, undefined, 400],
    [{ commitMessage: 'required' }, ' ', 400],
    [{ commitMessage: 'required' }, 'm', 200],
    [{ commitMessage: 'optional' }, undefined, 200],
    [{ commitMessageField: 'refuse' }, 'm', 400],
    [{ commitMessageField: 'refuse' }, undefined, 200],
    [{ commitMessageMaxLength: 3 }, 'abcd', 400],
    [{ commitMessageMaxLength: 3 }, 'abc', 200],
  ] as [Partial<Quirks>, string | undefined, number][])(
    'under %j as %j is answered %i',
    async (quirks, message, status) => {
      const { client } = await sessionForTest({ profile: '8.0', quirks });
      await open(client);
      const reply = await commit(client, message);
      expect(reply.status).toBe(status);
      if (status === 400) expect(at(reply, '/error/details/path')).toBe('/api/transaction/commit_message');
    },
  );

  it('is announced as required, and can be dropped silently', async () => {
    const quirks: Partial<Quirks> = { commitMessage: 'required', commitMessageError: 'IncompleteRequestBodyError' };
    const { simulator, client } = await sessionForTest({ profile: '8.0', quirks });
    expect(at(await client.ask('GET', TRANSACTION), '/body/commit_message')).toBe('required');
    await open(client);
    expect(refusal(await commit(client))).toEqual([400, 'IncompleteRequestBodyError']);
    Object.assign(simulator.quirks, { commitMessage: 'optional', commitMessageField: 'ignore' });
    await commit(client, 'dropped');
    expect(simulator.commits[0]?.message).toBeNull();
  });
});

describe('consistency', () => {
  const semanticRules = [
    {
      path: 'management/support_info',
      pointer: '/uri/selection',
      equals: 'url',
      unless: { path: 'datetime/timezone', pointer: '', equals: 'Etc/UTC' },
      message: 'no url here',
    },
  ];

  it.each([
    ['write', 400, 200],
    ['commit', 200, 400],
  ] as const)('is checked at the %s', async (semanticCheck, atWrite, atCommit) => {
    const { simulator, client } = await sessionForTest({ quirks: { semanticCheck, semanticRules } });
    await open(client);
    const replies = [await write(client), await commit(client)];
    expect(replies.map((reply) => reply.status)).toEqual([atWrite, atCommit]);
    const refused = replies.find((reply) => reply.status === 400);
    expect(refused === undefined ? undefined : at(refused, '/error/details/errors')).toEqual(['no url here']);
    expect(simulator.configuration('management/support_info')).toEqual({ uri: null });
  });

  it('is restored by the exception of the rule', async () => {
    const { client } = await sessionForTest({
      quirks: { semanticRules },
      configuration: { 'datetime/timezone': 'Etc/UTC' },
    });
    expect((await write(client)).status).toBe(200);
  });

  it('may be a function', async () => {
    const { simulator, client } = await sessionForTest();
    simulator.quirks.semanticRule = (bodies) => (bodies.has('datetime/timezone') ? ['never'] : []);
    expect(refusal(await write(client))).toEqual([400, 'SemanticError']);
  });

  it.each([
    ['stays-open', 1],
    ['closes', 0],
  ] as const)('broken at the commit: the transaction %s', async (failedCommit, left) => {
    const quirks: Partial<Quirks> = { failedCommit, semanticCheck: 'commit', semanticRules };
    const { simulator, client } = await sessionForTest({ quirks });
    await open(client);
    await write(client);
    expect((await commit(client)).status).toBe(400);
    expect(simulator.openTransactions()).toBe(left);
  });
});
