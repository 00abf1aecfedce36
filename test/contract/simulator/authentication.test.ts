import { Agent } from 'node:https';
import { describe, expect, it } from 'vitest';
import { isList } from '../../../src/shared/json.ts';
import { startSimulator, type Simulator } from '../../../src/simulator/simulator.ts';
import {
  ask,
  at,
  basic,
  clientWith,
  cookieOf,
  json,
  logIn,
  refusal,
  sessionForTest,
  simulatorForTest,
} from './client.ts';

const TRANSACTION = '/api/transaction';

function logInByCertificate(simulator: Simulator, query: string, identity = simulator.clientCertificate) {
  const tls = { cert: identity.certificate, key: identity.key };
  return ask(simulator, 'GET', `/api/authentication?${query}`, { tls });
}

describe('login', () => {
  it('gives a cookie of forty hexadecimal digits and a body with meta', async () => {
    const simulator = await simulatorForTest();
    const reply = await ask(simulator, 'GET', '/api/authentication', { headers: basic() });
    expect(reply.status).toBe(200);
    expect(reply.headers['set-cookie']?.[0]).toMatch(/^session_id=[0-9a-f]{40}; expires=.+ GMT; Path=\/; Secure$/);
    expect(at(reply, '/meta/href')).toBe('/api/authentication');
  });

  it('takes user name and password as UTF-8', async () => {
    const simulator = await simulatorForTest({ username: 'üser', password: 'pässwörd €' });
    const good = await ask(simulator, 'GET', '/api/authentication', { headers: basic('üser', 'pässwörd €') });
    const latin1 = Buffer.from('üser:pässwörd', 'latin1').toString('base64');
    const bad = await ask(simulator, 'GET', '/api/authentication', { headers: { Authorization: `Basic ${latin1}` } });
    expect([good.status, bad.status]).toEqual([200, 401]);
  });

  it('refuses wrong credentials and missing ones with different types', async () => {
    const simulator = await simulatorForTest();
    const wrong = await ask(simulator, 'GET', '/api/authentication', { headers: basic('admin', 'wrong') });
    const missing = await ask(simulator, 'GET', '/api/authentication');
    expect(refusal(wrong)).toEqual([401, 'AuthenticationFailure']);
    expect(refusal(missing)).toEqual([401, 'Unauthenticated']);
    expect(wrong.headers['set-cookie']).toBeUndefined();
  });

  it('accepts the client certificate, and neither none nor another CA’s', async () => {
    const simulator = await simulatorForTest();
    const other = await startSimulator();
    await other.stop();
    const good = await logInByCertificate(simulator, 'type=x509&login_method=x509');
    expect(good.status).toBe(200);
    const info = await clientWith(simulator, cookieOf(good)).ask('GET', '/api/user_info');
    expect(at(info, '/login_method/authentication')).toBe('x509');
    expect((await ask(simulator, 'GET', '/api/authentication?type=x509')).status).toBe(401);
    const foreign = await logInByCertificate(simulator, 'type=x509', other.clientCertificate);
    expect(refusal(foreign)).toEqual([401, 'AuthenticationFailure']);
  });

  it('is not fooled by a resumed connection, and does not lose the certificate of one', async () => {
    const simulator = await simulatorForTest();
    const { certificate: cert, key } = simulator.clientCertificate;
    const statuses: Record<string, readonly number[]> = {};
    for (const [name, tls] of Object.entries({ with: { cert, key }, without: {} })) {
      const agent = new Agent({ ca: simulator.caPem, ...tls });
      const first = await ask(simulator, 'GET', '/api/info', { agent });
      const second = await ask(simulator, 'GET', '/api/authentication?type=x509', { agent });
      statuses[name] = [first.status, second.status];
    }
    expect(statuses).toEqual({ with: [200, 200], without: [200, 401] });
  });

  it('knows login methods by name from 7.5 on and no such parameter before', async () => {
    const [new_, old] = [await simulatorForTest(), await simulatorForTest({ profile: '6.0' })];
    const local = '/api/authentication?login_method=local';
    expect((await ask(new_, 'GET', local, { headers: basic() })).status).toBe(200);
    const unknown = await ask(new_, 'GET', '/api/authentication?login_method=radius', { headers: basic() });
    expect(refusal(unknown)).toEqual([401, 'AuthenticationFailure']);
    expect(refusal(await ask(old, 'GET', local, { headers: basic() }))).toEqual([400, 'SyntacticError']);
  });

  it.each([
    { profile: '6.0' as const, has: 'types', lacks: 'login_methods' },
    { profile: '7.5' as const, has: 'login_methods', lacks: 'types' },
    { profile: '8.0' as const, has: 'login_methods', lacks: 'types' },
  ])('lists login methods under $has on $profile without a login', async ({ profile, has, lacks }) => {
    const simulator = await simulatorForTest({ profile });
    const reply = await ask(simulator, 'GET', `/api/authentication/${has}`);
    expect(isList(json(reply)[has] ?? null)).toBe(true);
    expect((await ask(simulator, 'GET', `/api/authentication/${lacks}`)).status).toBe(404);
  });

  it('shows login methods as names by quirk', async () => {
    const simulator = await simulatorForTest({ quirks: { loginMethodShape: 'names' } });
    const reply = await ask(simulator, 'GET', '/api/authentication/login_methods');
    expect(json(reply)['login_methods']).toEqual(['local', 'x509']);
  });
});

