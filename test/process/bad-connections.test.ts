import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { issue, makeAuthority } from '../contract/sps/certificates.ts';
import { raw, startServer, text, type ScriptedServer, type Step } from '../contract/sps/scripted-server.ts';
import { listening } from '../listening.ts';
import { expectGivenUp, type BadAnswer } from './bad-input.ts';
import { type World } from './harness.ts';
import { SECRETS } from './leaks.ts';

const unreachable = { exit: 1, reason: 'TargetUnreachable', code: 'TargetUnreachable' } as const;
const CONNECT = 'GET /api/authentication could not connect: ';
const DAY = 86_400_000;

/** The variables for a server of our own, which is stopped after the test and must have seen nothing but reading. */
async function scripted(
  w: World,
  steps: readonly Step[],
  tls?: Parameters<typeof startServer>[1],
  authority?: string,
): Promise<{ readonly SPS_URL: string; readonly SPS_CA: string }> {
  const server: ScriptedServer = await startServer(steps, tls);
  onTestFinished(async () => {
    await server.stop();
    expect(server.seen.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(server.complaints()).toEqual([]);
  });
  await w.give('ca.pem', authority ?? server.ca);
  return { SPS_URL: server.url, SPS_CA: 'given/ca.pem' };
}

/** A server whose certificate is for these names or dates, from an authority that is trusted. */
async function withCertificate(
  w: World,
  wanted: Parameters<typeof issue>[1],
): Promise<{ readonly SPS_URL: string; readonly SPS_CA: string }> {
  const authority = await makeAuthority('a test authority');
  return scripted(w, [], { issued: await issue(authority, wanted) }, authority.certificate);
}

/** A body that never ends, and says so with none of its bytes. */
const endless: Step = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(1024 * 1024, SECRETS.liveToken);
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
};

const ROWS: readonly BadAnswer[] = [
  {
    ...{ name: 'a certificate of another authority', ...unreachable },
    serve: async (w) => {
      await w.give('ca.pem', (await makeAuthority('another authority')).certificate);
      return { SPS_CA: 'given/ca.pem' };
    },
    ...{ says: `${CONNECT}the appliance's certificate is not trusted`, next: /appliance\.tls\.ca \(or SPS_CA\)/ },
  },
  {
    ...{ name: 'a certificate that nobody was told to trust', ...unreachable },
    env: { SPS_CA: undefined },
    ...{ says: `${CONNECT}the appliance's certificate is not trusted`, next: /appliance\.tls\.ca \(or SPS_CA\)/ },
  },
  {
    ...{ name: 'a certificate that has expired', ...unreachable },
    serve: (w) =>
      withCertificate(w, { notBefore: new Date('2021-01-01T00:00:00Z'), notAfter: new Date('2022-02-03T00:00:00Z') }),
    ...{ says: `${CONNECT}the appliance's certificate expired on 2022-02-03`, next: /Renew/ },
  },
  {
    ...{ name: 'a certificate that is not valid yet', ...unreachable },
    serve: (w) => {
      const now = Date.now();
      return withCertificate(w, { notBefore: new Date(now + DAY), notAfter: new Date(now + 2 * DAY) });
    },
    ...{ says: `${CONNECT}the appliance's certificate is not valid yet`, next: /Check the clocks/ },
  },
  {
    ...{ name: 'a certificate for another host name', ...unreachable },
    serve: (w) => withCertificate(w, { names: ['sps.example.com'] }),
    ...{ says: `${CONNECT}the appliance's certificate is for another host name`, next: /DNS:sps\.example\.com/ },
  },
  {
    ...{ name: 'nothing: the connection is refused', ...unreachable },
    arrange: async (w) => {
      await w.simulator.stop();
    },
    ...{ says: `${CONNECT}the connection was refused`, next: /Check appliance\.url/ },
  },
  {
    ...{ name: 'nothing: the name does not exist', ...unreachable },
    env: { SPS_URL: 'https://sps.invalid' },
    ...{ says: `${CONNECT}the host name `, next: /Check appliance\.url/ },
  },
  {
    ...{ name: 'HTTP without TLS', ...unreachable },
    serve: async () => ({
      SPS_URL: `https://127.0.0.1:${await listening(createPlainServer((_request, response) => void response.end('{}')))}`,
    }),
    ...{ says: CONNECT, next: /Check appliance\.url|Check the TLS settings/ },
  },
  {
    ...{ name: 'a connection that is closed at once', ...unreachable },
    serve: async () => ({
      SPS_URL: `https://127.0.0.1:${await listening(createServer((socket) => void socket.destroy()))}`,
    }),
    ...{ says: `${CONNECT}the connection was cut off`, next: /Check appliance\.url/ },
  },
  {
    ...{ name: 'something that is not HTTP', ...unreachable },
    serve: (w) =>
      scripted(
        w,
        Array.from({ length: 3 }, () => raw(`220 ${SECRETS.liveToken}\r\n`)),
      ),
    ...{ says: 'GET /api/authentication was ', next: /Check appliance\.url/ },
  },
  {
    ...{ name: 'an endless body', ...unreachable },
    // What has to be sent may take longer than the harness's second.
    settings: 'appliance: { requests: { timeout: 30s } }\n',
    serve: (w) => scripted(w, [endless]),
    ...{ says: 'GET /api/authentication answered 200 with more than 16 MiB', next: /leads to the appliance itself/ },
  },
  {
    ...{ name: 'a login without a cookie', ...unreachable },
    serve: (w) => scripted(w, [text('{}', 200)]),
    ...{
      says: 'GET /api/authentication answered 200 without the cookie session_id',
      next: /leads to the appliance itself/,
    },
  },
  {
    ...{ name: 'an empty answer', ...unreachable },
    serve: (w) => scripted(w, [text('', 200)]),
    ...{ says: 'GET /api/authentication answered 200 with an empty body', next: /leads to the appliance itself/ },
  },
  {
    ...{ name: 'JSON that is none', ...unreachable },
    serve: (w) => scripted(w, [text(`{"token": ${SECRETS.liveToken}`, 200, { 'content-type': 'application/json' })]),
    ...{ says: 'answered 200 with something that cannot be parsed', next: /leads to the appliance itself/ },
  },
  {
    ...{ name: 'JSON with __proto__', ...unreachable },
    serve: (w) => scripted(w, [text('{"__proto__": {}}', 200, { 'content-type': 'application/json' })]),
    ...{ says: 'answered 200 with something that cannot be parsed', next: /leads to the appliance itself/ },
  },
];

describe('where the appliance should be there is', () => {
  test.each(ROWS)('$name', expectGivenUp);
});
