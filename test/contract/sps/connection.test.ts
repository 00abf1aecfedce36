import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { createServer as createPlainServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/shared/secret.ts';
import { certificateExpiry } from '../../../src/sps/peer-certificate.ts';
import { issue, makeAuthority } from './certificates.ts';
import { freePort, listening } from '../../listening.ts';
import { calm, client, failure, scripted } from './harness.ts';
import { json, loggedIn, sharedAuthority, startServer, type ScriptedServer } from './scripted-server.ts';

const INFO = json({ key: 'about_info', body: { hostname: 'sps1' }, meta: { href: '/api/info' } });
/** What no client of today accepts. */
const OLD_TLS = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
const servers: ScriptedServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

/** A server whose certificate nobody accepts: no request ever gets to it. */
async function unaccepted(...options: Parameters<typeof startServer>): Promise<ScriptedServer> {
  const server = await startServer(...options);
  servers.push(server);
  return server;
}

describe('a connection that cannot be made', () => {
  it('says that it was refused, and counts no request', async () => {
    const port = await freePort();
    const appliance = client(`https://127.0.0.1:${port}`);
    const error = await failure(appliance.info(calm));
    expect(error).toMatchObject({ kind: 'network', failure: 'targetUnreachable', status: null, answered: false });
    expect(error.message).toBe('GET /api/info could not connect: the connection was refused');
    expect(error.hint).toContain('appliance.url');
    expect(appliance.requests).toEqual({});
  });

  it('says that the host name was not found', async () => {
    const error = await failure(client('https://nowhere.invalid').info(calm));
    expect(error.kind).toBe('network');
    expect(error.message).toMatch(
      /^GET \/api\/info could not connect: the host name (was not found|could not be looked)/,
    );
  });

  it('says that the port does not speak HTTPS', async () => {
    const plain = createPlainServer((_request, response) => response.end('{}'));
    const port = await listening(plain);
    const error = await failure(client(`https://127.0.0.1:${port}`).info(calm));
    expect(error.kind).toBe('tls');
    expect(error.message).toMatch(/does not speak HTTPS|TLS handshake failed/);
  });

  it('tries a GET again when the connection breaks during the handshake', async () => {
    let connections = 0;
    const rude = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    const port = await listening(rude);
    const error = await failure(client(`https://127.0.0.1:${port}`).info(calm));
    expect(error).toMatchObject({ kind: 'network', answered: false });
    expect(connections).toBe(3);
  });
});

it('sends nothing when the deadline passes before there is a connection', async () => {
  const written: Buffer[] = [];
  const sockets: Socket[] = [];
  const silent = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => written.push(chunk));
  });
  const port = await listening(silent);
  const appliance = client(`https://127.0.0.1:${port}`, { timeoutMs: 150 });
  const error = await failure(appliance.put('/api/configuration/x', {}, calm));
  expect(error).toMatchObject({ kind: 'timeout', status: null, answered: false });
  await appliance.close();
  for (const socket of sockets) socket.destroy();
  expect(appliance.requests).toEqual({});
  // What did come is the beginning of the TLS handshake: record type 22.
  expect(written[0]?.[0]).toBe(22);
});

it('says how long a connection may take, also where the request may take longer', async () => {
  const silent = createServer((socket) => socket.on('error', () => undefined));
  const port = await listening(silent);
  const appliance = client(`https://127.0.0.1:${port}`, { timeoutMs: 100 });
  const error = await failure(appliance.commit(null, calm));
  expect(error).toMatchObject({ kind: 'timeout', status: null, answered: false });
  expect(error.message).toBe('PUT /api/transaction could not connect: nobody answered within 100ms');
  expect(error.hint).toContain('appliance.url');
});

it('never sends what was given up while the connection was being made', async () => {
  const server = await unaccepted([INFO]);
  let arrived: () => void = () => undefined;
  let open: () => void = () => undefined;
  const arrival = new Promise<void>((resolve) => (arrived = resolve));
  const gate = new Promise<void>((resolve) => (open = resolve));
  const proxy = createServer((socket) => {
    arrived();
    void gate.then(() => socket.pipe(connect(server.port, '127.0.0.1')).pipe(socket));
  });
  const port = await listening(proxy);
  const appliance = client(`https://127.0.0.1:${port}`, { ca: server.ca, concurrency: 1 });
  const controller = new AbortController();
  const writing = appliance.put('/api/configuration/x', {}, controller.signal).catch(() => 'given up');
  await arrival;
  controller.abort();
  expect(await writing).toBe('given up');
  open();
  await appliance.info(calm);
  expect(server.lines()).toEqual(['GET /api/info']);
  expect(appliance.requests).toEqual({ GET: 1 });
  await appliance.close();
});

