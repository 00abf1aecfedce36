import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/shared/secret.ts';
import type { RequestReport } from '../../../src/sps/appliance.ts';
import { calm, failure, PASSWORD, read, scripted } from './harness.ts';
import { cut, json, loggedIn, refusal, text, type Seen, type Step } from './scripted-server.ts';

const SOAP = '/api/configuration/management/soap';
const LEAF = json({ key: 'soap', body: { enabled: true }, meta: { href: SOAP } });
const OK = json({ meta: { href: '/api' } });

describe('the login', () => {
  it('is a GET with the password in UTF-8, and the cookie alone afterwards', async () => {
    const { server, appliance } = await scripted([loggedIn('5e55'), LEAF]);
    expect(appliance.hasSession).toBe(false);
    await appliance.login(calm);
    expect(appliance.hasSession).toBe(true);
    await read(appliance, SOAP, calm);
    const [login, reading] = server.seen;
    const expected = Buffer.from(`gitops:${PASSWORD}`, 'utf8').toString('base64');
    expect(login).toMatchObject({ method: 'GET', url: '/api/authentication' });
    expect(login?.headers.authorization).toBe(`Basic ${expected}`);
    expect(login?.headers.cookie).toBeUndefined();
    expect(reading?.headers.authorization).toBeUndefined();
    expect(reading?.headers.cookie).toBe('session_id=5e55');
  });

  it('names the login method where one is set', async () => {
    const login = { kind: 'password', username: 'gitops', password: new Secret(PASSWORD), method: 'local' } as const;
    const { server, appliance } = await scripted([loggedIn()], { login });
    await appliance.login(calm);
    expect(server.lines()).toEqual(['GET /api/authentication?login_method=local']);
  });

  it('keeps a cookie whose expiry has passed by our clock', async () => {
    const setCookie = 'session_id=beef; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; Secure';
    const { server, appliance } = await scripted([json({ meta: {} }, 200, { 'set-cookie': setCookie }), LEAF]);
    await appliance.login(calm);
    await read(appliance, SOAP, calm);
    expect(server.seen[1]?.headers.cookie).toBe('session_id=beef');
  });

  it('takes a new session id from any later answer, and no empty one', async () => {
    const renewed = json({ body: 1 }, 200, { 'set-cookie': 'session_id=second; Path=/' });
    const emptied = json({ body: 1 }, 200, { 'set-cookie': 'session_id=; Max-Age=0' });
    const { server, appliance } = await scripted([loggedIn('first'), renewed, emptied, LEAF]);
    await appliance.login(calm);
    for (let i = 0; i < 3; i += 1) await read(appliance, SOAP, calm);
    expect(server.seen.map((request) => request.headers.cookie)).toEqual([
      undefined,
      'session_id=first',
      'session_id=second',
      'session_id=second',
    ]);
  });

  it('reads again with the new id when the old one ended under way', async () => {
    const renewed = json({ body: 1 }, 200, { 'set-cookie': 'session_id=second; Path=/' });
    let answerLate = (): void => undefined;
    const late: Step = (_request, response) => {
      answerLate = () => response.writeHead(401).end(JSON.stringify({ error: { type: 'Unauthenticated' } }));
    };
    const { server, appliance } = await scripted([loggedIn('first'), late, renewed, LEAF], { concurrency: 2 });
    await appliance.login(calm);
    const first = read(appliance, SOAP, calm);
    await server.received(2);
    await read(appliance, SOAP, calm);
    answerLate();
    expect(await first).toMatchObject({ kind: 'leaf' });
    expect(server.seen.at(-1)?.headers.cookie).toBe('session_id=second');
  });

  it('keeps its session id when a 401 brings the cookie of another', async () => {
    const refused = json({ error: { type: 'Unauthenticated' } }, 401, { 'set-cookie': 'session_id=of-nobody' });
    const { server, appliance } = await scripted([loggedIn('first'), refused, OK]);
    await appliance.login(calm);
    await failure(read(appliance, SOAP, calm));
    await appliance.rollback(calm);
    expect(server.seen.map((request) => request.headers.cookie)).toEqual([
      undefined,
      'session_id=first',
      'session_id=first',
    ]);
  });

  it('sends no cookie that came without a login, nor a forgotten one, nor the old one with the next login', async () => {
    const info = json({ body: {} }, 200, { 'set-cookie': 'session_id=anonymous' });
    const { server, appliance } = await scripted([info, info, loggedIn('one'), loggedIn('two'), info, info]);
    await appliance.info(calm);
    await appliance.info(calm);
    await appliance.login(calm);
    await appliance.login(calm);
    await appliance.info(calm);
    appliance.forgetSession();
    expect(appliance.hasSession).toBe(false);
    await appliance.info(calm);
    expect(server.seen.map((request) => request.headers.cookie)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      'session_id=two',
      undefined,
    ]);
  });

  it('goes on with the session of an earlier process, and tells of it and of its next id', async () => {
    const renewed = json({ body: {} }, 200, { 'set-cookie': 'session_id=second' });
    const told: string[] = [];
    const { server, appliance } = await scripted([renewed, LEAF], { onSession: (id) => told.push(id.reveal()) });
    expect(appliance.session).toBeNull();
    appliance.resume(new Secret('first'));
    await appliance.info(calm);
    await read(appliance, SOAP, calm);
    expect(server.seen.map((request) => request.headers.cookie)).toEqual(['session_id=first', 'session_id=second']);
    expect(appliance.session?.reveal()).toBe('second');
    expect(told).toEqual(['first', 'second']);
  });

  it('fails when wrong, once, and says which settings to check', async () => {
    const { server, appliance } = await scripted([refusal(401, 'AuthenticationFailure')]);
    const error = await failure(appliance.login(calm));
    expect(error).toMatchObject({ failure: 'authFailed', retry: 'fatal', status: 401, answered: true });
    expect(error.type).toBe('AuthenticationFailure');
    expect(error.message).toBe('GET /api/authentication answered 401 AuthenticationFailure');
    expect(error.hint).toContain('appliance.login');
    expect(server.seen).toHaveLength(1);
    expect(appliance.hasSession).toBe(false);
  });

  it('is tried again after a broken connection and a 5xx only', async () => {
    const { appliance } = await scripted([cut, text('busy', 503), loggedIn()]);
    await appliance.login(calm);
    expect(appliance.requests).toEqual({ GET: 3 });
    const other = await scripted([text('slow down', 429)]);
    expect((await failure(other.appliance.login(calm))).status).toBe(429);
  });

  it('fails without the cookie, and with a page instead of JSON', async () => {
    const first = await scripted([json({ meta: {} })]);
    expect((await failure(first.appliance.login(calm))).message).toContain('without the cookie session_id');
    const page = text('<html>', 200, { 'content-type': 'text/html', 'set-cookie': 'session_id=abc' });
    const second = await scripted([page]);
    expect((await failure(second.appliance.login(calm))).kind).toBe('shape');
    expect(second.appliance.hasSession).toBe(false);
  });
});

