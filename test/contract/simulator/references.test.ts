import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../src/shared/json.ts';
import type { JsonQuirks } from '../../../src/simulator/quirks.ts';
import { at, json, logIn, refusal, sessionForTest, textAt, type Client, type Reply } from './client.ts';

const ROOT = '/api/configuration';
const EMAIL = `${ROOT}/management/email`;
const LIST = `${ROOT}/policies/userlists/1a`;
const COMMIT = ['PUT', '/api/transaction', { json: { status: 'commit' } }] as const;
const PLAIN = 'not-a-real-password';

/** `management/email` refers to a user list, for want of a documented reference to something that can be deleted. */
const REFERENCES = [{ on: 'management/email', pointer: '/list', to: 'policies/userlists' }];

function email(members: JsonObject): Json {
  return { admin_address: 'admin@example.com', ...members };
}

function put(client: Client, href: string, body: Json): Promise<Reply> {
  return client.ask('PUT', href, { json: body });
}

async function password(client: Client): Promise<string> {
  const reply = await client.ask('POST', `${ROOT}/passwords`, { json: { plain: PLAIN } });
  expect(reply.status).toBe(201);
  return textAt(reply, '/key');
}

function withPassword(key: string): Json {
  return email({ smtp_auth: { enabled: true, username: 'sps', password: key } });
}

describe('a reference', () => {
  it('is written as a key and read as an object', async () => {
    const { client } = await sessionForTest();
    const rules = [{ actions: { audit: true }, time_policy: '-100' }];
    const reply = await client.ask('POST', `${ROOT}/ssh/channel_policies`, { json: { name: 'shell', rules } });
    const href = textAt(reply, '/meta/href');
    const shown = at(await client.ask('GET', href), '/body/rules/0/time_policy');
    expect(shown).toEqual({ key: '-100', meta: { href: `${ROOT}/policies/time_policies/-100` } });
    const again = await put(client, href, { name: 'shell', rules: [{ time_policy: shown ?? null }] });
    expect(refusal(again)).toEqual([400, 'SyntacticError']);
    expect(at(again, '/error/details/path')).toBe(`${href}/rules/0/time_policy`);
    const create = await client.ask('POST', `${ROOT}/ssh/channel_policies`, { json: { shown: shown ?? null } });
    expect(at(create, '/error/details/path')).toBe(`${ROOT}/ssh/channel_policies/shown`);
  });

  it('is known from another member of the collection', async () => {
    const { simulator, client } = await sessionForTest();
    const reference = { key: '-100', meta: { href: `${ROOT}/policies/time_policies/-100` } };
    simulator.setMember('policies/userlists', '1a', { name: 'a', when: reference });
    const reply = await client.ask('POST', `${ROOT}/policies/userlists`, { json: { name: 'b', when: '-100' } });
    expect(at(await client.ask('GET', textAt(reply, '/meta/href')), '/body/when')).toEqual(reference);
  });

  it.each(['write', 'commit'] as const)('must lead somewhere; noticed at the %s', async (semanticCheck) => {
    const { simulator, client } = await sessionForTest({ quirks: { semanticCheck, references: REFERENCES } });
    const written = await put(client, EMAIL, email({ list: '1a' }));
    const refused = semanticCheck === 'write' ? written : await client.ask(...COMMIT);
    expect(refusal(refused)).toEqual([400, 'SemanticError']);
    expect(json(refused)).toMatchObject({
      error: { details: { errors: [expect.stringContaining('management/email/list')] } },
    });
    expect(simulator.configuration('management/email')).toHaveProperty('smtp_auth');
  });

  it('may lead to what is created in the same transaction, and into an object', async () => {
    const { simulator, client } = await sessionForTest({ quirks: { references: REFERENCES } });
    const made = await client.ask('POST', `${ROOT}/policies/userlists`, { json: { name: 'a' } });
    expect((await put(client, EMAIL, email({ list: at(made, '/key') ?? null }))).status).toBe(200);
    const cluster = (address: string): Json => ({ enabled: true, listen_address: address });
    const service = `${ROOT}/local_services/cluster`;
    expect((await put(client, service, cluster('nic1.interfaces.ff7574025754b3df1647001.addresses.1'))).status).toBe(
      200,
    );
    expect((await put(client, service, cluster('nic1.interfaces.ff7574025754b3df1647001.addresses.2'))).status).toBe(
      400,
    );
    expect((await client.ask(...COMMIT)).status).toBe(200);
    expect(simulator.commits).toHaveLength(1);
  });

  it('that leads nowhere already hinders nobody', async () => {
    const { simulator, client } = await sessionForTest();
    const lost = { key: 'zz', meta: { href: `${ROOT}/x509/zz` } };
    simulator.setConfiguration('management/certificates', { server: lost });
    expect((await put(client, `${ROOT}/management/support_info`, { uri: null })).status).toBe(200);
    expect((await put(client, `${ROOT}/management/certificates`, { server: 'zz' })).status).toBe(200);
    expect((await client.ask(...COMMIT)).status).toBe(200);
  });

  it.each([
    ['semantic-error', [400, 'SemanticError']],
    ['conflict', [409, 'Conflict']],
    ['at-commit', [200, undefined]],
  ] as const)('Q18: keeps its target from being deleted: %s', async (deleteInUse, expected) => {
    const { simulator, client } = await sessionForTest({ quirks: { deleteInUse, references: REFERENCES } });
    simulator.setMember('policies/userlists', '1a', { name: 'a' });
    await put(client, EMAIL, email({ list: '1a' }));
    await client.ask(...COMMIT);
    expect(refusal(await client.ask('DELETE', LIST))).toEqual(expected);
    if (deleteInUse === 'at-commit') {
      // Writes that have nothing to do with it still pass.
      expect((await put(client, `${ROOT}/management/support_info`, { uri: null })).status).toBe(200);
      expect(refusal(await client.ask(...COMMIT))).toEqual([400, 'SemanticError']);
    }
    await client.ask('DELETE', '/api/transaction');
    expect((await put(client, EMAIL, email({}))).status).toBe(200);
    expect((await client.ask('DELETE', LIST)).status).toBe(200);
    expect((await client.ask(...COMMIT)).status).toBe(200);
    expect(simulator.members('policies/userlists')).toEqual([]);
  });

  it('is given up before its target at the commit, in any order', async () => {
    const { simulator, client } = await sessionForTest({
      quirks: { deleteInUse: 'at-commit', references: REFERENCES },
    });
    simulator.setMember('policies/userlists', '1a', { name: 'a' });
    await put(client, EMAIL, email({ list: '1a' }));
    await client.ask(...COMMIT);
    expect((await client.ask('DELETE', LIST)).status).toBe(200);
    expect((await put(client, EMAIL, email({}))).status).toBe(200);
    expect((await client.ask(...COMMIT)).status).toBe(200);
  });
});

