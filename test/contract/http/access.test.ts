import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { served, TOKEN, type Served } from './served.ts';

/** Status and code of a request for a run. */
async function asking(world: Served, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const before = world.asked.length;
  const answer = await world.ask('POST /reconcile', headers);
  const { error } = answer.json() as { readonly error?: { readonly code: string; readonly hint: string } };
  expect(world.asked.length - before, 'runs asked for').toBe(answer.status === 202 ? 1 : 0);
  if (answer.status === 401) expect(answer.headers['www-authenticate']).toBe('Bearer realm="sps-gitops"');
  if (error !== undefined) expect(error.hint).not.toBe('');
  return error === undefined ? String(answer.status) : `${answer.status} ${error.code}`;
}

test.each(['127.0.0.1', '127.0.0.1:1', 'localhost:9470', 'LOCALHOST', '[::1]:9470', '127.1.2.3'])(
  'on the loopback interface whoever names the host %s may ask',
  async (host) => {
    expect(await asking(await served(), { Host: host })).toBe('202');
  },
);

test.each([
  'rebound.example.com:9470',
  'localhost.example.com',
  '127.0.0.1.example.com',
  '10.0.0.1',
  '[::2]',
  ':9470',
  '[::1',
])('a name that leads here from elsewhere is refused: %s', async (host) => {
  expect(await asking(await served(), { Host: host })).toBe('403 host-refused');
});

test('so is a web page, whatever its origin', async () => {
  const world = await served();
  for (const origin of ['https://evil.example.com', 'null', 'http://127.0.0.1', ''])
    expect(await asking(world, { Origin: origin })).toBe('403 origin-refused');
});

test('a token that is set is wanted on the loopback interface as well', async () => {
  const world = await served({ token: TOKEN });
  expect(await asking(world)).toBe('401 token-refused');
  expect(await asking(world, { Authorization: `Bearer ${TOKEN}` })).toBe('202');
  expect(await asking(world, { Authorization: `Bearer ${TOKEN}`, Origin: 'null' })).toBe('403 origin-refused');
});

test('beyond the loopback interface nobody may ask without a token, and anybody may look', async () => {
  const world = await served({ listen: '0.0.0.0:0' });
  const hosts = ['127.0.0.1', 'localhost', 'sps-gitops.example.com'];
  for (const Host of hosts) expect(await asking(world, { Host })).toBe('403 token-missing');
  expect(await asking(world, { Authorization: 'Bearer anything' })).toBe('403 token-missing');
  for (const path of ['/healthz', '/status', '/metrics']) expect((await world.ask(`GET ${path}`)).status).toBe(200);
  expect((await world.ask('GET /readyz')).status).toBe(503);
});

test.each([
  ['', '401 token-refused'],
  ['Bearer', '401 token-refused'],
  ['Bearer ', '401 token-refused'],
  [`Bearer ${TOKEN}x`, '401 token-refused'],
  [`Bearer ${TOKEN.slice(0, -1)}`, '401 token-refused'],
  [`Bearer ${TOKEN.toLowerCase()}`, '401 token-refused'],
  [`Bearer ${TOKEN} ${TOKEN}`, '401 token-refused'],
  [`Basic ${Buffer.from(`a:${TOKEN}`).toString('base64')}`, '401 token-refused'],
  [TOKEN, '401 token-refused'],
  [`Bearer ${TOKEN}`, '202'],
  [`bearer   ${TOKEN} `, '202'],
])('beyond it the token decides, not the host: %j', async (Authorization, expected) => {
  const world = await served({ listen: '0.0.0.0:0', token: TOKEN });
  expect(await asking(world, { Authorization, Host: 'sps-gitops.example.com' })).toBe(expected);
});

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

test.runIf(hasIpv6)('the loopback address of IPv6 is one', async () => {
  const world = await served({ listen: '[::1]:0' });
  expect(world.door.address).toMatch(/^\[::1\]:\d+$/);
  expect(await asking(world, { Host: `[::1]:${world.port()}` })).toBe('202');
  expect(await asking(world, { Host: 'rebound.example.com' })).toBe('403 host-refused');
});