describe('what goes over the wire', () => {
  it('has our agent and JSON as the accepted type, and neither query nor Expect', async () => {
    const { server, appliance } = await scripted([LEAF, OK, OK, OK, OK]);
    await read(appliance, SOAP, calm);
    await appliance.openTransaction(calm);
    await appliance.put(SOAP, { enabled: false }, calm);
    await appliance.post('/api/configuration/passwords', { plain: 'ü' }, calm);
    await appliance.rollback(calm);
    for (const { headers } of server.seen) {
      expect(headers['user-agent']).toBe('sps-gitops/0.0.0');
      expect(headers.accept).toBe('application/json');
      expect(headers.expect).toBeUndefined();
      expect(headers['transfer-encoding']).toBeUndefined();
    }
    expect(server.seen.map(summary)).toEqual([
      ['GET', SOAP, undefined, undefined, ''],
      ['POST', '/api/transaction', undefined, '0', ''],
      ['PUT', SOAP, 'application/json', '17', '{"enabled":false}'],
      ['POST', '/api/configuration/passwords', 'application/json', '14', '{"plain":"ü"}'],
      ['DELETE', '/api/transaction', undefined, undefined, ''],
    ]);
  });

  it('commits with the message, or without the member', async () => {
    const { server, appliance } = await scripted([OK, OK]);
    await appliance.commit('one line', calm);
    await appliance.commit(null, calm);
    expect(server.seen.map((request) => JSON.parse(request.body) as unknown)).toEqual([
      { status: 'commit', commit_message: 'one line' },
      { status: 'commit' },
    ]);
  });

  it('puts any JSON body as it is', async () => {
    const { server, appliance } = await scripted([OK, OK, OK]);
    await appliance.put('/api/configuration/datetime/timezone', 'Europe/Budapest', calm);
    await appliance.put('/api/configuration/aaa/acls', [], calm);
    await appliance.put('/api/configuration/x', null, calm);
    expect(server.seen.map((request) => request.body)).toEqual(['"Europe/Budapest"', '[]', 'null']);
  });

  it('keeps one connection for requests in a row', async () => {
    const { server, appliance } = await scripted([LEAF, LEAF, OK, LEAF], { concurrency: 1 });
    await read(appliance, SOAP, calm);
    await read(appliance, SOAP, calm);
    await appliance.put(SOAP, {}, calm);
    await read(appliance, SOAP, calm);
    expect(server.connections()).toBe(1);
  });

  it('never has more requests out than its concurrency', async () => {
    let out = 0;
    let most = 0;
    const slow = (...step: Parameters<typeof LEAF>): void => {
      out += 1;
      most = Math.max(most, out);
      // Two rounds of the loop give a third request, if there were one, the time to come in.
      setImmediate(() => setImmediate(() => ((out -= 1), void LEAF(...step))));
    };
    const { server, appliance } = await scripted(
      Array.from({ length: 9 }, () => slow),
      { concurrency: 3 },
    );
    await Promise.all(Array.from({ length: 9 }, () => read(appliance, SOAP, calm)));
    expect(most).toBeLessThanOrEqual(3);
    expect(server.connections()).toBeLessThanOrEqual(3);
    expect(appliance.requests).toEqual({ GET: 9 });
  });

  it.each(['/api/configuration/x?limit=1', '/api/a#b', '/api/../x', 'api/x', '/api//x', '/api/a b', '/elsewhere'])(
    'refuses the path %s without sending anything',
    async (path) => {
      const { appliance } = await scripted([]);
      await expect(read(appliance, path, calm)).rejects.toBeInstanceOf(RangeError);
      expect(appliance.requests).toEqual({});
    },
  );

  it('reports every request without its query', async () => {
    const reports: RequestReport[] = [];
    const login = { kind: 'password', username: 'gitops', password: new Secret(PASSWORD), method: 'local' } as const;
    const { appliance } = await scripted([loggedIn(), cut, LEAF], { login, onRequest: (one) => reports.push(one) });
    await appliance.login(calm);
    await read(appliance, SOAP, calm);
    expect(reports.map(({ method, path, status }) => [method, path, status])).toEqual([
      ['GET', '/api/authentication', 200],
      ['GET', SOAP, null],
      ['GET', SOAP, 200],
    ]);
    expect(reports[2]?.bytesReceived).toBeGreaterThan(20);
    expect(reports.every((one) => one.durationMs >= 0)).toBe(true);
    expect(appliance.requests).toEqual({ GET: 3 });
  });
});

function summary(request: Seen): readonly unknown[] {
  const { method, url, headers, body } = request;
  return [method, url, headers['content-type'], headers['content-length'], body];
}
