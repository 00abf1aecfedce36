import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/shared/json.ts';
import { calm, failure, read, scripted } from './harness.ts';
import { json, text } from './scripted-server.ts';

const PATH = '/api/configuration/policies/audit_policies';
const ITEM = { key: '-100', meta: { href: `${PATH}/-100` } };

describe('reading an endpoint', () => {
  it.each<[string, Json]>([
    ['an object', { enabled: false }],
    ['a string', 'America/New_York'],
    ['a list', [1, 2]],
    ['null', null],
  ])('takes a leaf whose body is %s', async (_name, body) => {
    const { appliance } = await scripted([json({ key: 'x', body, meta: { href: PATH, remaining_seconds: 600 } })]);
    expect(await read(appliance, PATH, calm)).toEqual({ kind: 'leaf', body });
  });

  it('takes listings with and without bodies, in their order', async () => {
    const withBody = { key: 'a1', meta: { href: `${PATH}/a1` }, body: { name: 'x' } };
    const { appliance } = await scripted([
      json({ items: [withBody, ITEM], meta: { href: PATH } }),
      json({ items: [] }),
    ]);
    expect(await read(appliance, PATH, calm)).toEqual({
      kind: 'listing',
      items: [
        { key: 'a1', href: `${PATH}/a1`, body: { name: 'x' } },
        { key: '-100', href: `${PATH}/-100`, body: undefined },
      ],
    });
    expect(await read(appliance, PATH, calm)).toEqual({ kind: 'listing', items: [] });
  });

  it('goes by the content, not by its type, and takes any 2xx', async () => {
    const { appliance } = await scripted([text('{"body": 1}', 203, { 'content-type': 'text/plain' })]);
    expect(await read(appliance, PATH, calm)).toEqual({ kind: 'leaf', body: 1 });
  });

  it.each<[string, string, string]>([
    ['an empty body', '', 'with an empty body instead of JSON'],
    ['half of it', '{"body": {"a": 1', 'with something that cannot be parsed instead of JSON'],
    ['a forbidden member', '{"body": {"__proto__": {}}}', 'with something that cannot be parsed instead of JSON'],
    ['a list', '[]', 'with JSON that is not an object'],
    ['neither kind', '{"meta": {}}', 'with neither "body" nor "items"'],
    ['both kinds', '{"body": 1, "items": []}', 'with both "body" and "items"'],
    ['items that are no list', '{"items": {}}', 'with "items" that are not a list'],
    ['an item that is no object', '{"items": ["a"]}', 'with item 0 not an object'],
    ['an item without key', '{"items": [{"meta": {"href": "/api/x"}}]}', 'with item 0 without a "key"'],
    ['an item whose meta is text', '{"items": [{"key": "a", "meta": "/api/x"}]}', 'with item 0 without a "meta.href"'],
    ['an item without href', '{"items": [{"key": "a", "meta": {}}]}', 'with item 0 without a "meta.href"'],
    ['an item elsewhere', '{"items": [{"key": "a", "meta": {"href": "//evil.example.com/"}}]}', 'a path below /api'],
    ['a key twice', JSON.stringify({ items: [ITEM, ITEM] }), 'with a key that occurs twice'],
    ['a part', JSON.stringify({ items: [ITEM], meta: { match_count: 7, limit: 1 } }), 'an incomplete listing: 1 of 7'],
    [
      'a first part',
      JSON.stringify({ items: [ITEM], meta: { limit: 1 } }),
      'may be incomplete: 1 items at a limit of 1',
    ],
  ])('refuses %s as an answer', async (_name, body, expected) => {
    const { appliance } = await scripted([text(body, 200, { 'content-type': 'application/json' })]);
    const error = await failure(read(appliance, PATH, calm));
    expect(error).toMatchObject({ kind: 'shape', status: 200, failure: 'targetUnreachable', answered: false });
    expect(error.message).toContain(`GET ${PATH} answered 200 `);
    expect(error.message).toContain(expected);
  });

  it('refuses bytes that are not UTF-8', async () => {
    const { appliance } = await scripted([
      (_request, response) => {
        response.end(Buffer.from('7b22626f6479223a22ff227d', 'hex'));
      },
    ]);
    expect((await failure(read(appliance, PATH, calm))).kind).toBe('shape');
  });

  it.each([{ match_count: 1, limit: 500 }, { match_count: 1, limit: 1 }, { match_count: 1 }, { limit: 2 }])(
    'takes a listing that is complete: %j',
    async (meta) => {
      const { appliance } = await scripted([json({ items: [ITEM], meta })]);
      expect((await read(appliance, PATH, calm)).kind).toBe('listing');
    },
  );
});