describe('the certificate of the appliance', () => {
  it('is not trusted without its authority, once and without trying again', async () => {
    const server = await unaccepted([]);
    const error = await failure(client(server.url).info(calm));
    expect(error).toMatchObject({ kind: 'tls', failure: 'targetUnreachable' });
    expect(error.message).toContain("could not connect: the appliance's certificate is not trusted");
    expect(error.hint).toContain('appliance.tls.ca');
    expect(server.seen).toEqual([]);
  });

  it('is not trusted with the bundle of another authority', async () => {
    const other = await makeAuthority('somebody else');
    const server = await unaccepted([]);
    const error = await failure(client(server.url, { ca: other.certificate }).info(calm));
    expect(error.message).toContain('is not trusted');
  });

  it('is trusted when the bundle holds the old and the new authority', async () => {
    const other = await makeAuthority('the old one');
    const { certificate } = await sharedAuthority();
    const { appliance } = await scripted([INFO], { ca: `${other.certificate}\n${certificate}` });
    expect((await appliance.info(calm)).hostname).toBe('sps1');
  });

  it('names the day on which it expired', async () => {
    const authority = await sharedAuthority();
    const issued = await issue(authority, {
      notBefore: new Date('2021-01-01T00:00:00Z'),
      notAfter: new Date('2021-03-04T12:00:00Z'),
    });
    const server = await unaccepted([], { issued });
    const error = await failure(client(server.url, { ca: server.ca }).info(calm));
    expect(error.kind).toBe('tls');
    expect(error.message).toBe("GET /api/info could not connect: the appliance's certificate expired on 2021-03-04");
    expect(error.hint).toContain('clock');
    expect(server.seen).toEqual([]);
  });

  it('is not valid yet', async () => {
    const authority = await sharedAuthority();
    const issued = await issue(authority, {
      notBefore: new Date('2090-01-01T00:00:00Z'),
      notAfter: new Date('2091-01-01T00:00:00Z'),
    });
    const server = await unaccepted([], { issued });
    const error = await failure(client(server.url, { ca: server.ca }).info(calm));
    expect(error.message).toContain('is not valid yet');
  });

  it('is for another host name, and the hint names those that it is for', async () => {
    const issued = await issue(await sharedAuthority(), { names: ['sps.example.com'] });
    const server = await unaccepted([], { issued });
    const error = await failure(client(server.url, { ca: server.ca }).info(calm));
    expect(error.kind).toBe('tls');
    expect(error.message).toContain("the appliance's certificate is for another host name");
    expect(error.hint).toContain('DNS:sps.example.com');
    expect(server.seen).toEqual([]);
  });

  it.each([[[]], [["it's.example.com"]]])('is for names that are not repeated: %j', async (names) => {
    const issued = await issue(await sharedAuthority(), { names });
    const server = await unaccepted([], { issued });
    const error = await failure(client(server.url, { ca: server.ca }).info(calm));
    expect(error.message).toContain('is for another host name');
    expect(error.hint).toBe('Use a name in appliance.url that the certificate holds.');
  });

  it('may have an authority that has expired, while it has not itself', async () => {
    const expired = await makeAuthority('gone by', { notAfter: new Date('2021-03-04T12:00:00Z') });
    const server = await unaccepted([], { issued: await issue(expired) });
    const error = await failure(client(server.url, { ca: expired.certificate }).info(calm));
    expect(error.message).toContain("the appliance's certificate or one of its authorities has expired");
  });

  it('does not count before there is a common version of TLS', async () => {
    const server = await unaccepted([], { versions: OLD_TLS });
    const error = await failure(client(server.url, { ca: server.ca }).info(calm));
    expect(error.kind).toBe('tls');
    expect(error.message).toMatch(/^GET \/api\/info could not connect: the TLS handshake failed \(E[A-Z0-9_]+\)$/);
    expect(error.hint).toContain('TLS settings');
  });

  it('does not count when verification is switched off', async () => {
    const { appliance } = await scripted([INFO], { ca: undefined, verify: false });
    expect((await appliance.info(calm)).hostname).toBe('sps1');
  });

  it('counts even where the environment switches verification off', async () => {
    const server = await unaccepted([]);
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      expect((await failure(client(server.url).info(calm))).kind).toBe('tls');
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
  });
});

describe('a login by client certificate', () => {
  it('shows the certificate and names the login method', async () => {
    const authority = await sharedAuthority();
    const own = await issue(authority, { names: ['gitops.example.com'] });
    const server = await unaccepted([loggedIn(), INFO], { clientAuthority: authority.certificate });
    const appliance = client(server.url, {
      ca: server.ca,
      login: { kind: 'certificate', certificate: own.certificate, key: new Secret(own.key), method: 'my x509&y' },
    });
    await appliance.login(calm);
    await appliance.info(calm);
    expect(server.lines()).toEqual(['GET /api/authentication?type=x509&login_method=my+x509%26y', 'GET /api/info']);
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
    expect(server.seen[1]?.headers.cookie).toMatch(/^session_id=/);
  });

  it('fails as TLS when the appliance wants a certificate and there is none', async () => {
    const authority = await sharedAuthority();
    const server = await unaccepted([], { clientAuthority: authority.certificate });
    const error = await failure(client(server.url, { ca: server.ca }).info(calm));
    expect(['tls', 'network']).toContain(error.kind);
    expect(server.seen).toEqual([]);
  });
});

describe('the look at a certificate', () => {
  it('tells the end of its validity, whoever issued it', async () => {
    const notAfter = new Date('2093-03-04T12:00:00Z');
    const server = await unaccepted([], { issued: await issue(await sharedAuthority(), { notAfter }) });
    expect(await certificateExpiry(`https://localhost:${server.port}`)).toBe('Mar  4 12:00:00 2093 GMT');
  });

  it('tells nothing where there is no such host', async () => {
    expect(await certificateExpiry('https://nowhere.invalid')).toBe('');
  });

  it('tells nothing where nobody speaks in time', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined));
    const port = await listening(silent);
    expect(await certificateExpiry(`https://127.0.0.1:${port}`, 50)).toBe('');
  });
});

it('uses no proxy from the environment', async () => {
  const before = process.env['HTTPS_PROXY'];
  process.env['HTTPS_PROXY'] = 'http://127.0.0.1:9';
  try {
    const { appliance } = await scripted([INFO]);
    expect((await appliance.info(calm)).hostname).toBe('sps1');
  } finally {
    if (before === undefined) delete process.env['HTTPS_PROXY'];
    else process.env['HTTPS_PROXY'] = before;
  }
});
