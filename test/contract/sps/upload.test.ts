import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { calm, scripted } from './harness.ts';
import { json, loggedIn, type Seen } from './scripted-server.ts';

const UPLOAD = '/api/upload/license';
const OK = json({ meta: { href: UPLOAD } });

/** Every octet, line breaks and what looks like the end of a form among them. */
const EVERY_OCTET = Buffer.concat([
  Buffer.from(Uint8Array.from({ length: 256 }, (_, octet) => octet)),
  Buffer.from('\r\n--\r\n----\r\n\r\n--sps-gitops---', 'latin1'),
]);

interface ReceivedPart {
  readonly headers: readonly string[];
  readonly content: Buffer;
}

/** The parts of a form by RFC 2046 §5.1.1, read on latin1 text so that every octet is a character. */
function partsOf(request: Seen | undefined): readonly ReceivedPart[] {
  const type = request?.headers['content-type'] ?? '';
  const boundary = /^multipart\/form-data; boundary=([\w-]{1,70})$/.exec(type)?.[1];
  if (boundary === undefined) throw new Error(`the content type is ${type}`);
  const [before, ...rest] = `\r\n${request?.bytes.toString('latin1') ?? ''}`.split(`\r\n--${boundary}`);
  expect(before).toBe('');
  expect(rest.pop()).toBe('--\r\n');
  return rest.map((part) => {
    const end = part.indexOf('\r\n\r\n');
    expect(part.slice(0, 2)).toBe('\r\n');
    return { headers: part.slice(2, end).split('\r\n'), content: Buffer.from(part.slice(end + 4), 'latin1') };
  });
}

async function uploaded(fileName: string, bytes: Uint8Array): Promise<{ seen: Seen | undefined; part: ReceivedPart }> {
  const { server, appliance } = await scripted([OK]);
  await appliance.upload(UPLOAD, { field: 'data', fileName, bytes }, calm);
  const [seen] = server.seen;
  const [part, ...more] = partsOf(seen);
  expect(more).toEqual([]);
  if (part === undefined) throw new Error('the form has no part');
  return { seen, part };
}

describe('an upload', () => {
  it.each([
    ['text', Buffer.from('serial: 123-456-789\n')],
    ['nothing', Buffer.alloc(0)],
    ['every octet', EVERY_OCTET],
    ['a mebibyte', randomBytes(1024 * 1024)],
    ['a view on a larger buffer', new Uint8Array(EVERY_OCTET.buffer, EVERY_OCTET.byteOffset + 9, 40)],
  ] as const)('brings %s over unchanged, as the only part', async (_what, bytes) => {
    const { seen, part } = await uploaded('license.txt', bytes);
    expect(part.headers).toEqual([
      'Content-Disposition: form-data; name="data"; filename="license.txt"',
      'Content-Type: application/octet-stream',
    ]);
    expect(part.content.equals(bytes)).toBe(true);
    expect(seen).toMatchObject({ method: 'POST', url: UPLOAD });
    expect(seen?.headers['content-length']).toBe(String(seen?.bytes.length));
    expect(seen?.headers).not.toHaveProperty('transfer-encoding');
    expect(seen?.headers).not.toHaveProperty('expect');
  });

  it('carries session, agent and accepted type like any request', async () => {
    const { server, appliance } = await scripted([loggedIn('5e55'), OK]);
    await appliance.login(calm);
    await appliance.upload(UPLOAD, { field: 'data', fileName: 'a', bytes: EVERY_OCTET }, calm);
    expect(server.seen[1]?.headers).toMatchObject({
      accept: 'application/json',
      cookie: 'session_id=5e55',
      'user-agent': 'sps-gitops/0.0.0',
    });
  });

  it.each([
    ['a "b".txt', 'a _b_.txt'],
    ['Lizenz für 😀.txt', 'Lizenz f_r _.txt'],
    ['a\r\nX-Evil: 1\0', 'a__X-Evil: 1_'],
    ['..\\..\\a/b', '.._.._a_b'],
    ['', ''],
  ])('quotes the name %j', async (fileName, shown) => {
    const { part } = await uploaded(fileName, Buffer.from('x'));
    expect(part.headers[0]).toBe(`Content-Disposition: form-data; name="data"; filename="${shown}"`);
    expect(part.headers).toHaveLength(2);
  });

  it('has a boundary of its own each time', async () => {
    const types = new Set<string | undefined>();
    for (let i = 0; i < 2; i += 1) types.add((await uploaded('a', EVERY_OCTET)).seen?.headers['content-type']);
    expect(types.size).toBe(2);
  });

  it('refuses a field that is no word, and sends nothing', async () => {
    const { appliance } = await scripted([]);
    const part = { field: 'da"ta', fileName: 'a', bytes: EVERY_OCTET };
    await expect(appliance.upload(UPLOAD, part, calm)).rejects.toBeInstanceOf(RangeError);
    expect(appliance.requests).toEqual({});
  });
});