describe('info', () => {
  it('tells identity, roles, firmware and hash', async () => {
    const body = {
      hostname: 'sps1',
      firmware_version: '7.5.1',
      roles: ['managed-host'],
      config_hash: 'ab',
      nickname: null,
    };
    const { appliance } = await scripted([json({ key: 'about_info', body, meta: {} })]);
    expect(await appliance.info(calm)).toEqual({
      hostname: 'sps1',
      firmware: '7.5.1',
      roles: ['managed-host'],
      configHash: 'ab',
    });
  });

  it('takes one role that is no list', async () => {
    const { appliance } = await scripted([json({ body: { roles: 'managed-host' } })]);
    expect((await appliance.info(calm)).roles).toEqual(['managed-host']);
  });

  it('lacks what anonymous users may not see', async () => {
    const { appliance } = await scripted([json({ body: { hostname: 'sps1' } })]);
    expect(await appliance.info(calm)).toEqual({ hostname: 'sps1', firmware: null, roles: [], configHash: null });
  });

  it.each([
    [17, '17'],
    [{ md5: 'ab' }, null],
    [null, null],
  ])('takes a hash of %j as something to compare, or as none', async (hash, expected) => {
    const { appliance } = await scripted([json({ body: { config_hash: hash } })]);
    expect((await appliance.info(calm)).configHash).toBe(expected);
  });

  it.each<[Json]>([
    [{}],
    [[]],
    [{ body: 'x' }],
    [{ body: { hostname: 1 } }],
    [{ body: { roles: { a: 'x' } } }],
    [{ body: { roles: [1] } }],
  ])('refuses %j', async (answer) => {
    const { appliance } = await scripted([json(answer)]);
    expect((await failure(appliance.info(calm))).kind).toBe('shape');
  });
});

describe('the status of the transaction', () => {
  it.each<[Json, unknown]>([
    [
      { key: 'transaction', transaction: { status: 'closed' } },
      { status: 'closed', commitMessage: null, remainingSeconds: null },
    ],
    [
      { body: { status: 'open', commit_message: 'required' }, meta: { remaining_seconds: 598.5 } },
      { status: 'open', commitMessage: 'required', remainingSeconds: 598.5 },
    ],
    [
      { body: { status: 'closed', commit_message: 'optional' }, meta: { remaining_seconds: '600' } },
      { status: 'closed', commitMessage: 'optional', remainingSeconds: null },
    ],
    [
      { body: {}, transaction: { status: 'open' }, meta: { remaining_seconds: -1 } },
      { status: 'open', commitMessage: null, remainingSeconds: null },
    ],
    [
      { body: { status: 'open' }, meta: { remaining_seconds: 1e300 } },
      { status: 'open', commitMessage: null, remainingSeconds: null },
    ],
  ])('reads %j', async (answer, expected) => {
    const { appliance } = await scripted([json(answer)]);
    expect(await appliance.transactionStatus(calm)).toEqual(expected);
  });

  it.each<[Json]>([[{}], [[]], [{ body: { status: 'ajar' } }], [{ transaction: 'open' }]])(
    'refuses %j',
    async (answer) => {
      const { appliance } = await scripted([json(answer)]);
      expect((await failure(appliance.transactionStatus(calm))).message).toContain('without a transaction status');
    },
  );
});

describe('the pending changes', () => {
  const entry = { type: 'replace', path: '/api/configuration/x', old_value: 'planted', new_value: 'planted' };

  it.each<[string, Json]>([
    ['at the top', { meta: {}, changes: [entry] }],
    ['in the body', { body: { changes: [entry] } }],
    ['as the body', { body: [entry] }],
  ])('are read %s, without their values', async (_name, answer) => {
    const { server, appliance } = await scripted([json(answer)]);
    expect(await appliance.changes(calm)).toEqual([{ type: 'replace', path: '/api/configuration/x' }]);
    expect(server.lines()).toEqual(['GET /api/transaction/changes']);
  });

  it.each<[Json]>([
    [{}],
    [[entry]],
    [{ changes: {} }],
    [{ body: 'x' }],
    [{ changes: ['x'] }],
    [{ changes: [{ type: 'create' }] }],
    [{ changes: [{ type: 'create', path: 7 }] }],
  ])('are refused as %j', async (answer) => {
    const { appliance } = await scripted([json(answer)]);
    expect((await failure(appliance.changes(calm))).kind).toBe('shape');
  });
});

describe('writes', () => {
  it.each([200, 201, 202, 204])('take %i, with or without a body', async (status) => {
    const { appliance } = await scripted([
      text('', status),
      text(status === 204 ? '' : '{}', status),
      text('', status),
    ]);
    await appliance.put(PATH, {}, calm);
    await appliance.post(PATH, {}, calm);
    await appliance.rollback(calm);
  });

  it('take nothing but JSON for a yes', async () => {
    const { appliance } = await scripted([text('<p>', 200)]);
    expect(await failure(appliance.put(PATH, {}, calm))).toMatchObject({ kind: 'shape', answered: false });
  });
});