describe('passwords and private keys', () => {
  it('are created once, shown without their text, and nothing else', async () => {
    const { simulator, client } = await sessionForTest();
    const key = await password(client);
    expect(key).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const href = `${ROOT}/passwords/${key}`;
    const shown = await client.ask('GET', href);
    expect(at(shown, '/body')).toHaveProperty('hash');
    await put(client, EMAIL, withPassword(key));
    const changes = await client.ask('GET', '/api/transaction/changes');
    expect(`${shown.text} ${changes.text} ${JSON.stringify(simulator.commits)}`).not.toContain(PLAIN);
    const statuses = [
      await client.ask('GET', `${ROOT}/passwords`),
      await put(client, href, { plain: PLAIN }),
      await client.ask('DELETE', href),
      await client.ask('GET', `${ROOT}/private_keys`),
    ].map(({ status }) => status);
    expect(statuses).toEqual([405, 405, 405, 405]);
  });

  it.each([{}, { plain: '' }, { plain: 5 }, { plain: null }, 'text', null])('refuse %j', async (body) => {
    const { client } = await sessionForTest();
    expect(refusal(await client.ask('POST', `${ROOT}/passwords`, { json: body }))).toEqual([400, 'SyntacticError']);
    expect(refusal(await client.ask('POST', `${ROOT}/private_keys`, { json: body }))).toEqual([400, 'SyntacticError']);
  });

  it('of a private key show its type and fingerprint', async () => {
    const { client } = await sessionForTest();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const reply = await client.ask('POST', `${ROOT}/private_keys`, { json: { private_key: pem } });
    const shown = await client.ask('GET', textAt(reply, '/meta/href'));
    expect(at(shown, '/body')).toEqual({
      public_key_fingerprint: { digest: expect.stringMatching(/^SHA256:/), hash_algorithm: 'sha256' },
      type: 'ec',
    });
    expect(shown.text).not.toContain('PRIVATE KEY');
  });

  it('serve one place only', async () => {
    const { simulator, client } = await sessionForTest();
    const [used, free] = [await password(client), await password(client)];
    expect((await put(client, EMAIL, withPassword(used))).status).toBe(200);
    const users = (key: string): Json => ({ name: 'u', users: [{ username: 'a', passwords: [key] }] });
    const second = await client.ask('POST', `${ROOT}/policies/user_databases`, { json: users(used) });
    expect(refusal(second)).toEqual([400, 'SemanticError']);
    const third = await client.ask('POST', `${ROOT}/policies/user_databases`, { json: users(free) });
    expect(third.status).toBe(201);
    expect(refusal(await put(client, EMAIL, withPassword(free)))).toEqual([400, 'SemanticError']);
    expect((await client.ask(...COMMIT)).status).toBe(200);
    expect(simulator.configuration('management/email')).toMatchObject({ smtp_auth: { password: { key: used } } });
  });

  it.each([
    ['accepted', 200],
    ['refused', 400],
  ] as const)('Q12: sent back where they are: %s', async (unchangedSecret, status) => {
    const quirks: Partial<JsonQuirks> = { unchangedSecret };
    const { simulator, client } = await sessionForTest({ quirks });
    const [key, fresh] = [await password(client), await password(client)];
    await put(client, EMAIL, withPassword(key));
    const users = { name: 'u', users: [{ username: 'a', passwords: [await password(client)] }] };
    const made = await client.ask('POST', `${ROOT}/policies/user_databases`, { json: users });
    await client.ask(...COMMIT);
    const other = await logIn(simulator);
    const replies = [await put(other, EMAIL, withPassword(key)), await put(other, textAt(made, '/meta/href'), users)];
    expect(replies.map((reply) => reply.status)).toEqual([status, status]);
    if (status === 400) {
      expect(replies.map(refusal)).toEqual([
        [400, 'SemanticError'],
        [400, 'SemanticError'],
      ]);
      expect(replies.map((reply) => at(reply, '/error/details/path'))).toEqual([
        `${EMAIL}/smtp_auth/password`,
        `${textAt(made, '/meta/href')}/users/0/passwords/0`,
      ]);
    }
    expect((await put(other, EMAIL, withPassword(fresh))).status).toBe(200);
  });
});