describe('session', () => {
  it('is needed: credentials alone are no login for a configuration request', async () => {
    const simulator = await simulatorForTest();
    const path = '/api/configuration/management/support_info';
    const reply = await ask(simulator, 'GET', path, { headers: basic() });
    expect(refusal(reply)).toEqual([401, 'Unauthenticated']);
    expect(at(reply, '/error/details/path')).toBe(path);
  });

  it('accepts credentials beside the cookie, and does not let them replace a dead one', async () => {
    const { simulator, client } = await sessionForTest();
    expect((await client.ask('GET', TRANSACTION, { headers: basic() })).status).toBe(200);
    simulator.expireSessions();
    expect((await client.ask('GET', TRANSACTION, { headers: basic() })).status).toBe(401);
  });

  it('ends after inactivity, and takes its transaction along', async () => {
    let now = 0;
    const { simulator, client } = await sessionForTest({ clock: () => now });
    expect((await client.ask('POST', TRANSACTION)).status).toBe(200);
    now = 599_000;
    const extended = await client.ask('GET', TRANSACTION);
    expect(at(extended, '/meta/remaining_seconds')).toBe(600);
    now += 599_000;
    expect((await client.ask('GET', TRANSACTION)).status).toBe(200);
    expect(simulator.openTransactions()).toBe(1);
    now += 600_000;
    expect(simulator.openTransactions()).toBe(0);
    expect(refusal(await client.ask('GET', TRANSACTION))).toEqual([401, 'Unauthenticated']);
  });

  it('ends at a fixed time by quirk', async () => {
    let now = 0;
    const { client } = await sessionForTest({
      clock: () => now,
      quirks: { sessionExpiry: 'absolute', sessionSeconds: 60 },
    });
    now = 40_000;
    expect(at(await client.ask('GET', TRANSACTION), '/meta/remaining_seconds')).toBe(20);
    now = 60_000;
    expect((await client.ask('GET', TRANSACTION)).status).toBe(401);
  });

  it('can set a cookie whose expires is already past, and still accepts its value', async () => {
    const simulator = await simulatorForTest({ quirks: { cookieExpiresSkewSeconds: -7200 } });
    const reply = await ask(simulator, 'GET', '/api/authentication', { headers: basic() });
    const expires = /expires=([^;]+)/.exec(reply.headers['set-cookie']?.[0] ?? '')?.[1] ?? '';
    expect(Date.parse(expires)).toBeLessThan(Date.now());
    expect((await clientWith(simulator, cookieOf(reply)).ask('GET', TRANSACTION)).status).toBe(200);
  });

  it.each([
    ['always', 600, 600],
    ['in-transaction', undefined, 600],
    ['never', undefined, undefined],
  ] as const)('shows remaining seconds %s', async (remainingSeconds, before, after) => {
    const { client } = await sessionForTest({ clock: () => 0, quirks: { remainingSeconds } });
    expect(at(await client.ask('GET', TRANSACTION), '/meta/remaining_seconds')).toBe(before);
    await client.ask('POST', TRANSACTION);
    expect(at(await client.ask('GET', TRANSACTION), '/meta/remaining_seconds')).toBe(after);
  });
});

describe('browser-like agents', () => {
  const headers = { 'User-Agent': 'Mozilla/5.0' };

  it.each(['7.5', '8.0'] as const)('need the token on %s for writes only', async (profile) => {
    const { client } = await sessionForTest({ profile });
    expect((await client.ask('GET', TRANSACTION, { headers })).status).toBe(200);
    expect(refusal(await client.ask('POST', TRANSACTION, { headers }))).toEqual([403, 'Unauthorized']);
    const forged = await client.ask('POST', TRANSACTION, { headers: { ...headers, 'X-Token': 'forged' } });
    expect(forged.status).toBe(403);
    const token = at(await client.ask('GET', '/api/user_info'), '/token');
    const withToken = await client.ask('POST', TRANSACTION, {
      headers: { ...headers, 'X-Token': typeof token === 'string' ? token : '' },
    });
    expect(withToken.status).toBe(200);
  });

  it('need no token on 6.0', async () => {
    const { client } = await sessionForTest({ profile: '6.0' });
    expect((await client.ask('POST', TRANSACTION, { headers })).status).toBe(200);
  });
});

describe('user information', () => {
  it.each(['/api/user_info', '/api/user/info', '/api/userinfo'] as const)('is at %s by quirk', async (userInfoPath) => {
    const { simulator, client } = await sessionForTest({ quirks: { userInfoPath } });
    expect(at(await client.ask('GET', userInfoPath), '/user/name')).toBe('admin');
    simulator.quirks.userInfoPath = null;
    expect((await client.ask('GET', userInfoPath)).status).toBe(404);
  });

  it('has the login method from 7.5 on', async () => {
    const [old, new_] = [await simulatorForTest({ profile: '6.0' }), await simulatorForTest({ profile: '7.5' })];
    expect(json(await (await logIn(old)).ask('GET', '/api/user_info'))['login_method']).toBeUndefined();
    expect(at(await (await logIn(new_)).ask('GET', '/api/user_info'), '/login_method/name')).toBe('local');
  });
});
